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
mod spread;
mod step;
#[cfg(test)]
mod tests;
mod variance;

pub(crate) use config::{SamplerConfig, SamplerKind};
pub(crate) use exact::ExactKernel;
pub(crate) use heun::Churn;
pub(crate) use levels::Levels;
pub(crate) use method::{Method, Sampler};
pub(crate) use reverse::{BLOCK, ReverseProcess, ReverseState};
pub(crate) use step::{GaussianStep, PathStep, Step};
pub(crate) use variance::ReverseVariance;
