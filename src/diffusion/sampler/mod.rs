//! Samplers: how to walk from the prior back to the data.

mod config;
mod ddim;
mod ddpm;
mod euler;
mod exact;
mod heun;
mod levels;
mod method;
mod multistep;
mod reverse;
mod runge_kutta;
mod step;
#[cfg(test)]
mod tests;
mod variance;

pub use config::{SamplerConfig, SamplerKind};
pub use exact::ExactKernel;
pub use heun::Churn;
pub use levels::Levels;
pub use method::{Method, Sampler};
pub use reverse::{BLOCK, ReverseProcess, ReverseState};
pub use step::{GaussianStep, PathStep, Step};
pub use variance::ReverseVariance;
