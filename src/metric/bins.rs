//! The bins of a histogram.

use crate::target::{
    Mixture,
    special::{BinomialDeviation, half_normal_mean},
};

/// Equal bins.
pub(super) const BINS: usize = 50;

/// `BINS` equal bins, and two unbounded ones beside them unless what lies outside is left out.
#[derive(Debug, Clone)]
pub(super) struct Bins {
    /// Ascending, one more than there are bins.
    pub(super) edges: Vec<f64>,
    /// Whether what lies outside is counted.
    pub(super) outer: bool,
}

impl Bins {
    /// Over the given range alone, or over that of the test values and beyond; `None` if all test values are the
    /// same.
    pub(super) fn new(range: Option<(f64, f64)>, test: &[f64]) -> Option<Self> {
        let (low, high) = range.unwrap_or_else(|| {
            let low = test.iter().copied().fold(f64::INFINITY, f64::min);
            let high = test.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (low, high)
        });
        let width = (high - low) / BINS as f64;
        (width > 0.0).then(|| Self {
            edges: (0..=BINS).map(|i| low + width * i as f64).collect(),
            outer: range.is_none(),
        })
    }

    /// The fraction of the counted values in each bin, and their number.
    pub(super) fn fractions(&self, values: &[f64]) -> Option<(Vec<f64>, usize)> {
        let (counts, total) = self.counts(values);
        let fractions = counts.iter().map(|c| c / total).collect();
        (total > 0.0).then_some((fractions, total as usize))
    }

    /// How many values are in each bin, and in all of them. A value on an edge belongs to the bin above, one on the
    /// last edge of all to the bin below where nothing is counted beyond.
    pub(super) fn counts(&self, values: &[f64]) -> (Vec<f64>, f64) {
        let mut counts = vec![0.0; self.edges.len() + 1];
        let last = self.edges[BINS];
        for x in values {
            let at_end = !self.outer && *x == last;
            let bin = if at_end {
                BINS
            } else {
                self.edges.partition_point(|edge| edge <= x)
            };
            counts[bin] += 1.0;
        }
        let counts = self.counted(counts);
        let total = counts.iter().sum();
        (counts, total)
    }

    /// The true probability of each bin, given that a value is counted.
    pub(super) fn probabilities(&self, law: &Mixture) -> Option<Vec<f64>> {
        let inner = self
            .edges
            .windows(2)
            .map(|pair| (law.cdf(pair[1]) - law.cdf(pair[0])).max(0.0));
        let all = std::iter::once(law.cdf(self.edges[0]))
            .chain(inner)
            .chain([law.survival(self.edges[BINS])])
            .collect();
        let counted = self.counted(all);
        let total: f64 = counted.iter().sum();
        (total > 0.0).then(|| match self.outer {
            true => counted,
            false => counted.iter().map(|p| p / total).collect(),
        })
    }

    /// The true probability that a value is counted.
    pub(super) fn mass(&self, law: &Mixture) -> f64 {
        match self.outer {
            true => 1.0,
            false => law.cdf(self.edges[BINS]) - law.cdf(self.edges[0]),
        }
    }

    /// The bins that count.
    fn counted(&self, all: Vec<f64>) -> Vec<f64> {
        match self.outer {
            true => all,
            false => all[1..=BINS].to_vec(),
        }
    }
}

/// E overlap of n perfect samples with the truth: 1 − ½ Σ E|Bin(n, p_i)/n − p_i|.
pub(super) fn expected_overlap(truth: &[f64], n: usize) -> f64 {
    let binomial = BinomialDeviation::of(n);
    let deviation = |p: &f64| binomial.at(*p) / n as f64;
    1.0 - 0.5 * truth.iter().map(deviation).sum::<f64>()
}

/// E overlap of two perfect histograms: 1 − ½ Σ √(2/π) √(p_i(1−p_i)(1/n + 1/m)).
pub(super) fn expected_overlap_of_two(truth: &[f64], n: usize, m: usize) -> f64 {
    let scale = half_normal_mean() * (1.0 / n as f64 + 1.0 / m as f64).sqrt();
    1.0 - 0.5 * scale * truth.iter().map(|p| (p * (1.0 - p)).sqrt()).sum::<f64>()
}
