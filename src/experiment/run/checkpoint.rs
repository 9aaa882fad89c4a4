//! Checkpoints: a directory each, there whole or not at all.

use crate::{
    error::{Error, Result},
    experiment::files,
    model::{ParameterError, Parameters, TrainState},
    settings::{Choice, Kind},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const MODEL: &str = "model.safetensors";
const EMA: &str = "ema.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const STATE: &str = "state.json";
const MANIFEST: &str = "MANIFEST.json";

/// Which checkpoint of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Which {
    /// The last one.
    Last,
    /// The one with the lowest validation loss.
    Best,
}

impl Choice for Which {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new("last", "The checkpoint of the last step."),
            Self::Last,
        ),
        (
            Kind::new("best", "The checkpoint with the lowest validation loss."),
            Self::Best,
        ),
    ];
}

impl Which {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Best => "best",
        }
    }
}

/// What a training run remembers besides weights and moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CheckpointState {
    /// Steps done.
    pub step: usize,
    /// Bytes of metrics.jsonl that belong to those steps.
    pub metrics_length: u64,
    /// SHA-256 of those bytes.
    pub metrics_sha256: String,
    /// Sum of the training losses since the last record.
    pub loss_sum: f64,
    /// Number of those steps.
    pub loss_count: usize,
    /// Lowest validation loss so far, and its step.
    pub best: Option<(f64, usize)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileEntry {
    size: usize,
    sha256: String,
}

/// Size and digest of every file of a checkpoint, by name.
type Manifest = BTreeMap<String, FileEntry>;

/// The checkpoints of a run.
#[derive(Debug, Clone)]
pub(crate) struct CheckpointStore {
    directory: PathBuf,
}

impl CheckpointStore {
    /// The checkpoints in `directory`.
    pub(crate) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// What a checkpoint remembers besides weights, if there is one.
    pub(crate) fn memory(&self, which: Which) -> Result<Option<CheckpointState>> {
        let Some(path) = self.path(which)? else {
            return Ok(None);
        };
        let manifest = read_manifest(&path)?;
        read_memory(&path, &manifest).map(Some)
    }

    /// Writes a checkpoint and makes it the one that `which` names; those that nothing names are
    /// removed.
    pub(crate) fn save(
        &self,
        which: Which,
        state: &TrainState,
        memory: &CheckpointState,
    ) -> Result<()> {
        files::create_dir(&self.directory)?;
        let name = format!("step-{:08}", state.step);
        let path = self.directory.join(&name);
        if !path.join(MANIFEST).is_file() {
            files::write_directory_atomic(&path, |temporary| write(temporary, state, memory))?;
        }
        files::write_atomic(
            &self.directory.join(which.name()),
            format!("{name}\n").as_bytes(),
        )?;
        self.remove_unnamed();
        Ok(())
    }

    /// The weights, moments and memory of a checkpoint, if there is one, every file verified.
    pub(crate) fn load(
        &self,
        which: Which,
        fresh: &TrainState,
    ) -> Result<Option<(TrainState, CheckpointState)>> {
        let Some(path) = self.path(which)? else {
            return Ok(None);
        };
        let manifest = read_manifest(&path)?;
        let memory = read_memory(&path, &manifest)?;
        let weights = |name: &str| {
            let bytes = verified(&path, name, &manifest)?;
            fresh
                .parameters
                .read_safetensors(&bytes, "")
                .map_err(|e| misfit(&path.join(name), &e))
        };
        let optimizer = verified(&path, OPTIMIZER, &manifest)?;
        let state = TrainState {
            step: memory.step,
            parameters: weights(MODEL)?,
            ema: fresh.ema.as_ref().map(|_| weights(EMA)).transpose()?,
            adam: fresh
                .read_optimizer(&optimizer)
                .map_err(|e| misfit(&path.join(OPTIMIZER), &e))?,
        };
        Ok(Some((state, memory)))
    }

    /// The weights that are sampled from, and the step they were taken at.
    pub(crate) fn load_weights(
        &self,
        which: Which,
        layout: &Parameters,
    ) -> Result<Option<(Parameters, usize)>> {
        let Some(path) = self.path(which)? else {
            return Ok(None);
        };
        let manifest = read_manifest(&path)?;
        let name = if manifest.contains_key(EMA) {
            EMA
        } else {
            MODEL
        };
        let bytes = verified(&path, name, &manifest)?;
        let weights = layout
            .read_safetensors(&bytes, "")
            .map_err(|e| misfit(&path.join(name), &e))?;
        Ok(Some((weights, read_memory(&path, &manifest)?.step)))
    }

    /// A digest of everything in a checkpoint.
    pub(crate) fn digest(&self, which: Which) -> Result<Option<String>> {
        let Some(path) = self.path(which)? else {
            return Ok(None);
        };
        Ok(Some(files::sha256(&files::read(&path.join(MANIFEST))?)))
    }

    /// A digest of the weights in a checkpoint, those of the moving average included.
    pub(crate) fn weights_digest(&self, which: Which) -> Result<Option<String>> {
        let Some(path) = self.path(which)? else {
            return Ok(None);
        };
        let manifest = read_manifest(&path)?;
        let of_file = |name: &&str| manifest.contains_key(*name);
        let files = [MODEL, EMA].into_iter().filter(of_file);
        let text: Vec<_> = files
            .map(|name| format!("{:?}", manifest.get(name)))
            .collect();
        Ok(Some(files::sha256(text.concat().as_bytes())))
    }

    fn path(&self, which: Which) -> Result<Option<PathBuf>> {
        let pointer = self.directory.join(which.name());
        if !pointer.is_file() {
            return Ok(None);
        }
        let name = files::read_own(&pointer)?;
        let path = self.directory.join(name.trim());
        if !path.join(MANIFEST).is_file() {
            return Err(corrupt(
                &pointer,
                &format!("it names `{}`, which is not there", name.trim()),
            ));
        }
        Ok(Some(path))
    }

    /// Removes the checkpoints that nothing names: older ones, and what a killed process has left.
    pub(crate) fn remove_unnamed(&self) {
        let named: Vec<_> = [Which::Last, Which::Best]
            .iter()
            .filter_map(|w| self.path(*w).ok().flatten())
            .collect();
        for path in files::entries(&self.directory) {
            if path.is_dir() && !named.contains(&path) {
                files::remove_directory(&path);
            }
        }
    }
}

fn write(directory: &Path, state: &TrainState, memory: &CheckpointState) -> Result<()> {
    let mut parts = vec![
        (MODEL, state.parameters.to_safetensors()),
        (OPTIMIZER, state.optimizer_safetensors()),
    ];
    if let Some(ema) = &state.ema {
        parts.push((EMA, ema.to_safetensors()));
    }
    for (name, bytes) in &parts {
        files::write_atomic(&directory.join(name), bytes)?;
    }
    let path = directory.join(STATE);
    files::write_json_as(&path, "truescore.checkpoint/1", memory)?;
    parts.push((STATE, files::read(&path)?));
    let mut manifest = Manifest::new();
    for (name, bytes) in parts {
        let entry = FileEntry {
            size: bytes.len(),
            sha256: files::sha256(&bytes),
        };
        manifest.insert(name.to_string(), entry);
    }
    files::write_json_as(&directory.join(MANIFEST), "truescore.manifest/1", &manifest)
}

fn read_manifest(directory: &Path) -> Result<Manifest> {
    let path = directory.join(MANIFEST);
    let entries: BTreeMap<String, serde_json::Value> = files::read_json(&path)?;
    let files = entries
        .into_iter()
        .filter(|(name, _)| name != files::FORMAT);
    let entry = |(name, value)| Ok((name, serde_json::from_value(value)?));
    let manifest: serde_json::Result<_> = files.map(entry).collect();
    manifest.map_err(|e| corrupt(&path, &e.to_string()))
}

fn read_memory(directory: &Path, manifest: &Manifest) -> Result<CheckpointState> {
    let bytes = verified(directory, STATE, manifest)?;
    serde_json::from_slice(&bytes).map_err(|e| corrupt(&directory.join(STATE), &e.to_string()))
}

fn verified(directory: &Path, name: &str, manifest: &Manifest) -> Result<Vec<u8>> {
    let path = directory.join(name);
    let entry = manifest
        .get(name)
        .ok_or_else(|| corrupt(&path, "the manifest does not list it"))?;
    if !path.is_file() {
        return Err(corrupt(&path, "it is missing"));
    }
    let bytes = files::read(&path)?;
    let found = files::sha256(&bytes);
    if found != entry.sha256 {
        let message = format!("it has sha256 {found}, but {} is recorded", entry.sha256);
        return Err(corrupt(&path, &message));
    }
    Ok(bytes)
}

fn corrupt(path: &Path, message: &str) -> Error {
    Error::corrupt(
        format!(
            "the checkpoint file `{}` cannot be used: {message}",
            path.display()
        ),
        "restore it from a copy, or remove the run's directory and train it again",
    )
}

fn misfit(path: &Path, error: &ParameterError) -> Error {
    corrupt(path, &error.to_string())
}
