//! The law of what a sampler draws.

use super::{curve::LawCurve, distances::Distances};
use crate::target::quadrature;

/// What a reverse process draws, as a law.
#[derive(Debug, Clone)]
pub(crate) struct OutputLaw {
    /// The law at t = 0, in standardised units.
    pub curve: LawCurve,
    /// How far it is from the data.
    pub distances: Distances,
    /// (t, W1(p_t, q_t)) at every time visited, in standardised units.
    pub trajectory: Vec<(f64, f64)>,
    /// |∫p − 1|, the largest along the way.
    pub mass_error: f64,
}

impl OutputLaw {
    /// ∫p at t = 0, by quadrature between the nodes of the curve.
    pub(crate) fn mass(&self) -> f64 {
        quadrature::integrate(self.curve.nodes(), |x| self.curve.pdf(x))
    }
}
