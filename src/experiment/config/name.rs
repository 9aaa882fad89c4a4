//! The name of an experiment, which is also that of directories.

use super::built_in;
use crate::error::Error;
use std::path::Path;

/// Whether a directory can be named so.
pub(crate) fn is_file_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.chars().all(allowed)
}

/// The name of an experiment whose file does not give one: the file's own, as far as a directory can
/// be named so.
pub(crate) fn name_from(path: &Path) -> String {
    let file = built_in::name_of(path).map_or(path, Path::new);
    let stem = file
        .file_stem()
        .map(|s| s.to_string_lossy().into_owned())
        .unwrap_or_default();
    let allowed = |c: char| {
        if c.is_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '-'
        }
    };
    let name: String = stem.chars().take(100).map(allowed).collect();
    if name.is_empty() {
        "experiment".into()
    } else {
        name
    }
}

/// An error about what is missing has no place of its own: it names the file.
pub(crate) fn in_file(error: Error, path: &Path) -> Error {
    match error {
        Error::Usage { message, hint } if message.starts_with('`') => Error::Usage {
            message: format!("{}: {message}", path.display()),
            hint,
        },
        other => other,
    }
}
