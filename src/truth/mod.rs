//! Exact laws: what is known before and beside any training, because the density is.

mod attribution;
mod bayes;
mod bound;
mod excess;
mod guided;
mod irreducible;
mod landscape;
mod likelihood;
mod model_likelihood;
mod per_class;
mod prior;
mod references;
mod transfer;

pub use attribution::{Attribution, Cause, Factorial, NetworkCost, Sampled, Subject, Verdict};
pub use bayes::BayesDenoiser;
pub use bound::{BoundAt, bound_at, bound_terms};
pub use excess::{ErrorMap, excess_loss};
pub use guided::{GuidedLaw, TabulatedCdf, guided_laws};
pub use irreducible::{LossFloor, irreducible_loss};
pub use landscape::{LossAt, LossLandscape};
pub use likelihood::{LogLikelihood, log_likelihood};
pub use model_likelihood::ModelLikelihood;
pub use per_class::{Part, PerClass, excess_over_parts, loss_floor, parts};
pub use prior::PriorMismatch;
pub use references::{EmpiricalDenoiser, linear_denoiser};
pub use transfer::{Distances, LawCurve, OutputLaw, Precision};
