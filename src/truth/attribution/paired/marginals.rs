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
//! The sign is that of S, the mean of D over a window as wide as the narrowest component. Neighbours
//! mostly have the same sign, and S has less noise than D, the estimate of G − F at x itself. The mean
//! over all ways to halve the samples, as normal as their numbers make it, is D (2Φ(S/τ) − 1) − 2 c/τ
//! φ(S/τ). There τ is the standard error of S, and c the covariance of the errors of S and D.
//!
//! Where the sign is in doubt, this is too small by 2|S| Φ(−|S|/τ) on average. That is stated with it: as
//! large as it can be, where S is within its noise.

use crate::target::{
    Estimate, Mixture,
    special::{normal_cdf, normal_pdf},
};

/// Disjoint batches of the samples.
pub(super) const BATCHES: usize = 16;

/// Places at which the distribution functions are compared.
const PLACES: usize = 2048;

/// Standard errors at which a sign is certain.
const CERTAIN: f64 = 8.0;

/// Where z Φ(−z) is largest.
const MOST_DOUBTFUL: f64 = 0.7517915246935645;

/// The window as a fraction of a box without noise, whose width is its only scale.
const WINDOW_OF_BOX: f64 = 0.3;

/// An exact law of one dimension, at equally spaced places over its support.
pub(super) struct Marginal {
    low: f64,
    step: f64,
    /// F.
    cdf: Vec<f64>,
    /// Places on either side over which a sign is found.
    window: usize,
}

/// A distance, and what it is without each of the batches.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Batched {
    pub(super) all: f64,
    pub(super) without: [f64; BATCHES],
    /// By how much it may be too small.
    pub(super) doubt: f64,
}

impl Batched {
    pub(super) fn scaled(self, unit: f64) -> Self {
        Self {
            all: unit * self.all,
            without: self.without.map(|w1| unit * w1),
            doubt: unit * self.doubt,
        }
    }

    /// The distance with its error: by the jackknife over the batches, and by what it may be too small.
    pub(super) fn estimate(&self) -> Estimate {
        let jackknife = (BATCHES - 1) as f64 * Estimate::mean_of(&self.without).standard_error;
        Estimate {
            value: self.all,
            standard_error: jackknife.hypot(self.doubt),
        }
    }

    pub(super) fn sum(parts: &[Self]) -> Self {
        Self {
            all: parts.iter().map(|part| part.all).sum(),
            without: std::array::from_fn(|b| parts.iter().map(|part| part.without[b]).sum()),
            doubt: parts.iter().map(|part| part.doubt).sum(),
        }
    }
}

impl Marginal {
    pub(super) fn new(law: &Mixture) -> Self {
        let (low, high) = law.support();
        let step = (high - low) / (PLACES - 1) as f64;
        let cdf = |i: usize| law.cdf(low + step * i as f64);
        let scale = match law.has_edges() {
            true => WINDOW_OF_BOX * law.smallest_std_dev(),
            false => law.smallest_std_dev(),
        };
        Self {
            window: (0.5 * scale / step) as usize,
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
        let mut deviations = vec![[0.0; BATCHES]; PLACES];
        for (i, (deviations, cdf)) in deviations.iter_mut().zip(&self.cdf).enumerate() {
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
        }
        let mut found = Batched::default();
        for (deviations, around) in deviations.iter().zip(self.around(&deviations)) {
            found.add(deviations, &around, self.step);
        }
        found.add_tails(&tails);
        found
    }

    /// The mean over the window around each place.
    fn around(&self, deviations: &[[f64; BATCHES]]) -> Vec<[f64; BATCHES]> {
        let mut sums = vec![[0.0; BATCHES]];
        for (i, deviations) in deviations.iter().enumerate() {
            sums.push(std::array::from_fn(|b| sums[i][b] + deviations[b]));
        }
        let mean = |i: usize| {
            let ends = [
                i.saturating_sub(self.window),
                (i + self.window + 1).min(PLACES),
            ];
            let [low, high] = ends.map(|end| &sums[end]);
            let count = (ends[1] - ends[0]) as f64;
            std::array::from_fn(|b| (high[b] - low[b]) / count)
        };
        (0..PLACES).map(mean).collect()
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
    /// Adds a place of some width, at which the batches estimate G − F as these `deviations`, and its mean
    /// `around` it.
    fn add(&mut self, deviations: &[f64; BATCHES], around: &[f64; BATCHES], width: f64) {
        let mut all = Sums::default();
        for (d, s) in deviations.iter().zip(around) {
            all.add(*d, *s, 1.0);
        }
        let (size, doubt) = all.size();
        self.all += width * size;
        self.doubt += width * doubt;
        for ((without, d), s) in self.without.iter_mut().zip(deviations).zip(around) {
            let mut others = all;
            others.add(*d, *s, -1.0);
            *without += width * others.size().0;
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

/// Sums over independent estimates of D and S.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    d: f64,
    s: f64,
    s_s: f64,
    s_d: f64,
}

impl Sums {
    /// Adds a pair of estimates, or takes it away where `sign` is −1.
    fn add(&mut self, d: f64, s: f64, sign: f64) {
        self.count += sign;
        self.d += sign * d;
        self.s += sign * s;
        self.s_s += sign * s * s;
        self.s_d += sign * s * d;
    }

    /// |D| without the part that noise has in it, and by how much that may be too small.
    fn size(&self) -> (f64, f64) {
        let n = self.count;
        let (d, s) = (self.d / n, self.s / n);
        let error = ((self.s_s / n - s * s).max(0.0) / (n - 1.0)).sqrt();
        let z = s.abs() / error;
        // Also where there is no noise at all.
        if z.is_nan() || z > CERTAIN {
            return (d * s.signum(), 0.0);
        }
        let covariance = (self.s_d / n - s * d) / (n - 1.0);
        let size =
            d * s.signum() * (2.0 * normal_cdf(z) - 1.0) - 2.0 * covariance / error * normal_pdf(z);
        let least = z.max(MOST_DOUBTFUL);
        (size, 2.0 * error * least * normal_cdf(-least))
    }
}
