//! Slopes of what a denoiser answers.

use crate::error::Result;

/// Offset of the central differences, in units of the noise on whose scale a denoiser's answers vary:
/// large enough for a network that computes in single precision.
pub(super) const OFFSET: f64 = 3e-3;

/// The derivative of every coordinate of `f` along one axis, for row-major points `x` of dimension `d`.
pub(super) fn slopes_along(
    axis: usize,
    x: &[f64],
    d: usize,
    offset: f64,
    f: impl Fn(&[f64]) -> Result<Vec<f64>>,
) -> Result<Vec<f64>> {
    let at = |offset: f64| {
        let mut shifted = x.to_vec();
        let along = shifted.iter_mut().skip(axis).step_by(d);
        along.for_each(|x| *x += offset);
        f(&shifted)
    };
    let pairs = at(offset)?.into_iter().zip(at(-offset)?);
    let slope = |(above, below)| (above - below) / (2.0 * offset);
    Ok(pairs.map(slope).collect())
}
