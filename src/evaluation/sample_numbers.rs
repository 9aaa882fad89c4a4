//! Every number that samples have: of points and a law, with what is known of a network beside them.

use crate::{
    metric::{
        AxisAgreement, ClassMetrics, Evidence, METRICS, MetricValue, ModeWeight, PerfectNoise,
        Setting, Splits, by_axis, class_metrics, mode_weights,
    },
    points::Points,
    target::{Estimate, Mixture},
    truth::{Distances, Missed, ModelLikelihood},
};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Samples and what they are held against, in the data's own units. Nothing here asks for a run.
#[derive(Clone, Copy)]
pub(crate) struct SampleSet<'a> {
    /// Labelled by the class that was asked for, where one was.
    pub(crate) samples: &'a Points,
    pub(crate) test: &'a Points,
    /// The density of the data, where it is known.
    pub(crate) density: Option<&'a Mixture>,
    /// The range of the bins of the histogram overlap, where it is given.
    pub(crate) overlap_range: Option<(f64, f64)>,
    /// p(c) of every class, where the data has classes.
    pub(crate) class_weights: Option<&'a [f64]>,
    /// The guidance that the samples were drawn with; 1 is none.
    pub(crate) guidance: f64,
}

/// What is known of the network that drew the samples; nothing by default.
#[derive(Clone, Copy, Default)]
pub(crate) struct NetworkEvidence<'a> {
    pub(crate) val_loss: Option<Estimate>,
    pub(crate) irreducible_loss: Option<Estimate>,
    pub(crate) excess_loss: Option<Estimate>,
    /// The distances of the exact law of the samples in standardised units, and that unit in the data's own.
    pub(crate) law: Option<(&'a Distances, f64)>,
    pub(crate) likelihood: Option<ModelLikelihood>,
    pub(crate) missed: Option<Missed>,
}

/// Every number of a set of samples.
pub(crate) struct SampleNumbers {
    /// Every metric that exists for this data, by name.
    pub(crate) metrics: BTreeMap<String, MetricValue>,
    /// The agreement along each axis, in more than one dimension.
    pub(crate) axes: Vec<AxisAgreement>,
    /// The share of every component of the density.
    pub(crate) modes: Vec<ModeWeight>,
    /// What is found of each class that was asked for.
    pub(crate) classes: Vec<ClassMetrics>,
}

impl SampleNumbers {
    /// The numbers of `set`, whose network is known by `network`.
    pub(crate) fn of(set: &SampleSet, network: &NetworkEvidence) -> Self {
        let labelled = set.class_weights.filter(|_| set.samples.labels().is_some());
        let classes = labelled.map_or(vec![], |weights| {
            class_metrics(set.samples, set.test, set.density, weights, set.guidance)
        });
        let has_points = !set.samples.is_empty() && !set.test.is_empty();
        let noise = has_points.then(|| {
            PerfectNoise::of(&Setting {
                density: set.density,
                test: set.test,
                samples: set.samples.len(),
                overlap_range: set.overlap_range,
            })
        });
        let splits = match set.density {
            Some(_) => None,
            None => Splits::of(set.samples, set.test, set.overlap_range),
        };
        let evidence = Evidence {
            splits: splits.as_ref(),
            noise: noise.as_deref(),
            classes: &classes,
            samples: set.samples,
            test: set.test,
            density: set.density,
            overlap_range: set.overlap_range,
            val_loss: network.val_loss,
            irreducible_loss: network.irreducible_loss,
            excess_loss: network.excess_loss,
            law: network.law,
            model_likelihood: network.likelihood,
            missed: network.missed,
        };
        let values = METRICS.par_iter().filter_map(|metric| {
            let value = metric.evaluate(&evidence)?;
            Some((metric.name().to_string(), value))
        });
        Self {
            metrics: values.collect(),
            axes: match set.samples.dim() {
                1 => vec![],
                _ => by_axis(&evidence),
            },
            modes: set
                .density
                .map_or(vec![], |density| mode_weights(set.samples, density)),
            classes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rng::{Purpose, Seed},
        target::{Component, Gaussian},
    };

    fn two_modes() -> Mixture {
        let component =
            |mean| Component::Gaussian(Gaussian::diagonal(vec![mean, 0.0], &[0.3, 0.3]).unwrap());
        Mixture::new(vec![1.0, 1.0], vec![component(-1.0), component(1.0)])
    }

    fn numbers(samples: &Points, test: &Points, density: Option<&Mixture>) -> SampleNumbers {
        let set = SampleSet {
            samples,
            test,
            density,
            overlap_range: None,
            class_weights: None,
            guidance: 1.0,
        };
        SampleNumbers::of(&set, &NetworkEvidence::default())
    }

    #[test]
    fn points_without_a_run_have_the_numbers_of_samples_and_none_of_a_network() {
        let law = two_modes();
        let draw = |i| law.sample(2000, &mut Seed(3).stream(Purpose::TestData, i, 0));
        let (samples, test) = (draw(1), draw(2));
        let found = numbers(&samples, &test, Some(&law));
        for name in [
            "w1",
            "w1_test",
            "sliced_w1",
            "log_likelihood",
            "mode_weight_error",
        ] {
            let value = found.metrics[name];
            let is_fine = value.noise_floor.zip(value.value);
            assert!(is_fine.is_some(), "{name}: {value:?}");
        }
        for name in [
            "val_loss",
            "excess_loss",
            "w1_law",
            "kl_forward",
            "model_log_likelihood",
        ] {
            assert!(!found.metrics.contains_key(name), "{name}");
        }
        assert!(found.axes.len() == 2 && found.modes.len() == 2 && found.classes.is_empty());
        assert!(found.metrics["w1"].value < found.metrics["w1"].noise_bound);
    }

    #[test]
    fn points_without_a_law_are_held_against_the_test_points() {
        let law = two_modes();
        let draw = |i| law.sample(300, &mut Seed(4).stream(Purpose::TestData, i, 0));
        let (samples, test) = (draw(1), draw(2));
        let found = numbers(&samples, &test, None);
        assert!(found.metrics.contains_key("w1_test") && !found.metrics.contains_key("w1"));
        assert!(found.modes.is_empty());
    }
}
