//! From how many samples on a run can be told from the truth.

use serde::{Deserialize, Serialize};

/// What the sizes were tried on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ToldBy {
    /// Subsets of the run's own samples.
    Subsets,
    /// Draws from the exact law of the samples.
    ExactLaw,
}

/// The tests of a run's samples against the truth, and the size that they need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ToldRecord {
    /// The smallest number of samples of which nine in ten draws are told from the truth. `None` where no number up
    /// to `largest` is.
    pub samples: Option<usize>,
    /// The smallest and the largest number that were tried.
    pub smallest: usize,
    pub largest: usize,
    pub by: ToldBy,
    /// The level of all tests together, by Holm's correction.
    pub level: f64,
    /// How many tests there are.
    pub num_tests: usize,
    /// Those that reject all of the samples, from the smallest p-value on.
    pub rejected: Vec<String>,
}

/// What is wrong with samples that are told from the truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fault {
    /// The mode whose share of the samples is the farthest from its weight.
    ModeWeights {
        centre: Vec<f64>,
        share: f64,
        weight: f64,
    },
    /// The mode that is the farthest from its place, in its own standard deviations.
    Displaced { centre: Vec<f64>, found: Vec<f64> },
    /// The standard deviation of the modes about their own centres, as a multiple of the true one.
    Width {
        factor: f64,
        error: f64,
        num_modes: usize,
    },
    /// How thick the samples lie on the curves of the data, as a multiple of the true one.
    Thickness {
        factor: f64,
        error: f64,
        num_curves: usize,
    },
    /// The direction in which the spread of all samples is the farthest from that of the data.
    Spread {
        direction: Vec<f64>,
        samples: f64,
        data: f64,
        /// The correlation of samples and data, in two dimensions.
        correlation: Option<(f64, f64)>,
    },
    /// The fraction of the samples where next to nothing of the truth is, beyond what the other faults explain.
    Elsewhere { share: f64, truth: f64 },
    /// The fraction of the samples in the outer part of the truth, below what the other faults explain.
    Crowded { share: f64, truth: f64 },
    /// The fraction of the truth where next to nothing of the model is.
    Missed { share: f64, truth: f64 },
}
