//! A run whose error is attributed.

use crate::{
    diffusion::{
        Classes, Denoiser, NoiseSchedule,
        sampler::{BLOCK, Sampler},
    },
    target::Mixture,
    truth::{Part, parts},
};

/// A run, as far as its error is attributed.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The law of the data, in standardised units.
    pub data: &'a Mixture,
    /// The levels of the process.
    pub schedule: &'a NoiseSchedule,
    /// How the run draws its samples.
    pub sampler: &'a Sampler,
    /// `None` where the Bayes denoiser is in the network's place.
    pub network: Option<&'a dyn Denoiser>,
    /// The class that the denoiser is told of every sample, at least [`Self::MAX_SAMPLES`] of them and
    /// without guidance; `None` where it is told nothing.
    pub classes: Option<&'a [u32]>,
    /// How many samples the run draws.
    pub num_samples: usize,
}

impl<'a> Subject<'a> {
    /// Most samples of a combination.
    pub(crate) const MAX_SAMPLES: usize = 64 * BLOCK;

    /// What the samples are drawn from: the whole, or each class.
    pub(super) fn laws(&self) -> Vec<Part> {
        parts(self.data, self.classes.map(|_| 0.0))
    }

    /// Which of [`Self::laws`] the sample `i` is of.
    pub(super) fn law_of(&self, i: usize) -> usize {
        self.classes.map_or(0, |classes| classes[i] as usize)
    }

    pub(super) fn told(&self) -> Option<Classes<'a>> {
        self.classes.map(Classes::Each)
    }
}
