//! What every key, metric, figure, file and exit code means, from the tables beside what they describe.
//!
//! The pages of docs/ are written and checked by the tests alone.

#[cfg(test)]
mod configuration_page;
mod entry;
mod exit_codes;
mod figures;
mod keys;
mod look_up;
#[cfg(test)]
mod markdown;
mod metrics;
mod on_disk;
#[cfg(test)]
mod pages;
pub(crate) mod schema;
pub(crate) mod starter;
#[cfg(test)]
mod tests;

pub(crate) use entry::Entry;
pub(crate) use look_up::{entries, look_up};
