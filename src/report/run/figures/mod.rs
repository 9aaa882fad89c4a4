//! The figures of a run.

pub(crate) mod all;
pub(crate) mod moving_picture;
pub(crate) mod plane;
mod window;
