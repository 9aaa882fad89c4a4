//! The normal distribution restricted to an interval.

use super::quadrature;
use crate::rng::Generator;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::PI;

/// Standard deviations beyond its peak after which the density is below e^−50 of it.
const REACH: f64 = 10.0;

/// Panels over what is left of the interval: none is wider than 5 standard deviations.
const PANELS: usize = 4;

/// N(m, ρ²) restricted to `[low, high]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TruncatedNormal {
    mean: f64,
    std_dev: f64,
    /// The ends in standard deviations from the mean.
    ends: (f64, f64),
}

impl TruncatedNormal {
    /// N(`mean`, `std_dev`²) restricted to `[low, high]`, for `low` < `high` and a positive `std_dev`.
    pub(crate) fn new(mean: f64, std_dev: f64, low: f64, high: f64) -> Self {
        let ends = ((low - mean) / std_dev, (high - mean) / std_dev);
        Self {
            mean,
            std_dev,
            ends,
        }
    }

    /// Mean and variance.
    ///
    /// By quadrature of the density around its peak rather than by differences of φ and Φ. Those cancel
    /// where the interval is short or far out in a tail. These sums of positive terms do not.
    pub(crate) fn moments(&self) -> (f64, f64) {
        let (low, high) = self.ends;
        let peak = 0f64.clamp(low, high);
        // Away from 0 the density falls like exp(−|peak|·distance), faster than a normal does.
        let reach = REACH.min(5.0 * REACH / peak.abs());
        let (low, high) = (low.max(peak - reach), high.min(peak + reach));
        let edge = |i: usize| low + (high - low) * i as f64 / PANELS as f64;
        let panels: [f64; PANELS + 1] = std::array::from_fn(edge);
        let (mut mass, mut first, mut second) = (0.0, 0.0, 0.0);
        for (z, weight) in quadrature::nodes(&panels) {
            // z² − peak² as a product keeps its digits where both are large.
            let density = weight * (-0.5 * (z - peak) * (z + peak)).exp();
            mass += density;
            first += density * (z - peak);
            second += density * (z - peak).powi(2);
        }
        let offset = first / mass;
        let variance = (second / mass - offset * offset).max(0.0);
        (
            self.mean + self.std_dev * (peak + offset),
            self.std_dev.powi(2) * variance,
        )
    }

    /// One draw, by rejection from the proposal that suits the interval (Robert 1995).
    pub(crate) fn sample(&self, rng: &mut Generator) -> f64 {
        let (low, high) = self.ends;
        let z = if high < 0.0 {
            -sample_standard(-high, -low, rng)
        } else {
            sample_standard(low, high, rng)
        };
        self.mean + self.std_dev * z
    }
}

/// N(0, 1) restricted to `[low, high]`, for `high` ≥ 0.
fn sample_standard(low: f64, high: f64, rng: &mut Generator) -> f64 {
    if low <= 0.0 && high - low > (2.0 * PI).sqrt() {
        loop {
            let z: f64 = StandardNormal.sample(rng);
            if (low..=high).contains(&z) {
                return z;
            }
        }
    }
    // The rate of the best exponential proposal on [low, ∞).
    let rate = 0.5 * (low + (low * low + 4.0).sqrt());
    if low > 0.0 && high - low > 1.0 / rate {
        loop {
            let z = low - (1.0 - rng.random::<f64>()).ln() / rate;
            let accept = (-0.5 * (z - rate).powi(2)).exp();
            if z <= high && rng.random::<f64>() < accept {
                return z;
            }
        }
    }
    let peak = low.max(0.0);
    loop {
        let z = low + (high - low) * rng.random::<f64>();
        if rng.random::<f64>() < (-0.5 * (z - peak) * (z + peak)).exp() {
            return z;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rng::{Purpose, Seed},
        target::special::{normal_cdf, normal_pdf},
    };

    #[test]
    fn the_moments_have_their_closed_form_where_it_has_digits() {
        for (low, high) in [
            (-1.0f64, 2.0f64),
            (-0.3, 0.9),
            (0.5, 3.0),
            (-40.0, 40.0),
            (-30.0, 1.0),
        ] {
            let (mean, variance) = TruncatedNormal::new(0.0, 1.0, low, high).moments();
            let mass = normal_cdf(high) - normal_cdf(low);
            let slope = (normal_pdf(low) - normal_pdf(high)) / mass;
            let curve = (low * normal_pdf(low) - high * normal_pdf(high)) / mass;
            assert!((mean - slope).abs() < 1e-12, "{low} {high}: {mean} {slope}");
            let exact = 1.0 + curve - slope * slope;
            assert!((variance - exact).abs() < 1e-11, "{low} {high}: {variance}");
        }
    }

    #[test]
    fn far_out_it_is_exponential_and_when_short_it_is_uniform() {
        // With rate α the mean excess is 1/α − 2/α³ + …, the variance 1/α² − 6/α⁴ + ….
        let (mean, variance) = TruncatedNormal::new(0.0, 1.0, 1000.0, 2000.0).moments();
        assert!((mean - 1000.0 - 1e-3 + 2e-9).abs() < 1e-12);
        assert!((variance * 1e6 - 1.0 + 6e-6).abs() < 1e-9);
        let (mean, variance) = TruncatedNormal::new(0.0, 1e6, 1.0, 3.0).moments();
        assert!((mean - 2.0).abs() < 1e-9 && (variance - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn draws_have_the_moments() {
        let cases = [
            (-0.5, 8.0),
            (1.0, 6.0),
            (4.0, 9.0),
            (-7.0, -2.0),
            (0.2, 0.4),
            (-1.0, 0.5),
        ];
        for (i, (low, high)) in cases.into_iter().enumerate() {
            let law = TruncatedNormal::new(0.5, 2.0, 0.5 + 2.0 * low, 0.5 + 2.0 * high);
            let mut rng = Seed(5).stream(Purpose::TestData, i as u64, 0);
            let draws: Vec<_> = (0..40_000).map(|_| law.sample(&mut rng)).collect();
            let inside = |x: &f64| (*x - 0.5) / 2.0 >= low && (*x - 0.5) / 2.0 <= high;
            assert!(draws.iter().all(inside));
            let (mean, variance) = law.moments();
            let found = crate::target::Estimate::mean_of(&draws);
            assert!((found.value - mean).abs() < 5.0 * found.standard_error);
            let squares: Vec<_> = draws.iter().map(|x| (x - mean).powi(2)).collect();
            let found = crate::target::Estimate::mean_of(&squares);
            assert!((found.value - variance).abs() < 5.0 * found.standard_error);
        }
    }
}
