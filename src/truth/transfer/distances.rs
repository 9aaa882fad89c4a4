//! How far a law of one dimension is from the law of the data.

use super::LawCurve;
use crate::target::{Mixture, quadrature};

/// Most panels over the nodes of a curve.
const MAX_PANELS: usize = 1000;

/// Beyond this distance on the normal scale nothing contributes: Φ(−8.5) ≈ 1e-17.
const NEGLIGIBLE: f64 = 1e-17;

/// Distances between the law P of what a sampler draws and the law Q of the data, both standardised.
#[derive(Debug, Clone, PartialEq)]
pub struct Distances {
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
    pub fn new(law: &LawCurve, data: &Mixture) -> Self {
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
