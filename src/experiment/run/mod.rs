//! The directory of a run: what it holds, and who works on it.

pub(crate) mod checkpoint;
mod data;
pub(crate) mod directory;
pub(crate) mod earlier;
pub(crate) mod judged;
pub(crate) mod listing;
pub(crate) mod lock;
pub(crate) mod metrics_log;
pub(crate) mod provenance;
pub(crate) mod record;
pub(crate) mod shared;
pub(crate) mod status;
