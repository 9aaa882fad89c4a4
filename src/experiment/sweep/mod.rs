//! Sweeps: the choices, the plan, the summary.

pub(crate) mod assignment;
pub(crate) mod choices;
pub(crate) mod comparable;
pub(crate) mod cost;
pub(crate) mod effect;
pub(crate) mod gathered;
pub(crate) mod plan;
pub(crate) mod random_search;
pub(crate) mod seeds;
pub(crate) mod summary;
pub(crate) mod tables;
