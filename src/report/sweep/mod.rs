//! The page of a sweep, its figures and its tables.

mod best;
mod comparison;
mod correlations;
mod differences;
pub(crate) mod figures;
mod introduction;
mod keys;
mod page;
mod pair;
mod results;
pub(crate) mod sampling_figure;
pub(crate) mod summarise;
#[cfg(test)]
mod testing;
