//! How far chance takes a number that perfect samples have.

/// One perfect evaluation in a hundred is beyond the bound.
const BEYOND: f64 = 0.01;

/// The normal quantile that leaves one in a hundred above it.
pub(crate) const ONE_SIDED: f64 = 2.326_347_874_040_841;

/// The normal quantile that leaves one in a hundred on both sides together.
pub(crate) const TWO_SIDED: f64 = 2.575_829_303_548_901;

/// Values that are closer than this part of their size differ by rounding alone.
const ROUNDING: f64 = 1e-6;

/// The law of a number that perfect samples have, as multiples of its noise floor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scatter {
    /// Its standard deviation.
    pub(super) std_dev: f64,
    /// Its 99 % quantile.
    pub(super) bound: f64,
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
            std_dev: of_floor(variance.sqrt()),
            bound: of_floor(0.5 * (at + next)),
        }
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
