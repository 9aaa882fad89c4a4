//! The data of a run, wherever the run lies now.

use super::provenance::Provenance;
use crate::{
    error::{Error, Result},
    experiment::{DataConfig, Dataset, data::dataset, files, places},
};
use std::path::{Path, PathBuf};

/// The data that the run in `directory` was trained on, with the digest that is recorded.
///
/// # Errors
/// If there is neither the data set nor a file of that content (exit 5).
pub(super) fn of_run(
    directory: &Path,
    config: &DataConfig,
    provenance: &Provenance,
) -> Result<Dataset> {
    let recorded = &provenance.dataset_digest;
    let places = places_of_dataset(directory, provenance);
    let same = places.iter().find(|place| {
        let found = dataset::recorded_digest(place);
        found.is_some_and(|found| found == *recorded)
    });
    if let Some(place) = same {
        return Dataset::load(config, place);
    }
    let found = match provenance.dataset.is_dir() {
        // What is wrong there is told.
        true => Dataset::load(config, &provenance.dataset)?,
        false => Dataset::generate(&again(directory, config, provenance)?)?,
    };
    if found.digest() != *recorded {
        return Err(Error::corrupt(
            format!(
                "the data of `{}` has digest {}, but {recorded} is recorded",
                directory.display(),
                found.digest(),
            ),
            "the data has changed since the run was trained",
        ));
    }
    Ok(found)
}

/// Where its data set may lie, the likeliest first.
fn places_of_dataset(directory: &Path, provenance: &Provenance) -> Vec<PathBuf> {
    let beside = provenance.dataset_from_run.iter();
    let mut places: Vec<_> = beside.map(|path| directory.join(path)).collect();
    if let Some(name) = provenance.dataset.file_name() {
        let around = places::around(directory).into_iter();
        places.extend(around.flat_map(|place| [place.join("data").join(name), place.join(name)]));
    }
    places.push(provenance.dataset.clone());
    places
}

/// What makes the data again: the configuration with its file where that lies now.
fn again(directory: &Path, config: &DataConfig, provenance: &Provenance) -> Result<DataConfig> {
    let Some(file) = config.file() else {
        return Ok(config.clone());
    };
    let path = Path::new(&file.path);
    let mut places = vec![path.to_path_buf()];
    places.extend(provenance.data_file.clone());
    if let Some(name) = path.file_name() {
        places.extend(
            places::around(directory)
                .iter()
                .map(|place| place.join(name)),
        );
    }
    places.retain(|place| place.is_file());
    let is_same = |place: &&PathBuf| match &file.sha256 {
        Some(sha256) => files::read(place).is_ok_and(|bytes| files::sha256(&bytes) == *sha256),
        None => true,
    };
    if let Some(place) = places.iter().find(is_same) {
        return Ok(config.at(place));
    }
    let name = provenance.dataset.file_name().unwrap_or_default();
    let name = Path::new("data").join(name);
    let message = format!(
        "the data of `{}` is gone: there is no data set `{}` beside it or above it, and ",
        directory.display(),
        name.display()
    );
    let what = match places.first() {
        Some(other) => format!("`{}` has another content now", other.display()),
        None => format!("`{}` does not exist", path.display()),
    };
    Err(Error::corrupt(
        message + &what,
        "put back the data set, or the file as it was when the run was trained",
    ))
}
