//! What another sampler makes of the network of a run.

use serde::{Deserialize, Serialize};

/// A change that needs no training, with what it comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AlternativeRecord {
    /// The settings, each `key=value` as `--set` takes it.
    pub set: Vec<String>,
    /// The sampler that follows, in words.
    pub sampler: String,
    /// Network evaluations a sample.
    pub evaluations: f64,
    /// W1 of the law of its samples to the data, in the data's own units.
    pub w1: f64,
    /// The standard error of `w1`, or its numerical error in one dimension; there it is known of the best alone.
    pub w1_error: Option<f64>,
}
