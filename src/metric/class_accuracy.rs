//! The fraction of samples that are of the class they were asked to be of.

use super::{
    by_class::Accuracy,
    contract::{About, Metric},
    evidence::Evidence,
    value::MetricValue,
};

/// The fraction of all samples that are of the class they were asked to be of.
pub(super) struct ClassAccuracy;

impl Metric for ClassAccuracy {
    fn name(&self) -> &'static str {
        "class_accuracy"
    }

    fn title(&self) -> &'static str {
        "samples whose class is the one asked for"
    }

    fn about(&self) -> About {
        About {
            definition: "Fraction of the samples whose most probable class, by the exact p(c | x), is the one that was asked for.",
            unit: "fraction",
            truth: "The same for draws from the exact law of each class; it is below 1 where classes overlap.",
            floor: "The standard deviation for as many perfect samples.",
            judged_by: "Neither end is better: above the truth, the classes are narrower than they should be.",
            source: "",
        }
    }

    /// Neither: above that of perfect samples the classes are narrower than they should be.
    fn larger_is_better(&self) -> Option<bool> {
        None
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let n = evidence.samples.len() as f64;
        let sum = |of: fn(&Accuracy) -> f64| {
            let terms = evidence.classes.iter();
            terms
                .filter_map(|class| Some(class.num_samples as f64 * of(&class.accuracy?)))
                .sum::<f64>()
                / n
        };
        evidence.classes.iter().find_map(|class| class.accuracy)?;
        let (value, truth) = (sum(|a| a.value), sum(|a| a.truth));
        Some(MetricValue {
            value: Some(value),
            truth: Some(truth),
            noise_floor: Some((truth * (1.0 - truth)).max(0.0).sqrt() / n.sqrt()),
            standard_error: Some((value * (1.0 - value) / n).sqrt()),
            ..MetricValue::default()
        })
    }
}
