//! Samplers: how to walk from the prior back to the data.

mod config;
mod ddim;
mod ddpm;
mod euler;
mod exact;
mod heun;
mod levels;
mod multistep;
mod reverse;
mod runge_kutta;
mod variance;

pub use config::{SamplerConfig, SamplerKind};
pub use exact::ExactKernel;
pub use heun::Churn;
pub use levels::Levels;
pub use reverse::{BLOCK, ReverseProcess, ReverseState};
pub use variance::ReverseVariance;

use super::{Instant, StartLaw, Transition};
use crate::{
    diffusion::Denoiser,
    error::Result,
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
    /// No law of x_t alone.
    Path(Box<dyn PathStep>),
}

/// A step that remembers the steps before, chooses the steps of each point, or draws noise on its way.
pub trait PathStep: Send + Sync {
    /// Moves the points `x` (`[n, d]`) from `step.from` to `step.to`. `memory` (`[n, d]`) holds what the
    /// step before left there, and zeros before the first.
    fn advance(
        &self,
        x: &mut [f64],
        memory: &mut [f64],
        step: &Step,
        denoiser: &dyn Denoiser,
        rng: &mut Generator,
    ) -> Result<()>;

    /// Whether it draws no noise: then a start has one end.
    fn is_deterministic(&self) -> bool;
}

/// A step with a Gaussian law: the one definition behind random draws and exact output laws.
pub trait GaussianStep: Send + Sync {
    /// Replaces the points `x` (`[n, d]`) at level `step.from` by μ(x).
    fn mean(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser) -> Result<()>;

    /// σ, the same for all points and axes; 0 where the step is deterministic.
    fn std_dev(&self, step: &Step) -> f64;
}

impl Method {
    fn path(step: impl PathStep + 'static) -> Self {
        Self::Path(Box::new(step))
    }

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

    /// The steps in the order in which they are taken, from noise to data.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = Step> + ExactSizeIterator + '_ {
        let before = |i: usize| self.instants.get(i + 2).copied();
        (0..self.instants.len() - 1).rev().map(move |i| Step {
            before: before(i),
            ..Step::new(self.instants[i + 1], self.instants[i])
        })
    }

    /// Numbers that every coordinate of a point carries from step to step.
    pub fn memory(&self) -> usize {
        match self.method {
            Method::Path(_) => 1,
            Method::Gaussian(_) | Method::Exact(_) => 0,
        }
    }

    /// Whether samples are a function of where they start.
    pub fn is_deterministic(&self) -> bool {
        match &self.method {
            Method::Gaussian(gaussian) => self.steps().all(|step| gaussian.std_dev(&step) == 0.0),
            Method::Exact(_) => false,
            Method::Path(path) => path.is_deterministic(),
        }
    }

    /// Moves the points `x` (`[n, d]`) from `step.from` to `step.to`, with the memory that they carry.
    ///
    /// `rng` belongs to this step and this block of points alone.
    pub fn step(
        &self,
        x: &mut [f64],
        memory: &mut [f64],
        step: &Step,
        denoiser: &dyn Denoiser,
        rng: &mut Generator,
    ) -> Result<()> {
        let gaussian = match &self.method {
            Method::Gaussian(gaussian) => gaussian,
            Method::Exact(kernel) => {
                kernel.draw(x, step, rng);
                return Ok(());
            }
            Method::Path(path) => return path.advance(x, memory, step, denoiser, rng),
        };
        gaussian.mean(x, step, denoiser)?;
        let std_dev = gaussian.std_dev(step);
        if std_dev > 0.0 {
            let mut z = vec![0.0; x.len()];
            rng::fill_normal(rng, &mut z);
            for (x, z) in x.iter_mut().zip(&z) {
                *x += std_dev * z;
            }
        }
        Ok(())
    }
}

/// Where a step starts and ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// The instant that the step leaves, in [1, T].
    pub from: Instant,
    /// The less noisy instant that it reaches.
    pub to: Instant,
    /// The instant that the step before left, if there was one.
    pub before: Option<Instant>,
    /// The kernel between the two levels.
    pub transition: Transition,
}

impl Step {
    /// The first step between two instants.
    pub fn new(from: Instant, to: Instant) -> Self {
        Self {
            from,
            to,
            before: None,
            transition: Transition::new(from.level, to.level),
        }
    }

    /// Whether the step ends at the data, where no noise is added.
    pub fn is_last(&self) -> bool {
        self.to.is_data()
    }
}

#[cfg(test)]
mod tests;
