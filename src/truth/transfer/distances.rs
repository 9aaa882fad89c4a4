//! How far a law of one dimension is from the law of the data.

use super::{LawCurve, panels::Panels};
use crate::target::{Mixture, quadrature};

/// Most panels over the nodes of a curve.
const MAX_PANELS: usize = 1000;

/// Beyond this distance on the normal scale nothing contributes: Φ(−8.5) ≈ 1e-17.
const NEGLIGIBLE: f64 = 1e-17;

/// Distances between the law P of what a sampler draws and the law Q of the data, both standardised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distances {
    /// W1(P, Q) = ∫|F_P − F_Q|, in standardised units.
    pub w1: f64,
    /// KL(Q ‖ P), in nats: what a maximum-likelihood fit makes small.
    pub kl_forward: f64,
    /// KL(P ‖ Q), in nats; infinite where P has atoms, or mass outside the support of Q.
    pub kl_reverse: f64,
    /// ½∫|p − q|, in [0, 1].
    pub total_variation: f64,
    /// The mass of P outside the support of Q.
    pub outside: f64,
    /// E_P r_k, the mass of P in each component of Q by responsibility, `[K]`.
    pub mode_weights: Vec<f64>,
}

impl Distances {
    /// The distances of `law` from `data`.
    pub(crate) fn new(law: &LawCurve, data: &Mixture) -> Self {
        let nodes = law.nodes();
        let stride = nodes.len().div_ceil(MAX_PANELS);
        let mut breakpoints = data.breakpoints();
        breakpoints.extend(nodes.iter().step_by(stride));
        breakpoints.push(nodes[nodes.len() - 1]);
        let mut leaves_support = false;
        for i in law.atoms() {
            breakpoints.extend([nodes[i], nodes[i + 1]]);
            leaves_support = true;
        }
        breakpoints.sort_by(f64::total_cmp);
        let mut sums = Self {
            w1: 0.0,
            kl_forward: 0.0,
            kl_reverse: 0.0,
            total_variation: 0.0,
            outside: 0.0,
            mode_weights: vec![0.0; data.weights().len()],
        };
        for (x, weight) in quadrature::nodes(&breakpoints) {
            sums.w1 += weight * (law.cdf(x) - data.cdf(x)).abs();
            let (p, q) = (law.pdf(x), data.pdf(&[x]));
            sums.total_variation += 0.5 * weight * (p - q).abs();
            // −ln r − 1 + r for r the other density over this one: the same integral, and no term is
            // negative, so that a small divergence is no difference of large numbers.
            if q > NEGLIGIBLE && p > 0.0 {
                sums.kl_forward += weight * (q * (q / p).ln() - q + p);
            }
            if p > NEGLIGIBLE && q > 0.0 {
                sums.kl_reverse += weight * (p * (p / q).ln() - p + q);
            }
            match data.responsibilities(&[x]) {
                Some(responsibilities) => {
                    for (sum, r) in sums.mode_weights.iter_mut().zip(responsibilities) {
                        *sum += weight * p * r;
                    }
                }
                None => {
                    sums.outside += weight * p;
                    leaves_support |= weight * p > 1e-12;
                }
            }
        }
        if leaves_support {
            sums.kl_reverse = f64::INFINITY;
        }
        sums
    }
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
