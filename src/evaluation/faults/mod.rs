//! What is wrong with samples that are told from the truth.

mod explained;
mod list;
mod moments;
mod overlapping;
#[cfg(test)]
mod tests;
mod thickness;
mod within_modes;

pub(crate) use list::faults;
