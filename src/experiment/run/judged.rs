//! A directory of samples from elsewhere: `judged.json` says which.

use crate::{
    error::{Error, Result},
    experiment::{Dataset, DirectoryLock, ExperimentConfig, Provenance, Run, RunState, files},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FILE: &str = "judged.json";

/// Which samples a directory is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JudgedSource {
    /// The file, as it was named; `-` for the standard input.
    pub(crate) samples: String,
    /// SHA-256 of the points and of their labels.
    pub(crate) sha256: String,
    /// How many points they are.
    pub(crate) num_samples: usize,
}

impl JudgedSource {
    /// Where the samples of a configuration are judged unless another directory is named: by what they are, and
    /// by what they are held against.
    pub(crate) fn default_directory(&self, config: &ExperimentConfig) -> PathBuf {
        let identity = format!("{}\n{}", config.identity(), self.sha256);
        let digest = files::sha256(identity.as_bytes());
        Path::new("judged").join(format!("{}-{}", config.name, &digest[..8]))
    }

    /// What is judged in a directory; `None` where a run is trained there, or nothing is.
    pub(crate) fn read(directory: &Path) -> Option<Self> {
        files::read_json(&directory.join(FILE)).ok()
    }

    /// Makes the directory, or finds the same samples there.
    ///
    /// # Errors
    /// If it holds something else, or is in use by a live process: exit 4.
    pub(crate) fn create(
        &self,
        directory: &Path,
        config: &ExperimentConfig,
        dataset: (&Path, &Dataset),
    ) -> Result<(Run, DirectoryLock)> {
        if Run::is_at(directory) && Self::read(directory).as_ref() != Some(self) {
            let found = match Self::read(directory) {
                Some(other) => format!("the samples of `{}`", other.samples),
                None => "a run".into(),
            };
            return Err(Error::in_use(
                format!("`{}` holds {found}", directory.display()),
                "name another directory with --out",
            ));
        }
        let (run, lock) = Run::create(directory, config)?;
        files::write_json_as(&directory.join(FILE), "truescore.judged/1", self)?;
        let (place, data) = dataset;
        run.write_provenance(&Provenance::new(
            "none".into(),
            1,
            0,
            [config.digest(), config.training_digest()],
            place,
            data.digest(),
        ))?;
        let mut status = run.status()?;
        status.state = RunState::Judged;
        status.num_steps = 0;
        status.write(&run.status_path())?;
        Ok((run, lock))
    }
}
