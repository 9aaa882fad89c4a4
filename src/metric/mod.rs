//! Sample metrics, each beside its truth and its noise floor.
//!
//! [`METRICS`] holds all of them. In more than one dimension the one-dimensional distances are taken
//! along each axis and averaged over the axes.

mod axes;
mod classes;
mod correlation;
mod energy_distance;
mod exact;
mod histogram_overlap;
mod judgement;
mod log_likelihood;
mod mode_weights;
pub mod scatter;
mod sliced_w1;
#[cfg(test)]
mod testing;
mod trajectory;
mod transport;
mod val_loss;
pub mod wasserstein;

pub use axes::{AxisAgreement, by_axis};
pub use classes::{Accuracy, ClassMetrics, Distance, class_metrics, most_probable};
pub use correlation::{Correlation, correlation};
pub use judgement::Judgement;
pub use mode_weights::{ModeWeight, mode_weights};
pub use trajectory::TrajectoryPoint;

use crate::{
    points::Points,
    target::{Estimate, Mixture},
    truth::{Distances, ModelLikelihood},
};
use scatter::{Scatter, TWO_SIDED};
use serde::{Deserialize, Serialize};

/// What there is to evaluate, all of it in the data's own units.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Generated samples.
    pub samples: &'a Points,
    /// The test split.
    pub test: &'a Points,
    /// The density of the data, if it is known.
    pub density: Option<&'a Mixture>,
    /// The range of the bins of the histogram overlap, if it is given.
    pub overlap_range: Option<(f64, f64)>,
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
    /// What is found of each class, where the samples were asked to be of classes.
    pub classes: &'a [ClassMetrics],
}

/// A number, and what it takes to judge it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct MetricValue {
    /// The number; `None` where it does not exist.
    pub value: Option<f64>,
    /// What a perfect model would have with infinitely many samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<f64>,
    /// Standard error of the truth, where it is not exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth_standard_error: Option<f64>,
    /// What a perfect model would have at this number of samples, on average. For a metric whose truth is
    /// not 0 or 1, it is the standard deviation of a perfect model's value around the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_floor: Option<f64>,
    /// Standard deviation of a perfect model's value at this number of samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_std_dev: Option<f64>,
    /// The 99 % bound: one perfect model in a hundred is beyond it, at this number of samples. For a
    /// metric whose truth is not 0 or 1, in distance from the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_bound: Option<f64>,
    /// Standard error of the value itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
    /// Fraction of samples where the true density is 0, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_fraction: Option<f64>,
}

/// What a metric means and how it is read.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// What it is.
    pub definition: &'static str,
    /// Unit of its value.
    pub unit: &'static str,
    /// What a perfect model has with infinitely many samples.
    pub truth: &'static str,
    /// What chance does to a perfect model with as many samples.
    pub floor: &'static str,
    /// What its value is compared with.
    pub judged_by: &'static str,
    /// Author, year and equation; empty where there is none.
    pub source: &'static str,
}

/// One metric.
pub trait Metric: Sync {
    /// Its name in files, tables and filters.
    fn name(&self) -> &'static str;

    /// One line on what it measures, for headings.
    fn title(&self) -> &'static str;

    /// What it means and how it is read.
    fn about(&self) -> About;

    /// Whether smaller is better, larger is better (`Some(true)`), or neither (`None`).
    fn larger_is_better(&self) -> Option<bool>;

    /// The smallest dimension in which it means something.
    fn smallest_dim(&self) -> usize {
        1
    }

    /// How many samples halve its noise floor, beside `samples` samples and `test` test points: four times
    /// as many where the floor falls as 1/√n. `None` where no number does.
    fn samples_for_half_floor(
        &self,
        samples: usize,
        test: usize,
        density_is_known: bool,
    ) -> Option<f64> {
        let _ = (test, density_is_known);
        Some(4.0 * samples as f64)
    }

    /// Its value; `None` where it needs a density that is not known.
    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue>;
}

/// Every metric, in the order of the tables.
pub const METRICS: &[&dyn Metric] = &[
    &val_loss::ValLoss,
    &log_likelihood::LogLikelihood,
    &log_likelihood::ModelLogLikelihood,
    &wasserstein::W1,
    &wasserstein::W1Test,
    &histogram_overlap::HistogramOverlap,
    &sliced_w1::SlicedW1,
    &transport::Transport,
    &energy_distance::EnergyDistance,
    &mode_weights::ModeWeightError,
    &classes::ClassAccuracy,
    &exact::ExcessLoss,
    &exact::W1Law,
    &exact::KlForward,
    &exact::KlReverse,
];

impl MetricValue {
    /// With the noise of a distance that is `floor` on average for a perfect model.
    fn with_noise(self, floor: f64, scatter: Scatter) -> Self {
        Self {
            noise_floor: Some(floor),
            noise_std_dev: Some(floor * scatter.std_dev),
            noise_bound: Some(floor * scatter.bound),
            ..self
        }
    }

    /// With a truth that may be an estimate itself.
    fn with_truth(mut self, truth: Option<Estimate>) -> Self {
        self.truth = truth.map(|truth| truth.value);
        self.truth_standard_error = truth
            .map(|truth| truth.standard_error)
            .filter(|error| *error > 0.0);
        self
    }
}

/// The mean of `f` over the axes 0..d.
fn mean_over_axes(dim: usize, f: impl Fn(usize) -> f64) -> f64 {
    (0..dim).map(f).sum::<f64>() / dim as f64
}
