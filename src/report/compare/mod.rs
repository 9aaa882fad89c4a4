//! Runs of any directories, compared: the page, the tables and the figures.

pub(crate) mod compared;
pub(crate) mod figures;
mod introduction;
mod page;
pub(crate) mod rows;
mod sampling;
mod training;
pub(crate) mod write;
