//! The whole configuration of an experiment, resolved: every key has its value.

use super::{
    DataConfig, EvalConfig, files,
    memory::{self, Need},
    toml_source::{self, Overrides},
};
use crate::{
    diffusion::{ProcessConfig, SamplerConfig},
    error::{Error, Result},
    model::{ModelConfig, TrainConfig},
    rng::Seed,
    settings::{Section, SettingError, Table},
};
use serde::Serialize;
use std::path::Path;

/// A resolved configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentConfig {
    /// What directories and titles are named after.
    pub name: String,
    /// The seed of everything but the data.
    pub seed: u64,
    /// `[data]`.
    pub data: DataConfig,
    /// `[process]`.
    pub process: ProcessConfig,
    /// `[model]`.
    pub model: ModelConfig,
    /// `[train]`.
    pub train: TrainConfig,
    /// `[sampler]`.
    pub sampler: SamplerConfig,
    /// `[eval]`.
    pub eval: EvalConfig,
}

impl ExperimentConfig {
    /// The configuration of a file, with overrides.
    pub fn load(path: &Path, overrides: &Overrides) -> Result<Self> {
        let mut table = toml_source::load_table(path)?;
        if table.contains_key("sweep") {
            return Err(Error::usage_hint(
                format!("`{}` describes a sweep, not a run", path.display()),
                format!("try `truescore sweep {}`", path.display()),
            ));
        }
        for (key, setting) in overrides {
            toml_source::apply(&mut table, key, setting.clone());
        }
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned());
        Self::from_table(&table, &stem.unwrap_or_else(|| "run".into()))
    }

    /// The configuration of a table of settings; `default_name` is its name if it has none.
    pub fn from_table(table: &Table, default_name: &str) -> Result<Self> {
        let config = Self::read(table, default_name)?;
        config.check_memory()?;
        Ok(config)
    }

    fn read(table: &Table, default_name: &str) -> std::result::Result<Self, SettingError> {
        let mut root = Section::root(table);
        let name = root.text("name")?.unwrap_or_else(|| default_name.to_string());
        if !is_file_name(&name) {
            let message = format!("is {name:?}, expected letters, digits, `-`, `_` and `.`");
            return Err(root.error("name", message));
        }
        let seed = root.count("seed", 0, 0, i64::MAX as usize)? as u64;
        let sections = ["data", "process", "model", "train", "sampler", "eval"];
        let [data, process, model, train, sampler, eval] = sections;
        let data = root.section(data)?;
        let process = root.section(process)?;
        let model = root.section(model)?;
        let train = root.section(train)?;
        let sampler = root.section(sampler)?;
        let eval = root.section(eval)?;
        root.finish()?;
        let process = ProcessConfig::read(process)?;
        Ok(Self {
            name,
            seed,
            data: DataConfig::read(data)?,
            model: ModelConfig::read(model)?,
            train: TrainConfig::read(train)?,
            sampler: SamplerConfig::read(sampler, process.num_timesteps)?,
            eval: EvalConfig::read(eval)?,
            process,
        })
    }

    /// Refuses what cannot fit into memory, before anything is allocated or written.
    fn check_memory(&self) -> Result<()> {
        let dim = self.data.target.density().map_or(1, |density| density.dim());
        let weights = self.model.num_parameters(dim);
        let width = self.model.hidden_dim.max(self.model.input_dim(dim));
        let layers = 1 + self.model.num_layers * self.model.block_depth;
        memory::check(&[
            Need::of("data", "the sizes in `[data]`", &[self.data.num_points(), dim, 3 * 8]),
            Need::of("weights", "`model.hidden_dim` and `model.num_layers`", &[weights, 8 * 4]),
            Need::of(
                "one training step",
                "`train.batch_size` and the network's size",
                &[self.train.batch_size, width, layers, 6 * 4],
            ),
            Need::of("samples", "`eval.num_samples`", &[self.eval.num_samples, dim, 12 * 8]),
            Need::of("time features", "`process.num_timesteps`", &[
                self.process.num_timesteps,
                self.model.time_features.dim().max(4),
                3 * 4,
            ]),
        ])
    }

    /// The seed that all streams of the experiment derive from.
    pub fn seed(&self) -> Seed {
        Seed(self.seed)
    }

    /// The configuration as a TOML file that reproduces it.
    pub fn to_toml(&self) -> String {
        let mut root = toml::Table::new();
        root.insert("name".into(), toml::Value::String(self.name.clone()));
        root.insert("seed".into(), toml::Value::Integer(self.seed as i64));
        let mut sampler = to_table(&self.sampler.kind);
        if let Some(steps) = self.sampler.num_steps {
            sampler.insert("num_steps".into(), toml::Value::Integer(steps as i64));
        }
        for (key, table) in [
            ("data", self.data.to_table()),
            ("process", to_table(&self.process)),
            ("model", to_table(&self.model)),
            ("train", to_table(&self.train)),
            ("sampler", sampler),
            ("eval", to_table(&self.eval)),
        ] {
            root.insert(key.into(), toml::Value::Table(table));
        }
        toml::to_string(&root).expect("a resolved configuration is valid TOML")
    }

    /// SHA-256 of the resolved configuration, in hexadecimal.
    pub fn digest(&self) -> String {
        files::sha256(self.to_toml().as_bytes())
    }

    /// `<name>-<8 hex of the digest>`: the name of the run's directory.
    pub fn directory_name(&self) -> String {
        format!("{}-{}", self.name, &self.digest()[..8])
    }

    /// `<name>-<8 hex of the data's digest>`: the name of the data set's directory.
    pub fn dataset_name(&self) -> String {
        let text = toml::to_string(&self.data.to_table()).expect("tables are valid TOML");
        format!("{}-{}", self.name, &files::sha256(text.as_bytes())[..8])
    }

    /// Every leaf of the resolved configuration by its dotted key, as text.
    pub fn leaves(&self) -> Vec<(String, String)> {
        let table: toml::Table = self.to_toml().parse().expect("our own TOML");
        let mut leaves = vec![];
        collect_leaves("", &toml::Value::Table(table), &mut leaves);
        leaves
    }
}

fn collect_leaves(path: &str, value: &toml::Value, leaves: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect_leaves(&path, value, leaves);
            }
        }
        toml::Value::String(text) => leaves.push((path.into(), text.clone())),
        other => leaves.push((path.into(), other.to_string())),
    }
}

fn is_file_name(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.chars().all(allowed)
}

/// A config struct as a TOML table.
pub(super) fn to_table(value: &impl Serialize) -> toml::Table {
    toml::Table::try_from(value).expect("configurations are tables")
}

/// A config value as a TOML value.
pub(super) fn to_value(value: &impl Serialize) -> toml::Value {
    toml::Value::try_from(value).expect("configurations are TOML")
}
