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

/// How many times larger than its changes the error of a curve may be.
const CURVE_ERROR: f64 = 10.0;

/// A component is resolved down to this fraction of where the data lies.
const NARROWEST: f64 = 1e-6;

/// Whether no component is far narrower than where the data lies, as a point mass is: panels of its width would be
/// too many.
pub(in crate::truth) fn can_be_resolved(data: &Mixture) -> bool {
    let (low, high) = data.support();
    let narrowest = data.components().iter().map(|c| c.variance(0).sqrt());
    narrowest.fold(f64::INFINITY, f64::min) >= NARROWEST * (high - low)
}

impl OutputLaw {
    /// The law of what `sampler` draws with `denoiser` (of dimension 1), for data of the law `data`.
    /// `None` for a sampler that draws noise within its steps, whose law no kernel gives, and for data with a
    /// component that no panels resolve.
    pub(crate) fn of_sampler(
        data: &Mixture,
        sampler: &Sampler,
        denoiser: &dyn Denoiser,
        precision: Precision,
    ) -> Result<Option<Self>> {
        let dynamics = Dynamics::of_sampler(sampler, denoiser, data);
        let (instants, start) = (sampler.instants(), sampler.start());
        (has_law(sampler) && can_be_resolved(data))
            .then(|| Self::of(data, &dynamics, instants, start, precision))
            .transpose()
    }

    /// The law of some dynamics from `start` through `instants` (ascending from the data). A coarser
    /// computation tells how far its numbers are from those of a finer one.
    pub(in crate::truth) fn of(
        data: &Mixture,
        dynamics: &Dynamics,
        instants: &[Instant],
        start: &StartLaw,
        precision: Precision,
    ) -> Result<Self> {
        let run =
            |coarseness: Coarseness| Process { data, coarseness }.run(dynamics, instants, start);
        let finer = |coarseness: Coarseness| -> Result<_> {
            let found = run(coarseness)?;
            let divergences = found.ending.divergences(data, &coarseness)?;
            Ok((found, divergences))
        };
        let coarser = |coarseness: Coarseness| -> Result<_> {
            let found = run(coarseness)?;
            // Beside an exact density the map is all there is to resolve, and its panels tell their error.
            let is_wanted = !found.ending.is_exact();
            let divergences = is_wanted.then(|| found.ending.divergences(data, &coarseness));
            Ok((found.w1, divergences.transpose()?))
        };
        let both = |[fine, coarse]: [Coarseness; 2]| -> Result<_> {
            let (fine, coarse) = rayon::join(|| finer(fine), || coarser(coarse));
            let ((found, divergences), (coarse_w1, coarse)) = (fine?, coarse?);
            let divergences = match &coarse {
                Some(coarse) => divergences.beside(coarse),
                None => divergences,
            };
            // Of a curve both computations have much in common.
            let divergences = match found.ending.is_curve() {
                true => divergences.widened(CURVE_ERROR),
                false => divergences,
            };
            Ok((found, coarse_w1, divergences))
        };
        let usual = precision.coarseness(instants.len() - 1);
        let (mut found, mut coarse_w1, mut divergences) = both(usual)?;
        if divergences.are_doubtful() {
            let long = both(usual.map(Coarseness::with_long_tails))?;
            // Over a long range a density may have to be a curve, which tells less.
            if long.2.kl_forward.standard_error < divergences.kl_forward.standard_error {
                (found, coarse_w1, divergences) = long;
            }
        }
        let distances = Distances::new((found.w1, coarse_w1), divergences);
        Ok(Self {
            curve: found.curve,
            distances,
            trajectory: found.trajectory,
            mass_error: found.mass_error,
        })
    }
}

/// W1 from the data of what some dynamics draw, without its error.
pub(in crate::truth) fn w1_of(
    data: &Mixture,
    dynamics: &Dynamics,
    instants: &[Instant],
    start: &StartLaw,
    precision: Precision,
) -> Result<f64> {
    let [coarseness, _] = precision.coarseness(instants.len() - 1);
    let found = Process { data, coarseness }.run(dynamics, instants, start)?;
    Ok(found.w1)
}

/// W1 from the data of what a sampler draws, in a part of the time that the whole law takes. The difference of a
/// fine and a rough computation tells the error of the former. `None` where there is no such law.
pub(crate) fn w1_of_sampler(
    data: &Mixture,
    sampler: &Sampler,
    denoiser: &dyn Denoiser,
    rough: bool,
) -> Result<Option<f64>> {
    if !has_law(sampler) || !can_be_resolved(data) {
        return Ok(None);
    }
    let dynamics = Dynamics::of_sampler(sampler, denoiser, data);
    let (instants, start) = (sampler.instants(), sampler.start());
    let [_, usual] = Precision::Fast.coarseness(instants.len() - 1);
    // Noise that is added to a curve again and again needs all its nodes.
    let coarseness = match rough && dynamics.is_noise_free(instants) {
        true => usual.rougher(),
        false => usual,
    };
    let found = Process { data, coarseness }.run(&dynamics, instants, start)?;
    Ok(Some(found.w1).filter(|w1| w1.is_finite()))
}

/// Whether the law of what a sampler draws can be computed: of all but those that draw noise on the way of
/// a step.
pub(in crate::truth) fn has_law(sampler: &Sampler) -> bool {
    !matches!(sampler.method(), Method::Path(path) if !path.is_deterministic())
}
