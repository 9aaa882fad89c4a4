//! The training loop: batches, optimiser, validation, checkpoints.

pub(crate) mod perfect;
pub(crate) mod session;
pub(crate) mod workers;
