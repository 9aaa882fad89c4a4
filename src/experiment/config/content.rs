//! The user's file by its content: what lies in another folder is the same data, and what was corrected is other data.

use super::{data::DataConfig, experiment::ExperimentConfig};
use crate::{
    experiment::{files, places},
    target::{FileColumns, TargetConfig},
};
use std::path::Path;

impl DataConfig {
    /// The user's file, if the data is one.
    pub(crate) fn file(&self) -> Option<&FileColumns> {
        match &self.target {
            TargetConfig::File(file) => Some(file),
            _ => None,
        }
    }

    /// Whether the data is known by the content of a file.
    pub(crate) fn is_known_by_content(&self) -> bool {
        self.file().is_some_and(|file| file.sha256.is_some())
    }

    /// Whether the data is known by the path of a file, as earlier versions wrote it.
    pub(crate) fn is_known_by_path(&self) -> bool {
        self.file().is_some_and(|file| file.sha256.is_none())
    }

    /// The same with the file at `path`.
    pub(crate) fn at(&self, path: &Path) -> Self {
        self.with_file(|file| FileColumns {
            path: path.display().to_string(),
            ..file
        })
    }

    /// The same, known by the path of its file alone.
    pub(crate) fn known_by_path(&self, path: &str) -> Self {
        self.with_file(|file| FileColumns {
            path: path.into(),
            sha256: None,
            ..file
        })
    }

    /// The path of the file as seen from `directory`, where it is known by its content and lies near.
    pub(crate) fn place_from(&self, directory: &Path) -> Option<String> {
        let file = self.file().filter(|file| file.sha256.is_some())?;
        let path = places::seen_from(directory, Path::new(&file.path))?;
        Some(path.display().to_string())
    }

    /// What tells its data from others, without the file that it is in.
    pub(crate) fn without_file(&self) -> toml::Table {
        without_file(&self.identity())
    }

    fn with_file(&self, change: impl FnOnce(FileColumns) -> FileColumns) -> Self {
        match self.file() {
            Some(file) => Self {
                target: TargetConfig::File(change(file.clone())),
                ..self.clone()
            },
            None => self.clone(),
        }
    }
}

/// A `[data]` without the file that it is in.
pub(crate) fn without_file(data: &toml::Table) -> toml::Table {
    let mut table = data.clone();
    table.remove("path");
    table.remove("sha256");
    table
}

impl ExperimentConfig {
    /// The same with the digest of the user's file as it is now, unless the configuration says which it wants. A file
    /// that cannot be read is told of where it is needed.
    pub(crate) fn with_content(self) -> Self {
        let Some(file) = self.data.file().filter(|file| file.sha256.is_none()) else {
            return self;
        };
        let path = Path::new(&file.path);
        let bytes = path.is_file().then(|| files::read(path).ok()).flatten();
        let Some(bytes) = bytes else {
            return self;
        };
        let (path, sha256) = (places::settled(path), files::sha256(&bytes));
        let data = self.data.with_file(|file| FileColumns {
            path: path.display().to_string(),
            sha256: Some(sha256),
            ..file
        });
        Self { data, ..self }
    }

    /// The same, whose data is known by the path of its file alone.
    pub(crate) fn known_by_path(&self, path: &str) -> Self {
        Self {
            data: self.data.known_by_path(path),
            ..self.clone()
        }
    }

    /// Whether `other` is the same but for what the user's file holds: it lies at the same place.
    pub(crate) fn differs_in_content(&self, other: &Self) -> bool {
        let same_file = match (self.data.file(), other.data.file()) {
            (Some(own), Some(other)) => {
                own.sha256 != other.sha256
                    && places::settled(Path::new(&own.path))
                        == places::settled(Path::new(&other.path))
            }
            _ => false,
        };
        let plain = |config: &Self| config.known_by_path("").identity();
        same_file && plain(self) == plain(other)
    }
}
