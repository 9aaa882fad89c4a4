//! Reading and writing files: whole or not at all.

use crate::error::{Error, Result};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

static COUNTER: AtomicU64 = AtomicU64::new(0);

/// A name beside `path` that no other writer uses.
fn temporary_beside(path: &Path) -> PathBuf {
    let unique = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = path
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    path.with_file_name(format!(".{name}.{}-{unique}.tmp", std::process::id()))
}

/// Writes a file to a temporary name beside it and renames it.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = temporary_beside(path);
    let result = fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&temporary, path));
    result.map_err(|source| {
        let _ = fs::remove_file(&temporary);
        Error::io("cannot write", path, source)
    })
}

/// Writes a whole new directory: `fill` gets a temporary one beside it, which is renamed when it is
/// complete.
pub(crate) fn write_directory_atomic(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let temporary = temporary_beside(path);
    create_dir(&temporary)?;
    let result = fill(&temporary).and_then(|()| {
        fs::rename(&temporary, path).map_err(|e| Error::io("cannot write", path, e))
    });
    if result.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    result
}

/// Whether a path is something that must not be written over: a file, or a directory that is not empty.
/// Hidden files (locks, and what killed writers have left) do not count.
pub(crate) fn holds_something(path: &Path) -> bool {
    path.is_file() || entries(path).iter().any(|entry| !is_hidden(entry))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// Creates a directory and its parents.
pub(crate) fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| Error::io("cannot create the directory", path, e))
}

/// Removes a file of an earlier result, if it is there.
pub(crate) fn remove_file(path: &Path) {
    let _ = fs::remove_file(path);
}

/// Removes a directory as far as that can be done; it leaves its name at once, not piece by piece.
pub(crate) fn remove_directory(path: &Path) {
    let leaving = temporary_beside(path);
    if fs::rename(path, &leaving).is_ok() {
        let _ = fs::remove_dir_all(&leaving);
    }
}

/// Removes what killed writers have left in a directory.
pub(crate) fn remove_temporaries(directory: &Path) {
    for path in entries(directory) {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name.starts_with('.') && name.ends_with(".tmp") {
            let _ = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
        }
    }
}

/// The entries of a directory, sorted; none if it cannot be read.
pub(crate) fn entries(directory: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> = read.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// When a file was written last, in seconds since 1970; 0 where nobody knows.
pub(crate) fn modified(path: &Path) -> u64 {
    let time = std::fs::metadata(path)
        .and_then(|facts| facts.modified())
        .ok();
    let since = time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_secs())
}

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|e| Error::io("cannot read", path, e))
}

/// The text of a file.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| Error::io("cannot read", path, e))
}

/// The text of a file that we have written: without it, or if it is no text, the directory is corrupt.
pub(crate) fn read_own(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| {
        Error::corrupt(
            format!("`{}` cannot be read: {e}", path.display()),
            "it was removed or changed by something else; restore it, or remove its directory",
        )
    })
}

/// A JSON file that a run's or a sweep's directory must have.
pub(crate) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = read_own(path)?;
    serde_json::from_str(&text).map_err(|e| {
        Error::corrupt(
            format!("`{}` is not what it should be: {e}", path.display()),
            "it was changed or truncated by something else; restore it, or remove its directory",
        )
    })
}

/// An object as an indented JSON file.
pub(crate) fn write_json<T: serde::Serialize>(path: &Path, value: &T) -> Result<()> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Error::Unexpected(format!("cannot encode `{}`: {e}", path.display())))?;
    write_atomic(path, format!("{text}\n").as_bytes())
}

/// The same with the name of its format before its own keys.
pub(super) fn write_json_as<T: serde::Serialize>(
    path: &Path,
    format: &str,
    value: &T,
) -> Result<()> {
    let mut object = serde_json::Map::from_iter([(FORMAT.to_string(), format.into())]);
    match serde_json::to_value(value) {
        Ok(serde_json::Value::Object(own)) => object.extend(own),
        _ => {
            let message = format!("`{}` has no JSON form", path.display());
            return Err(Error::Unexpected(message));
        }
    }
    write_json(path, &object)
}

/// The same with a digest of itself before its own keys, so that a number that is edited later is noticed. It
/// guards against accidents, and not against forgery.
pub(super) fn write_json_with_digest<T: serde::Serialize>(path: &Path, value: &T) -> Result<()> {
    let encoded = serde_json::to_value(value);
    let Ok(serde_json::Value::Object(own)) = encoded else {
        let message = format!("`{}` has no JSON form", path.display());
        return Err(Error::Unexpected(message));
    };
    let digest = (DIGEST.to_string(), digest_of(&own).into());
    let mut object = serde_json::Map::from_iter([digest]);
    object.extend(own);
    write_json(path, &object)
}

/// Whether a JSON file is as it was written; one without a digest is of an earlier version. A file that cannot be
/// read is none of this question's.
pub(super) fn is_as_written(path: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    let Ok(mut object) = serde_json::from_str::<serde_json::Map<_, _>>(&text) else {
        return true;
    };
    match object.shift_remove(DIGEST) {
        Some(digest) => digest == digest_of(&object),
        None => true,
    }
}

/// Of the keys and values in their order, whatever the white space.
fn digest_of(object: &serde_json::Map<String, serde_json::Value>) -> String {
    // A map of texts and numbers always has a JSON form.
    sha256(&serde_json::to_vec(object).unwrap_or_default())
}

/// The key under which a file holds its digest.
const DIGEST: &str = "digest";

/// The key under which a file says its format. A file without it is of the first release.
pub(super) const FORMAT: &str = "format";

/// SHA-256, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A row-major `[n, d]` array of f64 as an npy file.
pub(crate) fn npy_f64(values: &[f64], dim: usize) -> Vec<u8> {
    npy(values, &[(values.len() / dim) as u64, dim as u64])
}

/// A vector of labels as an npy file.
pub(crate) fn npy_u32(values: &[u32]) -> Vec<u8> {
    npy(values, &[values.len() as u64])
}

fn npy<T: npyz::AutoSerialize + Copy>(values: &[T], shape: &[u64]) -> Vec<u8> {
    use npyz::WriterBuilder;
    let mut bytes = vec![];
    let options = npyz::WriteOptions::new()
        .default_dtype()
        .shape(shape)
        .writer(&mut bytes);
    let written = options.begin_nd().and_then(|mut writer| {
        writer.extend(values.iter().copied())?;
        writer.finish()
    });
    written.expect("memory takes every byte");
    bytes
}
