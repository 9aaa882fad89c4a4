//! What lies on disk: configurations, data sets, runs, sweeps and their records.
//!
//! Files are the database. One run is one directory that can be copied and read on its own; tables,
//! figures and reports are derived from it and can be rebuilt. This module alone knows the file names.

pub(crate) mod child;
pub(crate) mod config;
pub(crate) mod data;
pub(crate) mod files;
mod memorising;
pub(crate) mod on_disk;
mod places;
pub(crate) mod run;
pub(crate) mod sweep;

pub(crate) use config::{
    data::{DataConfig, Standardize},
    eval::EvalConfig,
    experiment::ExperimentConfig,
    mistakes::all as all_mistakes,
    toml_source::{Overrides, parse_override},
};
pub(crate) use data::dataset::{Dataset, Split};
pub(crate) use memorising::Memorising;
pub use run::metrics_log::MetricsRecord;
pub(crate) use run::{
    checkpoint::{CheckpointState, CheckpointStore, Which},
    directory::Run,
    lock::DirectoryLock,
    metrics_log::{MetricsLog, TimingRecord},
    provenance::Provenance,
    status::{RunState, Status},
};
pub(crate) use sweep::choices::SWEEP;
pub(crate) use sweep::plan::{Plan, PlannedRun, SweepSpec};
