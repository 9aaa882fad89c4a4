//! A step, and what a method makes of it.

use crate::{
    diffusion::{Denoiser, Instant, Transition},
    error::Result,
    rng::Generator,
};

/// Where a step starts and ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
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
    pub(crate) fn new(from: Instant, to: Instant) -> Self {
        Self {
            from,
            to,
            before: None,
            transition: Transition::new(from.level, to.level),
        }
    }

    /// Whether the step ends at the data, where no noise is added.
    pub(crate) fn is_last(&self) -> bool {
        self.to.is_data()
    }
}

/// A step that remembers the steps before, chooses the steps of each point, or draws noise on its way.
pub(crate) trait PathStep: Send + Sync {
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
pub(crate) trait GaussianStep: Send + Sync {
    /// Replaces the points `x` (`[n, d]`) at level `step.from` by μ(x).
    fn mean(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser) -> Result<()>;

    /// σ, the same for all points and axes; 0 where the step is deterministic.
    fn std_dev(&self, step: &Step) -> f64;
}
