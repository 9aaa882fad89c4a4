//! Means and covariances of points, and how two covariances differ.

use crate::{points::Points, target::eigenvalues};

/// Steps of the power iteration for a direction.
const ITERATIONS: usize = 500;

/// A standard deviation below this part of the mean is rounding.
const ROUNDING: f64 = 1e-12;

/// Mean and covariance of a law or of points.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Moments {
    pub(super) mean: Vec<f64>,
    /// `[d, d]`, row by row.
    pub(super) covariance: Vec<f64>,
}

impl Moments {
    /// Of points, with the divisor n.
    pub(super) fn of(points: &Points) -> Self {
        let (n, d) = (points.len() as f64, points.dim());
        let mean: Vec<f64> = (0..d)
            .map(|k| points.rows().map(|x| x[k]).sum::<f64>() / n)
            .collect();
        let mut covariance = vec![0.0; d * d];
        for x in points.rows() {
            for i in 0..d {
                for j in 0..d {
                    covariance[i * d + j] += (x[i] - mean[i]) * (x[j] - mean[j]) / n;
                }
            }
        }
        // A constant column scatters by the rounding of its mean alone.
        for k in 0..d {
            if covariance[k * d + k].sqrt() <= ROUNDING * mean[k].abs() {
                covariance[k * d..(k + 1) * d].fill(0.0);
                covariance
                    .iter_mut()
                    .skip(k)
                    .step_by(d)
                    .for_each(|c| *c = 0.0);
            }
        }
        Self { mean, covariance }
    }
}

/// A lower triangle L with LLᵀ = C: what turns C into the unit matrix.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Triangle {
    rows: Vec<f64>,
    dim: usize,
}

impl Triangle {
    /// The Cholesky factor of a covariance; `None` where it is singular.
    pub(super) fn of(covariance: &[f64], dim: usize) -> Option<Self> {
        let mut rows = vec![0.0; dim * dim];
        for i in 0..dim {
            for j in 0..=i {
                let product: f64 = (0..j).map(|k| rows[i * dim + k] * rows[j * dim + k]).sum();
                let rest = covariance[i * dim + j] - product;
                rows[i * dim + j] = match i == j {
                    true if rest > 1e-12 * covariance[i * dim + i] => rest.sqrt(),
                    true => return None,
                    false => rest / rows[j * dim + j],
                };
            }
        }
        Some(Self { rows, dim })
    }

    /// L⁻¹x, in place.
    pub(super) fn solve(&self, x: &mut [f64]) {
        for i in 0..self.dim {
            let known: f64 = (0..i).map(|k| self.rows[i * self.dim + k] * x[k]).sum();
            x[i] = (x[i] - known) / self.rows[i * self.dim + i];
        }
    }

    /// Lx.
    pub(super) fn times(&self, x: &[f64]) -> Vec<f64> {
        let row = |i: usize| (0..=i).map(|j| self.rows[i * self.dim + j] * x[j]).sum();
        (0..self.dim).map(row).collect()
    }

    /// L⁻ᵀx, in place.
    fn solve_transposed(&self, x: &mut [f64]) {
        for i in (0..self.dim).rev() {
            let above = i + 1..self.dim;
            let known: f64 = above.map(|k| self.rows[k * self.dim + i] * x[k]).sum();
            x[i] = (x[i] - known) / self.rows[i * self.dim + i];
        }
    }

    /// L⁻¹CL⁻ᵀ of a covariance.
    pub(super) fn whitened(&self, covariance: &[f64]) -> Vec<f64> {
        let d = self.dim;
        let mut half = covariance.to_vec();
        half.chunks_exact_mut(d).for_each(|row| self.solve(row));
        let mut columns: Vec<_> = (0..d * d).map(|i| half[(i % d) * d + i / d]).collect();
        columns.chunks_exact_mut(d).for_each(|row| self.solve(row));
        columns
    }
}

/// The largest |σ̂/σ − 1| over all directions, where `whitened` is the covariance of the samples after that of the
/// data has been made the unit matrix.
pub(super) fn largest_error(whitened: Vec<f64>, dim: usize) -> f64 {
    let values = eigenvalues(whitened, dim).into_iter();
    values
        .map(|v| (v.max(0.0).sqrt() - 1.0).abs())
        .fold(0.0, f64::max)
}

/// The direction in which the spread of samples differs most from that of the data.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct WorstDirection {
    /// Of length 1; its largest coordinate is positive.
    pub(super) direction: Vec<f64>,
    /// Standard deviation of the samples along it.
    pub(super) samples: f64,
    /// That of the data.
    pub(super) data: f64,
}

impl WorstDirection {
    /// Of two covariances; `None` where that of the data is singular.
    pub(super) fn of(samples: &[f64], data: &[f64], dim: usize) -> Option<Self> {
        let triangle = Triangle::of(data, dim)?;
        let whitened = triangle.whitened(samples);
        let values = eigenvalues(whitened.clone(), dim);
        let ends = |(low, high): (f64, f64), v: &f64| (low.min(*v), high.max(*v));
        let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        let is_wide = (high.sqrt() - 1.0).abs() > (low.max(0.0).sqrt() - 1.0).abs();
        // The power iteration finds the largest eigenvalue: of C, or of `high` − C.
        let step = |x: &[f64]| -> Vec<f64> {
            let product =
                |i: usize| -> f64 { (0..dim).map(|j| whitened[i * dim + j] * x[j]).sum() };
            match is_wide {
                true => (0..dim).map(product).collect(),
                false => (0..dim).map(|i| high * x[i] - product(i)).collect(),
            }
        };
        let mut x: Vec<f64> = (0..dim).map(|i| 1.0 + 0.1 * i as f64).collect();
        for _ in 0..ITERATIONS {
            let next = step(&x);
            let length = norm(&next);
            if length > 0.0 {
                x = next.into_iter().map(|x| x / length).collect();
            }
        }
        triangle.solve_transposed(&mut x);
        let length = norm(&x);
        let largest = x
            .iter()
            .fold(0.0, |a: f64, b| if b.abs() > a.abs() { *b } else { a });
        let direction: Vec<_> = x.iter().map(|x| largest.signum() * x / length).collect();
        let along = |covariance: &[f64]| spread_along(covariance, &direction);
        Some(Self {
            samples: along(samples),
            data: along(data),
            direction,
        })
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The standard deviation along a direction of length 1.
fn spread_along(covariance: &[f64], direction: &[f64]) -> f64 {
    let rows = covariance.chunks_exact(direction.len()).zip(direction);
    let product = |(row, u): (&[f64], &f64)| -> f64 {
        u * row.iter().zip(direction).map(|(c, v)| c * v).sum::<f64>()
    };
    rows.map(product).sum::<f64>().max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_column_has_no_variance_whatever_its_value() {
        for constant in [14.62, 0.1, 100.0] {
            let rows = (0..200).flat_map(|i| [f64::from(i).sin(), constant]);
            let found = Moments::of(&Points::new(rows.collect(), 2));
            assert_eq!(found.covariance[1..], [0.0; 3], "{constant}");
            assert!(found.covariance[0] > 0.4);
            assert!(Triangle::of(&found.covariance, 2).is_none());
        }
    }

    #[test]
    fn the_ridge_of_a_file_is_too_wide_across() {
        // Standard deviations 10 along (1, 1)/√2 and 1.93 across it, for samples 10 and 2.95.
        let ridge = |along: f64, across: f64| {
            let (a, b) = (along * along, across * across);
            vec![0.5 * (a + b), 0.5 * (a - b), 0.5 * (a - b), 0.5 * (a + b)]
        };
        let (data, samples) = (ridge(10.0, 1.93), ridge(10.0, 2.95));
        let whitened = Triangle::of(&data, 2).unwrap().whitened(&samples);
        let error = largest_error(whitened, 2);
        assert!((error - (2.95 / 1.93 - 1.0)).abs() < 1e-12, "{error}");
        let found = WorstDirection::of(&samples, &data, 2).unwrap();
        assert!((found.samples - 2.95).abs() < 1e-9 && (found.data - 1.93).abs() < 1e-9);
        let half = std::f64::consts::FRAC_1_SQRT_2;
        assert!((found.direction[0].abs() - half).abs() < 1e-9);
        assert!(
            (found.direction[0] + found.direction[1]).abs() < 1e-9,
            "{found:?}"
        );
        // The other way round it is too narrow there.
        let found = WorstDirection::of(&data, &samples, 2).unwrap();
        assert!((found.samples - 1.93).abs() < 1e-9 && (found.data - 2.95).abs() < 1e-9);
    }

    #[test]
    fn a_singular_covariance_has_no_triangle() {
        assert_eq!(Triangle::of(&[1.0, 1.0, 1.0, 1.0], 2), None);
        assert_eq!(
            WorstDirection::of(&[1.0, 0.0, 0.0, 1.0], &[1.0, 1.0, 1.0, 1.0], 2),
            None
        );
    }

    #[test]
    fn points_have_their_moments() {
        let points = Points::new(vec![0.0, 0.0, 2.0, 4.0], 2);
        let found = Moments::of(&points);
        assert_eq!(found.mean, [1.0, 2.0]);
        assert_eq!(found.covariance, [1.0, 2.0, 2.0, 4.0]);
    }
}
