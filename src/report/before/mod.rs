//! The page of a configuration before training.

pub(crate) mod picture;
pub(crate) mod sheet;
pub(crate) mod text;
