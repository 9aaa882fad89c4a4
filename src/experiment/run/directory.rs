//! A run's directory.

use crate::{
    error::{Error, Result},
    experiment::{
        CheckpointStore, Dataset, DirectoryLock, ExperimentConfig, MetricsLog, MetricsRecord,
        Provenance, Status, Which,
        config::{
            even_levels, mistakes,
            toml_source::{self, Overrides},
        },
        files,
        run::{data, metrics_log, record::EvalRecord},
    },
    settings::Table,
};
use std::path::{Path, PathBuf};

const CONFIG: &str = "config.toml";
const STATUS: &str = "status.json";
const PROVENANCE: &str = "provenance.json";
const METRICS: &str = "metrics.jsonl";
const TIMING: &str = "timing.jsonl";
const CHECKPOINTS: &str = "checkpoints";
const EVAL: &str = "eval";
const EVAL_METRICS: &str = "metrics.json";

/// One run: a directory, and the configuration in it.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    directory: PathBuf,
    /// Of another sampler than the run's own, 8 hex of its digest.
    other_sampler: Option<String>,
    /// The resolved configuration.
    pub config: ExperimentConfig,
}

impl Run {
    /// Where the run of a configuration lies unless it is told otherwise.
    pub(crate) fn default_directory(config: &ExperimentConfig) -> PathBuf {
        Path::new("runs").join(config.directory_name())
    }

    /// Refuses a directory that holds something else than this run; writes nothing.
    ///
    /// # Errors
    /// Exit 4.
    pub(crate) fn check(directory: &Path, config: &ExperimentConfig) -> Result<()> {
        if !directory.join(CONFIG).is_file() {
            if files::holds_something(directory) {
                return Err(Error::in_use(
                    format!(
                        "`{}` holds something that is not a run",
                        directory.display()
                    ),
                    "name another directory with --out",
                ));
            }
            return Ok(());
        }
        let run = Self::open(directory)?;
        if run.config.identity() == config.identity() {
            return Ok(());
        }
        Err(Error::in_use(
            format!("`{}` holds another run", directory.display()),
            format!("it differs in {}", differences(&run.config, config)),
        ))
    }

    /// Makes the directory of a run, or finds the same run there.
    ///
    /// # Errors
    /// If it holds something else (exit 4), is in use by a live process (exit 4), or cannot be
    /// written.
    pub(crate) fn create(
        directory: &Path,
        config: &ExperimentConfig,
    ) -> Result<(Self, DirectoryLock)> {
        Self::check(directory, config)?;
        files::create_dir(directory)?;
        let lock = DirectoryLock::acquire(directory)?;
        let path = directory.join(CONFIG);
        if !path.is_file() {
            files::write_atomic(&path, config.to_toml_in(directory).as_bytes())?;
        }
        let status = directory.join(STATUS);
        if !status.is_file() {
            Status::created(config.num_steps()).write(&status)?;
        }
        files::remove_temporaries(directory);
        files::remove_temporaries(&directory.join(CHECKPOINTS));
        CheckpointStore::new(directory.join(CHECKPOINTS)).remove_unnamed();
        Ok((
            Self {
                directory: directory.to_path_buf(),
                other_sampler: None,
                config: config.clone(),
            },
            lock,
        ))
    }

    /// The run in a directory.
    pub(crate) fn open(directory: &Path) -> Result<Self> {
        Self::open_with(directory, &Overrides::new())
    }

    /// The run in a directory, with some of its `[eval]` or `[sampler]` overridden; with another sampler its
    /// evaluation lies in a directory of its own.
    pub(crate) fn open_with(directory: &Path, overrides: &Overrides) -> Result<Self> {
        let path = directory.join(CONFIG);
        let mut table = toml_source::load_table(&path).map_err(|e| as_corrupt(&e))?;
        even_levels::keep(&mut table);
        let config = ExperimentConfig::from_table(&table, "run").map_err(|e| as_corrupt(&e))?;
        let run = Self {
            directory: directory.to_path_buf(),
            other_sampler: None,
            config,
        };
        run.verify_config()?;
        if overrides.is_empty() {
            return Ok(run);
        }
        let read = |table: &Table| ExperimentConfig::from_table(table, "run");
        let config = mistakes::read_with(&table, overrides, read)?;
        let (own, other) = (run.config.sampler_identity(), config.sampler_identity());
        let digest = || files::sha256(other.as_bytes())[..8].to_string();
        Ok(Self {
            other_sampler: (own != other).then(digest),
            config,
            ..run
        })
    }

    /// A configuration that was changed after the run began describes another run.
    fn verify_config(&self) -> Result<()> {
        if !self.directory.join(PROVENANCE).is_file() {
            return Ok(());
        }
        let (found, recorded) = (self.config.digest(), self.provenance()?.config_digest);
        if found == recorded {
            return Ok(());
        }
        let path = self.directory.join(CONFIG);
        Err(Error::corrupt(
            format!(
                "`{}` has digest {found}, but {recorded} is recorded",
                path.display()
            ),
            "it was changed after the run began; restore it",
        ))
    }

    /// Whether a directory holds a run.
    pub(crate) fn is_at(directory: &Path) -> bool {
        directory.join(CONFIG).is_file() && directory.join(STATUS).is_file()
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Name of the directory.
    pub(crate) fn name(&self) -> String {
        let name = self
            .directory
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        name.unwrap_or_else(|| self.config.name.clone())
    }

    /// The name with what tells an evaluation with another sampler from the run's own.
    pub(crate) fn label(&self) -> String {
        match &self.other_sampler {
            None => self.name(),
            Some(digest) => format!("{} {EVAL}-{digest}", self.name()),
        }
    }

    /// `status.json`.
    pub(crate) fn status_path(&self) -> PathBuf {
        self.directory.join(STATUS)
    }

    /// Where the run stands.
    pub(crate) fn status(&self) -> Result<Status> {
        Status::read(&self.status_path())
    }

    /// `metrics.jsonl`.
    pub(crate) fn metrics_path(&self) -> PathBuf {
        self.directory.join(METRICS)
    }

    /// `timing.jsonl`.
    pub(crate) fn timing_path(&self) -> PathBuf {
        self.directory.join(TIMING)
    }

    /// The records of `metrics.jsonl`, verified against the last checkpoint.
    pub(crate) fn metrics(&self) -> Result<Vec<MetricsRecord>> {
        if let Some(memory) = self.checkpoints().memory(Which::Last)? {
            let (length, sha256) = (memory.metrics_length, &memory.metrics_sha256);
            metrics_log::verify(&self.metrics_path(), length, sha256)?;
        }
        if self.config.num_steps() == 0 {
            return Ok(vec![]);
        }
        MetricsLog::read(&self.metrics_path())
    }

    /// Where its checkpoints lie.
    pub(crate) fn checkpoints_directory(&self) -> PathBuf {
        self.directory.join(CHECKPOINTS)
    }

    /// The checkpoints.
    pub(crate) fn checkpoints(&self) -> CheckpointStore {
        CheckpointStore::new(self.directory.join(CHECKPOINTS))
    }

    /// Writes `provenance.json`.
    pub(crate) fn write_provenance(&self, provenance: &Provenance) -> Result<()> {
        files::write_json_as(
            &self.directory.join(PROVENANCE),
            "truescore.provenance/1",
            &provenance.of_run(&self.directory, &self.config.data),
        )
    }

    /// `provenance.json`.
    pub(crate) fn provenance(&self) -> Result<Provenance> {
        files::read_json(&self.directory.join(PROVENANCE))
    }

    /// The data that the run was trained on: from its data set wherever that lies now, else made again from the same
    /// content; its digest is verified either way.
    pub(crate) fn dataset(&self) -> Result<Dataset> {
        data::of_run(&self.directory, &self.config.data, &self.provenance()?)
    }

    /// The directory of its evaluation: `eval`, or `eval-<8 hex>` with another sampler than its own.
    pub(crate) fn eval_directory(&self) -> PathBuf {
        self.directory.join(match &self.other_sampler {
            None => EVAL.to_string(),
            Some(digest) => format!("{EVAL}-{digest}"),
        })
    }

    /// The records of its evaluations with all samplers, its own first. What cannot be read is left out.
    ///
    /// # Errors
    /// If one was edited after it was written: exit 5.
    pub(crate) fn eval_records(&self) -> Result<Vec<EvalRecord>> {
        let is_one = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy());
            name.is_some_and(|name| name == EVAL || name.starts_with(&format!("{EVAL}-")))
        };
        let mut directories: Vec<_> = files::entries(&self.directory);
        directories.retain(is_one);
        directories.sort();
        let read = |path: PathBuf| {
            let path = path.join(EVAL_METRICS);
            let verified = self.verify_record(&path);
            verified.map(|()| files::read_json(&path).ok()).transpose()
        };
        directories.into_iter().filter_map(read).collect()
    }

    /// Writes `eval/metrics.json`; it is the last file of an evaluation.
    pub(crate) fn write_eval_record(&self, record: &EvalRecord) -> Result<()> {
        files::write_json_with_digest(&self.eval_directory().join(EVAL_METRICS), record)
    }

    /// Refuses an `eval/metrics.json` that was edited after it was written.
    ///
    /// # Errors
    /// Exit 5.
    pub(crate) fn verify_eval_record(&self) -> Result<()> {
        self.verify_record(&self.eval_directory().join(EVAL_METRICS))
    }

    fn verify_record(&self, path: &Path) -> Result<()> {
        match files::is_as_written(path) {
            true => Ok(()),
            false => Err(Error::corrupt(
                format!("`{}` was changed after it was written", path.display()),
                format!(
                    "`truescore eval --force {}` computes it again",
                    self.directory.display()
                ),
            )),
        }
    }

    /// `eval/metrics.json`, if the run has been evaluated.
    pub(crate) fn eval_record(&self) -> Result<Option<EvalRecord>> {
        let path = self.eval_directory().join(EVAL_METRICS);
        if path.is_file() {
            self.verify_eval_record()?;
        }
        self.verified_eval_record()
    }

    /// The same of a record that [`Self::verify_eval_record`] has looked at.
    pub(super) fn verified_eval_record(&self) -> Result<Option<EvalRecord>> {
        let path = self.eval_directory().join(EVAL_METRICS);
        path.is_file().then(|| files::read_json(&path)).transpose()
    }
}

/// A run's own configuration that cannot be read is corrupt data, not the user's mistake.
fn as_corrupt(error: &Error) -> Error {
    Error::corrupt(
        error.to_string(),
        "the run's config.toml was changed; restore it",
    )
}

fn differences(a: &ExperimentConfig, b: &ExperimentConfig) -> String {
    let known_by_content = [a, b]
        .iter()
        .all(|config| config.data.is_known_by_content());
    let (a, b) = (a.leaves(), b.leaves());
    let keys = a
        .iter()
        .filter(|leaf| !b.contains(leaf))
        .map(|(key, _)| key.clone());
    let more = b
        .iter()
        .filter(|(key, _)| !a.iter().any(|(k, _)| k == key))
        .map(|(k, _)| k.clone());
    let is_told = |key: &String| key != "data.path" || !known_by_content;
    let keys: Vec<_> = keys.chain(more).filter(is_told).collect();
    keys.join(", ")
}
