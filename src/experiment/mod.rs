//! What lies on disk: configurations, data sets, runs, sweeps and their records.
//!
//! Files are the database. One run is one directory that can be copied and read on its own; tables,
//! figures and reports are derived from it and can be rebuilt. This module alone knows the file names.

mod checkpoint;
mod config;
mod data_config;
mod dataset;
mod eval_config;
pub mod files;
pub mod listing;
mod lock;
mod memory;
mod metrics_log;
mod on_disk;
mod plan;
mod provenance;
mod random_search;
pub mod record;
mod run;
mod status;
pub mod summary;
mod sweep_choices;
mod toml_source;
mod user_file;

pub use checkpoint::{CheckpointState, CheckpointStore, Which};
pub use config::ExperimentConfig;
pub use data_config::{DataConfig, Standardize};
pub use dataset::{Classes, Dataset, Split};
pub use eval_config::EvalConfig;
pub use lock::DirectoryLock;
pub use metrics_log::{MetricsLog, MetricsRecord, TimingRecord};
pub(crate) use on_disk::{Directory, ON_DISK, OnDisk};
pub use plan::{Plan, PlannedRun, SweepSpec};
pub use provenance::Provenance;
pub use run::Run;
pub use status::{RunState, Status};
pub(crate) use sweep_choices::SWEEP;
pub use toml_source::{Overrides, parse_override};
