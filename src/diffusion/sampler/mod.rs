//! Samplers: how to walk from the prior back to the data.

mod config;
mod ddim;
mod ddpm;
mod exact;
mod reverse;
mod variance;

pub use config::{SamplerConfig, SamplerKind};
pub use exact::ExactKernel;
pub use reverse::{ReverseProcess, ReverseState};
pub use variance::ReverseVariance;

use super::{Instant, StartLaw, Transition};
use crate::{
    diffusion::Denoiser,
    rng::{self, Generator},
};

/// How samples are drawn: from where, through which instants, and how each step is taken.
pub struct Sampler {
    method: Method,
    /// Ascending from the data.
    instants: Vec<Instant>,
    start: StartLaw,
}

/// The law of x_u given x_t that one step of a sampler draws from, for u < t.
pub enum Method {
    /// N(μ(x_t), σ² I), with the mean from a denoiser.
    Gaussian(Box<dyn GaussianStep>),
    /// q(x_u | x_t) itself.
    Exact(ExactKernel),
}

/// A step with a Gaussian law: the one definition behind random draws and exact output laws.
pub trait GaussianStep: Send + Sync {
    /// Replaces the points `x` (`[n, d]`) at level `step.from` by μ(x).
    fn mean(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser);

    /// σ, the same for all points and axes; 0 where the step is deterministic.
    fn std_dev(&self, step: &Step) -> f64;
}

impl Method {
    fn gaussian(step: impl GaussianStep + 'static) -> Self {
        Self::Gaussian(Box::new(step))
    }
}

impl Sampler {
    /// A sampler that starts from draws of `start` and visits `instants`, which ascend from the data.
    pub fn new(method: Method, instants: Vec<Instant>, start: StartLaw) -> Self {
        Self {
            method,
            instants,
            start,
        }
    }

    /// How a step is taken.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The instants visited, ascending from the data.
    pub fn instants(&self) -> &[Instant] {
        &self.instants
    }

    /// The law of where it starts.
    pub fn start(&self) -> &StartLaw {
        &self.start
    }

    /// Moves the points `x` (`[n, d]`) from `step.from` to `step.to`.
    ///
    /// `rng` belongs to this step and this block of points alone.
    pub fn step(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser, rng: &mut Generator) {
        let gaussian = match &self.method {
            Method::Gaussian(gaussian) => gaussian,
            Method::Exact(kernel) => return kernel.draw(x, step, rng),
        };
        gaussian.mean(x, step, denoiser);
        let std_dev = gaussian.std_dev(step);
        if std_dev > 0.0 {
            let mut z = vec![0.0; x.len()];
            rng::fill_normal(rng, &mut z);
            for (x, z) in x.iter_mut().zip(&z) {
                *x += std_dev * z;
            }
        }
    }
}

/// Where a step starts and ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The instant that the step leaves, in [1, T].
    pub from: Instant,
    /// The less noisy instant that it reaches.
    pub to: Instant,
    /// The kernel between the two levels.
    pub transition: Transition,
}

impl Step {
    /// The step between two instants.
    pub fn new(from: Instant, to: Instant) -> Self {
        Self {
            from,
            to,
            transition: Transition::new(from.level, to.level),
        }
    }

    /// Whether the step ends at the data, where no noise is added.
    pub fn is_last(&self) -> bool {
        self.to.is_data()
    }
}
