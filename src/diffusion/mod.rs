//! The diffusion process: noise levels, schedules, parameterisations, and samplers.
//!
//! One frame serves every process: a noise level is a pair (a, s), and x_t = a_t x0 + s_t ε with
//! ε ~ N(0, I). Levels run t = 1..=T as in the papers; level 0 is the data, (1, 0). An [`Instant`] is a
//! time with its level, at a timestep or between two.

mod class;
mod class_denoiser;
mod counted;
mod denoiser;
mod guidance;
mod instant;
mod level;
mod loss_weight;
mod prediction;
pub(crate) mod sampler;
mod schedule;
mod start;
mod timesteps;

pub(crate) use class::Classes;
pub(crate) use class_denoiser::{ClassDenoiser, Conditional};
pub(crate) use counted::Counted;
pub use denoiser::Denoiser;
pub(crate) use denoiser::{Denoised, Quantity};
pub(crate) use guidance::{Guide, Guided, WithoutClass};
pub use instant::Instant;
pub(crate) use instant::spaced_timesteps;
pub use level::NoiseLevel;
pub(crate) use level::Transition;
pub use loss_weight::LossWeightConfig;
pub(crate) use prediction::Prediction;
pub(crate) use sampler::{ReverseProcess, SamplerConfig};
pub(crate) use schedule::MAX_TIMESTEPS;
use schedule::karras_sigmas;
pub(crate) use schedule::{Frame, ProcessConfig};
pub use schedule::{NoiseSchedule, ScheduleConfig};
pub(crate) use start::{Start, StartLaw};
pub use timesteps::TimestepSampling;
