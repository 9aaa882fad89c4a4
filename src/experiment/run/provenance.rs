//! Where a run comes from: `provenance.json`.

use crate::experiment::{DataConfig, places};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What made a run, and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Provenance {
    /// Version of truescore.
    pub version: String,
    /// Commit that it was built from, where that is known.
    pub commit: Option<String>,
    /// The command line.
    pub command: Vec<String>,
    /// The machine's name, where the system tells.
    pub host: Option<String>,
    /// Operating system and architecture.
    pub platform: String,
    /// Where the network ran.
    pub device: String,
    /// Threads that training had.
    pub threads: usize,
    /// Number of weights.
    pub num_parameters: usize,
    /// SHA-256 of the resolved configuration.
    pub config_digest: String,
    /// SHA-256 of what decides the weights: data, process, model, training and seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_digest: Option<String>,
    /// Directory of the data set.
    pub dataset: PathBuf,
    /// The same as seen from the run: both can be moved together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset_from_run: Option<PathBuf>,
    /// The user's file that the data set was made of, where it lay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_file: Option<PathBuf>,
    /// Digest of all its splits.
    pub dataset_digest: String,
}

impl Provenance {
    /// The provenance of a run that this process begins.
    pub(crate) fn new(
        device: String,
        threads: usize,
        num_parameters: usize,
        [config_digest, training_digest]: [String; 2],
        dataset: &Path,
        dataset_digest: String,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            commit: option_env!("TRUESCORE_COMMIT").map(Into::into),
            command: std::env::args().collect(),
            host: sysinfo::System::host_name().ok(),
            platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            device,
            threads,
            num_parameters,
            config_digest,
            training_digest: Some(training_digest),
            dataset: std::path::absolute(dataset).unwrap_or_else(|_| dataset.to_path_buf()),
            dataset_from_run: None,
            data_file: None,
            dataset_digest,
        }
    }

    /// The same with where its data lies, for a run in `directory`.
    pub(super) fn of_run(&self, directory: &Path, data: &DataConfig) -> Self {
        let file = data.file().map(|file| PathBuf::from(&file.path));
        Self {
            dataset_from_run: places::seen_from(directory, &self.dataset),
            data_file: file,
            ..self.clone()
        }
    }
}
