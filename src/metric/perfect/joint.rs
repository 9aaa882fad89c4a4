//! What perfect samples show in all dimensions at once: their mean distance along lines of all directions, and their
//! covariance.

use super::{
    axes::{Axis, Distances, Room},
    sets::Picks,
};
use crate::{
    metric::{
        lines::{directions, levels, projected},
        moments::{Moments, Triangle, largest_error},
    },
    points::Points,
    target::Mixture,
};

/// Directions whose distances are simulated; the mean over more of them has nearly the same law.
const SIMULATED: usize = 8;

/// The points of a pool, as the joint metrics see them.
pub(super) struct Joint {
    lines: Vec<Axis>,
    /// The pool after its covariance has been made the unit matrix, less its mean; `None` where that is singular.
    whitened: Option<Vec<f32>>,
    dim: usize,
}

/// The numbers of one set of perfect samples.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct JointDistances {
    /// Mean W1 along the lines: to the exact law, and to the set beside it.
    pub(super) sliced: [f64; 2],
    /// The covariance error: against the exact law, and against the set beside it.
    pub(super) covariance: [f64; 2],
}

impl Joint {
    /// Of the points of a pool.
    pub(super) fn new(pool: &Points) -> Self {
        let lines = simulated(pool.dim()).into_iter().map(|direction| {
            let along = Points::new(projected(pool, &direction), 1);
            Axis::new(&along, 0, None)
        });
        Self {
            lines: lines.collect(),
            whitened: whitened(pool, &Moments::of(pool)),
            dim: pool.dim(),
        }
    }

    /// Other points on the same lines, held against the law, or against the pool's own points where it is not known.
    pub(super) fn of_points(
        &self,
        points: &Points,
        law: Option<&Mixture>,
        truth: &Moments,
    ) -> Self {
        let directions = simulated(self.dim);
        // A line on which all points are equal has one edge, and the law lies below it.
        let place = |(direction, line): (&Vec<f64>, &Axis)| {
            let edges = line.edges();
            let (first, last) = (edges[0], edges[edges.len() - 1]);
            let step = (last - first) / (edges.len() - 1).max(1) as f64;
            (direction.clone(), first, step)
        };
        let count = |line: &Axis| line.edges().len();
        let exact = law.map(|law| {
            let places: Vec<_> = directions.iter().zip(&self.lines).map(place).collect();
            let most = self.lines.iter().map(count).max().unwrap_or(0);
            levels(law, &places, most)
        });
        let lines = directions.iter().zip(&self.lines).enumerate();
        let lines = lines.map(|(i, (direction, line))| {
            let levels = exact.as_ref().map(|exact| match count(line) {
                1 => vec![1.0],
                edges => exact[i][..edges].to_vec(),
            });
            line.of_points(&projected(points, direction), levels)
        });
        let mut whitened = whitened(points, truth);
        let size = points.len().next_power_of_two() * self.dim;
        whitened.iter_mut().for_each(|z| z.resize(size, 0.0));
        Self {
            lines: lines.collect(),
            whitened,
            dim: self.dim,
        }
    }

    /// What a set and the set beside it show.
    pub(super) fn numbers(
        &self,
        room: &mut Room,
        picks: &Picks,
        beside: Option<&Picks>,
    ) -> JointDistances {
        let mut sums = Distances::default();
        for line in &self.lines {
            line.add(room, picks, beside, &mut sums);
        }
        let lines = self.lines.len() as f64;
        JointDistances {
            sliced: sums.w1.map(|sum| sum / lines),
            covariance: self.covariances(picks, beside),
        }
    }

    fn covariances(&self, picks: &Picks, beside: Option<&Picks>) -> [f64; 2] {
        let Some(points) = &self.whitened else {
            return [0.0; 2];
        };
        let d = self.dim;
        let found = covariance(points, d, picks);
        let against = beside.map_or(0.0, |beside| {
            let other = Triangle::of(&covariance(points, d, beside), d);
            other.map_or(0.0, |other| largest_error(other.whitened(&found), d))
        });
        [largest_error(found, d), against]
    }
}

/// The directions whose distances are simulated.
fn simulated(dim: usize) -> Vec<Vec<f64>> {
    let all = directions(dim);
    let every = (all.len() / SIMULATED).max(1);
    all.into_iter().step_by(every).collect()
}

/// L⁻¹(x − m) of every point, where m and LLᵀ are the moments of the truth; `None` where these are singular.
fn whitened(points: &Points, truth: &Moments) -> Option<Vec<f32>> {
    let triangle = Triangle::of(&truth.covariance, points.dim())?;
    let of_point = |x: &[f64]| {
        let mut z: Vec<_> = x.iter().zip(&truth.mean).map(|(x, m)| x - m).collect();
        triangle.solve(&mut z);
        z.into_iter().map(|z| z as f32).collect::<Vec<_>>()
    };
    Some(points.rows().flat_map(of_point).collect())
}

/// The covariance of a set, as far from the unit matrix as that of all samples would be.
fn covariance(whitened: &[f32], d: usize, picks: &Picks) -> Vec<f64> {
    let n = picks.len() as f64;
    let last = whitened.len() / d - 1;
    let (mut sums, mut products) = (vec![0.0f64; d], vec![0.0f64; d * d]);
    for pick in picks.iter() {
        let z = &whitened[(pick & last) * d..][..d];
        for i in 0..d {
            let x = f64::from(z[i]);
            sums[i] += x;
            for j in 0..=i {
                products[i * d + j] += x * f64::from(z[j]);
            }
        }
    }
    // The weight of a mean over n is 1/n where the set stands for itself.
    let scale = n * picks.weight;
    for i in 0..d {
        for j in 0..=i {
            let unit = if i == j { 1.0 } else { 0.0 };
            let found = products[i * d + j] / n - sums[i] * sums[j] / (n * n);
            products[i * d + j] = unit + scale * (found - unit);
            products[j * d + i] = products[i * d + j];
        }
    }
    products
}
