//! The last step of a sampler, x_0 = x̂0(x_1), undone.

use super::slopes::{OFFSET, slopes_along};
use crate::{
    diffusion::{Denoiser, Instant},
    error::Result,
};

/// Newton steps for all points together, and those for the points that are then left. A step is at most s_1
/// long, so a point far beyond what the model draws needs many.
const MAX_NEWTON: usize = 40;
const MAX_NEWTON_OF_FEW: usize = 400;

/// The second number holds where at most one point in so many is left.
const FEW: usize = 10;

/// A point is found by a Newton step that is shorter than this fraction of the noise s_1, on whose scale
/// x̂0 varies. Below it lies the rounding of a network that computes in single precision. Newton's method
/// is quadratic, so that without that rounding the point is then right to the square of this.
const TOLERANCE: f64 = 1e-5;

/// Places, and a logarithm at each where it is known.
type Undone = (Vec<f64>, Vec<Option<f64>>);

/// x ↦ x̂0(x) at timestep 1.
pub(super) struct LastStep<'a> {
    denoiser: &'a dyn Denoiser,
    from: Instant,
}

impl<'a> LastStep<'a> {
    pub(super) fn new(denoiser: &'a dyn Denoiser, from: Instant) -> Self {
        Self { denoiser, from }
    }

    /// The x_1 that the step takes to each x_0, and ln|det ∂x_0/∂x_1| there; `None` where it was not
    /// found.
    pub(super) fn undo(&self, x0: &[f64]) -> Result<Undone> {
        let d = self.denoiser.dim();
        let level = self.from.level;
        let mut noise = vec![0.0; x0.len()];
        self.denoiser.predict_noise(x0, self.from, &mut noise)?;
        let guess = |(x0, noise): (&f64, &f64)| level.signal * x0 + level.noise * noise;
        let mut x: Vec<_> = x0.iter().zip(&noise).map(guess).collect();
        let mut found = self.newton(x0, &mut x, MAX_NEWTON)?;
        let left: Vec<usize> = (0..found.len()).filter(|i| !found[*i]).collect();
        if !left.is_empty() && left.len() * FEW <= found.len() {
            let of = |all: &[f64]| -> Vec<f64> {
                let rows = left.iter().map(|i| &all[i * d..(i + 1) * d]);
                rows.flatten().copied().collect()
            };
            let (there, mut moved) = (of(x0), of(&x));
            let now = self.newton(&there, &mut moved, MAX_NEWTON_OF_FEW)?;
            for ((i, now), moved) in left.iter().zip(now).zip(moved.chunks_exact(d)) {
                found[*i] = now;
                x[i * d..(i + 1) * d].copy_from_slice(moved);
            }
        }
        let (_, jacobian) = self.with_jacobian(&x)?;
        let ln_slope = |j: &[f64]| eliminate(j, &vec![0.0; d], d).0.abs().ln();
        let ln_slopes = jacobian.chunks_exact(d * d).map(ln_slope);
        let ln_slopes = ln_slopes.zip(found);
        let ln_slopes = ln_slopes.map(|(ln_slope, found)| found.then_some(ln_slope));
        Ok((x, ln_slopes.collect()))
    }

    /// Moves each x towards the place that the step takes to x_0, and says which are there.
    fn newton(&self, x0: &[f64], x: &mut [f64], most_steps: usize) -> Result<Vec<bool>> {
        let d = self.denoiser.dim();
        let noise = self.from.level.noise;
        let mut found = vec![false; x0.len() / d];
        for _ in 0..most_steps {
            let (image, jacobian) = self.with_jacobian(x)?;
            for (i, found) in found.iter_mut().enumerate().filter(|(_, found)| !**found) {
                let row = i * d..(i + 1) * d;
                let gap: Vec<_> = row.clone().map(|k| x0[k] - image[k]).collect();
                let (_, step) = eliminate(&jacobian[i * d * d..(i + 1) * d * d], &gap, d);
                let length = step.iter().map(|s| s * s).sum::<f64>().sqrt();
                *found = length < TOLERANCE * noise;
                // Steps beyond the scale on which x̂0 varies are not to be trusted.
                let damping = (noise / length).min(1.0);
                for (x, step) in x[row].iter_mut().zip(&step) {
                    *x += damping * step;
                }
            }
            if found.iter().all(|found| *found) {
                break;
            }
        }
        Ok(found)
    }

    /// x̂0 and ∂x̂0_i/∂x_j, row-major `[n, d, d]`.
    fn with_jacobian(&self, x: &[f64]) -> Result<(Vec<f64>, Vec<f64>)> {
        let d = self.denoiser.dim();
        let offset = OFFSET * self.from.level.noise;
        let mut jacobian = vec![0.0; x.len() * d];
        for axis in 0..d {
            let slopes = slopes_along(axis, x, d, offset, |x| self.apply(x))?;
            for (i, slope) in slopes.into_iter().enumerate() {
                jacobian[i * d + axis] = slope;
            }
        }
        Ok((self.apply(x)?, jacobian))
    }

    fn apply(&self, x: &[f64]) -> Result<Vec<f64>> {
        let mut x0 = vec![0.0; x.len()];
        self.denoiser.predict_x0(x, self.from, &mut x0)?;
        Ok(x0)
    }
}

/// Determinant and solution, by Gaussian elimination with pivots.
fn eliminate(matrix: &[f64], right: &[f64], d: usize) -> (f64, Vec<f64>) {
    let (mut m, mut b, mut determinant) = (matrix.to_vec(), right.to_vec(), 1.0);
    for i in 0..d {
        let by_size = |a: &usize, b: &usize| m[a * d + i].abs().total_cmp(&m[b * d + i].abs());
        let pivot = (i..d).max_by(by_size).expect("a row is left");
        if pivot != i {
            (0..d).for_each(|k| m.swap(i * d + k, pivot * d + k));
            b.swap(i, pivot);
            determinant = -determinant;
        }
        determinant *= m[i * d + i];
        for row in i + 1..d {
            let factor = m[row * d + i] / m[i * d + i];
            (i..d).for_each(|k| m[row * d + k] -= factor * m[i * d + k]);
            b[row] -= factor * b[i];
        }
    }
    for i in (0..d).rev() {
        let known: f64 = (i + 1..d).map(|k| m[i * d + k] * b[k]).sum();
        b[i] = (b[i] - known) / m[i * d + i];
    }
    (determinant, b)
}
