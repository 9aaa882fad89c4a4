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
    /// Half-width of the numerical error of `distances.w1`: its change when all nodes are farther apart,
    /// twice as far for [`Precision::Fine`].
    pub w1_error: f64,
    /// The same for the larger of the two divergences that are finite.
    pub kl_error: f64,
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
