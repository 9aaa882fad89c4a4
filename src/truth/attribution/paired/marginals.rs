//! W1 between the law that samples are from and an exact one, with a control variate and no noise floor.
//!
//! Of a combination of causes there are n samples, and of the data itself as many perfect ones, drawn
//! with the same random numbers. The error that chance makes in the perfect ones is known: F_n⁰ − F.
//! Chance makes most of the same error in the others. So G_n − β (F_n⁰ − F) estimates their distribution
//! function G with much less noise. There β(x) is the slope of one indicator on the other (a control
//! variate, Lavenberg & Welch 1981).
//!
//! The integral of |G − F| over estimates of G would count their noise as distance. If the sign of G − F
//! at x came from one half of the samples and its size from the other, the mean would be 0 where G = F.
//! Where the sign is in doubt the distance would be somewhat too small. The mean of that over all ways to
//! halve the samples, as normal as their numbers make it, is D (2Φ(D/τ) − 1) − 2τ φ(D/τ). There D is the
//! estimate of G − F from all of them, and τ its standard error.

use crate::target::{
    Mixture,
    special::{normal_cdf, normal_pdf},
};

/// Disjoint batches of the samples.
pub(super) const BATCHES: usize = 16;

/// Places at which the distribution functions are compared.
const PLACES: usize = 2048;

/// Standard errors at which a sign is certain.
const CERTAIN: f64 = 8.0;

/// An exact law of one dimension, at equally spaced places over its support.
pub(super) struct Marginal {
    low: f64,
    step: f64,
    /// F.
    cdf: Vec<f64>,
}

/// A distance, and what it is without each of the batches.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Batched {
    pub(super) all: f64,
    pub(super) without: [f64; BATCHES],
}

impl Batched {
    pub(super) fn scaled(self, unit: f64) -> Self {
        Self {
            all: unit * self.all,
            without: self.without.map(|w1| unit * w1),
        }
    }

    pub(super) fn sum(parts: &[Self]) -> Self {
        Self {
            all: parts.iter().map(|part| part.all).sum(),
            without: std::array::from_fn(|b| parts.iter().map(|part| part.without[b]).sum()),
        }
    }
}

impl Marginal {
    pub(super) fn new(law: &Mixture) -> Self {
        let (low, high) = law.support();
        let step = (high - low) / (PLACES - 1) as f64;
        let cdf = |i: usize| law.cdf(low + step * i as f64);
        Self {
            low,
            step,
            cdf: (0..PLACES).map(cdf).collect(),
        }
    }

    /// W1 of the law of `samples`, paired with the `perfect` samples of this law; NaN where a sample is
    /// not finite.
    pub(super) fn w1(&self, samples: &[f64], perfect: &[f64]) -> Batched {
        let size = samples.len() / BATCHES;
        let batch = |b: usize| b * size..(b + 1) * size;
        let of = |values: &[f64]| -> Vec<Vec<f64>> {
            let parts = (0..BATCHES).map(|b| self.empirical(&values[batch(b)]));
            parts.collect()
        };
        // Both are below x where the larger is.
        let both: Vec<_> = samples
            .iter()
            .zip(perfect)
            .map(|(a, b)| a.max(*b))
            .collect();
        let (g, f, joint) = (of(samples), of(perfect), of(&both));
        let tails: Vec<_> = (0..BATCHES)
            .map(|b| self.beyond(&samples[batch(b)]))
            .collect();
        let mut found = Batched::default();
        let mut deviations = [0.0; BATCHES];
        for (i, cdf) in self.cdf.iter().enumerate() {
            let mean =
                |parts: &[Vec<f64>]| parts.iter().map(|p| p[i]).sum::<f64>() / BATCHES as f64;
            let (mean_g, mean_f) = (mean(&g), mean(&f));
            let variance = mean_f * (1.0 - mean_f);
            let slope = match variance > 0.0 {
                true => ((mean(&joint) - mean_g * mean_f) / variance).clamp(0.0, 1.0),
                // Beyond all perfect samples: what chance did there is known as well.
                false => 1.0,
            };
            for ((deviation, g), f) in deviations.iter_mut().zip(&g).zip(&f) {
                *deviation = g[i] - cdf - slope * (f[i] - cdf);
            }
            found.add(&deviations, self.step);
        }
        found.add_tails(&tails);
        found
    }

    /// The fraction of `values` that is not above each place.
    fn empirical(&self, values: &[f64]) -> Vec<f64> {
        let mut counts = vec![0.0; PLACES];
        for x in values {
            // Casts saturate: what is below goes to the first place.
            let first = ((x - self.low) / self.step).ceil() as usize;
            if let Some(count) = counts.get_mut(first) {
                *count += 1.0;
            }
        }
        let mut sum = 0.0;
        for count in &mut counts {
            sum += *count;
            *count = sum / values.len() as f64;
        }
        counts
    }

    /// What lies beyond the support: E (low − X)⁺ + E (X − high)⁺.
    fn beyond(&self, values: &[f64]) -> f64 {
        let high = self.low + self.step * (PLACES - 1) as f64;
        let outside = |x: &f64| (self.low - x).max(0.0) + (x - high).max(0.0);
        let nan = |x: &f64| if x.is_finite() { 0.0 } else { f64::NAN };
        values.iter().map(|x| outside(x) + nan(x)).sum::<f64>() / values.len() as f64
    }
}

impl Batched {
    /// Adds a place of some width, at which the batches estimate G − F as these `deviations`.
    fn add(&mut self, deviations: &[f64; BATCHES], width: f64) {
        let sum: f64 = deviations.iter().sum();
        let square: f64 = deviations.iter().map(|d| d * d).sum();
        self.all += width * size(BATCHES, sum, square);
        for (without, d) in self.without.iter_mut().zip(deviations) {
            *without += width * size(BATCHES - 1, sum - d, square - d * d);
        }
    }

    /// Adds what lies outside the support, where the sign is known.
    fn add_tails(&mut self, tails: &[f64]) {
        let sum: f64 = tails.iter().sum();
        self.all += sum / BATCHES as f64;
        for (without, tail) in self.without.iter_mut().zip(tails) {
            *without += (sum - tail) / (BATCHES - 1) as f64;
        }
    }
}

/// |D| without the part that noise has in it, from the sum of `n` independent estimates of D and that of
/// their squares.
fn size(n: usize, sum: f64, square: f64) -> f64 {
    let n = n as f64;
    let mean = sum / n;
    let variance = (square / n - mean * mean).max(0.0) / (n - 1.0);
    let error = variance.sqrt();
    let z = mean.abs() / error;
    // Also where there is no noise at all.
    if z.is_nan() || z > CERTAIN {
        return mean.abs();
    }
    mean.abs() * (2.0 * normal_cdf(z) - 1.0) - 2.0 * error * normal_pdf(z)
}
