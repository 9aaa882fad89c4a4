//! Samples from elsewhere: points of any table, with the class of each where that is known.

use super::user_file;
use crate::{
    error::{Error, Result},
    experiment::{Dataset, files},
    points::Points,
    target::FileColumns,
};
use std::{io::Read, path::Path};

/// What stands for the standard input in the place of a file.
pub(crate) const STANDARD_INPUT: &str = "-";

/// The samples of a CSV, npy or npz file, or of the standard input, with the labels of another file.
///
/// # Errors
/// If a file cannot be read, is no table of finite numbers, or does not fit `dataset`: exit 2.
pub(crate) fn read(file: &Path, labels: Option<&Path>, dataset: &Dataset) -> Result<Points> {
    let samples = match file.as_os_str() == STANDARD_INPUT {
        true => from_standard_input()?,
        false => table(file)?,
    };
    let (found, expected) = (samples.dim(), dataset.dim());
    if found != expected {
        return Err(Error::usage_hint(
            format!(
                "`{}` has {found} columns, and the data has {expected} dimensions",
                file.display()
            ),
            "each column is an axis of the data, in the same order and in its own units",
        ));
    }
    if samples.len() < 2 {
        return Err(Error::usage(format!(
            "`{}` has {} samples, expected at least 2",
            file.display(),
            samples.len()
        )));
    }
    match labels {
        None => Ok(samples),
        Some(labels) => labelled(samples, labels, dataset),
    }
}

/// One digest of points and labels.
pub(crate) fn digest(samples: &Points) -> String {
    let mut bytes = files::npy_f64(samples.values(), samples.dim());
    if let Some(labels) = samples.labels() {
        bytes.extend(files::npy_u32(labels));
    }
    files::sha256(&bytes)
}

fn table(path: &Path) -> Result<Points> {
    if path.exists() {
        let file = FileColumns::all_of(path.display().to_string());
        return Ok(user_file::read(&file)?.points);
    }
    if let Some((file, array)) = of_array(path) {
        let file = FileColumns {
            array: Some(array),
            ..FileColumns::all_of(file)
        };
        return Ok(user_file::read(&file)?.points);
    }
    Err(Error::usage_hint(
        format!("there is no file `{}`", path.display()),
        "is the path right? it is relative to where you are",
    ))
}

/// An npz file and the name of one of its arrays, written `FILE:ARRAY`.
fn of_array(path: &Path) -> Option<(String, String)> {
    let text = path.to_string_lossy();
    let (file, array) = text.rsplit_once(':')?;
    Path::new(file)
        .is_file()
        .then(|| (file.into(), array.into()))
}

fn from_standard_input() -> Result<Points> {
    let mut bytes = vec![];
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|e| Error::io("cannot read", "the standard input", e))?;
    let name = "the standard input";
    let file = FileColumns::all_of(name.into());
    Ok(user_file::taken(Path::new(name), &file, bytes)?.points)
}

/// The samples with the class that was asked for each.
fn labelled(samples: Points, path: &Path, dataset: &Dataset) -> Result<Points> {
    let labels = table(path)?;
    let classes = dataset.num_classes();
    if classes == 0 {
        return Err(Error::usage_hint(
            format!("`{}`: the data has no classes", path.display()),
            "leave out --labels, or set `data.classes`",
        ));
    }
    if labels.dim() != 1 || labels.len() != samples.len() {
        return Err(Error::usage(format!(
            "`{}` has {} rows of {} columns, expected one class for each of {} samples",
            path.display(),
            labels.len(),
            labels.dim(),
            samples.len()
        )));
    }
    let class = |(row, label): (usize, &f64)| {
        let is_class = label.fract() == 0.0 && (0.0..classes as f64).contains(label);
        is_class.then_some(*label as u32).ok_or_else(|| {
            Error::usage(format!(
                "`{}`, row {}: {label} is no class, expected a whole number from 0 to {}",
                path.display(),
                row + 1,
                classes - 1
            ))
        })
    };
    let found = labels.values().iter().enumerate().map(class);
    let found = found.collect::<Result<Vec<_>>>()?;
    Ok(samples.with_labels(found))
}
