//! A sampler: a way of taking steps, and the instants between which they are taken.

use super::{
    exact::ExactKernel,
    step::{GaussianStep, PathStep, Step},
};
use crate::{
    diffusion::{Denoiser, Instant, StartLaw},
    error::Result,
    rng::{self, Generator},
};

/// How samples are drawn: from where, through which instants, and how each step is taken.
pub(crate) struct Sampler {
    method: Method,
    /// Ascending from the data.
    instants: Vec<Instant>,
    start: StartLaw,
    identity: String,
}

/// The law of x_u given x_t that one step of a sampler draws from, for u < t.
pub(crate) enum Method {
    /// N(μ(x_t), σ² I), with the mean from a denoiser.
    Gaussian(Box<dyn GaussianStep>),
    /// q(x_u | x_t) itself.
    Exact(ExactKernel),
    /// No law of x_t alone.
    Path(Box<dyn PathStep>),
}

impl Method {
    pub(super) fn path(step: impl PathStep + 'static) -> Self {
        Self::Path(Box::new(step))
    }

    pub(super) fn gaussian(step: impl GaussianStep + 'static) -> Self {
        Self::Gaussian(Box::new(step))
    }
}

impl Sampler {
    /// A sampler that starts from draws of `start` and visits `instants`, which ascend from the data. `identity` tells
    /// its steps from others between the same instants.
    pub(crate) fn new(
        method: Method,
        instants: Vec<Instant>,
        start: StartLaw,
        identity: String,
    ) -> Self {
        Self {
            method,
            instants,
            start,
            identity,
        }
    }

    /// Equal for samplers that take the same steps between equal instants on data of one law.
    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }

    /// How a step is taken.
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// The instants visited, ascending from the data.
    pub(crate) fn instants(&self) -> &[Instant] {
        &self.instants
    }

    /// The law of where it starts.
    pub(crate) fn start(&self) -> &StartLaw {
        &self.start
    }

    /// The steps in the order in which they are taken, from noise to data.
    pub(crate) fn steps(&self) -> impl DoubleEndedIterator<Item = Step> + ExactSizeIterator + '_ {
        let before = |i: usize| self.instants.get(i + 2).copied();
        (0..self.instants.len() - 1).rev().map(move |i| Step {
            before: before(i),
            ..Step::new(self.instants[i + 1], self.instants[i])
        })
    }

    /// Numbers that every coordinate of a point carries from step to step.
    pub(crate) fn memory(&self) -> usize {
        match self.method {
            Method::Path(_) => 1,
            Method::Gaussian(_) | Method::Exact(_) => 0,
        }
    }

    /// Moves the points `x` (`[n, d]`) from `step.from` to `step.to`, with the memory that they carry.
    ///
    /// `rng` belongs to this step and this block of points alone.
    pub(crate) fn step(
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
