//! The diffusion process: noise levels, schedules, parameterisations, and samplers.
//!
//! One frame serves every process: a noise level is a pair (a, s), and x_t = a_t x0 + s_t ε with
//! ε ~ N(0, I). Levels run t = 1..=T as in the papers; level 0 is the data, (1, 0).

mod denoiser;
mod guidance;
mod level;
mod loss_weight;
mod prediction;
pub mod sampler;
mod schedule;
mod timesteps;

pub use denoiser::Denoiser;
pub use guidance::{ClassDenoiser, Classes, Guided};
pub use level::{NoiseLevel, Transition};
pub use loss_weight::LossWeightConfig;
pub use prediction::Prediction;
pub use sampler::{ReverseProcess, SamplerConfig};
pub use schedule::{NoiseSchedule, ProcessConfig, ScheduleConfig, ScheduleError};
pub use timesteps::TimestepSampling;
