//! Where a run stands: `status.json`.

use crate::{
    error::Result,
    experiment::{DirectoryLock, files},
};
use serde::{Deserialize, Serialize};
use std::{fmt, path::Path};

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RunState {
    /// Nothing done yet.
    Created,
    /// A process is at it.
    Running,
    /// Stopped before its end; it continues from its last checkpoint.
    Interrupted,
    /// Trained to the end.
    Complete,
    /// Ended by a loss that is not finite.
    Diverged,
    /// Ended by an error.
    Failed,
    /// Never trained: it holds samples from elsewhere and what was found of them.
    Judged,
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Interrupted => "interrupted",
            Self::Complete => "complete",
            Self::Diverged => "diverged",
            Self::Failed => "failed",
            Self::Judged => "judged",
        })
    }
}

impl RunState {
    /// What to do where a run of this state is wanted complete.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Judged => "it holds what `truescore judge` judges; there is no model",
            _ => "the `train` or `sweep` command that began it continues it",
        }
    }
}

/// What `status.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Status {
    /// The state.
    pub state: RunState,
    /// Steps done.
    pub step: usize,
    /// Steps in all.
    pub num_steps: usize,
    /// Loss of the last steps, if there is one.
    pub train_loss: Option<f64>,
    /// When the run was begun.
    pub created: String,
    /// When this was written.
    pub updated: String,
    /// Why it failed or diverged.
    pub message: Option<String>,
}

impl Status {
    /// A run that has not begun.
    pub(crate) fn created(num_steps: usize) -> Self {
        let now = now();
        Self {
            state: RunState::Created,
            step: 0,
            num_steps,
            train_loss: None,
            created: now.clone(),
            updated: now,
            message: None,
        }
    }

    /// Writes it, with the current time.
    pub(crate) fn write(&mut self, path: &Path) -> Result<()> {
        self.updated = now();
        files::write_json_as(path, "truescore.status/1", self)
    }

    /// Reads it, and tells the truth after a crash: a run that says it is running, but that no live
    /// process has locked, was interrupted.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut status: Self = files::read_json(path)?;
        let directory = path.parent().unwrap_or(Path::new("."));
        if status.state == RunState::Running && !DirectoryLock::is_held(directory) {
            status.state = RunState::Interrupted;
        }
        Ok(status)
    }
}

fn now() -> String {
    jiff::Timestamp::now()
        .round(jiff::Unit::Second)
        .map_or_else(|_| String::new(), |t| t.to_string())
}
