//! What every key, metric, file and exit code means, from the tables beside what they describe.

mod entry;
mod keys;
mod look_up;
pub(crate) mod schema;

pub(crate) use entry::Entry;
pub(crate) use look_up::{entries, look_up};
