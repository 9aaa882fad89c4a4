//! Which metrics of a run tell it from a perfect model.

use crate::{
    experiment::run::record::EvalRecord,
    metric::{Judgement, METRICS, Metric, TWO_SIDED},
};

/// Part of its unit below which a number that needs no samples is rounding.
const ROUNDING: f64 = 1e-12;

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
    pub(crate) fn of(record: &EvalRecord, metric: &dyn Metric) -> Option<Self> {
        let value = record.metrics.get(metric.name())?;
        let error = match metric.name() {
            "excess_loss" => value.standard_error?,
            "w1_law" => record.exact_law.as_ref()?.w1_error,
            _ => {
                value.noise_bound?;
                let found = value.judgement(metric.larger_is_better());
                return Some(found.map_or(Self::NoValue, Self::ByNoise));
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
        let judged = METRICS.iter().filter_map(|metric| {
            let found = Judged::of(record, *metric)?;
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
        Judged::of(record, *metric)
    }

    #[test]
    fn what_needs_no_samples_is_judged_by_its_own_error() {
        let mut record = record();
        let excess = record.metrics.get_mut("excess_loss").unwrap();
        (excess.value, excess.standard_error) = (Some(0.01), Some(0.004));
        assert!(!judged(&record, "excess_loss").unwrap().is_beyond());
        record
            .metrics
            .get_mut("excess_loss")
            .unwrap()
            .standard_error = Some(0.0038);
        assert!(judged(&record, "excess_loss").unwrap().is_beyond());
        // Rounding is no difference, however small its error.
        let excess = record.metrics.get_mut("excess_loss").unwrap();
        (excess.value, excess.standard_error) = (Some(1e-21), Some(0.0));
        assert!(!judged(&record, "excess_loss").unwrap().is_beyond());
        record
            .metrics
            .get_mut("excess_loss")
            .unwrap()
            .standard_error = None;
        assert_eq!(judged(&record, "excess_loss"), None);
        assert_eq!(judged(&record, "kl_forward"), None, "it has no bound");
    }

    #[test]
    fn the_judgements_count_what_can_be_judged() {
        let mut record = record();
        let found = Judgements::of(&record);
        assert_eq!(found.num_judged, 8);
        assert_eq!(found.without_samples, ["excess_loss", "w1_law"]);
        assert!((found.law_in_floors.unwrap() - 113.3368 / 0.144_046_58).abs() < 1e-2);
        for metric in record.metrics.values_mut() {
            metric.noise_bound = None;
        }
        record.exact_law = None;
        let found = Judgements::of(&record);
        assert_eq!((found.num_judged, found.by_samples.len()), (1, 0));
    }

    #[test]
    fn what_perfect_samples_have_and_these_have_not_tells_them_apart() {
        let mut record = record();
        record.metrics.get_mut("log_likelihood").unwrap().value = None;
        assert_eq!(judged(&record, "log_likelihood"), Some(Judged::NoValue));
        let beyond = Judgements::of(&record).by_samples;
        assert!(beyond.contains(&"log_likelihood"), "{beyond:?}");
        record
            .metrics
            .get_mut("log_likelihood")
            .unwrap()
            .noise_bound = None;
        assert_eq!(judged(&record, "log_likelihood"), None);
    }
}
