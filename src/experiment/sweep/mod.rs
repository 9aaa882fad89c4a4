//! Sweeps: the choices, the plan, the summary.

pub(crate) mod assignment;
pub(crate) mod choices;
pub(crate) mod plan;
pub(crate) mod random_search;
pub(crate) mod summary;
