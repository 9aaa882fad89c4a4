//! How far chance takes a number that perfect samples have.

use crate::target::special::{normal_cdf, normal_lower_quantile};

/// One perfect evaluation in a hundred is beyond the bound.
const BEYOND: f64 = 0.01;

/// The normal quantile that leaves one in a hundred above it.
pub(crate) const ONE_SIDED: f64 = 2.326_347_874_040_841;

/// The normal quantile that leaves one in a hundred on both sides together.
pub(crate) const TWO_SIDED: f64 = 2.575_829_303_548_901;

/// The chance that a normal number is so many standard deviations from its mean, or more, on either side.
pub(crate) fn two_sided(deviations: f64) -> f64 {
    2.0 * normal_cdf(-deviations.abs())
}

/// How many standard deviations a normal number is from its mean, on either side, with that chance.
pub(super) fn two_sided_quantile(chance: f64) -> f64 {
    -normal_lower_quantile(0.5 * chance)
}

/// Values that are closer than this part of their size differ by rounding alone.
const ROUNDING: f64 = 1e-6;

/// The law of a number that perfect samples have, as multiples of its noise floor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scatter {
    /// Its mean.
    pub(super) mean: f64,
    /// Its standard deviation.
    pub(super) std_dev: f64,
    /// Its 99 % quantile.
    pub(super) bound: f64,
    /// The simulated values, ascending.
    values: Vec<f32>,
}

impl Scatter {
    /// Of simulated values, whose noise floor is `floor`; `None` if that is their mean.
    ///
    /// A number that is one of few has no value that exactly one in a hundred exceeds. The bound then lies between the
    /// smallest that no more exceed and the next larger one, so that rounding decides nothing.
    pub(super) fn of(mut values: Vec<f64>, floor: Option<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let square = |v: &f64| (v - mean).powi(2);
        let variance = values.iter().map(square).sum::<f64>() / (count - 1) as f64;
        let rank = count - 1 - (BEYOND * count as f64) as usize;
        let at = values[rank];
        let next = values[rank..]
            .iter()
            .find(|v| **v > at * (1.0 + ROUNDING))
            .unwrap_or(&at);
        let floor = floor.unwrap_or(mean);
        // Where nothing scatters, the floor is 0 and any multiple of it will do.
        let of_floor = |x: f64| if floor > 0.0 { x / floor } else { 1.0 };
        Self {
            mean: of_floor(mean),
            std_dev: of_floor(variance.sqrt()),
            bound: of_floor(0.5 * (at + next)),
            values: values.iter().map(|v| of_floor(*v) as f32).collect(),
        }
    }

    /// The p-value of a number in noise floors: the fraction of perfect sets that have as much or more, itself counted
    /// as one of them. So it is never below one in the number of simulated sets.
    pub(super) fn p_value(&self, x: f64) -> f64 {
        let count = self.values.len();
        let below = self
            .values
            .partition_point(|v| f64::from(*v) < x * (1.0 - ROUNDING));
        (1 + count - below) as f64 / (1 + count) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_in_a_hundred_is_beyond_the_bound() {
        let values: Vec<_> = (1..=1000).rev().map(f64::from).collect();
        let found = Scatter::of(values, None);
        // Ten of them, 991 to 1000, are above 990.5; the mean is 500.5.
        assert!((found.bound - 990.5 / 500.5).abs() < 1e-12, "{found:?}");
        // Of 1..=N the variance is N(N + 1)/12.
        let std_dev = (1000.0f64 * 1001.0 / 12.0).sqrt();
        assert!((found.std_dev - std_dev / 500.5).abs() < 1e-12);
    }

    #[test]
    fn the_p_value_counts_the_value_itself_and_its_ties() {
        let values: Vec<_> = (1..=99).map(f64::from).collect();
        let found = Scatter::of(values, Some(2.0));
        for (x, p) in [(99.5, 0.01), (99.0, 0.02), (1.0, 1.0), (90.5, 0.1)] {
            assert!((found.p_value(x / 2.0) - p).abs() < 1e-12, "{x}");
        }
        assert_eq!(found.p_value(f64::INFINITY), 0.01);
    }

    #[test]
    fn of_few_values_the_bound_is_between_two_of_them() {
        // 3 is exceeded by two in a hundred, 5 by none.
        let mut values = vec![3.0; 98];
        values.extend([5.0, 5.0 + 1e-9]);
        assert_eq!(Scatter::of(values.clone(), Some(2.0)).bound, 2.5);
        values[97] = 4.0;
        values.extend(vec![3.0; 100]);
        // Of 200 values, two are about 5, which is one in a hundred: the bound parts them from 4.
        let bound = Scatter::of(values, Some(1.0)).bound;
        assert!((bound - 4.5).abs() < 1e-6, "{bound}");
    }
}
