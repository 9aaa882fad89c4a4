//! Distances: two laws or samples in, a number out.

pub(crate) mod assignment;
mod table;
pub(crate) mod wasserstein;
