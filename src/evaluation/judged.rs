//! Which metrics of a run tell it from a perfect model.

use crate::{
    experiment::run::record::EvalRecord,
    metric::{Judgement, METRICS, Metric, MetricValue, TWO_SIDED},
};
use std::collections::BTreeMap;

/// Part of its unit below which a number that needs no samples is rounding.
const ROUNDING: f64 = 1e-12;

/// The level of all tests together.
pub(crate) const LEVEL: f64 = 0.01;

/// Tests of the network, and not of the samples.
const NOT_OF_SAMPLES: [&str; 1] = ["val_loss"];

/// What no samples enter: in the plane it is of another model, the probability flow.
const NO_TEST: [&str; 1] = ["missed_99"];

/// Every test of a record, by Holm's correction (1979).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tests {
    /// Name and p-value, from the smallest on.
    pub(crate) all: Vec<(&'static str, f64)>,
    num_rejected: usize,
}

impl Tests {
    /// Of the metrics that have a p-value, but for what no samples enter.
    pub(crate) fn of(record: &EvalRecord) -> Self {
        Self::of_metrics(&record.metrics)
    }

    pub(crate) fn of_metrics(metrics: &BTreeMap<String, MetricValue>) -> Self {
        let tests = METRICS
            .iter()
            .filter(|metric| !NO_TEST.contains(&metric.name()));
        let tested = tests.filter_map(|metric| {
            let p_value = metrics.get(metric.name())?.p_value?;
            Some((metric.name(), p_value))
        });
        let mut all: Vec<_> = tested.collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1));
        let left = |i: usize| (all.len() - i) as f64;
        let rejects = |(i, test): &(usize, &(&str, f64))| test.1 <= LEVEL / left(*i);
        let num_rejected = all.iter().enumerate().take_while(rejects).count();
        Self { all, num_rejected }
    }

    /// Those that reject, from the smallest p-value on.
    pub(crate) fn rejected(&self) -> impl Iterator<Item = &'static str> {
        self.all[..self.num_rejected].iter().map(|(name, _)| *name)
    }

    /// Those of them that are of the samples.
    pub(crate) fn rejected_of_samples(&self) -> impl Iterator<Item = &'static str> {
        let of_samples = |name: &&str| !NOT_OF_SAMPLES.contains(name);
        self.rejected().filter(of_samples)
    }

    /// The p-value that a single test needs where no other rejects.
    pub(crate) fn level_of_one(&self) -> f64 {
        LEVEL / self.all.len().max(1) as f64
    }
}

/// What is said of a metric that can be judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Judged {
    /// By what perfect samples show.
    ByNoise(Judgement),
    /// Samples or a network that have no such number, where perfect ones have.
    NoValue,
    /// By its own error, since it needs no samples.
    ByError {
        /// How many of its errors it is above 0.
        errors: f64,
        /// Whether these are too many for chance or rounding.
        is_beyond: bool,
    },
}

impl Judged {
    /// What is said of a metric in a record; nothing where there is nothing to judge it by.
    pub(crate) fn of(record: &EvalRecord, tests: &Tests, metric: &dyn Metric) -> Option<Self> {
        let value = record.metrics.get(metric.name())?;
        let error = match metric.name() {
            "excess_loss" => value.standard_error?,
            "w1_law" => record.exact_law.as_ref()?.w1_error,
            name => {
                tests.all.iter().find(|(tested, _)| *tested == name)?;
                let is_rejected = tests.rejected().any(|rejected| rejected == name);
                return Some(match (is_rejected, value.value) {
                    (false, _) => Self::ByNoise(Judgement::Indistinguishable),
                    (true, None) => Self::NoValue,
                    (true, Some(_)) => Self::ByNoise(Judgement::beyond(metric.larger_is_better())),
                });
            }
        };
        let (value, unit) = (value.value?, unit(record, metric.name()));
        Some(Self::ByError {
            errors: value / error,
            is_beyond: value > TWO_SIDED * error && value > ROUNDING * unit,
        })
    }

    /// Whether a perfect model would hardly have such a value.
    pub(crate) fn is_beyond(self) -> bool {
        match self {
            Self::ByNoise(found) => found != Judgement::Indistinguishable,
            Self::NoValue => true,
            Self::ByError { is_beyond, .. } => is_beyond,
        }
    }
}

/// What a metric without noise is measured in: the noise floor of W1, and 1 for a loss.
fn unit(record: &EvalRecord, name: &str) -> f64 {
    let w1 = record.metrics.get("w1").filter(|_| name == "w1_law");
    w1.and_then(|w1| w1.noise_floor).unwrap_or(1.0)
}

/// The judgement of all metrics of a record together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judgements {
    /// How many metrics there are to judge.
    pub(crate) num_judged: usize,
    /// Those of the samples that are beyond their noise.
    pub(crate) by_samples: Vec<&'static str>,
    /// Those without samples that are beyond their own error.
    pub(crate) without_samples: Vec<&'static str>,
    /// W1 of the exact law in noise floors of W1, where both are known.
    pub(crate) law_in_floors: Option<f64>,
}

impl Judgements {
    pub(crate) fn of(record: &EvalRecord) -> Self {
        let tests = Tests::of(record);
        let judged = METRICS.iter().filter_map(|metric| {
            let found = Judged::of(record, &tests, *metric)?;
            Some((metric.name(), found))
        });
        let judged: Vec<_> = judged.collect();
        let beyond = |needs_samples: bool| {
            let found = judged.iter().filter(move |(_, found)| {
                let is_exact = matches!(found, Judged::ByError { .. });
                is_exact != needs_samples && found.is_beyond()
            });
            found.map(|(name, _)| *name).collect()
        };
        let law = record.metrics.get("w1_law").and_then(|law| law.value);
        let floor = record.metrics.get("w1").and_then(|w1| w1.noise_floor);
        Self {
            num_judged: judged.len(),
            by_samples: beyond(true),
            without_samples: beyond(false),
            law_in_floors: law.zip(floor).map(|(law, floor)| law / floor),
        }
    }

    /// All that are beyond, in the order of the tables.
    pub(crate) fn beyond(&self) -> Vec<&'static str> {
        [self.by_samples.as_slice(), &self.without_samples].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::record;

    fn judged(record: &EvalRecord, name: &str) -> Option<Judged> {
        let metric = METRICS.iter().find(|metric| metric.name() == name)?;
        Judged::of(record, &Tests::of(record), *metric)
    }

    /// The record with these p-values.
    fn tested(p_values: &[(&str, f64)]) -> EvalRecord {
        let mut record = record();
        for (name, p_value) in p_values {
            let metric = record.metrics.get_mut(*name).unwrap();
            metric.p_value = Some(*p_value);
        }
        record
    }

    #[test]
    fn what_needs_no_samples_is_judged_by_its_own_error() {
        let mut record = record();
        let mut with_error = |value, error| {
            let excess = record.metrics.get_mut("excess_loss").unwrap();
            (excess.value, excess.standard_error) = (Some(value), error);
            judged(&record, "excess_loss").map(Judged::is_beyond)
        };
        assert_eq!(with_error(0.01, Some(0.004)), Some(false));
        assert_eq!(with_error(0.01, Some(0.0038)), Some(true));
        // Rounding is no difference, however small its error.
        assert_eq!(with_error(1e-21, Some(0.0)), Some(false));
        assert_eq!(with_error(0.01, None), None);
        assert_eq!(judged(&record, "kl_forward"), None, "it has no p-value");
    }

    #[test]
    fn the_tests_are_rejected_by_holm() {
        let names = ["val_loss", "log_likelihood", "w1", "mode_weight_error"];
        // Four tests: 0.01/4, 0.01/3, 0.01/2, 0.01.
        for (p_values, rejected) in [
            ([0.0024, 0.5, 0.5, 0.5], vec!["val_loss"]),
            ([0.0026, 0.5, 0.5, 0.5], vec![]),
            (
                [0.0024, 0.0032, 0.5, 0.5],
                vec!["val_loss", "log_likelihood"],
            ),
            ([0.0032, 0.0032, 0.0032, 0.0032], vec![]),
            ([0.5, 0.009, 0.004, 0.001], vec!["mode_weight_error"]),
            (
                [0.009, 0.004, 0.003, 0.001],
                vec!["mode_weight_error", "w1", "log_likelihood", "val_loss"],
            ),
        ] {
            let pairs: Vec<_> = names.into_iter().zip(p_values).collect();
            let record = tested(&pairs);
            let tests = Tests::of(&record);
            assert_eq!(
                tests.rejected().collect::<Vec<_>>(),
                rejected,
                "{p_values:?}"
            );
            assert_eq!(tests.level_of_one(), 0.0025);
            for (name, _) in &pairs {
                let is_beyond = judged(&record, name).unwrap().is_beyond();
                assert_eq!(is_beyond, rejected.contains(name), "{name}");
            }
        }
    }

    #[test]
    fn a_loss_tells_a_network_and_no_samples() {
        let tests = Tests::of(&tested(&[("val_loss", 1e-5), ("w1", 1e-4)]));
        assert_eq!(tests.rejected().count(), 2);
        assert_eq!(tests.rejected_of_samples().collect::<Vec<_>>(), ["w1"]);
    }

    /// A perfect sampler may have a flow that misses some of the truth.
    #[test]
    fn what_no_samples_enter_gives_no_adverse_verdict() {
        let mut record = tested(&[("w1", 0.3)]);
        let missed = MetricValue {
            value: Some(0.1),
            p_value: Some(0.0),
            ..MetricValue::default()
        };
        record.metrics.insert("missed_99".into(), missed);
        let tests = Tests::of(&record);
        assert_eq!((tests.all.len(), tests.rejected().count()), (1, 0));
        assert_eq!(judged(&record, "missed_99"), None);
    }

    #[test]
    fn the_judgements_count_what_can_be_judged() {
        let mut record = tested(&[("w1", 1e-5), ("log_likelihood", 0.2)]);
        let found = Judgements::of(&record);
        assert_eq!((found.num_judged, found.by_samples), (4, vec!["w1"]));
        assert_eq!(found.without_samples, ["excess_loss", "w1_law"]);
        assert!((found.law_in_floors.unwrap() - 113.3368 / 0.144_046_58).abs() < 1e-2);
        for metric in record.metrics.values_mut() {
            metric.p_value = None;
        }
        record.exact_law = None;
        let found = Judgements::of(&record);
        assert_eq!((found.num_judged, found.by_samples.len()), (1, 0));
    }

    #[test]
    fn what_perfect_samples_have_and_these_have_not_tells_them_apart() {
        let mut record = tested(&[("log_likelihood", 0.0)]);
        record.metrics.get_mut("log_likelihood").unwrap().value = None;
        assert_eq!(judged(&record, "log_likelihood"), Some(Judged::NoValue));
        let beyond = Judgements::of(&record).by_samples;
        assert!(beyond.contains(&"log_likelihood"), "{beyond:?}");
    }
}
