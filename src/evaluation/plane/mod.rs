//! What is found of two-dimensional data alone: its numbers, and what its figures show beside them.

pub(crate) mod answers;
pub(crate) mod cells;
pub(crate) mod chosen_points;
pub(crate) mod class_shares;
pub(crate) mod draws;
pub(crate) mod recovery;
pub(crate) mod view;
pub(crate) mod walks;
