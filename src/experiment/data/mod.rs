//! Data sets on disk, and files that people bring.

pub(crate) mod axes;
pub(crate) mod dataset;
pub(crate) mod discrete;
pub(crate) mod fitted;
pub(crate) mod given;
mod header;
mod packed;
mod table;
pub(crate) mod user_file;
