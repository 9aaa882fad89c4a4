//! What an evaluation leaves: `eval/metrics.json` and `eval/trajectory.csv`.

use super::files;
use crate::{
    error::{Error, Result},
    metric::{MetricValue, ModeWeight, TrajectoryPoint},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// The format of `eval/metrics.json`.
pub const SCHEMA: &str = "truescore.eval/1";

/// What `eval/metrics.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvalRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of truescore.
    pub version: String,
    /// What the evaluation depends on, as one digest: it is done again when that changes.
    pub inputs: String,
    /// Which checkpoint was evaluated.
    pub checkpoint: String,
    /// The step it was taken at.
    pub step: usize,
    /// Samples drawn.
    pub num_samples: usize,
    /// Steps of the sampler.
    pub num_sampling_steps: usize,
    /// The sampler, in words.
    pub sampler: String,
    /// √ᾱ_T: what is left of the data where sampling starts.
    pub terminal_signal: f64,
    /// KL(q_T ‖ N(0, I)) in nats, if the density is known.
    pub prior_kl: Option<f64>,
    /// W1(q_T, N(0, 1)) in the data's own units, if the density is known: how wrong the start of
    /// sampling is.
    pub prior_w1: Option<f64>,
    /// Every metric that exists for this data, by name.
    pub metrics: BTreeMap<String, MetricValue>,
    /// The share of every component of the data, in the order of the configuration.
    pub modes: Vec<ModeWeight>,
}

/// Writes `trajectory.csv`.
pub fn write_trajectory(path: &Path, points: &[TrajectoryPoint]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let encoded = points.iter().try_for_each(|point| writer.serialize(point));
    let bytes = encoded
        .map_err(|e| e.to_string())
        .and_then(|()| writer.into_inner().map_err(|e| e.to_string()));
    let bytes =
        bytes.map_err(|e| Error::Unexpected(format!("cannot encode `{}`: {e}", path.display())))?;
    files::write_atomic(path, &bytes)
}
