//! Means over the axes.

/// The mean of `f` over the axes 0..d.
pub(super) fn mean_over_axes(dim: usize, f: impl Fn(usize) -> f64) -> f64 {
    (0..dim).map(f).sum::<f64>() / dim as f64
}
