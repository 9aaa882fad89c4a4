//! The page of a sweep, its figures and its tables.

mod best;
pub(crate) mod comparison;
mod correlations;
pub(crate) mod differences;
pub(crate) mod figures;
mod introduction;
mod keys;
mod page;
mod pair;
pub(crate) mod results;
pub(crate) mod sampling_figure;
pub(crate) mod summarise;
#[cfg(test)]
pub(crate) mod testing;
