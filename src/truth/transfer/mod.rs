//! The exact law of what a sampler draws, in one dimension: no samples, no noise.
//!
//! A stochastic step takes the density p_t to p_u(y) = ∫ q(y | x) p_t(x) dx. The integral is a sum over
//! the Gauss–Legendre nodes of panels that are as fine as the kernel asks, over the band of nodes that
//! the kernel reaches. This is Nyström's method, whose error falls faster than any power of the panel
//! width where everything is smooth. A deterministic step moves the nodes of the distribution function,
//! and a step whose noise is too small to be resolved by panels moves them and then adds the noise.

mod branches;
mod chebyshev;
mod curve;
mod density;
mod distances;
mod divergence;
mod dynamics;
mod ending;
mod exact;
mod fold;
#[cfg(test)]
mod hard_laws;
mod of_sampler;
mod output_law;
mod panels;
mod precision;
mod process;
#[cfg(test)]
mod tests;

pub(crate) use curve::LawCurve;
pub(crate) use distances::Distances;
pub(super) use dynamics::{Dynamics, FlowLimit, StochasticLimit};
pub(crate) use of_sampler::w1_of_sampler;
pub(super) use of_sampler::{can_be_resolved, has_law, w1_of};
pub(crate) use output_law::OutputLaw;
pub(crate) use precision::Precision;
