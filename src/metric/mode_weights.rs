//! How much of the samples each component of the data gets.

use super::{
    contract::{About, Metric},
    evidence::Evidence,
    value::MetricValue,
};
use crate::{
    points::Points,
    rng::{Purpose, Seed},
    target::{Mixture, special::half_normal_mean},
};
use serde::{Deserialize, Serialize};

/// Draws behind the deviations in more than one dimension; their error is about half a percent.
const DRAWS: usize = 20_000;

/// One component's share of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModeWeight {
    /// Its share ŵ_k = (1/n) Σ r_k(x̂_i), by posterior probability.
    pub value: f64,
    /// Its weight w_k in the data.
    pub truth: f64,
    /// Standard deviation of ŵ_k for n perfect samples.
    pub noise: f64,
}

/// The share of every component, in the order of the configuration; samples outside the support
/// belong to none. Empty where the data has no density.
pub(crate) fn mode_weights(samples: &Points, density: &Mixture) -> Vec<ModeWeight> {
    if !density.has_density() {
        return vec![];
    }
    let n = samples.len() as f64;
    let mut shares = vec![0.0; density.weights().len()];
    for r in samples.rows().filter_map(|x| density.responsibilities(x)) {
        for (share, r) in shares.iter_mut().zip(r) {
            *share += r;
        }
    }
    shares.iter_mut().for_each(|share| *share /= n);
    let noise = deviations(density);
    shares
        .iter()
        .enumerate()
        .map(|(k, value)| ModeWeight {
            value: *value,
            truth: density.weights()[k],
            noise: noise[k] / n.sqrt(),
        })
        .collect()
}

/// The standard deviation of every r_k(x) around w_k: by quadrature in one dimension, else over draws that all
/// components share.
fn deviations(density: &Mixture) -> Vec<f64> {
    let squares = |x: &[f64]| -> Option<Vec<f64>> {
        let r = density.responsibilities(x)?;
        let weights = density.weights().iter();
        Some(
            r.iter()
                .zip(weights)
                .map(|(r, w)| (r - w).powi(2))
                .collect(),
        )
    };
    if density.dim() == 1 {
        let of = |k: usize| {
            density
                .expectation(|x| squares(x).map_or(0.0, |s| s[k]))
                .value
        };
        return (0..density.weights().len()).map(|k| of(k).sqrt()).collect();
    }
    let draws = density.sample(DRAWS, &mut Seed(0).stream(Purpose::MonteCarlo, 3, 0));
    let mut sums = vec![0.0; density.weights().len()];
    for found in draws.rows().filter_map(squares) {
        sums.iter_mut().zip(found).for_each(|(sum, s)| *sum += s);
    }
    sums.iter().map(|sum| (sum / DRAWS as f64).sqrt()).collect()
}

/// ½ Σ|ŵ_k − w_k|: the mass that sits in the wrong mode.
pub(super) struct ModeWeightError;

impl Metric for ModeWeightError {
    fn name(&self) -> &'static str {
        "mode_weight_error"
    }

    fn title(&self) -> &'static str {
        "mass in the wrong mode"
    }

    fn about(&self) -> About {
        About {
            definition: "½ Σ|ŵ_k − w_k| over the components of the data: the mass of the samples that sits in the wrong mode.",
            unit: "fraction",
            truth: "0",
            floor: "The mean for as many perfect samples.",
            judged_by: "It is beyond noise where Holm's correction over all tests rejects its p-value. One in a hundred perfect models exceeds the bound, or fewer where samples and modes are few.",
            source: "",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let modes = mode_weights(evidence.samples, evidence.density?);
        // The only mode cannot be too heavy; what lies outside its support, the log-likelihood counts.
        if modes.len() < 2 {
            return None;
        }
        let half_sum = |f: fn(&ModeWeight) -> f64| 0.5 * modes.iter().map(f).sum::<f64>();
        let value = MetricValue {
            value: Some(half_sum(|m| (m.value - m.truth).abs())),
            truth: Some(0.0),
            ..MetricValue::default()
        };
        let floor = half_normal_mean() * half_sum(|m| m.noise);
        Some(value.with_noise(floor, evidence.noise.and_then(|noise| noise.modes.as_ref())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Component, Gaussian};

    #[test]
    fn samples_at_the_means_of_distant_modes_are_counted_there() {
        let mode = |mean| Component::Gaussian(Gaussian::diagonal(vec![mean], &[0.1]).unwrap());
        let density = Mixture::new(vec![0.25, 0.75], vec![mode(-5.0), mode(5.0)]);
        let samples = Points::new(vec![-5.0, -5.0, 5.0, 5.0], 1);
        let modes = mode_weights(&samples, &density);
        assert!((modes[0].value - 0.5).abs() < 1e-12 && (modes[1].value - 0.5).abs() < 1e-12);
        // Distant modes make the shares multinomial: √(w(1−w)/n).
        assert!((modes[0].noise - (0.25f64 * 0.75 / 4.0).sqrt()).abs() < 1e-9);
    }
}
