//! The exact law of what a sampler draws, in one dimension: no samples, no noise.
//!
//! A stochastic step takes the density p_t to p_u(y) = ∫ q(y | x) p_t(x) dx. The integral is a sum over
//! the Gauss–Legendre nodes of panels that are as fine as the kernel asks, over the band of nodes that
//! the kernel reaches. This is Nyström's method, whose error falls faster than any power of the panel
//! width where everything is smooth. A deterministic step moves the nodes of the distribution function,
//! and a step whose noise is too small to be resolved by panels moves them and then adds the noise.

mod curve;
mod density;
mod distances;
mod dynamics;
mod exact;
mod fold;
mod panels;
mod process;

pub use curve::LawCurve;
pub use distances::Distances;

use crate::{
    diffusion::{
        Denoiser, Instant, StartLaw,
        sampler::{Method, Sampler},
    },
    error::Result,
    target::{Mixture, quadrature},
};
pub(super) use dynamics::{Dynamics, FlowLimit, Sampling, StochasticLimit};
use process::Process;

/// How finely a law is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// To about 1e-8 of W1 where everything is smooth, and 1e-6 with a network that has kinks.
    Fine,
    /// To about 2e-5 in standardised units, far below what any sample shows, in a small fraction of the
    /// time.
    Fast,
}

impl Precision {
    /// How wide panels are for a number of steps, and in the second computation, which tells the error.
    fn coarseness(self, steps: usize) -> [Coarseness; 2] {
        let of = |panels, curve, max_error| Coarseness {
            panels,
            curve,
            max_error,
        };
        match self {
            Self::Fine => [of(1.0, 1.0, 1e-7), of(2.0, 2.0, 4e-7)],
            Self::Fast => {
                // The longer a step, the more steeply it moves its ends apart.
                let panels = (steps as f64 / 20.0).clamp(2.0, 4.0);
                [of(panels, 1.5, 1e-5), of(panels + 1.0, 2.0, 3e-5)]
            }
        }
    }
}

/// What a reverse process draws, as a law.
#[derive(Debug, Clone)]
pub struct OutputLaw {
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
    /// The law of what `sampler` draws with `denoiser` (of dimension 1), for data of the law `data`.
    /// `None` for a sampler that draws noise within its steps, whose law no kernel gives.
    pub fn of_sampler(
        data: &Mixture,
        sampler: &Sampler,
        denoiser: &dyn Denoiser,
        precision: Precision,
    ) -> Result<Option<Self>> {
        let dynamics = Sampling { sampler, denoiser };
        let (instants, start) = (sampler.instants(), sampler.start());
        has_law(sampler)
            .then(|| Self::of(data, &dynamics, instants, start, precision, true))
            .transpose()
    }

    /// ∫p at t = 0, by quadrature between the nodes of the curve.
    pub fn mass(&self) -> f64 {
        quadrature::integrate(self.curve.nodes(), |x| self.curve.pdf(x))
    }

    /// The law of some dynamics from `start` through `instants` (ascending from the data); its numerical
    /// errors take as long again, and are 0 if not wanted.
    pub(super) fn of(
        data: &Mixture,
        dynamics: &dyn Dynamics,
        instants: &[Instant],
        start: &StartLaw,
        precision: Precision,
        with_error: bool,
    ) -> Result<Self> {
        let run = |coarseness: Coarseness| {
            let process = Process {
                data,
                dynamics,
                coarseness,
            };
            process.run(instants, start)
        };
        let [fine, coarse] = precision.coarseness(instants.len() - 1);
        let coarse = || with_error.then(|| run(coarse)).transpose();
        let (fine, coarse) = rayon::join(|| run(fine), coarse);
        let (mut fine, coarse) = (fine?, coarse?.map(|law| law.distances));
        let change = |of: fn(&Distances) -> f64| match &coarse {
            Some(coarse) if of(&fine.distances).is_finite() && of(coarse).is_finite() => {
                (of(&fine.distances) - of(coarse)).abs()
            }
            _ => 0.0,
        };
        let w1_error = change(|d| d.w1);
        let kl_error = change(|d| d.kl_forward).max(change(|d| d.kl_reverse));
        fine.w1_error = w1_error;
        fine.kl_error = kl_error;
        Ok(fine)
    }
}

/// Whether the law of what a sampler draws can be computed: of all but those that draw noise on the way of
/// a step.
pub(super) fn has_law(sampler: &Sampler) -> bool {
    !matches!(sampler.method(), Method::Path(path) if !path.is_deterministic())
}

/// How many times wider than usual the panels are.
#[derive(Debug, Clone, Copy)]
struct Coarseness {
    /// Of integrals over a kernel.
    panels: f64,
    /// Of curves, and of a density that becomes one: far more demanding, but few.
    curve: f64,
    /// The error that a kink of the network may make on a panel.
    max_error: f64,
}

#[cfg(test)]
mod tests;
