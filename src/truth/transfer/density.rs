//! A density of one dimension, and what a Gaussian step makes of it.

use super::panels::Panels;
use crate::target::Mixture;
use rayon::prelude::*;

/// How many standard deviations of a kernel count: φ(8.5) is 2e-16 of the peak.
pub(super) const REACH: f64 = 8.5;

/// Mass that may be left outside of an interval.
pub(super) const NEGLIGIBLE_MASS: f64 = 1e-15;
/// A density on an interval.
pub(super) struct Density {
    /// The interval outside of which there is nothing.
    pub(super) ends: (f64, f64),
    /// The scale on which it varies.
    pub(super) scale: f64,
    /// Places where it jumps, or varies faster than that.
    pub(super) breakpoints: Vec<f64>,
    /// Its value at a point.
    pub(super) value: Box<dyn Fn(f64) -> f64 + Sync>,
}

impl Density {
    /// Its values at `x`.
    pub(super) fn at(&self, x: &[f64]) -> Vec<f64> {
        x.par_iter()
            .with_min_len(64)
            .map(|x| (self.value)(*x))
            .collect()
    }

    pub(super) fn of_mixture(law: Mixture) -> Self {
        Self {
            ends: law.support(),
            scale: law.smallest_std_dev(),
            breakpoints: vec![],
            value: Box::new(move |x| law.pdf(&[x])),
        }
    }
}

/// p_u(y) = Σ_j w_j p_t(x_j) N(y; m(x_j), σ²) over the nodes within reach of y.
pub(super) fn normal_step(panels: &Panels, std_dev: f64) -> Density {
    let atoms = Atoms::new(panels.moved.clone(), panels.masses());
    let (low, high) = atoms.ends();
    let (reach, height) = (
        REACH * std_dev,
        (2.0 * std::f64::consts::PI).sqrt() * std_dev,
    );
    let at = move |y: f64| {
        let term = |(m, mass): (&f64, &f64)| mass * (-0.5 * ((y - m) / std_dev).powi(2)).exp();
        atoms.within(y - reach, y + reach).map(term).sum::<f64>() / height
    };
    Density {
        ends: (low - reach, high + reach),
        scale: std_dev,
        breakpoints: vec![],
        value: Box::new(at),
    }
}

/// Points with masses, in the order of the points.
struct Atoms {
    at: Vec<f64>,
    mass: Vec<f64>,
}

impl Atoms {
    fn new(at: Vec<f64>, mass: Vec<f64>) -> Self {
        let mut order: Vec<_> = (0..at.len()).filter(|i| mass[*i] > 0.0).collect();
        order.sort_by(|a, b| at[*a].total_cmp(&at[*b]));
        Self {
            at: order.iter().map(|i| at[*i]).collect(),
            mass: order.iter().map(|i| mass[*i]).collect(),
        }
    }

    /// Those in `[low, high]`, with their masses.
    fn within(&self, low: f64, high: f64) -> impl Iterator<Item = (&f64, &f64)> {
        let range = self.range(low, high);
        self.at[range.clone()].iter().zip(&self.mass[range])
    }

    fn range(&self, low: f64, high: f64) -> std::ops::Range<usize> {
        let start = self.at.partition_point(|at| *at < low);
        start..start + self.at[start..].partition_point(|at| *at <= high)
    }

    /// The interval that holds all but a negligible mass.
    fn ends(&self) -> (f64, f64) {
        let last = self.at.len() - 1;
        let (mut first, mut end, mut below, mut above) = (0, last, 0.0, 0.0);
        while first < last && below + self.mass[first] < NEGLIGIBLE_MASS {
            below += self.mass[first];
            first += 1;
        }
        while end > first && above + self.mass[end] < NEGLIGIBLE_MASS {
            above += self.mass[end];
            end -= 1;
        }
        (self.at[first], self.at[end])
    }
}
