//! The computation of a law, and a coarser one that tells its error.

use super::{
    distances::Distances,
    dynamics::Dynamics,
    output_law::OutputLaw,
    precision::{Coarseness, Precision},
    process::Process,
};
use crate::{
    diffusion::{
        Denoiser, Instant, StartLaw,
        sampler::{Method, Sampler},
    },
    error::Result,
    target::Mixture,
};

impl OutputLaw {
    /// The law of what `sampler` draws with `denoiser` (of dimension 1), for data of the law `data`.
    /// `None` for a sampler that draws noise within its steps, whose law no kernel gives.
    pub(crate) fn of_sampler(
        data: &Mixture,
        sampler: &Sampler,
        denoiser: &dyn Denoiser,
        precision: Precision,
    ) -> Result<Option<Self>> {
        let dynamics = Dynamics::of_sampler(sampler, denoiser, data);
        let (instants, start) = (sampler.instants(), sampler.start());
        has_law(sampler)
            .then(|| Self::of(data, &dynamics, instants, start, precision, true))
            .transpose()
    }

    /// The law of some dynamics from `start` through `instants` (ascending from the data); its numerical
    /// errors take as long again, and are 0 if not wanted.
    pub(in crate::truth) fn of(
        data: &Mixture,
        dynamics: &Dynamics,
        instants: &[Instant],
        start: &StartLaw,
        precision: Precision,
        with_error: bool,
    ) -> Result<Self> {
        let run =
            |coarseness: Coarseness| Process { data, coarseness }.run(dynamics, instants, start);
        let [fine, coarse] = precision.coarseness(instants.len() - 1);
        let coarse = || with_error.then(|| run(coarse)).transpose();
        let (fine, coarse) = rayon::join(|| run(fine), coarse);
        let (mut fine, coarse) = (fine?, coarse?.map(|law| law.distances));
        let change = |of: fn(&Distances) -> f64| match &coarse {
            Some(coarse) if of(&fine.distances).is_finite() && of(coarse).is_finite() => {
                (of(&fine.distances) - of(coarse)).abs()
            }
            _ => 0.0,
        };
        let w1_error = change(|d| d.w1);
        let kl_error = change(|d| d.kl_forward).max(change(|d| d.kl_reverse));
        fine.w1_error = w1_error;
        fine.kl_error = kl_error;
        Ok(fine)
    }
}

/// Whether the law of what a sampler draws can be computed: of all but those that draw noise on the way of
/// a step.
pub(in crate::truth) fn has_law(sampler: &Sampler) -> bool {
    !matches!(sampler.method(), Method::Path(path) if !path.is_deterministic())
}
