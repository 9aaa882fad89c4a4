//! How many samples would lie outside the densest region of the truth if nothing was wrong but what is known.

use super::within_modes::WithinModes;
use crate::{
    metric::ModeWeight,
    points::Points,
    target::{DensestRegion, Mixture},
};

/// Standard errors that chance does not reach.
const ERRORS: f64 = 4.0;

/// A range of fractions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Range {
    /// Around a fraction of `n` samples that is known from `points`.
    pub(super) fn around(ends: [f64; 2], n: usize, points: usize) -> Self {
        let error = |p: f64| {
            let variance = p * (1.0 - p) * (1.0 / n as f64 + 1.0 / points as f64);
            ERRORS * variance.max(1.0 / (n as f64).powi(2)).sqrt()
        };
        Self {
            low: ends[0] - error(ends[0]),
            high: ends[1] + error(ends[1]),
        }
    }
}

/// The fraction outside that the weights, the places and the widths of the modes explain, for `n` samples.
pub(super) fn by_modes(
    within: &WithinModes,
    law: &Mixture,
    region: &DensestRegion,
    modes: &[ModeWeight],
    n: usize,
) -> Range {
    let (factor, error) = within.factor.unwrap_or((1.0, 0.0));
    let at = |factor: f64| {
        let points = within.pool.stretched(law, factor, &within.shifts);
        let mut counts = vec![[0.0; 2]; law.components().len()];
        for (x, k) in points.rows().zip(&within.pool.component) {
            counts[*k][1] += 1.0;
            if region.leaves_out(law.ln_pdf(x)) {
                counts[*k][0] += 1.0;
            }
        }
        let shares = counts.iter().zip(modes);
        let all: f64 = modes.iter().map(|mode| mode.value).sum();
        shares
            .filter(|([_, all], _)| *all > 0.0)
            .map(|([outside, all], mode)| mode.value * outside / all)
            .sum::<f64>()
            / all
    };
    let ends = [at(factor - 2.0 * error), at(factor + 2.0 * error)];
    Range::around(ends, n, within.pool.points.len())
}

/// The same for the covariance of a law with one component: its points are stretched as the samples are.
pub(super) fn by_covariance(
    samples: &Points,
    law: &Mixture,
    region: &DensestRegion,
) -> Option<Range> {
    let points = crate::metric::reshaped(samples, law)?;
    let outside = points
        .rows()
        .filter(|x| region.leaves_out(law.ln_pdf(x)))
        .count();
    let part = outside as f64 / points.len() as f64;
    Some(Range::around([part; 2], samples.len(), points.len()))
}
