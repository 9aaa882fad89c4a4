//! The data of an experiment: `[data]`.

use super::toml_source;
use crate::{
    settings::{Choice, Section, SettingError},
    target::{FileColumns, TargetConfig},
};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Most points in a split.
const MAX_POINTS: usize = 1_000_000_000;

/// `[data]`: a distribution and how much is drawn from it.
#[derive(Debug, Clone, PartialEq)]
pub struct DataConfig {
    /// What the data is drawn from.
    pub target: TargetConfig,
    /// Points to train on.
    pub num_train: usize,
    /// Points to validate on.
    pub num_val: usize,
    /// Points that evaluations compare with.
    pub num_test: usize,
    /// How the network sees the data.
    pub standardize: Standardize,
    /// Seed of the draws; apart from the experiment's seed, so that several seeds train on the same
    /// data unless told otherwise.
    pub seed: u64,
}

/// How the data is standardised before the network sees it, by the training split's statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standardize {
    /// Not at all.
    None,
    /// One mean and one standard deviation over all coordinates.
    Global,
    /// Mean and standard deviation of each axis.
    PerAxis,
}

impl Choice for Standardize {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("global", Self::Global),
        ("per_axis", Self::PerAxis),
    ];
}

impl DataConfig {
    /// Reads `[data]`.
    pub fn read(mut section: Section) -> Result<Self, SettingError> {
        let target = TargetConfig::read(&mut section)?;
        let config = Self {
            num_train: section.count("num_train", 8000, 1, MAX_POINTS)?,
            num_val: section.count("num_val", 2000, 1, MAX_POINTS)?,
            num_test: section.count("num_test", 10_000, 1, MAX_POINTS)?,
            standardize: section.choice("standardize", Standardize::Global)?,
            seed: section.count("seed", 0, 0, i64::MAX as usize)? as u64,
            target: absolute(target, &mut section),
        };
        section.finish()?;
        Ok(config)
    }

    /// Points in all splits together.
    pub fn num_points(&self) -> usize {
        self.num_train + self.num_val + self.num_test
    }

    /// As `[data]` of a configuration file.
    pub fn to_table(&self) -> toml::Table {
        let mut table = super::config::to_table(&self.target);
        table.insert("num_train".into(), integer(self.num_train));
        table.insert("num_val".into(), integer(self.num_val));
        table.insert("num_test".into(), integer(self.num_test));
        table.insert(
            "standardize".into(),
            super::config::to_value(&self.standardize),
        );
        table.insert("seed".into(), toml::Value::Integer(self.seed as i64));
        table
    }
}

/// A user's file by its absolute path: a configuration names it relative to itself, the command line
/// relative to the working directory.
fn absolute(target: TargetConfig, section: &mut Section) -> TargetConfig {
    let (TargetConfig::File(file), Some(setting)) = (&target, section.get("path")) else {
        return target;
    };
    let path = match setting.origin.position {
        Some(_) => toml_source::beside(Path::new(&*setting.origin.source), &file.path),
        None => PathBuf::from(&file.path),
    };
    let path = std::path::absolute(&path)
        .unwrap_or(path)
        .display()
        .to_string();
    TargetConfig::File(FileColumns {
        path,
        columns: file.columns.clone(),
    })
}

fn integer(n: usize) -> toml::Value {
    toml::Value::Integer(n as i64)
}
