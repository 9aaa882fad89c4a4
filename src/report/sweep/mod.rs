//! The page of a sweep, its figures and its tables.

mod comparison;
mod correlations;
pub(crate) mod figures;
mod page;
mod results;
pub(crate) mod sampling_figure;
pub(crate) mod summarise;
