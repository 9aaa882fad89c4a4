//! What the samples say of each mode of the data: it is lost, or too rare for so few samples.

use crate::{experiment::run::record::EvalRecord, target::Mixture};

/// A mode with less than this part of its weight is lost, where chance cannot do it.
const LOST: f64 = 0.25;

/// Standard deviations that chance does not reach.
const DEVIATIONS: f64 = 4.0;

/// A mode is too rare for a number of samples if so large a fraction of perfect sets has none of it.
const RARE: f64 = 0.01;

/// The components of the data that share a centre.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mode {
    pub(crate) centre: Vec<f64>,
    /// Its weight in the data.
    pub(crate) weight: f64,
    /// The fraction of the samples in it.
    pub(crate) share: f64,
}

/// What there is to say of the modes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct ModeFinding {
    pub(crate) lost: Vec<Mode>,
    /// Modes too rare to be seen, each with the chance that perfect samples have none of it.
    pub(crate) rare: Vec<(Mode, f64)>,
    /// Components that share a centre with another one.
    pub(crate) num_nested: usize,
}

impl ModeFinding {
    /// For samples of data with the density `law`.
    pub(crate) fn of(record: &EvalRecord, law: &Mixture) -> Self {
        let modes = modes(record, law);
        let n = record.num_samples as f64;
        // What lies where next to nothing of the truth is lacks in every mode alike, and loses none of them.
        let outside = record.metrics.get("outside_99").and_then(|m| m.value);
        let inside = 1.0 - outside.unwrap_or(0.0);
        // All samples lie in the only mode, and what lies outside its support is in none.
        let is_lost = |mode: &&Mode| {
            let noise = (mode.weight * (1.0 - mode.weight) / n).sqrt();
            mode.share < LOST * mode.weight * inside
                && mode.weight - mode.share > DEVIATIONS * noise
        };
        let none = |mode: &Mode| (1.0 - mode.weight).powf(n);
        let rare = modes.iter().filter(|mode| none(mode) > RARE);
        let in_modes = modes.len();
        Self {
            lost: match in_modes {
                0 | 1 => vec![],
                _ => modes.iter().filter(is_lost).cloned().collect(),
            },
            rare: rare.map(|mode| (mode.clone(), none(mode))).collect(),
            num_nested: record.modes.len() - in_modes,
        }
    }
}

/// The components of `law` by their centres.
fn modes(record: &EvalRecord, law: &Mixture) -> Vec<Mode> {
    let mut found: Vec<Mode> = vec![];
    for (component, mode) in law.components().iter().zip(&record.modes) {
        let centre: Vec<_> = (0..law.dim()).map(|k| component.mean(k)).collect();
        let is_here = |other: &&mut Mode| {
            let pairs = other.centre.iter().zip(&centre).enumerate();
            pairs
                .map(|(k, (a, b))| (a - b).abs() / component.variance(k).sqrt())
                .all(|distance| distance < 1e-6)
        };
        match found.iter_mut().find(is_here) {
            Some(other) => {
                other.weight += mode.truth;
                other.share += mode.value;
            }
            None => found.push(Mode {
                centre,
                weight: mode.truth,
                share: mode.value,
            }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evaluation::testing::record,
        metric::{MetricValue, ModeWeight},
        target::{Component, Gaussian},
    };

    fn normal(mean: f64) -> Component {
        Component::Gaussian(Gaussian::diagonal(vec![mean], &[0.5]).unwrap())
    }

    fn found(num_samples: usize, modes: &[(f64, f64, f64)]) -> ModeFinding {
        with_outside(0.01, num_samples, modes)
    }

    fn with_outside(outside: f64, num_samples: usize, modes: &[(f64, f64, f64)]) -> ModeFinding {
        let mut record = record();
        let value = MetricValue {
            value: Some(outside),
            ..MetricValue::default()
        };
        record.metrics.insert("outside_99".into(), value);
        record.num_samples = num_samples;
        let mode = |(_, truth, value): &(f64, f64, f64)| ModeWeight {
            value: *value,
            truth: *truth,
            noise: 0.0,
        };
        record.modes = modes.iter().map(mode).collect();
        let weights = modes.iter().map(|mode| mode.1).collect();
        let law = Mixture::new(weights, modes.iter().map(|mode| normal(mode.0)).collect());
        ModeFinding::of(&record, &law)
    }

    #[test]
    fn a_mode_is_lost_where_chance_cannot_have_emptied_it() {
        let lost = found(3000, &[(0.3, 0.198, 0.0023), (5.0, 0.802, 0.9977)]);
        assert_eq!(lost.lost.len(), 1);
        assert_eq!(lost.lost[0].centre, [0.3]);
        let half = found(3000, &[(0.3, 0.198, 0.1), (5.0, 0.802, 0.9)]);
        assert_eq!(half, ModeFinding::default());
        // Of 60 samples 12 are expected, and one in a million sets has none: 3.8 deviations.
        assert!(
            found(60, &[(0.3, 0.198, 0.0), (5.0, 0.802, 1.0)])
                .lost
                .is_empty()
        );
        assert!(found(3000, &[(0.3, 1.0, 0.1)]).lost.is_empty());
    }

    /// Of junk each point counts as a sample of the nearest or broadest mode: the others are no more lost than that one.
    #[test]
    fn junk_elsewhere_loses_no_mode() {
        let modes = [(0.3, 0.3, 0.069), (5.0, 0.7, 0.931)];
        assert_eq!(with_outside(0.01, 3000, &modes).lost.len(), 1);
        assert!(with_outside(0.81, 3000, &modes).lost.is_empty());
        let lost = [(0.3, 0.3, 0.005), (5.0, 0.7, 0.995)];
        assert_eq!(with_outside(0.81, 3000, &lost).lost.len(), 1);
    }

    #[test]
    fn a_mode_is_too_rare_by_the_chance_that_perfect_samples_lack_it() {
        let rare = found(50, &[(0.0, 0.99, 1.0), (5.0, 0.01, 0.0)]);
        assert_eq!(rare.rare.len(), 1);
        assert!((rare.rare[0].1 - 0.99f64.powi(50)).abs() < 1e-12);
        // 0.99^459 is just below 1 %.
        let modes = [(0.0, 0.99, 1.0), (5.0, 0.01, 0.0)];
        assert!(found(459, &modes).rare.is_empty() && found(458, &modes).rare.len() == 1);
    }

    #[test]
    fn components_at_one_centre_are_one_mode() {
        let nested = found(3000, &[(0.0, 0.5, 0.1), (0.0, 0.3, 0.7), (5.0, 0.2, 0.2)]);
        assert_eq!((nested.num_nested, nested.lost.len()), (1, 0));
    }
}
