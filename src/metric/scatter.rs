//! How far chance takes a distance between perfect samples and the truth.

use crate::rng::{self, Purpose, Seed};
use std::f64::consts::FRAC_2_PI;

/// Simulated empirical processes.
const REPEATS: usize = 2000;

/// One perfect evaluation in a hundred is beyond the bound.
const BEYOND: f64 = 0.01;

/// The normal quantile that leaves one in a hundred on both sides together.
pub(crate) const TWO_SIDED: f64 = 2.576;

/// The law of a distance between perfect samples and the truth, as multiples of its mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scatter {
    /// Its standard deviation.
    pub std_dev: f64,
    /// Its 99 % quantile.
    pub bound: f64,
}

impl Scatter {
    /// Of |N(0, σ²)|.
    pub(crate) fn half_normal() -> Self {
        let mean = FRAC_2_PI.sqrt();
        Self {
            std_dev: (1.0 - FRAC_2_PI).sqrt() / mean,
            bound: TWO_SIDED / mean,
        }
    }

    /// Of a statistic of √n(F_n − F) at the ascending `levels` F_i, for many samples: there it is a
    /// Brownian bridge (Donsker 1952), whose paths are simulated (fixed seed).
    pub(crate) fn of_bridge(levels: &[f64], statistic: impl Fn(&[f64]) -> f64) -> Self {
        let mut rng = Seed(0).stream(Purpose::MonteCarlo, 0, 4);
        let mut z = vec![0.0; levels.len()];
        let mut bridge = vec![0.0; levels.len()];
        let mut values: Vec<_> = (0..REPEATS)
            .map(|_| {
                rng::fill_normal(&mut rng, &mut z);
                let (mut at, mut value) = (0.0, 0.0);
                for ((level, z), out) in levels.iter().zip(&z).zip(&mut bridge) {
                    // Given B(a), B(b) has mean B(a)(1 − b)/(1 − a) and variance (b − a)(1 − b)/(1 − a).
                    let left = ((1.0 - level) / (1.0 - at)).clamp(0.0, 1.0);
                    value = value * left + ((level - at).max(0.0) * left).sqrt() * z;
                    *out = value;
                    at = level.min(1.0 - f64::EPSILON);
                }
                statistic(&bridge)
            })
            .collect();
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / REPEATS as f64;
        let square = |v: &f64| (v - mean).powi(2);
        let variance = values.iter().map(square).sum::<f64>() / (REPEATS - 1) as f64;
        let rank = ((1.0 - BEYOND) * REPEATS as f64) as usize;
        if mean > 0.0 {
            Self {
                std_dev: variance.sqrt() / mean,
                bound: values[rank] / mean,
            }
        } else {
            Self::half_normal()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_the_uniform_law_it_has_the_moments_of_the_integrated_bridge() {
        // ∫₀¹|B|: mean √(π/32), second moment 7/60 (Shepp 1982); the mid-points of 200 cells.
        let levels: Vec<_> = (0..200).map(|i| (f64::from(i) + 0.5) / 200.0).collect();
        let mean = |b: &[f64]| b.iter().map(|b| b.abs()).sum::<f64>() / 200.0;
        let found = Scatter::of_bridge(&levels, mean);
        let exact = (7.0f64 / 60.0 / (std::f64::consts::PI / 32.0) - 1.0).sqrt();
        // The standard error of a relative standard deviation over 2000 paths is 2 %.
        assert!(
            (found.std_dev - exact).abs() < 0.08 * exact,
            "{found:?} {exact}"
        );
        // The 99 % point of ∫|B| is 0.751, from 2·10⁵ bridges of 1000 steps simulated with numpy.
        let exact = 0.751 / (std::f64::consts::PI / 32.0).sqrt();
        assert!(
            (found.bound - exact).abs() < 0.06 * exact,
            "{found:?} {exact}"
        );
    }

    #[test]
    fn one_level_is_a_half_normal_value() {
        let found = Scatter::of_bridge(&[0.3], |b| b[0].abs());
        let exact = Scatter::half_normal();
        assert!((found.std_dev - exact.std_dev).abs() < 0.08 * exact.std_dev);
    }
}
