//! Exact laws: what is known before and beside any training, because the density is.

mod bayes;
mod irreducible;
mod prior;

pub use bayes::BayesDenoiser;
pub use irreducible::irreducible_loss;
pub use prior::PriorMismatch;
