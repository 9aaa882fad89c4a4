//! How far a law of one dimension is from the law of the data.

use super::{LawCurve, divergence::Divergences, panels::Panels};
use crate::target::{Estimate, Mixture, quadrature};

/// Most panels over the nodes of a curve.
const MAX_PANELS: usize = 1000;

/// Distances between the law P of what a sampler draws and the law Q of the data, both standardised, each
/// with its numerical error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distances {
    /// W1(P, Q) = ∫|F_P − F_Q|, in standardised units.
    pub w1: Estimate,
    /// KL(Q ‖ P), in nats: what a maximum-likelihood fit makes small. Infinite where P does not reach some
    /// of Q.
    pub kl_forward: Estimate,
    /// KL(P ‖ Q), in nats; infinite where P has atoms, or mass outside the support of Q.
    pub kl_reverse: Estimate,
    /// ½∫|p − q|, in [0, 1].
    pub total_variation: Estimate,
    /// The mass of P outside the support of Q.
    pub outside: Estimate,
    /// E_P r_k, the mass of P in each component of Q by responsibility, `[K]`.
    pub mode_weights: Vec<Estimate>,
}

impl Distances {
    /// Those of a computation, with W1 of it and of a coarser one.
    pub(super) fn new(w1: (f64, f64), found: Divergences) -> Self {
        Self {
            w1: Estimate {
                value: w1.0,
                standard_error: (w1.0 - w1.1).abs(),
            },
            kl_forward: found.kl_forward,
            kl_reverse: found.kl_reverse,
            total_variation: found.total_variation,
            outside: found.outside,
            mode_weights: found.mode_weights,
        }
    }
}

/// ∫|F_p − F_q| of a curve, by quadrature.
pub(super) fn w1(law: &LawCurve, data: &Mixture) -> f64 {
    let nodes = law.nodes();
    let stride = nodes.len().div_ceil(MAX_PANELS);
    let mut breakpoints = data.breakpoints();
    breakpoints.extend(nodes.iter().step_by(stride));
    breakpoints.push(nodes[nodes.len() - 1]);
    for i in law.atoms() {
        breakpoints.extend([nodes[i], nodes[i + 1]]);
    }
    breakpoints.sort_by(f64::total_cmp);
    quadrature::integrate(&breakpoints, |x| (law.cdf(x) - data.cdf(x)).abs())
}

/// ∫|F_p − F_q| with F_p from a density on panels, and the exact tails of q beyond.
pub(super) fn w1_of_panels(panels: &Panels, law: &Mixture) -> f64 {
    let (lower, _) = panels.cdf();
    let inside: f64 = panels
        .x
        .iter()
        .zip(&lower)
        .zip(&panels.weight)
        .map(|((x, lower), weight)| weight * (lower - law.cdf(*x)).abs())
        .sum();
    inside + tails(law, panels.x[0], panels.x[panels.x.len() - 1])
}

/// The same by the trapezoid rule on the nodes of a curve.
pub(super) fn w1_of_curve(curve: &LawCurve, law: &Mixture) -> f64 {
    let gap = |x: &f64| (*x, (curve.cdf(*x) - law.cdf(*x)).abs());
    let gaps: Vec<_> = curve.nodes().iter().map(gap).collect();
    let inside: f64 = gaps
        .windows(2)
        .map(|pair| 0.5 * (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1))
        .sum();
    inside + tails(law, gaps[0].0, gaps[gaps.len() - 1].0)
}

/// ∫_{−∞}^low F + ∫_high^∞ (1 − F).
fn tails(law: &Mixture, low: f64, high: f64) -> f64 {
    law.cdf_integral(low) + law.mean(0) - high + law.cdf_integral(high)
}
