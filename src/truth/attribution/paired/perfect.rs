//! Perfect samples, which the samples of other samplers are held against.

use super::marginals::{Batched, Marginal};
use crate::{
    diffusion::{Classes, Conditional, ReverseProcess, sampler::BLOCK},
    error::Result,
    points::Points,
    rng::Seed,
    target::Estimate,
    truth::{PerClass, Subject},
};
use rayon::prelude::*;

/// Fewest samples that tell anything.
const MIN_SAMPLES: usize = 4 * BLOCK;

/// Perfect samples of an attribution, with the random numbers that they share with all others.
pub(crate) struct PerfectSamples {
    /// In standardised units.
    pub(super) points: Points,
    /// Units of the data in each standardised axis.
    pub(super) scale: Vec<f64>,
    pub(super) seed: Seed,
    /// How many samples of the run cost as much as one of every combination.
    pub(super) worth: f64,
}

impl PerfectSamples {
    /// How many samples each of at most `most` other samplers may draw, and of how many, for `part` of what the
    /// attribution took. All of them need as many evaluations as the run. `None` where that is too few.
    pub(crate) fn share(&self, part: f64, most: usize) -> Option<(usize, usize)> {
        let all = part * self.worth * self.points.len() as f64;
        let count = ((all / MIN_SAMPLES as f64) as usize).min(most);
        let each = (all / count.max(1) as f64).min(self.points.len() as f64) as usize;
        (count > 0 && self.points.len() >= MIN_SAMPLES).then_some((each / BLOCK * BLOCK, count))
    }

    /// W1 of what the sampler of `subject` draws, the mean over the axes, in the data's own units, from so many
    /// samples. `None` where a sample is not finite.
    pub(crate) fn w1_of(&self, subject: &Subject, num_samples: usize) -> Result<Option<Estimate>> {
        let bayes = PerClass::bayes(subject.data, subject.schedule, subject.classes.is_some());
        let bayes = Conditional::new(&bayes, subject.told().unwrap_or(Classes::Same(0)));
        let denoiser = subject.network.unwrap_or(&bayes);
        let process = ReverseProcess::new(subject.sampler, denoiser, num_samples, self.seed);
        let samples = process.samples()?;
        let dim = samples.dim();
        let perfect = self.points.first(num_samples);
        let along = |k: usize| {
            let marginal = Marginal::new(&subject.data.axis(k));
            let found = marginal.w1(&samples.axis(k), &perfect.axis(k));
            found.scaled(self.scale[k] / dim as f64)
        };
        let axes: Vec<_> = (0..dim).into_par_iter().map(along).collect();
        let found = Batched::sum(&axes).estimate();
        Ok(found.value.is_finite().then_some(found))
    }
}
