//! The value of a metric, with what it takes to judge it.

use super::scatter::Scatter;
use crate::target::Estimate;
use serde::{Deserialize, Serialize};

/// A number, and what it takes to judge it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct MetricValue {
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
    /// Standard deviation of a perfect model's value at this number of samples, over sets of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_std_dev: Option<f64>,
    /// The 99 % bound: one perfect model in a hundred is beyond it, at this number of samples. Where the value is one
    /// of few, at most one is. For the log-likelihood, in distance from the truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_bound: Option<f64>,
    /// The fraction of perfect models that are as far from the truth or farther, at this number of samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// Standard error of the value itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
    /// How far the value may be from that of a finer computation, where it is computed from the density and
    /// not from samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numerical_error: Option<f64>,
    /// Fraction of the points that leave no mean, if there are any: samples where the true density is 0, or
    /// data that the model does not reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_fraction: Option<f64>,
}

impl MetricValue {
    /// With the noise of a distance that is `floor` on average for a perfect model.
    pub(super) fn with_noise(self, floor: f64, scatter: Option<&Scatter>) -> Self {
        // What perfect samples have and these have not is beyond every bound.
        let p_value = |scatter: &Scatter| self.value.map_or(0.0, |x| scatter.p_value(x / floor));
        Self {
            noise_floor: Some(floor),
            noise_std_dev: scatter.map(|scatter| floor * scatter.std_dev),
            noise_bound: scatter.map(|scatter| floor * scatter.bound),
            p_value: scatter.filter(|_| floor > 0.0).map(p_value),
            ..self
        }
    }

    /// With a truth that may be an estimate itself.
    pub(super) fn with_truth(mut self, truth: Option<Estimate>) -> Self {
        self.truth = truth.map(|truth| truth.value);
        self.truth_standard_error = truth
            .map(|truth| truth.standard_error)
            .filter(|error| *error > 0.0);
        self
    }
}
