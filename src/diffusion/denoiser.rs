//! What every sampler needs of a network, or of the exact answer in its place.

/// Predicts the noise in x_t.
pub trait Denoiser: Sync {
    /// Dimension d of the points.
    fn dim(&self) -> usize;

    /// Writes ε̂(x, t) for row-major points `x` (`[n, d]`, standardised units) at timestep `t` in
    /// 1..=T into `predicted_noise` (`[n, d]`).
    fn predict_noise(&self, x: &[f64], t: usize, predicted_noise: &mut [f64]);
}
