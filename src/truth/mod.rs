//! Exact laws: what is known before and beside any training, because the density is.

mod irreducible;
mod prior;

pub use irreducible::{irreducible_loss, irreducible_loss_at};
pub use prior::PriorMismatch;
