//! What every sampler needs of a network, or of the exact answer in its place.

use std::ops::Range;

/// Predicts the noise in x_t.
pub trait Denoiser: Sync {
    /// Dimension d of the points.
    fn dim(&self) -> usize;

    /// Writes ε̂(x, t) for row-major points `x` (`[n, d]`, standardised units) at timestep `t` in
    /// 1..=T into `predicted_noise` (`[n, d]`).
    fn predict_noise(&self, x: &[f64], t: usize, predicted_noise: &mut [f64]);

    /// The denoiser of the points `rows` among those that this one is for, where it knows something of
    /// each of them, such as its class; `None` where it treats all points alike.
    fn of_rows(&self, rows: Range<usize>) -> Option<Box<dyn Denoiser + '_>> {
        let _ = rows;
        None
    }
}
