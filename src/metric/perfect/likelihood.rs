//! What perfect samples show of the mean log-density.

use super::sets::Picks;
use crate::{points::Points, target::Mixture};

/// ln p of every point of a pool, less its mean.
pub(super) struct LogDensities {
    /// The points are a power of two.
    centred: Vec<f32>,
    /// Their standard deviation.
    pub(super) deviation: f64,
}

impl LogDensities {
    /// Of the points of a pool that `density` is the law of.
    pub(super) fn new(pool: &Points, density: &Mixture) -> Self {
        let all: Vec<_> = pool.rows().map(|x| density.ln_pdf(x)).collect();
        let n = all.len() as f64;
        let mean = all.iter().sum::<f64>() / n;
        let square = all.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / n;
        Self {
            centred: all.iter().map(|l| (l - mean) as f32).collect(),
            deviation: square.sqrt(),
        }
    }

    /// Of points that are held against the density's own mean ln p.
    pub(super) fn against(points: &Points, density: &Mixture, mean: f64) -> Self {
        let centred = points.rows().map(|x| (density.ln_pdf(x) - mean) as f32);
        let mut centred: Vec<_> = centred.collect();
        centred.resize(centred.len().next_power_of_two(), 0.0);
        Self {
            centred,
            deviation: f64::NAN,
        }
    }

    /// The distance of a set's mean from the truth.
    pub(super) fn error(&self, picks: &Picks) -> f64 {
        let last = self.centred.len() - 1;
        let sum: f64 = picks
            .iter()
            .map(|pick| f64::from(self.centred[pick & last]))
            .sum();
        picks.weight * sum.abs()
    }
}
