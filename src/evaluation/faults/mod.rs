//! What is wrong with samples that are told from the truth.

mod explained;
mod list;
mod moments;
#[cfg(test)]
mod tests;
mod within_modes;

pub(crate) use list::faults;
