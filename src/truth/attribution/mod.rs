//! How much of the error each cause adds: prior, network, discretisation, or sample size.

mod factorial;
mod found;
mod kind;
mod law;
mod paired;
mod subject;

pub use factorial::{Cause, Factorial};
pub use found::{Attribution, Sampled, Verdict};
pub use paired::NetworkCost;
pub use subject::Subject;
