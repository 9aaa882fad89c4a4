//! What to change next: settings that exist for this sampler, process and data, each with what it would leave.

mod against;
mod discretisation;
mod network;
mod plan;
mod prior;
mod remedy;
mod samples;
mod table;
mod targets;
#[cfg(test)]
mod tests;
mod trials;
mod words;

pub(crate) use plan::{Advice, Grounds};
pub(crate) use table::section;
pub(crate) use words::sentences;
