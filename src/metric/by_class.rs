//! Whether samples that were asked to be of a class are of it.

use crate::{
    distance::wasserstein::{
        between_samples, one_sample_floor, sorted, spread_of_samples, to_law, two_sample_factor,
    },
    points::Points,
    target::{Estimate, Mixture, special::half_normal_mean},
    truth::{GuidedLaw, guided_laws},
};
use serde::{Deserialize, Serialize};

/// The quantile of the normal law behind an interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// What is found of the samples that were asked to be of one class, in the data's own units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClassMetrics {
    /// The class, numbered from 0.
    pub class: u32,
    /// How many samples were asked of it.
    pub num_samples: usize,
    /// p(c), its fraction of the data.
    pub weight: f64,
    /// How often this class is the most probable one of such a sample by the exact p(c | x); a sample
    /// outside the support is of no class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Accuracy>,
    /// W1 to the exact law p(x | c) along each axis, and what as many perfect samples show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub w1: Vec<Distance>,
    /// The same to the test points of the class.
    pub w1_test: Vec<Distance>,
    /// With guidance the same to p(x) p(c | x)^w / Z, which it aims at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub w1_guided: Vec<Distance>,
    /// With guidance, how often the class is the most probable one of a draw from that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guided_accuracy: Option<f64>,
}

/// A proportion, and what it is for perfect samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Accuracy {
    /// The fraction of the samples.
    pub value: f64,
    /// Ends of its 95 % interval (Wilson 1927).
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// What it is for draws from p(x | c): below 1 where classes overlap.
    pub truth: f64,
    /// How sure that is.
    #[serde(default)]
    pub truth_error: f64,
}

/// A distance, and what it is for perfect samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Distance {
    /// The distance.
    pub value: f64,
    /// What as many perfect samples show on average.
    pub noise_floor: f64,
}

/// What is found of every class of labelled `samples`, with `weights` the fraction of each class;
/// `test` has labels too. `guidance` is the weight that the samples were guided with, 1 for none.
pub(crate) fn class_metrics(
    samples: &Points,
    test: &Points,
    density: Option<&Mixture>,
    weights: &[f64],
    guidance: f64,
) -> Vec<ClassMetrics> {
    let guided = density.filter(|_| guidance != 1.0);
    let guided = guided.and_then(|density| guided_laws(density, guidance));
    let truths = density.map_or(vec![], Mixture::class_accuracies);
    let of = |(class, weight): (u32, &f64)| {
        let (samples, test) = (samples.of_class(class), test.of_class(class));
        let law = density.and_then(|density| density.of_class(class));
        let axes = 0..samples.dim();
        let known = law.as_ref().zip(density).filter(|_| !samples.is_empty());
        ClassMetrics {
            class,
            num_samples: samples.len(),
            weight: *weight,
            accuracy: known
                .map(|(_, density)| accuracy(&samples, class, truths[class as usize], density)),
            w1: known.map_or(vec![], |(law, _)| {
                axes.clone()
                    .map(|k| to_class(&samples, &law.axis(k), k))
                    .collect()
            }),
            w1_guided: match guided.as_ref().map(|laws| &laws[class as usize]) {
                Some(law) if !samples.is_empty() => to_guided(&samples, law),
                _ => vec![],
            },
            guided_accuracy: guided.as_ref().map(|laws| laws[class as usize].accuracy),
            w1_test: match samples.is_empty() || test.is_empty() {
                true => vec![],
                false => axes.map(|k| to_test(&samples, &test, k)).collect(),
            },
        }
    };
    (0..).zip(weights).map(of).collect()
}

fn to_class(samples: &Points, law: &Mixture, axis: usize) -> Distance {
    Distance {
        value: to_law(&sorted(samples.axis(axis)), law),
        noise_floor: one_sample_floor(law, samples.len()),
    }
}

fn to_guided(samples: &Points, law: &GuidedLaw) -> Vec<Distance> {
    let scale = half_normal_mean() / (samples.len() as f64).sqrt();
    let axes = law.axes.iter().enumerate();
    axes.map(|(k, axis)| Distance {
        value: axis.w1(&sorted(samples.axis(k))),
        noise_floor: scale * axis.spread(),
    })
    .collect()
}

fn to_test(samples: &Points, test: &Points, axis: usize) -> Distance {
    let (samples, test) = (sorted(samples.axis(axis)), sorted(test.axis(axis)));
    Distance {
        value: between_samples(&samples, &test),
        noise_floor: two_sample_factor(samples.len(), test.len()) * spread_of_samples(&test),
    }
}

fn accuracy(samples: &Points, class: u32, truth: Estimate, density: &Mixture) -> Accuracy {
    let is_right = |x: &[f64]| density.most_probable_class(x) == Some(class);
    let n = samples.len() as f64;
    let hits = samples.rows().filter(|x| is_right(x)).count() as f64;
    let (low, high) = wilson(hits, n);
    Accuracy {
        value: hits / n,
        low,
        high,
        truth: truth.value,
        truth_error: truth.standard_error,
    }
}

/// The 95 % interval of a proportion of `hits` among `n` (Wilson 1927).
fn wilson(hits: f64, n: f64) -> (f64, f64) {
    let (p, z2) = (hits / n, Z * Z);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let reach = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - reach).max(0.0), (middle + reach).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Component, Gaussian, UniformBox, special};

    #[test]
    fn overlapping_classes_have_the_accuracy_of_the_best_guess() {
        // N(±1, 1) with equal weights: the best guess is the sign, right with probability Φ(1).
        let class = |mean| Component::Gaussian(Gaussian::diagonal(vec![mean], &[1.0]).unwrap());
        let density = Mixture::new(vec![0.5, 0.5], vec![class(-1.0), class(1.0)]);
        let samples = Points::new(vec![-0.5, 2.0, -3.0, 0.1], 1).with_labels(vec![0, 0, 1, 1]);
        let found = class_metrics(
            &samples,
            &samples,
            Some(&density),
            &density.class_weights(),
            1.0,
        );
        for found in &found {
            let accuracy = found.accuracy.unwrap();
            assert_eq!((found.num_samples, accuracy.value), (2, 0.5));
            assert!(
                (accuracy.truth - special::normal_cdf(1.0)).abs() < 1e-12,
                "{accuracy:?}"
            );
        }
    }

    #[test]
    fn a_sample_outside_every_region_is_of_no_class() {
        let cell = |low: f64| {
            Component::Uniform(UniformBox::new(vec![low, 0.0], vec![low + 1.0, 1.0]).unwrap())
        };
        let density = Mixture::new(vec![1.0, 1.0], vec![cell(0.0), cell(1.0)]);
        let values = vec![0.5, 0.5, 0.2, 1.1, 1.5, 0.5];
        let samples = Points::new(values, 2).with_labels(vec![0, 0, 0]);
        let found = class_metrics(&samples, &samples, Some(&density), &[0.5, 0.5], 1.0);
        let accuracy = found[0].accuracy.unwrap();
        assert_eq!((accuracy.value, accuracy.truth), (1.0 / 3.0, 1.0));
        assert!(found[1].accuracy.is_none() && found[1].num_samples == 0);
    }

    #[test]
    fn an_interval_is_that_of_wilson() {
        // 81 of 263 (Newcombe 1998, Table I, method 3): 0.2553 to 0.3662.
        let (low, high) = wilson(81.0, 263.0);
        assert!(
            (low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5,
            "{low} {high}"
        );
        assert_eq!(wilson(5.0, 5.0).1, 1.0);
    }
}
