//! Noise schedules: which levels a process of T steps goes through.

mod config;
mod frame;
mod noise_schedule;
mod shape;

pub(crate) use config::MAX_TIMESTEPS;
pub(crate) use config::ProcessConfig;
pub use config::ScheduleConfig;
pub(crate) use frame::{Frame, ScheduleError};
pub use noise_schedule::NoiseSchedule;
pub(in crate::diffusion) use shape::karras_sigmas;
