//! The data of an experiment: `[data]`.

use super::identity::{forget_place, to_table, to_value};
use crate::{
    experiment::{config::toml_source, places},
    settings::{self, Choice, Default, Domain, Key, Kind, Range, Section, SettingError},
    target::{ClassesConfig, FileColumns, Mixture, TargetConfig},
};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Most points in a split.
const MAX_POINTS: usize = 1_000_000_000;

/// Standard deviations that standardised data may have.
const SCALES: Range = Range::closed(1e-3, 1e3);

/// `[data]`: a distribution and how much is drawn from it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DataConfig {
    /// What the data is drawn from.
    pub target: TargetConfig,
    /// Which components make up a class; each one does if it is absent.
    pub classes: Option<ClassesConfig>,
    /// Points to train on.
    pub num_train: usize,
    /// Points to validate on.
    pub num_val: usize,
    /// Points that evaluations compare with.
    pub num_test: usize,
    /// How the network sees the data.
    pub standardize: Standardize,
    /// Standard deviation that standardised data has; 1 if it is absent.
    pub standardize_scale: Option<f64>,
    /// Seed of the draws; apart from the experiment's seed, so that several seeds train on the same
    /// data unless told otherwise.
    pub seed: u64,
}

/// How the data is standardised before the network sees it, by the training split's statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standardize {
    /// Not at all.
    None,
    /// One mean and one standard deviation over all coordinates.
    Global,
    /// Mean and standard deviation of each axis.
    PerAxis,
}

impl Choice for Standardize {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new("none", "The data is not standardised."),
            Self::None,
        ),
        (
            Kind::new(
                "global",
                "One mean and one standard deviation over all coordinates.",
            ),
            Self::Global,
        ),
        (
            Kind::new("per_axis", "Mean and standard deviation of each axis."),
            Self::PerAxis,
        ),
    ];
}

impl DataConfig {
    /// The table of `[data]`.
    pub(crate) const KEYS: &[Key] = &[
        TargetConfig::KEY,
        ClassesConfig::KEY,
        Key::count("num_train", 8000, (1, MAX_POINTS), "Points to train on.").unit("points"),
        Key::count("num_val", 2000, (1, MAX_POINTS), "Points to validate on.").unit("points"),
        Key::count(
            "num_test",
            10_000,
            (1, MAX_POINTS),
            "Points that evaluations compare the samples with.",
        )
        .unit("points"),
        Key::choice::<Standardize>(
            "standardize",
            "global",
            "How the data is standardised before the network sees it, by the statistics of the training split.",
        ),
        Key::new(
            "standardize_scale",
            Domain::Number(SCALES),
            Default::Absent("1"),
            "Standard deviation that the standardised data has.",
        )
        .example("0.5"),
        Key::count(
            "seed",
            0,
            (0, i64::MAX as usize),
            "Seed of the data. It is not the experiment's seed, so that several seeds train on the same data.",
        )
        .example("1"),
    ];

    /// Reads `[data]`.
    pub(crate) fn read(mut section: Section) -> Result<Self, SettingError> {
        let target = TargetConfig::read(&mut section)?;
        let density = target.density();
        let classes = match &density {
            Some(density) => ClassesConfig::read(&mut section, density.components().len())?,
            None => None,
        };
        let standardize = section.choice("standardize")?;
        let standardize_scale = section.optional_float("standardize_scale")?;
        if standardize == Standardize::None && standardize_scale.is_some() {
            let message = "has no meaning beside `standardize = \"none\"`";
            return Err(section.error("standardize_scale", message));
        }
        let config = Self {
            classes,
            standardize,
            standardize_scale,
            num_train: section.count("num_train")?,
            num_val: section.count("num_val")?,
            num_test: section.count("num_test")?,
            seed: section.count("seed")? as u64,
            target: absolute(target, &mut section),
        };
        section.finish()?;
        Ok(config)
    }

    /// The law of the data, with its classes, if its density is known.
    pub(crate) fn density(&self) -> Option<Mixture> {
        let density = self.target.density()?;
        Some(match &self.classes {
            Some(classes) => density.with_classes(classes),
            None => density,
        })
    }

    /// Whether its points carry labels.
    pub(crate) fn has_classes(&self) -> bool {
        match &self.target {
            TargetConfig::File(file) => file.label_column.is_some(),
            _ => self.density().is_some_and(|law| law.num_classes() > 0),
        }
    }

    /// Points in all splits together.
    pub(crate) fn num_points(&self) -> usize {
        self.num_train + self.num_val + self.num_test
    }

    /// What tells its data from others: its keys, without later ones at their defaults.
    pub(crate) fn identity(&self) -> toml::Table {
        let mut table = self.to_table();
        forget_place(&mut table);
        settings::remove_later_defaults(&mut table, Self::KEYS);
        table
    }

    /// As `[data]` of a configuration file.
    pub(crate) fn to_table(&self) -> toml::Table {
        let mut table = to_table(&self.target);
        if let Some(classes) = &self.classes {
            table.insert("classes".into(), to_value(classes));
        }
        if let Some(scale) = self.standardize_scale {
            table.insert("standardize_scale".into(), toml::Value::Float(scale));
        }
        table.insert("num_train".into(), integer(self.num_train));
        table.insert("num_val".into(), integer(self.num_val));
        table.insert("num_test".into(), integer(self.num_test));
        table.insert("standardize".into(), to_value(&self.standardize));
        table.insert("seed".into(), toml::Value::Integer(self.seed as i64));
        table
    }
}

/// A user's file by its absolute path: a configuration names it relative to itself, the command line
/// relative to the working directory.
fn absolute(target: TargetConfig, section: &mut Section) -> TargetConfig {
    let TargetConfig::File(file) = &target else {
        return target;
    };
    let Some(setting) = section.get("path") else {
        return target;
    };
    let path = match setting.origin.position {
        Some(_) => toml_source::beside(Path::new(&*setting.origin.source), &file.path),
        None => PathBuf::from(&file.path),
    };
    let path = std::path::absolute(&path).unwrap_or(path);
    let path = match file.sha256 {
        Some(_) => places::settled(&path),
        // What is known by its path keeps it as it was written.
        None => path,
    };
    let path = path.display().to_string();
    TargetConfig::File(FileColumns {
        path,
        ..file.clone()
    })
}

fn integer(n: usize) -> toml::Value {
    toml::Value::Integer(n as i64)
}
