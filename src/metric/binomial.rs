//! Counts of perfect samples in a region of known mass.

use super::value::MetricValue;
use crate::target::Estimate;
use statrs::distribution::{Binomial, DiscreteCDF};

/// Standard errors of the mass within which the p-value is the largest.
const ERRORS: f64 = 2.0;

/// One perfect evaluation in a hundred is beyond the bound.
const BEYOND: f64 = 0.01;

/// The p-value of `count` among `n` where `mass` is expected: twice the smaller tail. It is the largest within the
/// error of the mass.
pub(super) fn p_value(count: u64, n: u64, mass: Estimate) -> f64 {
    [-1.0, 0.0, 1.0]
        .map(|errors| {
            let p = mass.value + errors * ERRORS * mass.standard_error;
            two_sided(count, n, p.clamp(0.0, 1.0))
        })
        .into_iter()
        .fold(0.0, f64::max)
}

fn two_sided(count: u64, n: u64, p: f64) -> f64 {
    let Ok(law) = Binomial::new(p, n) else {
        return 1.0;
    };
    let at_least = match count {
        0 => 1.0,
        count => law.sf(count - 1),
    };
    (2.0 * law.cdf(count).min(at_least)).min(1.0)
}

/// The counts that are told at a level: at most the first, or at least the second.
pub(super) fn told(n: u64, mass: Estimate, level: f64) -> (Option<u64>, u64) {
    let is_told = |count: &u64| p_value(*count, n, mass) <= level;
    let middle = (n as f64 * mass.value) as u64;
    // Both tails fall away from the middle.
    let search = |mut inside: u64, mut beyond: u64| {
        while inside.abs_diff(beyond) > 1 {
            let between = inside.midpoint(beyond);
            match is_told(&between) {
                true => beyond = between,
                false => inside = between,
            }
        }
        beyond
    };
    let low = is_told(&0).then(|| search(middle, 0));
    let high = match is_told(&n) {
        true => search(middle, n),
        false => n + 1,
    };
    (low, high)
}

impl MetricValue {
    /// A fraction of `n` points where `mass` is expected, with its binomial floor, bound and p-value.
    pub(super) fn counted(fraction: f64, n: u64, mass: Estimate) -> Self {
        let deviation = (mass.value * (1.0 - mass.value) / n as f64).sqrt();
        let (low, high) = told(n, mass, BEYOND);
        let below = low.map_or(0.0, |low| mass.value - (low as f64 + 0.5) / n as f64);
        let above = (high as f64 - 0.5) / n as f64 - mass.value;
        Self {
            value: Some(fraction),
            noise_floor: Some(deviation),
            noise_std_dev: Some(deviation),
            noise_bound: Some(below.max(above)),
            p_value: Some(p_value((fraction * n as f64).round() as u64, n, mass)),
            ..Self::default()
        }
        .with_truth(Some(mass))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_p_value_is_twice_the_smaller_tail() {
        let mass = Estimate::exact(0.01);
        // scipy 1.17: 2·binom.sf(4, 100, 0.01), 2·binom.cdf(2, 1000, 0.01).
        assert!((p_value(5, 100, mass) - 0.006_864_64).abs() < 1e-7);
        assert!((p_value(2, 1000, mass) - 0.005_358_9).abs() < 1e-6);
        assert_eq!(p_value(1, 100, mass), 1.0);
        let unsure = Estimate {
            value: 0.01,
            standard_error: 0.001,
        };
        assert!(p_value(5, 100, unsure) > p_value(5, 100, mass));
        assert_eq!(p_value(1, 100, Estimate::exact(0.0)), 0.0);
    }

    #[test]
    fn the_counts_that_are_told_are_those_with_a_small_p_value() {
        for n in [20, 100, 1000, 30_000] {
            let mass = Estimate::exact(0.01);
            let (low, high) = told(n, mass, 0.002);
            for count in 0..(n.min(600)) {
                let is_told = low.is_some_and(|low| count <= low) || count >= high;
                assert_eq!(is_told, p_value(count, n, mass) <= 0.002, "{count} of {n}");
            }
        }
    }
}
