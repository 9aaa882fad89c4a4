//! `metrics.jsonl` and `timing.jsonl`: one line a record, written as they come.

use crate::{
    error::{Error, Result},
    experiment::files,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// One line of `metrics.jsonl`: deterministic fields only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricsRecord {
    /// Steps done.
    pub step: usize,
    /// Times through the training split.
    pub epoch: f64,
    /// Mean training loss of the steps since the last record.
    pub train_loss: f64,
    /// Loss on the validation split, of the weights that are sampled from.
    pub val_loss: f64,
    /// What `val_loss` would be for a perfect network, on average over data and noise; `None` where
    /// the density is not known.
    #[serde(default)]
    pub loss_floor: Option<f64>,
    /// How far the network is from a perfect one: the mean of ‖output − Bayes answer‖²/d over the same
    /// noised points as `val_loss`. It is what the loss is above its floor, without the noise of the
    /// targets; `None` where the density is not known.
    #[serde(default)]
    pub excess_loss: Option<f64>,
    /// Learning rate of the last step.
    pub learning_rate: f64,
}

/// One line of `timing.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct TimingRecord {
    /// Steps done.
    pub step: usize,
    /// Seconds since this process began or resumed the run.
    pub seconds: f64,
    /// Steps a second since the last record.
    pub steps_per_second: f64,
    /// Largest memory of the process so far, in bytes, where the system tells.
    pub peak_memory_bytes: Option<u64>,
}

/// A file that grows by one JSON line a record.
#[derive(Debug)]
pub(crate) struct MetricsLog {
    path: PathBuf,
    file: File,
    length: u64,
}

impl MetricsLog {
    /// Opens the log and cuts it to its first `length` bytes.
    pub(crate) fn open(path: &Path, length: u64) -> Result<Self> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .read(true)
            .open(path);
        let mut file = file.map_err(|e| Error::io("cannot write", path, e))?;
        file.set_len(length)
            .and_then(|()| file.seek(SeekFrom::End(0)))
            .map_err(|e| Error::io("cannot write", path, e))?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            length,
        })
    }

    /// Appends one record as one line.
    pub(crate) fn append<T: Serialize>(&mut self, record: &T) -> Result<()> {
        let mut line = serde_json::to_string(record)
            .map_err(|e| Error::Unexpected(format!("cannot encode a record: {e}")))?;
        line.push('\n');
        self.length += line.len() as u64;
        self.file
            .write_all(line.as_bytes())
            .map_err(|e| Error::io("cannot write", &self.path, e))
    }

    /// Opens the log as a checkpoint has seen it: its first `length` bytes, of the given SHA-256.
    pub(crate) fn resume(path: &Path, length: u64, sha256: &str) -> Result<Self> {
        if length > 0 {
            verify(path, length, sha256)?;
        }
        Self::open(path, length)
    }

    /// SHA-256 of what has been written so far.
    pub(crate) fn sha256(&self) -> Result<String> {
        Ok(files::sha256(&files::read(&self.path)?))
    }

    /// Bytes written so far.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// The records of a log; a last line that a crash has cut is left out.
    pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
        let text = files::read_text(path)?;
        let complete = text.rfind('\n').map_or("", |end| &text[..end]);
        let parse = |(i, line): (usize, &str)| {
            serde_json::from_str(line).map_err(|e| {
                let place = format!("`{}`, line {}", path.display(), i + 1);
                Error::corrupt(
                    format!("{place}: {e}"),
                    "remove the run's directory and train it again",
                )
            })
        };
        complete.lines().enumerate().map(parse).collect()
    }
}

/// Refuses a log whose first `length` bytes are not those that a checkpoint has seen.
pub(crate) fn verify(path: &Path, length: u64, sha256: &str) -> Result<()> {
    let text = files::read_own(path)?;
    let seen = text.as_bytes().get(..length as usize);
    let found = seen.map_or_else(|| format!("only {} bytes", text.len()), files::sha256);
    if found == sha256 {
        return Ok(());
    }
    Err(Error::corrupt(
        format!(
            "`{}` has sha256 {found}, but its last checkpoint recorded {sha256}",
            path.display()
        ),
        "something else has changed it; remove the run's directory and train it again",
    ))
}
