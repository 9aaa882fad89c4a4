//! The figures of a run of two-dimensional data.

pub(super) mod classes;
pub(super) mod density;
mod draws;
pub(super) mod field;
pub(super) mod forward;
mod parts;
pub(super) mod probability;
mod process;
pub(super) mod recovered;
pub(super) mod reverse;
pub(super) mod samples;
pub(super) mod seeds;
pub(super) mod steps;
pub(super) mod summary;
pub(super) mod trajectories;
