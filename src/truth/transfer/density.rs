//! A density of one dimension, and what a Gaussian step makes of it.

use super::panels::Panels;
use crate::target::{
    Mixture,
    special::{LN_SQRT_2PI, ln_sum_exp},
};
use rayon::prelude::*;
use std::sync::Arc;

/// How many standard deviations of a kernel count: φ(8.5) is 2e-16 of the peak.
pub(super) const REACH: f64 = 8.5;

/// Mass that may be left outside of an interval.
pub(super) const NEGLIGIBLE_MASS: f64 = 1e-15;

/// How far out a density is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tails {
    /// Standard deviations of a kernel that count.
    pub(super) reach: f64,
    /// Mass that may be left outside of an interval.
    pub(super) negligible: f64,
    /// ln p of N(0, 1) from which on what was left out does not show.
    pub(super) known: f64,
}

impl Tails {
    /// Enough wherever the law and the data overlap.
    pub(super) const USUAL: Self = Self {
        reach: REACH,
        negligible: NEGLIGIBLE_MASS,
        known: -29.0,
    };

    /// As far as numbers go that are not logarithms.
    pub(super) const LONG: Self = Self {
        reach: 37.0,
        negligible: 1e-300,
        known: -670.0,
    };
}

/// A function of a point.
pub(super) type Function = Arc<dyn Fn(f64) -> f64 + Send + Sync>;

/// A density on an interval.
#[derive(Clone)]
pub(super) struct Density {
    /// The interval outside of which there is nothing.
    pub(super) ends: (f64, f64),
    /// The scale on which it varies.
    pub(super) scale: f64,
    /// Places where it jumps, or varies faster than that.
    pub(super) breakpoints: Vec<f64>,
    /// Its value at a point.
    pub(super) value: Function,
    /// Its logarithm at a point, beyond the interval too.
    pub(super) ln_value: Function,
    /// The logarithm from which on it is known.
    pub(super) ln_known: f64,
}

impl Density {
    /// Its values at `x`.
    pub(super) fn at(&self, x: &[f64]) -> Vec<f64> {
        x.par_iter()
            .with_min_len(64)
            .map(|x| (self.value)(*x))
            .collect()
    }

    pub(super) fn of_mixture(law: Mixture, tails: Tails) -> Self {
        let mut ends = law.support();
        for component in law.components() {
            let reach = tails.reach * component.smoothing(0);
            let (low, high) = component.core(0);
            ends = (ends.0.min(low - reach), ends.1.max(high + reach));
        }
        let law = Arc::new(law);
        let same = law.clone();
        Self {
            ends,
            scale: law.smallest_std_dev(),
            breakpoints: vec![],
            value: Arc::new(move |x| law.pdf(&[x])),
            ln_value: Arc::new(move |x| same.ln_pdf(&[x])),
            ln_known: f64::NEG_INFINITY,
        }
    }
}

/// p_u(y) = Σ_j w_j p_t(x_j) N(y; m(x_j), σ²) over the nodes within reach of y; its logarithm is of all
/// nodes.
pub(super) fn normal_step(panels: &Panels, std_dev: f64, tails: Tails) -> Density {
    let atoms = Arc::new(Atoms::new(panels.moved.clone(), panels.masses()));
    let (low, high) = atoms.ends(tails.negligible);
    let (reach, height) = (
        tails.reach * std_dev,
        (2.0 * std::f64::consts::PI).sqrt() * std_dev,
    );
    let near = atoms.clone();
    let at = move |y: f64| {
        let term = |(m, mass): (&f64, &f64)| mass * (-0.5 * ((y - m) / std_dev).powi(2)).exp();
        near.within(y - reach, y + reach).map(term).sum::<f64>() / height
    };
    let ln_height = LN_SQRT_2PI + std_dev.ln();
    let near = at.clone();
    let ln_at = move |y: f64| {
        let p = near(y);
        match p > f64::MIN_POSITIVE {
            true => p.ln(),
            false => atoms.ln_sum(y, std_dev) - ln_height,
        }
    };
    Density {
        ends: (low - reach, high + reach),
        scale: std_dev,
        breakpoints: vec![],
        value: Arc::new(at),
        ln_value: Arc::new(ln_at),
        ln_known: tails.known - ln_height,
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

    /// ln Σ m_j exp(−½((y − x_j)/σ)²) over all of them.
    fn ln_sum(&self, y: f64, std_dev: f64) -> f64 {
        let term = |(at, mass): (&f64, &f64)| mass.ln() - 0.5 * ((y - at) / std_dev).powi(2);
        ln_sum_exp(&self.at.iter().zip(&self.mass).map(term).collect::<Vec<_>>())
    }

    /// The interval that holds all but a negligible mass.
    fn ends(&self, negligible: f64) -> (f64, f64) {
        let last = self.at.len() - 1;
        let (mut first, mut end, mut below, mut above) = (0, last, 0.0, 0.0);
        while first < last && below + self.mass[first] < negligible {
            below += self.mass[first];
            first += 1;
        }
        while end > first && above + self.mass[end] < negligible {
            above += self.mass[end];
            end -= 1;
        }
        (self.at[first], self.at[end])
    }
}
