//! A directory of samples or of a network from elsewhere: `judged.json` says which.

use crate::{
    error::{Error, Result},
    experiment::{
        Dataset, DirectoryLock, ExperimentConfig, Provenance, Run, RunState, child::Hello, files,
    },
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FILE: &str = "judged.json";

/// What a directory is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum JudgedSource {
    /// Samples of a file.
    Samples(JudgedSamples),
    /// A network in another process.
    Denoiser(JudgedDenoiser),
}

/// A network in another process: its name and what it says of itself, but nothing that starts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JudgedDenoiser {
    /// What it is called.
    pub(crate) denoiser: String,
    /// What it said.
    #[serde(flatten)]
    pub(crate) hello: Hello,
}

/// Which samples a directory is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct JudgedSamples {
    /// The file, as it was named; `-` for the standard input.
    pub(crate) samples: String,
    /// SHA-256 of the points and of their labels.
    pub(crate) sha256: String,
    /// How many points they are.
    pub(crate) num_samples: usize,
}

impl JudgedSource {
    /// What it is called: its file, or the name of a network.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Samples(samples) => &samples.samples,
            Self::Denoiser(network) => &network.denoiser,
        }
    }

    /// Whether these may take the place of what a directory holds: the same samples, or a network of the same name.
    fn is_place_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Denoiser(own), Self::Denoiser(other)) => own.denoiser == other.denoiser,
            _ => self == other,
        }
    }

    /// Where the samples of a configuration are judged unless another directory is named: by what they are, and
    /// by what they are held against.
    pub(crate) fn default_directory(&self, config: &ExperimentConfig) -> PathBuf {
        let known_by = match self {
            Self::Samples(samples) => &samples.sha256,
            Self::Denoiser(network) => &network.denoiser,
        };
        let identity = format!("{}\n{known_by}", config.identity());
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
        let there = Self::read(directory);
        if Run::is_at(directory) && !there.as_ref().is_some_and(|other| self.is_place_of(other)) {
            let found = match there {
                Some(Self::Samples(other)) => format!("the samples of `{}`", other.samples),
                Some(Self::Denoiser(other)) => format!("the network `{}`", other.denoiser),
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
