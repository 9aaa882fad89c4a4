//! The variance of a reverse step.

use super::Step;
use crate::{
    diffusion::{Instant, NoiseLevel},
    settings::{Choice, Kind},
    target::{Mixture, Posterior},
};
use rayon::prelude::*;
use serde::Serialize;
use std::fmt;

/// Which variance a reverse step has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReverseVariance {
    /// V (β_t between neighbours): right if the data were N(0, I).
    Beta,
    /// β̃, the variance of q(x_u | x_t, x0): right if the data were one point.
    Posterior,
    /// β̃ + c_0² E Var[x0 | x_t], the variance of q(x_u | x_t), averaged over q_t and the axes: the
    /// best of all Gaussian steps (Bao et al. 2022, Theorem 1). It needs the density of the data.
    Bayes,
}

impl Choice for ReverseVariance {
    const NAMES: &'static [(Kind, Self)] = &[
        (Kind::new("beta", "β_t, which is right if the data were N(0, I).").source("Ho et al. 2020, section 3.2"), Self::Beta),
        (Kind::new("posterior", "β̃_t, the variance of q(x_u | x_t, x0), which is right if the data were one point.").source("Ho et al. 2020, eq. 7"), Self::Posterior),
        (Kind::new("bayes", "The variance of q(x_u | x_t), averaged over x_t and the axes. It needs the density of the data.").source("Bao et al. 2022, Theorem 1"), Self::Bayes),
    ];
}

impl fmt::Display for ReverseVariance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Beta => "beta",
            Self::Posterior => "posterior",
            Self::Bayes => "bayes",
        })
    }
}

/// The variance of every step of one process.
#[derive(Debug, Clone)]
pub(super) struct StepVariance {
    kind: ReverseVariance,
    /// E Var[x0 | x_t] at each time t, ascending; empty unless the kind needs it.
    mmse: Vec<(f64, f64)>,
}

impl StepVariance {
    /// The variances of steps that leave the instants `visited` (ascending from the data).
    pub(super) fn new(kind: ReverseVariance, visited: &[Instant], data: Option<&Mixture>) -> Self {
        let mut mmse = vec![];
        if kind == ReverseVariance::Bayes {
            let data = data.expect("checked when the configuration was read");
            let of = |at: &Instant| (at.t, mean_variance(data, at.level));
            mmse = visited.par_iter().skip(1).map(of).collect();
        }
        Self { kind, mmse }
    }

    /// σ of the step, 0 into the data.
    pub(super) fn std_dev(&self, step: &Step) -> f64 {
        if step.is_last() {
            return 0.0;
        }
        let transition = &step.transition;
        let variance = match self.kind {
            ReverseVariance::Beta => transition.variance,
            ReverseVariance::Posterior => transition.posterior_variance(),
            ReverseVariance::Bayes => {
                let left = |(t, _): &(f64, f64)| t.total_cmp(&step.from.t);
                let place = self.mmse.binary_search_by(left);
                let mmse = self.mmse[place.expect("every instant that is left is visited")].1;
                transition.posterior_variance() + transition.posterior_x0().powi(2) * mmse
            }
        };
        variance.sqrt()
    }
}

/// E Var[x0 | x_t], averaged over the axes.
fn mean_variance(data: &Mixture, level: NoiseLevel) -> f64 {
    if level.signal > 0.0 {
        return Posterior::new(data, level.signal, level.noise).mmse().value;
    }
    // x_t says nothing of x0.
    let d = data.dim();
    (0..d).map(|k| data.variance(k)).sum::<f64>() / d as f64
}
