//! A built-in configuration as one file of its own: its bases merged, their comments above.

use super::{built_in::BuiltIn, toml_source};
use crate::{
    error::Result,
    experiment::{ExperimentConfig, SWEEP},
    settings::{Default, Key, Setting, Table, Value},
};

/// The text of a file that says the same as `preset`, without any base.
pub(crate) fn text(preset: &BuiltIn) -> Result<String> {
    let mut text = String::new();
    for line in preset.comment() {
        text += format!("# {line}").trim_end();
        text.push('\n');
    }
    text += "#\n# `truescore explain KEY` says what a key means, and what else it may be.\n";
    let table = toml_source::load_table(&preset.path())?;
    let keys: Vec<_> = ExperimentConfig::KEYS.iter().chain(SWEEP).collect();
    write(&mut text, &[], &table, &keys);
    Ok(text)
}

/// The plain keys of a table, and then its own tables, each under a heading.
fn write(text: &mut String, path: &[String], table: &Table, keys: &[&'static Key]) {
    let ordered = in_order(table, keys);
    for (name, setting) in &ordered {
        if sections(setting).is_empty() {
            let line = format!("{} = {}\n", quoted(name), toml_of(&setting.value));
            text.push_str(&line);
        }
    }
    for (name, setting) in &ordered {
        let path = [path, &[quoted(name)]].concat();
        let row = keys.iter().find(|key| key.name == name.as_str());
        for section in sections(setting) {
            let below = row.map_or(vec![], |key| keys_below(key, section));
            let heading = path.join(".");
            let heading = match setting.value {
                Value::Array(_) => format!("\n[[{heading}]]\n"),
                _ => format!("\n[{heading}]\n"),
            };
            text.push_str(&heading);
            write(text, &path, section, &below);
        }
    }
}

/// The tables that get a heading each: a table, or the items of a list of tables.
fn sections(setting: &Setting) -> Vec<&Table> {
    match &setting.value {
        Value::Table(table) => vec![table],
        Value::Array(items) => {
            let tables = items.iter().map(|item| match &item.value {
                Value::Table(table) => Some(table),
                _ => None,
            });
            tables.collect::<Option<Vec<_>>>().unwrap_or_default()
        }
        _ => vec![],
    }
}

/// The keys that may stand in a section: its own, and those of the kinds that it chooses.
fn keys_below(key: &Key, section: &Table) -> Vec<&'static Key> {
    let keys = key.domain.keys().unwrap_or_default();
    let chosen = keys.iter().flat_map(|key| keys_of_kind(key, section));
    keys.iter().chain(chosen).collect()
}

/// The keys of the kind that a key chooses, as it is set or by default.
fn keys_of_kind(key: &Key, section: &Table) -> &'static [Key] {
    let name = match (
        section.get(key.name).map(|setting| &setting.value),
        key.default,
    ) {
        (Some(Value::String(name)), _) => name,
        (None, Default::Name(name)) => name,
        _ => return &[],
    };
    let kinds = key.domain.kinds().unwrap_or_default();
    let chosen = kinds.iter().find(|kind| kind.name == name);
    chosen.map_or(&[], |kind| kind.keys)
}

/// What an upper file forgot by choosing another kind has no place in the flat one.
fn is_forgotten(name: &str, setting: &Setting, keys: &[&Key]) -> bool {
    setting.forgettable && !keys.iter().any(|key| key.name == name)
}

/// The settings in the order of the tables of keys, the others behind them by name.
fn in_order<'t>(table: &'t Table, keys: &[&Key]) -> Vec<(&'t String, &'t Setting)> {
    let place = |name: &str| {
        let found = keys.iter().position(|key| key.name == name);
        found.unwrap_or(keys.len())
    };
    let mut ordered: Vec<_> = table
        .iter()
        .filter(|(name, setting)| !is_forgotten(name, setting, keys))
        .collect();
    ordered.sort_by_key(|(name, _)| place(name));
    ordered
}

/// A key as TOML writes it: bare where it may be.
fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match !key.is_empty() && key.chars().all(bare) {
        true => key.into(),
        false => toml::Value::String(key.into()).to_string(),
    }
}

fn toml_of(value: &Value) -> toml::Value {
    match value {
        Value::Integer(number) => toml::Value::Integer(*number),
        Value::Float(number) => toml::Value::Float(*number),
        Value::Bool(flag) => toml::Value::Boolean(*flag),
        Value::String(text) => toml::Value::String(text.clone()),
        Value::Array(items) => {
            toml::Value::Array(items.iter().map(|item| toml_of(&item.value)).collect())
        }
        Value::Table(table) => {
            let entries = table
                .iter()
                .map(|(key, item)| (key.clone(), toml_of(&item.value)));
            toml::Value::Table(entries.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{SweepSpec, config::built_in};
    use std::{fs, path::Path};

    /// What a configuration asks for: the digest of the run, or of each run of a sweep.
    fn runs_of(path: &Path) -> Vec<String> {
        match ExperimentConfig::load(path, &vec![]) {
            Ok(config) => vec![config.digest()],
            Err(_) => {
                let plan = SweepSpec::load(path, &vec![]).unwrap().plan().unwrap();
                plan.runs.iter().map(|run| run.config.digest()).collect()
            }
        }
    }

    #[test]
    fn a_flat_file_asks_for_the_same_runs() {
        let place = tempfile::tempdir().unwrap();
        for preset in built_in::presets() {
            let file = place.path().join(format!("{}.toml", preset.name()));
            let text = text(preset).unwrap();
            assert!(!text.contains("base ="), "{text}");
            fs::write(&file, &text).unwrap();
            assert!(runs_of(&file) == runs_of(&preset.path()), "{text}");
        }
    }

    #[test]
    fn keys_with_dots_are_quoted_and_texts_stay_texts() {
        let table = toml_source::parse_text("a = \"x\\\"\\n\"\n[b]\n\"c.d\" = [1]\n", "f").unwrap();
        let mut text = String::new();
        write(&mut text, &[], &table, &[]);
        let again = toml_source::parse_text(&text, "f").unwrap();
        let plain = |table: &Table| Value::Table(table.clone()).to_string();
        assert_eq!(plain(&table), plain(&again), "{text}");
    }
}
