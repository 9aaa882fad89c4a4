//! A uniform box, with Gaussian noise on it: U[l, u] + N(0, τ²) along each axis.

use super::special::{
    ln_normal_interval, normal_cdf_double_integral, normal_cdf_integral, normal_interval_slope,
};

/// The law of a point drawn uniformly from a box, plus independent Gaussian noise on each axis.
#[derive(Debug, Clone, PartialEq)]
pub struct UniformBox {
    low: Vec<f64>,
    high: Vec<f64>,
    /// Standard deviation τ of the noise on each axis; 0 at the data.
    noise: Vec<f64>,
}

impl UniformBox {
    /// The box Π[low, high]; `None` unless every `low` is below its `high`.
    pub fn new(low: Vec<f64>, high: Vec<f64>) -> Option<Self> {
        assert_eq!(
            low.len(),
            high.len(),
            "a box has as many lower as upper ends"
        );
        let noise = vec![0.0; low.len()];
        low.iter()
            .zip(&high)
            .all(|(l, h)| l < h)
            .then_some(Self { low, high, noise })
    }

    /// The same box with Gaussian noise of the standard deviation `noise` on every axis.
    pub fn with_noise(self, noise: f64) -> Self {
        let noise = vec![noise; self.dim()];
        Self { noise, ..self }
    }

    /// Dimension d.
    pub fn dim(&self) -> usize {
        self.low.len()
    }

    /// Lower ends.
    pub fn low(&self) -> &[f64] {
        &self.low
    }

    /// Upper ends.
    pub fn high(&self) -> &[f64] {
        &self.high
    }

    /// Standard deviation of the noise on each axis.
    pub fn noise(&self) -> &[f64] {
        &self.noise
    }

    /// This box and `next` as one, if that begins along `axis` where this ends and is like it otherwise.
    pub(super) fn followed_by(&self, next: &Self, axis: usize) -> Option<Self> {
        let same = |k: usize| self.low[k] == next.low[k] && self.high[k] == next.high[k];
        let fits = self.noise == next.noise
            && self.high[axis] == next.low[axis]
            && (0..self.dim()).all(|k| k == axis || same(k));
        fits.then(|| Self {
            low: self.low.clone(),
            high: next.high.clone(),
            noise: self.noise.clone(),
        })
    }

    /// ln of the density: per axis ln{[Φ((x−l)/τ) − Φ((x−u)/τ)]/(u − l)}.
    pub fn ln_pdf(&self, x: &[f64]) -> f64 {
        (0..self.dim()).map(|k| self.axis_ln_pdf(k, x[k])).sum()
    }

    fn axis_ln_pdf(&self, k: usize, x: f64) -> f64 {
        let (low, high, noise) = (self.low[k], self.high[k], self.noise[k]);
        let ln_height = -(high - low).ln();
        if noise > 0.0 {
            ln_height + ln_normal_interval((x - high) / noise, (x - low) / noise)
        } else if (low..=high).contains(&x) {
            ln_height
        } else {
            f64::NEG_INFINITY
        }
    }

    /// ∇ ln of this component's own density, added to `out` with a weight; 0 where there is no noise.
    pub fn add_score(&self, x: &[f64], weight: f64, out: &mut [f64]) {
        for (k, out) in out.iter_mut().enumerate() {
            let noise = self.noise[k];
            if noise > 0.0 {
                let (b, a) = ((x[k] - self.low[k]) / noise, (x[k] - self.high[k]) / noise);
                *out += weight * normal_interval_slope(a, b) / noise;
            }
        }
    }

    /// The distribution function, in one dimension.
    pub fn cdf(&self, x: f64) -> f64 {
        let (low, high, noise) = (self.low[0], self.high[0], self.noise[0]);
        if noise > 0.0 {
            let integral = |end: f64| normal_cdf_integral((x - end) / noise);
            (noise * (integral(low) - integral(high)) / (high - low)).clamp(0.0, 1.0)
        } else {
            ((x - low) / (high - low)).clamp(0.0, 1.0)
        }
    }

    /// 1 − F(x), in one dimension: the box is its own mirror image.
    pub fn survival(&self, x: f64) -> f64 {
        self.cdf(self.low[0] + self.high[0] - x)
    }

    /// ∫_{−∞}^x of the distribution function, in one dimension.
    pub fn cdf_integral(&self, x: f64) -> f64 {
        let (low, high, noise) = (self.low[0], self.high[0], self.noise[0]);
        if noise > 0.0 {
            let integral = |end: f64| normal_cdf_double_integral((x - end) / noise);
            noise * noise * (integral(low) - integral(high)) / (high - low)
        } else {
            let inside = x.clamp(low, high) - low;
            0.5 * inside * inside / (high - low) + (x - high).max(0.0)
        }
    }

    /// Mean along one axis.
    pub fn mean(&self, axis: usize) -> f64 {
        0.5 * (self.low[axis] + self.high[axis])
    }

    /// Variance along one axis.
    pub fn variance(&self, axis: usize) -> f64 {
        (self.high[axis] - self.low[axis]).powi(2) / 12.0 + self.noise[axis].powi(2)
    }

    /// The law of diag(scale)·x + shift + N(0, diag(noise²)), for positive scales.
    pub fn transformed(&self, scale: &[f64], shift: &[f64], noise: &[f64]) -> Self {
        let map = |ends: &[f64]| {
            (0..ends.len())
                .map(|k| scale[k] * ends[k] + shift[k])
                .collect()
        };
        Self {
            low: map(&self.low),
            high: map(&self.high),
            noise: (0..self.dim())
                .map(|k| (scale[k] * self.noise[k]).hypot(noise[k]))
                .collect(),
        }
    }

    /// The law of one coordinate.
    pub fn axis(&self, axis: usize) -> Self {
        Self {
            low: vec![self.low[axis]],
            high: vec![self.high[axis]],
            noise: vec![self.noise[axis]],
        }
    }
}
