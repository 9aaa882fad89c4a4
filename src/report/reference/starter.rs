//! A configuration to start from: every key with its meaning, those of the homework in force.

use crate::{
    error::Result,
    experiment::{ExperimentConfig, config::built_in, config::toml_source},
    settings::{Default, Domain, Key, Setting, Table, Value},
    terminal::width,
};

/// The preset whose settings are in force.
const BASE: &str = "homework";

/// The name of the experiment and of its file.
pub(crate) const NAME: &str = "experiment";

const HEAD: &str = "\
# An experiment to start from. It runs as it is:
#
#     truescore describe experiment.toml
#     truescore train experiment.toml
#     truescore eval runs
#
# A line `#key = value` is not in force: it shows a key with its default. `truescore explain KEY` says more.
";

/// Columns of a comment.
const COLUMNS: usize = 100;

/// The text of the starter.
pub(crate) fn text() -> Result<String> {
    let set = toml_source::load_table(&built_in::find(BASE)?.path())?;
    let mut text = format!("{HEAD}name = {NAME:?}\nseed = 0\n");
    for section in ExperimentConfig::KEYS {
        let Domain::Table(keys) = section.domain else {
            continue;
        };
        let empty = Table::new();
        let below = match set.get(section.name).map(|setting| &setting.value) {
            Some(Value::Table(below)) => below,
            _ => &empty,
        };
        text += &format!("\n{}[{}]\n", comment(section.help), section.name);
        for key in keys {
            write(&mut text, key, below);
        }
    }
    Ok(text)
}

/// A key with what it means, and then those of the kind that it chooses.
fn write(text: &mut String, key: &Key, set: &Table) {
    let given = set.get(key.name);
    if let Some(value) = given.map(toml_of).or_else(|| default_of(key)) {
        *text += &comment(&format!("{} Value: {}.", key.help, key.domain));
        let mark = if given.is_some() { "" } else { "#" };
        *text += &format!("{mark}{} = {value}\n", key.name);
    }
    let chosen = match (given.map(|setting| &setting.value), key.default) {
        (Some(Value::String(name)), _) => name,
        (None, Default::Name(name)) => name,
        _ => return,
    };
    let kinds = key.domain.kinds().unwrap_or_default();
    for kind in kinds.iter().filter(|kind| kind.name == chosen) {
        for key in kind.keys {
            write(text, key, set);
        }
    }
}

fn toml_of(setting: &Setting) -> String {
    setting.value.to_string()
}

/// The default as TOML, where it is a value.
fn default_of(key: &Key) -> Option<String> {
    match key.default {
        Default::Required | Default::Absent(_) => None,
        default => Some(default.to_string()),
    }
}

fn comment(words: &str) -> String {
    let lines = width::wrapped(words, Some(COLUMNS));
    lines.lines().map(|line| format!("# {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> String {
        let table = toml_source::parse_text(text, "e").unwrap_or_else(|e| panic!("{e}: {text}"));
        let config = ExperimentConfig::from_table(&table, NAME);
        config.unwrap_or_else(|e| panic!("{e}: {text}")).digest()
    }

    #[test]
    fn the_starter_is_the_homework_and_its_comments_are_the_defaults() {
        let text = text().unwrap();
        let base = built_in::find(BASE).unwrap().text;
        let renamed = base.replace("name = \"homework\"", "name = \"experiment\"");
        assert_eq!(digest(&text), digest(&renamed));

        let mut shown = 0;
        let uncommented = text.lines().map(|line| {
            let bare = line.strip_prefix('#').unwrap_or(line);
            let is_key = bare.starts_with(|c: char| c.is_ascii_lowercase());
            shown += usize::from(is_key && bare != line);
            if is_key { bare } else { line }
        });
        let uncommented = uncommented.collect::<Vec<_>>().join("\n");
        assert_eq!(digest(&uncommented), digest(&text), "{uncommented}");
        assert!(shown > 20, "{shown} defaults");
    }
}
