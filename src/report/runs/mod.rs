//! Tables of runs: what is shown, chosen and sorted.

pub(crate) mod choice;
mod lookup;
pub(crate) mod metrics;
pub(crate) mod order;
pub(crate) mod overview;
