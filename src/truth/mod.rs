//! Exact laws: what is known before and beside any training, because the density is.

mod bayes;
mod irreducible;
mod prior;
mod transfer;

pub use bayes::BayesDenoiser;
pub use irreducible::irreducible_loss;
pub use prior::PriorMismatch;
pub use transfer::{Distances, LawCurve, OutputLaw, Start};
