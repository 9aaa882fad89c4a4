//! docs/configuration.md: every section, key and kind.

use super::{keys::all_places, markdown};
use crate::{
    experiment::{ExperimentConfig, SWEEP},
    settings::{Domain, Key, Kind, Place},
};

const INTRODUCTION: &str = "\
# Configuration

A configuration is a TOML file. Every key has a default unless its default says that it has to be given.
An error names the file, the line, the key, the value and what is allowed.

- `truescore explain NAME` says the same of one key or kind in the terminal.
- `truescore schema > truescore.schema.json` and `#:schema truescore.schema.json` as the first line of a
  configuration let editors complete and check it. [Even Better TOML](https://taplo.tamasfe.dev) and every
  other editor that uses taplo read that line. `truescore schema --sweep` does the same for sweeps.
- `--set KEY=VALUE` sets a dotted key from the command line.
- Where a section has a `kind`, its name alone may stand for the section: `schedule = \"cosine\"`.

";

/// The whole page.
pub(super) fn page() -> String {
    let mut page = INTRODUCTION.to_string();
    page += "## At the top of the file\n\n";
    page += &keys_of(ExperimentConfig::KEYS);
    for key in ExperimentConfig::KEYS.iter().chain(SWEEP) {
        section(&mut page, &[], key);
    }
    page
}

/// A heading, the keys and the kinds of one section, and then of those in it.
fn section(page: &mut String, outer: &[&'static str], key: &Key) {
    let Some(keys) = key.domain.keys() else {
        return;
    };
    let path = [outer, &[key.name]].concat();
    *page += &format!("{} [{}]\n\n{}\n\n", level(&path), path.join("."), key.help);
    if let Some(example) = place(&path).and_then(|place| place.example()) {
        *page += &markdown::code("toml", &example);
    }
    body(page, &path, keys);
    if let Domain::Map(_, other) = key.domain {
        *page += "Every other key is the dotted name of a key of the configuration, with this table:\n\n";
        let path = [path.as_slice(), &["KEY"]].concat();
        body(page, &path, other.keys().unwrap_or_default());
    }
}

fn body(page: &mut String, path: &[&'static str], keys: &'static [Key]) {
    *page += &keys_of(keys);
    names_of(page, keys);
    let kinds = keys
        .iter()
        .flat_map(|key| key.domain.kinds().unwrap_or_default());
    let with_keys: Vec<_> = kinds.filter(|kind| !kind.keys.is_empty()).collect();
    for kind in &with_keys {
        let heading = [path, &["kind"]].concat();
        let name = heading.join(".");
        *page += &format!("{} {name} = {:?}\n\n", level(&heading), kind.name);
        *page += &keys_of(kind.keys);
        names_of(page, kind.keys);
    }
    let of_kinds = with_keys.iter().flat_map(|kind| kind.keys);
    for key in keys.iter().chain(of_kinds) {
        section(page, path, key);
    }
}

/// The names that keys choose between, a table for each key.
fn names_of(page: &mut String, keys: &[Key]) {
    for key in keys {
        let kinds = key.domain.kinds().unwrap_or_default();
        let row = |kind: &Kind| {
            vec![
                format!("`{:?}`", kind.name),
                kind.help.into(),
                kind.source.into(),
            ]
        };
        let rows: Vec<_> = kinds.iter().map(row).collect();
        if !rows.is_empty() {
            let name = format!("`{}`", key.name);
            *page += &markdown::table(&[&name, "meaning", "source"], &rows);
        }
    }
}

fn keys_of(keys: &[Key]) -> String {
    let row = |key: &Key| {
        let value = match key.domain {
            Domain::Kinds(_) | Domain::Names(_) => "one of the names below".into(),
            domain => domain.to_string(),
        };
        let cells = [
            key.name,
            &value,
            &key.default.to_string(),
            key.unit,
            key.help,
            key.source,
        ];
        let mut cells = cells.map(String::from).to_vec();
        cells[0] = format!("`{}`", key.name);
        cells
    };
    let rows: Vec<_> = keys.iter().map(row).collect();
    let columns = ["key", "value", "default", "unit", "meaning", "source"];
    markdown::table(&columns, &rows)
}

fn level(path: &[&str]) -> String {
    "#".repeat((path.len() + 1).min(6))
}

fn place(path: &[&str]) -> Option<Place> {
    all_places()
        .into_iter()
        .find(|place| place.name() == path.join("."))
}
