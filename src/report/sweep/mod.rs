//! The page of a sweep, its figures and its tables.

pub(crate) mod comparison;
pub(crate) mod figures;
pub(crate) mod page;
pub(crate) mod sampling_figure;
