//! The loss that no network goes below, and what a network's loss has above it.

pub(crate) mod bound;
pub(crate) mod excess;
pub(crate) mod irreducible;
pub(crate) mod landscape;
