//! What infinitely many steps of a sampler come to.

use crate::diffusion::{
    Instant,
    sampler::{Method, Sampler, Step},
};

/// Which limit a sampler has for infinitely many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The reverse process.
    Stochastic,
    /// The probability flow.
    Flow,
    /// It is its own.
    Exact,
}

impl Kind {
    pub(super) fn of(sampler: &Sampler) -> Self {
        let gaussian = match sampler.method() {
            Method::Gaussian(gaussian) => gaussian,
            Method::Exact(_) => return Self::Exact,
            Method::Path(path) if path.is_deterministic() => return Self::Flow,
            Method::Path(_) => return Self::Stochastic,
        };
        let noisy = |pair: &[Instant]| gaussian.std_dev(&Step::new(pair[1], pair[0])) > 0.0;
        let instants = sampler.instants();
        // A single step is deterministic with every sampler: it ends at the data.
        if instants.len() == 2 || instants.windows(2).any(noisy) {
            Self::Stochastic
        } else {
            Self::Flow
        }
    }
}
