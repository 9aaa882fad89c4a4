//! A run made from another whose training is the same.

use crate::{
    error::{Error, Result},
    experiment::{ExperimentConfig, Provenance, Run, files},
};
use std::{fs, path::Path};

/// The files of a training that a run copies; its status comes last, so that a run that is cut off is not
/// complete.
const COPIED: [&str; 3] = ["metrics.jsonl", "timing.jsonl", "status.json"];

/// Makes the directory of the run of `config` from `trained`, which has the same training. The checkpoints are hard
/// links where the file system can, else copies. Everything else is the run's own.
///
/// # Errors
/// If a file cannot be read or written.
pub(crate) fn share_training(
    trained: &Run,
    directory: &Path,
    config: &ExperimentConfig,
) -> Result<()> {
    let (run, lock) = Run::create(directory, config)?;
    let own = run.checkpoints_directory();
    files::create_dir(&own)?;
    for path in files::entries(&trained.checkpoints_directory()) {
        let name = path.file_name().unwrap_or_default();
        match path.is_dir() {
            true => link_all(&path, &own.join(name))?,
            false => files::write_atomic(&own.join(name), &files::read(&path)?)?,
        }
    }
    run.write_provenance(&Provenance {
        config_digest: config.digest(),
        ..trained.provenance()?
    })?;
    let log = format!("trained as {}\n", trained.name());
    files::write_atomic(&directory.join("log.txt"), log.as_bytes())?;
    for name in COPIED {
        let from = trained.directory().join(name);
        if from.is_file() {
            files::write_atomic(&directory.join(name), &files::read(&from)?)?;
        }
    }
    drop(lock);
    Ok(())
}

/// Links every file of a checkpoint, or copies it.
fn link_all(from: &Path, to: &Path) -> Result<()> {
    files::create_dir(to)?;
    for path in files::entries(from) {
        let target = to.join(path.file_name().unwrap_or_default());
        // What a run that was cut off has left.
        files::remove_file(&target);
        if fs::hard_link(&path, &target).is_err() {
            fs::copy(&path, &target).map_err(|e| Error::io("cannot copy", &path, e))?;
        }
    }
    Ok(())
}
