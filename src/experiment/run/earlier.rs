//! Runs that lie beside a new one and are of the same file: under another content, or as earlier versions knew it.

use super::directory::Run;
use crate::{
    error::Result,
    experiment::{Dataset, ExperimentConfig, files},
};
use std::path::{Path, PathBuf};

/// The configuration as the run in `directory` has it, where an earlier version wrote that by the path of its file
/// and the file holds what it held.
pub(crate) fn known_by_path(
    directory: &Path,
    config: &ExperimentConfig,
) -> Option<ExperimentConfig> {
    let run = config
        .data
        .is_known_by_content()
        .then(|| Run::open(directory).ok());
    let run = run.flatten()?;
    let file = run
        .config
        .data
        .file()
        .filter(|_| run.config.data.is_known_by_path())?;
    let is_same = config.known_by_path(&file.path).identity() == run.config.identity();
    (is_same && holds_the_same(&run, config)).then(|| run.config.clone())
}

/// Whether the user's file makes the data that the run was trained on. A run that has not begun has none.
pub(crate) fn holds_the_same(run: &Run, config: &ExperimentConfig) -> bool {
    let Ok(provenance) = run.provenance() else {
        return true;
    };
    Dataset::generate(&config.data).is_ok_and(|data| data.digest() == provenance.dataset_digest)
}

/// The same of any run beside `directory`: where it lies, and its configuration.
pub(crate) fn beside(
    directory: &Path,
    config: &ExperimentConfig,
) -> Option<(PathBuf, ExperimentConfig)> {
    if Run::is_at(directory) || !config.data.is_known_by_content() {
        return None;
    }
    let found = |path: PathBuf| Some((path.clone(), known_by_path(&path, config)?));
    of_the_same_name(directory, config)
        .into_iter()
        .find_map(found)
}

/// What there is to say where `directory` becomes a new run, since the user's file was corrected.
///
/// # Errors
/// None; a directory that cannot be read is no earlier run.
pub(crate) fn notice(directory: &Path, config: &ExperimentConfig) -> Option<String> {
    let file = config.data.file().filter(|_| !Run::is_at(directory))?;
    let is_earlier =
        |path: &PathBuf| -> Result<bool> { Ok(Run::open(path)?.config.differs_in_content(config)) };
    let runs = of_the_same_name(directory, config);
    let earlier = runs
        .into_iter()
        .find(|path| is_earlier(path).unwrap_or(false))?;
    Some(format!(
        "`{}` has changed since `{}` was trained: `{}` is a new run",
        file.path,
        earlier.display(),
        directory.display()
    ))
}

/// The runs beside `directory` that a configuration of that name has made.
fn of_the_same_name(directory: &Path, config: &ExperimentConfig) -> Vec<PathBuf> {
    let prefix = format!("{}-", config.name);
    let beside = directory.parent().map(files::entries).unwrap_or_default();
    let is_one = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&prefix) && Run::is_at(path)
    };
    beside.into_iter().filter(is_one).collect()
}
