//! Configurations as TOML: as it is written, and as it is digested.

use crate::settings::{self, Key};
use serde::Serialize;

/// A config struct as a TOML table.
pub(crate) fn to_table(value: &impl Serialize) -> toml::Table {
    toml::Table::try_from(value).expect("configurations are tables")
}

/// A config value as a TOML value.
pub(crate) fn to_value(value: &impl Serialize) -> toml::Value {
    toml::Value::try_from(value).expect("configurations are TOML")
}

/// A table of these keys as TOML. Keys later than the first release count only where they differ from
/// their defaults, so that a new key changes no digest.
pub(super) fn identity_of(mut table: toml::Table, keys: &[Key]) -> String {
    settings::remove_later_defaults(&mut table, keys);
    toml::to_string(&table).expect("tables are valid TOML")
}

/// Takes the place of a file out of `[data]` where its content is known.
pub(super) fn forget_place(data: &mut toml::Table) {
    if data.contains_key("sha256") {
        data.remove("path");
    }
}

/// Every leaf below `path` by its dotted key, as text.
pub(super) fn collect_leaves(path: &str, value: &toml::Value, leaves: &mut Vec<(String, String)>) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                collect_leaves(&path, value, leaves);
            }
        }
        toml::Value::String(text) => leaves.push((path.into(), text.clone())),
        other => leaves.push((path.into(), other.to_string())),
    }
}
