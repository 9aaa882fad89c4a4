//! A step with the exact reverse kernel, its draws shifted by what a denoiser gets wrong.

use super::{
    density::{Density, REACH},
    panels::Panels,
};
use crate::{
    diffusion::sampler::Step,
    target::{Mixture, special::LN_SQRT_2PI},
};
use rayon::prelude::*;
use std::sync::Arc;

/// Nodes of the table of ln q_u on the scale on which it varies.
const TABLE_NODES: f64 = 8.0;

/// Far more than any law is wide.
const NO_LIMIT: f64 = 1e6;

/// Most nodes of that table.
const MAX_TABLE: usize = 50_000;

/// The scale on which the kernel's draws vary: √β̃, or √V/A into the data.
pub(super) fn std_dev(step: &Step) -> f64 {
    let transition = &step.transition;
    if transition.gain == 0.0 {
        // Every draw is that of q_u.
        NO_LIMIT
    } else if step.is_last() {
        transition.variance.sqrt() / transition.gain
    } else {
        transition.posterior_variance().sqrt()
    }
}

/// p_u(y) = Σ_j w_j p_t(x_j) q(y − Δ_j | x_j) with q(y' | x) = q_u(y') N(x; A y', V)/q_t(x): Bayes'
/// rule, so that one formula serves every mixture. Without shifts p_u/q_u is p_t/q_t smoothed.
pub(super) fn step(data: &Mixture, panels: &Panels, step: &Step, shifted: bool) -> Density {
    let (to, transition) = (step.to.level, &step.transition);
    let (gain, std_dev) = (transition.gain, transition.variance.sqrt());
    let law_to = data.diffused(to.signal, to.noise);
    let level = step.from.level;
    let law_from = data.diffused(level.signal, level.noise);
    // Sources in the order of x + AΔ, what A y is compared with.
    let mut sources: Vec<_> = panels
        .x
        .iter()
        .zip(panels.masses())
        .zip(&panels.moved)
        .filter(|((_, mass), _)| *mass > 0.0)
        .map(|((x, mass), shift)| Source {
            at: x + gain * shift,
            shift: *shift,
            ln_ratio: mass.ln() - law_from.ln_pdf(&[*x]),
        })
        .collect();
    sources.sort_by(|a, b| a.at.total_cmp(&b.at));
    let (low, high) = law_to.support();
    let shifts = sources.iter().map(|source| source.shift);
    let (least, most) = shifts.fold((0.0f64, 0.0f64), |(a, b), s| (a.min(s), b.max(s)));
    let smallest = law_to.smallest_std_dev();
    let ends = (low + least, high + most);
    let table = (shifted && (!step.is_last() || !law_to.has_edges()))
        .then(|| Table::new(&law_to, ends.0 - most, ends.1 - least, smallest));
    let is_last = step.is_last();
    let breakpoints = if is_last {
        law_to.breakpoints()
    } else {
        vec![]
    };
    let smoothed = Arc::new(Smoothed {
        law: law_to,
        table,
        sources,
        gain,
        std_dev,
        shifted,
    });
    let same = smoothed.clone();
    let kernel = std_dev / gain;
    Density {
        ends,
        scale: 1.0 / smallest.recip().hypot(kernel.recip()),
        breakpoints,
        value: Arc::new(move |y| smoothed.density(y)),
        ln_value: Arc::new(move |y| same.ln_density(y)),
        ln_known: f64::NEG_INFINITY,
    }
}

/// p_u as the sum over the nodes of p_t.
struct Smoothed {
    /// q_u.
    law: Mixture,
    table: Option<Table>,
    /// In the order of `at`.
    sources: Vec<Source>,
    gain: f64,
    std_dev: f64,
    shifted: bool,
}

impl Smoothed {
    fn density(&self, y: f64) -> f64 {
        let common = if self.shifted {
            0.0
        } else {
            self.law.ln_pdf(&[y])
        };
        self.sum(y, common)
    }

    fn ln_density(&self, y: f64) -> f64 {
        match self.shifted {
            true => self.sum(y, 0.0).ln(),
            false => self.law.ln_pdf(&[y]) + self.sum(y, 0.0).ln(),
        }
    }

    /// Σ_j, times the exponential of `common` where nothing is shifted.
    fn sum(&self, y: f64, common: f64) -> f64 {
        let (middle, reach) = (self.gain * y, REACH * self.std_dev);
        let start = self
            .sources
            .partition_point(|source| source.at < middle - reach);
        let near = self.sources[start..]
            .iter()
            .take_while(|source| source.at <= middle + reach);
        let term = |source: &Source| {
            let ln_density = match &self.table {
                Some(table) => table.at(y - source.shift),
                None if self.shifted => self.law.ln_pdf(&[y - source.shift]),
                None => common,
            };
            let z = (source.at - middle) / self.std_dev;
            (ln_density + source.ln_ratio - 0.5 * z * z - LN_SQRT_2PI).exp() / self.std_dev
        };
        near.map(term).sum::<f64>()
    }
}

/// A node of p_t.
struct Source {
    at: f64,
    shift: f64,
    /// ln(w p_t/q_t).
    ln_ratio: f64,
}

/// ln q_u between equally spaced nodes by cubics with the exact slopes.
struct Table {
    low: f64,
    step: f64,
    /// (ln q, step · ∂ ln q).
    nodes: Vec<(f64, f64)>,
}

impl Table {
    fn new(law: &Mixture, low: f64, high: f64, scale: f64) -> Self {
        let n = ((high - low) / scale * TABLE_NODES)
            .ceil()
            .max(2.0)
            .min(MAX_TABLE as f64);
        let step = (high - low) / n;
        let node = |i: usize| {
            let x = low + step * i as f64;
            (law.ln_pdf(&[x]), step * law.score(&[x])[0])
        };
        let nodes = (0..=n as usize).into_par_iter().map(node).collect();
        Self { low, step, nodes }
    }

    fn at(&self, x: f64) -> f64 {
        let place = (x - self.low) / self.step;
        let i = (place.max(0.0) as usize).min(self.nodes.len() - 2);
        let u = place - i as f64;
        let ((from, slope_from), (to, slope_to)) = (self.nodes[i], self.nodes[i + 1]);
        let rise = to - from;
        let quadratic = 3.0 * rise - 2.0 * slope_from - slope_to;
        let cubic = slope_from + slope_to - 2.0 * rise;
        from + u * (slope_from + u * (quadratic + u * cubic))
    }
}
