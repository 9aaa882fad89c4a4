//! What perfect samples show of the modes of the data.

use super::sets::Picks;
use crate::{points::Points, target::Mixture};

/// A share that is left out of the sums.
const NOTHING: f64 = 1e-6;

/// The part of a variance that is rounding.
const SINGULAR: f64 = 1e-6;

/// The shares that the components have of every point of a pool, without those that are next to nothing.
pub(super) struct Shares {
    /// Component and share, point after point.
    shares: Vec<(u32, f32)>,
    /// Where the shares of each point start, and where the last end. The points are a power of two.
    starts: Vec<u32>,
    /// The mean share of every component.
    means: Vec<f64>,
    /// Its standard deviation over the points.
    deviations: Vec<f64>,
}

impl Shares {
    /// Of the points of a pool that `density` is the law of.
    pub(super) fn new(pool: &Points, density: &Mixture) -> Self {
        let components = density.weights().len();
        let (mut shares, mut starts) = (vec![], vec![0]);
        let mut sums = vec![[0.0; 2]; components];
        for x in pool.rows() {
            let found = density.responsibilities(x).unwrap_or_default();
            for (k, r) in found.iter().enumerate().filter(|(_, r)| **r > NOTHING) {
                shares.push((k as u32, *r as f32));
                sums[k][0] += r;
                sums[k][1] += r * r;
            }
            starts.push(shares.len() as u32);
        }
        let n = pool.len() as f64;
        let deviation = |[sum, square]: &[f64; 2]| (square / n - (sum / n).powi(2)).max(0.0).sqrt();
        Self {
            shares,
            starts,
            means: sums.iter().map(|[sum, _]| sum / n).collect(),
            deviations: sums.iter().map(deviation).collect(),
        }
    }

    /// Held against these means; the points are filled up to a power of two with such as have no share.
    pub(super) fn against(mut self, means: &[f64]) -> Self {
        let points = (self.starts.len() - 1).next_power_of_two();
        self.starts.resize(points + 1, self.shares.len() as u32);
        self.means = means.to_vec();
        self
    }

    /// Half the sum of the standard deviations of one point's shares.
    pub(super) fn half_sum_of_deviations(&self) -> f64 {
        0.5 * self.deviations.iter().sum::<f64>()
    }

    /// A factor L of the covariance of one point's shares, LLᵀ, row after row of a lower triangle (Cholesky). What the
    /// rows before determine has no column of its own: the shares sum to 1.
    pub(super) fn factor(&self) -> Vec<Vec<f64>> {
        let covariance = self.covariance();
        let mut factor: Vec<Vec<f64>> = vec![];
        for (i, row) in covariance.iter().enumerate() {
            let mut of_row = vec![];
            for j in 0..=i {
                let product = |other: &[f64]| -> f64 {
                    other
                        .iter()
                        .zip(&of_row)
                        .map(|(a, b): (&f64, &f64)| a * b)
                        .sum()
                };
                of_row.push(if j < i {
                    let pivot = factor[j][j];
                    let rest = row[j] - product(&factor[j][..j]);
                    if pivot > 0.0 { rest / pivot } else { 0.0 }
                } else {
                    let rest = row[i] - of_row.iter().map(|x| x * x).sum::<f64>();
                    let is_left = rest > SINGULAR * row[i];
                    if is_left { rest.sqrt() } else { 0.0 }
                });
            }
            factor.push(of_row);
        }
        factor
    }

    fn covariance(&self) -> Vec<Vec<f64>> {
        let (n, components) = (self.starts.len() - 1, self.means.len());
        let mut products = vec![vec![0.0; components]; components];
        for ends in self.starts.windows(2) {
            let of_point = &self.shares[ends[0] as usize..ends[1] as usize];
            for (i, a) in of_point {
                for (j, b) in of_point {
                    products[*i as usize][*j as usize] += f64::from(*a) * f64::from(*b);
                }
            }
        }
        for (row, a) in products.iter_mut().zip(&self.means) {
            let both = row.iter_mut().zip(&self.means);
            both.for_each(|(product, b)| *product = *product / n as f64 - a * b);
        }
        products
    }

    /// Room for a sum of every component.
    pub(super) fn room(&self) -> Vec<f32> {
        vec![0.0; self.means.len()]
    }

    /// ½ Σ|ŵ_k − w_k| of a set.
    pub(super) fn error(&self, sums: &mut [f32], picks: &Picks) -> f64 {
        sums.fill(0.0);
        let last = self.starts.len() - 2;
        for pick in picks.iter() {
            let point = pick & last;
            let range = self.starts[point] as usize..self.starts[point + 1] as usize;
            for (k, share) in &self.shares[range] {
                sums[*k as usize] += share;
            }
        }
        let expected = picks.len() as f64;
        let terms = sums.iter().zip(&self.means);
        let total: f64 = terms
            .map(|(sum, mean)| (f64::from(*sum) - expected * mean).abs())
            .sum();
        0.5 * picks.weight * total
    }
}

/// ½ Σ|Lz|.
pub(super) fn half_sum_of_normals(factor: &[Vec<f64>], z: &[f64]) -> f64 {
    let product = |row: &Vec<f64>| row.iter().zip(z).map(|(a, z)| a * z).sum::<f64>();
    0.5 * factor.iter().map(|row| product(row).abs()).sum::<f64>()
}
