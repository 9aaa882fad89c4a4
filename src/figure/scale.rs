//! One axis as arithmetic: the range shown, where a value lies in it, and which ticks it gets.

use super::statistics::range;
use crate::text::{Notation, linear_tick};

/// Larger magnitudes would overflow in differences; no result worth a picture has them.
const LARGEST: f64 = 1e150;

/// The range of an axis, linear or logarithmic.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    /// Smallest value shown.
    pub(crate) low: f64,
    /// Largest value shown.
    pub(crate) high: f64,
    /// Whether equal distances are equal factors.
    pub(crate) log: bool,
}

/// A position on an axis that gets a grid line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// The value marked.
    pub(crate) value: f64,
    /// Its label; `None` for a minor tick.
    pub(crate) label: Option<String>,
}

/// Whether a value has a place on such an axis.
pub(crate) fn drawable(value: f64, log: bool) -> bool {
    value.abs() <= LARGEST && (!log || value >= 1.0 / LARGEST)
}

/// The digits that are labelled where decades alone are.
const DECADES: &[u32] = &[1];

impl Scale {
    /// The range of all drawable values plus `padding` (a fraction of its length) at each end.
    pub(crate) fn covering(
        values: impl IntoIterator<Item = f64>,
        log: bool,
        padding: f64,
    ) -> Option<Self> {
        let transform = |v: f64| if log { v.log10() } else { v };
        let drawable = values.into_iter().filter(|v| drawable(*v, log));
        let (low, high) = range(drawable.map(transform))?;
        let (low, high) = if high - low <= 1e-12 * high.abs().max(low.abs()) {
            let widening = if log {
                0.2
            } else {
                (high.abs() * 0.1).max(1e-3)
            };
            (low - widening, high + widening)
        } else {
            let widening = (high - low) * padding;
            (low - widening, high + widening)
        };
        let back = |v: f64| if log { 10_f64.powf(v) } else { v };
        Some(Self {
            low: back(low),
            high: back(high),
            log,
        })
    }

    /// From exactly 0 to a little above the largest value: for densities and other areas.
    pub(crate) fn from_zero(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let drawable = values.into_iter().filter(|v| drawable(*v, false));
        let (_, high) = range(drawable)?;
        (high > 0.0).then(|| Self::linear(0.0, high * 1.06))
    }

    /// A linear axis with exactly these ends.
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            log: false,
        }
    }

    /// Where the value lies: 0 at the axis' start, 1 at its end, NaN if it has no place.
    pub(crate) fn fraction(&self, value: f64) -> f64 {
        if !drawable(value, self.log) {
            return f64::NAN;
        }
        let transform = |v: f64| if self.log { v.log10() } else { v };
        let (low, high) = (transform(self.low), transform(self.high));
        (transform(value) - low) / (high - low)
    }

    /// −1 for a value that lies before the axis' start, 1 for one after its end, else 0.
    pub(crate) fn beyond(&self, value: f64) -> i8 {
        match self.fraction(value) {
            before if before < 0.0 => -1,
            after if after > 1.0 => 1,
            _ => 0,
        }
    }

    /// Ticks, at most about `target` of them with labels; `integers` forbids steps below 1.
    pub(crate) fn ticks(&self, target: usize, integers: bool) -> Vec<Tick> {
        let decades = if self.log {
            (self.high / self.low).log10()
        } else {
            0.0
        };
        if decades > 0.6 {
            self.log_ticks(target, decades)
        } else {
            self.linear_ticks(target, integers)
        }
    }

    /// Ticks at the given values, labelled as they are.
    pub(crate) fn ticks_at(&self, values: &[f64]) -> Vec<Tick> {
        let notation = Notation::of(values);
        values
            .iter()
            .filter(|v| (0.0..=1.0).contains(&self.fraction(**v)))
            .map(|&value| Tick {
                value,
                label: Some(notation.write(value)),
            })
            .collect()
    }

    fn linear_ticks(&self, target: usize, integers: bool) -> Vec<Tick> {
        let step = nice_step((self.high - self.low) / target.max(1) as f64, integers);
        if !step.is_normal() {
            return Vec::new();
        }
        let largest = self.low.abs().max(self.high.abs());
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        (0..=(last - first).clamp(0.0, 100.0) as usize)
            .map(|i| (first + i as f64) * step)
            .filter(|value| (self.low..=self.high).contains(value))
            .map(|value| Tick {
                value,
                label: Some(linear_tick(value, step, largest)),
            })
            .collect()
    }

    fn log_ticks(&self, target: usize, decades: f64) -> Vec<Tick> {
        let first = self.low.log10().floor() as i32;
        let last = self.high.log10().ceil() as i32;
        // A tick exactly at an end must not be lost to rounding.
        let inside = self.low * (1.0 - 1e-9)..=self.high * (1.0 + 1e-9);
        let value = |digit: u32, exponent: i32| f64::from(digit) * 10_f64.powi(exponent);
        let count = |digits: &[u32]| {
            let all = digits
                .iter()
                .flat_map(|digit| (first..=last).map(|exponent| value(*digit, exponent)));
            all.filter(|value| inside.contains(value)).count()
        };
        let sets: &[&[u32]] = match decades {
            d if d < 1.3 => &[&[1, 2, 3, 5, 7], &[1, 2, 5], &[1, 3]],
            d if d < 2.3 => &[&[1, 2, 5], &[1, 3]],
            d if d < 3.2 => &[&[1, 3]],
            _ => &[],
        };
        let fits = |digits: &&&[u32]| count(digits) <= target;
        let labelled = sets.iter().find(fits).copied().unwrap_or(DECADES);
        let stride = match labelled.len() {
            1 => ((decades / target.max(1) as f64).ceil() as i32).max(1),
            _ => 1,
        };
        let mut ticks = Vec::new();
        for exponent in first..=last {
            for digit in 1..10 {
                let has_label = labelled.contains(&digit) && exponent.rem_euclid(stride) == 0;
                if stride > 1 && digit > 1 {
                    continue;
                }
                ticks.push((value(digit, exponent), has_label));
            }
        }
        ticks.retain(|tick| inside.contains(&tick.0));
        let named: Vec<f64> = ticks
            .iter()
            .filter(|tick| tick.1)
            .map(|tick| tick.0)
            .collect();
        let notation = Notation::of(&named);
        let tick = |(value, has_label): (f64, bool)| Tick {
            value,
            label: has_label.then(|| notation.write(value)),
        };
        ticks.into_iter().map(tick).collect()
    }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `rough`.
fn nice_step(rough: f64, integers: bool) -> f64 {
    let unit = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * unit)
        .filter(|step| !integers || step.fract() == 0.0)
        .find(|step| *step >= rough * (1.0 - 1e-9))
        .unwrap_or(unit * 10.0);
    if integers { step.max(1.0) } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().filter_map(|t| t.label.as_deref()).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_inside() {
        let ticks = Scale::linear(-3.1, 2.2).ticks(6, false);
        assert_eq!(labels(&ticks), ["−3", "−2", "−1", "0", "1", "2"]);
        let whole = Scale::linear(0.0, 2.0).ticks(8, true);
        assert_eq!(labels(&whole), ["0", "1", "2"]);
    }

    #[test]
    fn log_ticks_label_decades_and_mark_the_rest() {
        let scale = Scale {
            low: 1e-3,
            high: 10.0,
            log: true,
        };
        let ticks = scale.ticks(8, false);
        assert_eq!(labels(&ticks), ["0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!(ticks.len(), 4 * 9 + 1);
    }

    #[test]
    fn an_axis_has_one_notation() {
        for (low, high) in [
            (1e-3, 1.0),
            (1e-6, 1.0),
            (0.5, 2e6),
            (2e-4, 0.02),
            (1e-9, 1e9),
        ] {
            let scale = Scale {
                low,
                high,
                log: true,
            };
            for target in [3, 5, 9] {
                let ticks = scale.ticks(target, false);
                let found = labels(&ticks);
                let with = found.iter().filter(|label| label.contains('e')).count();
                assert!(with == 0 || with == found.len(), "{found:?}");
            }
        }
        let at = Scale {
            low: 1e-6,
            high: 1.0,
            log: true,
        }
        .ticks_at(&[1e-5, 0.016]);
        assert_eq!(labels(&at), ["1e-5", "1.6e-2"]);
    }

    #[test]
    fn a_short_log_axis_has_more_than_one_label() {
        for (low, high) in [(7e-3, 0.06), (6e-3, 0.6), (6e-3, 0.9)] {
            let scale = Scale {
                low,
                high,
                log: true,
            };
            for target in [3, 4, 5] {
                let ticks = scale.ticks(target, false);
                let count = labels(&ticks).len();
                assert!(
                    (2..=target).contains(&count),
                    "{target}: {:?}",
                    labels(&ticks)
                );
            }
        }
    }

    #[test]
    fn ranges_survive_hard_data() {
        assert_eq!(
            Scale::covering([f64::NAN, f64::INFINITY], false, 0.05),
            None
        );
        assert_eq!(Scale::covering([0.0, -1.0], true, 0.05), None);
        for value in [0.0, 5.0, -1e-9, 1e12] {
            let scale = Scale::covering([value, value], false, 0.05).expect("one value");
            assert!(scale.low < value && value < scale.high, "{scale:?}");
            assert!((scale.fraction(value) - 0.5).abs() < 1e-9);
        }
        let scale = Scale::covering([1.0, 100.0], true, 0.0).expect("two values");
        assert!((scale.fraction(10.0) - 0.5).abs() < 1e-12);
    }
}
