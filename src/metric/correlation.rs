//! Rank correlation with a bootstrap interval.

use crate::rng::{Purpose, Seed};
use rand::RngExt;

/// Resamples behind an interval.
const RESAMPLES: u64 = 2000;

/// Spearman's rank correlation between two quantities over models.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Correlation {
    /// Spearman's ρ.
    pub rho: f64,
    /// 2.5 % quantile of ρ over bootstrap resamples of the models.
    pub low: f64,
    /// 97.5 % quantile.
    pub high: f64,
    /// Number of models.
    pub n: usize,
}

/// Spearman's ρ of the pairs, with a 95 % percentile bootstrap interval (Efron 1979) over the pairs.
/// Pairs that are not finite are left out; `None` for fewer than 3, or if one side never varies.
pub(crate) fn correlation(pairs: &[(f64, f64)]) -> Option<Correlation> {
    let pairs: Vec<_> = pairs
        .iter()
        .copied()
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect();
    if pairs.len() < 3 {
        return None;
    }
    let rho = spearman(&pairs)?;
    let mut rng = Seed(0).stream(Purpose::Bootstrap, 0, 0);
    let mut draws: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let pick = |_| pairs[rng.random_range(0..pairs.len())];
            spearman(&(0..pairs.len()).map(pick).collect::<Vec<_>>())
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    let quantile = |q: f64| draws[((draws.len() - 1) as f64 * q).round() as usize];
    Some(Correlation {
        rho,
        low: quantile(0.025),
        high: quantile(0.975),
        n: pairs.len(),
    })
}

fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let x = ranks(&pairs.iter().map(|p| p.0).collect::<Vec<_>>());
    let y = ranks(&pairs.iter().map(|p| p.1).collect::<Vec<_>>());
    let middle = (pairs.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - middle) * (b - middle))
            .sum()
    };
    let norm = (product(&x, &x) * product(&y, &y)).sqrt();
    (norm > 0.0).then(|| product(&x, &y) / norm)
}

/// Ranks from 0; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
        for i in group {
            ranks[*i] = start as f64 + (group.len() as f64 - 1.0) / 2.0;
        }
        start += group.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monotone_pairs_correlate_completely_whatever_their_shape() {
        let pairs: Vec<_> = (0..20)
            .map(|i| (f64::from(i), f64::from(i).exp()))
            .collect();
        let c = correlation(&pairs).unwrap();
        assert!((c.rho - 1.0).abs() < 1e-12 && (c.low - 1.0).abs() < 1e-12 && c.n == 20);
    }

    #[test]
    fn ties_share_their_rank() {
        // Ranks 0, 1.5, 1.5, 3, 4 and 1, 0, 2.5, 2.5, 4: product 7.25, both squared norms 9.5.
        let pairs = [(1.0, 3.0), (2.0, 1.0), (2.0, 4.0), (4.0, 4.0), (5.0, 9.0)];
        assert!((spearman(&pairs).unwrap() - 7.25 / 9.5).abs() < 1e-12);
    }

    #[test]
    fn two_models_or_a_constant_give_no_correlation() {
        assert!(correlation(&[(0.0, 1.0), (1.0, 2.0)]).is_none());
        assert!(correlation(&[(0.0, 1.0), (0.0, 2.0), (0.0, 5.0)]).is_none());
    }
}
