//! What is known of a run before training: prior, floors, cost, advice.

pub(crate) mod advice;
pub(crate) mod description;
pub(crate) mod facts;
pub(crate) mod measure;
pub(crate) mod sampling;
