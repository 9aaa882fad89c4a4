//! What metrics are computed from.

use super::{by_class::ClassMetrics, perfect::PerfectNoise, splits::Splits};
use crate::{
    points::Points,
    target::{Estimate, Mixture},
    truth::{Distances, Missed, ModelLikelihood},
};

/// What there is to evaluate, all of it in the data's own units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence<'a> {
    /// Generated samples.
    pub samples: &'a Points,
    /// The test split.
    pub test: &'a Points,
    /// The density of the data, if it is known.
    pub density: Option<&'a Mixture>,
    /// The range of the bins of the histogram overlap, if it is given.
    pub overlap_range: Option<(f64, f64)>,
    /// What perfect samples show beside their floors, if it was asked for.
    pub noise: Option<&'a PerfectNoise>,
    /// What random splits of samples and test points show, where the density is not known.
    pub splits: Option<&'a Splits>,
    /// Loss on the validation split, if the samples are those of a network.
    pub val_loss: Option<Estimate>,
    /// The loss that a perfect network would have, if it is known.
    pub irreducible_loss: Option<Estimate>,
    /// The loss above that, over all x and t, if it is known.
    pub excess_loss: Option<Estimate>,
    /// The distances of the exact law of the samples, where it is known, in standardised units, and the
    /// unit in that of the data.
    pub law: Option<(&'a Distances, f64)>,
    /// The likelihood that the model gives to the data, where it is known.
    pub model_likelihood: Option<ModelLikelihood>,
    /// How much of the truth the model misses, where that is known.
    pub missed: Option<Missed>,
    /// What is found of each class, where the samples were asked to be of classes.
    pub classes: &'a [ClassMetrics],
}
