//! The likelihood of a model: log p_θ(x) by its probability flow.

mod at_points;
mod flow;
mod last_step;
pub(crate) mod model;
mod slopes;

pub(crate) use at_points::{LogLikelihood, log_likelihood};
