//! Configuration files as tables of settings: parsed, merged with their base, and overridden.

use super::built_in;
use crate::{
    error::{Error, Result},
    settings::{Default, Domain, Key, Origin, Setting, Table, Value},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// `base` at the root of a configuration, which is read before the rest.
pub(super) const BASE: Key = Key::new(
    "base",
    Domain::Text,
    Default::Absent("no other configuration"),
    "Another configuration whose keys hold where this one has none: a path from this file, or `preset:NAME`.",
)
.whole_example("base = \"homework.toml\"\n\n[train]\nsteps = 1000");

/// Deepest chain of `base` files.
const MAX_BASES: usize = 8;

/// Keys of which a table has one or the other: naming one takes back the other.
const ALTERNATIVES: [(&str, &str); 2] = [("steps", "epochs"), ("std_devs", "covariances")];

/// `--set KEY=VALUE`, in the order of the command line.
pub(crate) type Overrides = Vec<(String, Setting)>;

/// The settings of a configuration file, over those of the file that its `base` names (relative to
/// it). The `base` key itself is taken out.
pub(crate) fn load_table(path: &Path) -> Result<Table> {
    load_with_bases(path, MAX_BASES)
}

fn load_with_bases(path: &Path, depth: usize) -> Result<Table> {
    let mut table = parse_file(path)?;
    let Some(base) = table.remove(BASE.name) else {
        return Ok(table);
    };
    let Value::String(name) = &base.value else {
        return Err(Error::usage(format!(
            "{}: `base` is {}, expected the path of a configuration",
            base.origin, base.value
        )));
    };
    if depth == 0 {
        return Err(Error::usage_hint(
            format!(
                "{}: more than {MAX_BASES} configurations, each the base of the next",
                base.origin
            ),
            "is one of them its own base?",
        ));
    }
    let base_path = beside(path, name);
    if !built_in::is_preset(&base_path) && !base_path.is_file() {
        let message = format!(
            "{}: the base `{}` does not exist",
            base.origin,
            base_path.display()
        );
        return Err(Error::usage_hint(
            message,
            "`base` is relative to the file that names it",
        ));
    }
    let mut merged = load_with_bases(&base_path, depth - 1)?;
    merge(&mut merged, table);
    Ok(merged)
}

/// A path as a configuration file names it: relative to that file, unless it is a preset's.
pub(crate) fn beside(file: &Path, name: &str) -> PathBuf {
    if built_in::is_preset(Path::new(name)) {
        return PathBuf::from(name);
    }
    if let Some(preset) = built_in::name_of(file) {
        return built_in::beside(preset, name).unwrap_or_else(|| PathBuf::from(name));
    }
    file.parent()
        .map_or_else(|| PathBuf::from(name), |parent| parent.join(name))
}

/// The settings of one TOML file, without its base.
pub(crate) fn parse_file(path: &Path) -> Result<Table> {
    parse_text(&text_of(path)?, &path.display().to_string())
}

/// What stands in a configuration, which is a file or `preset:NAME`.
pub(crate) fn text_of(path: &Path) -> Result<String> {
    if let Some(preset) = built_in::name_of(path) {
        return Ok(built_in::find(preset)?.text.into());
    }
    std::fs::read_to_string(path).map_err(|e| {
        let hint = match e.kind() {
            std::io::ErrorKind::NotFound => "is the path right? it is relative to where you are",
            std::io::ErrorKind::InvalidData => "a configuration is UTF-8 text",
            _ => "can you read that file?",
        };
        let message = format!("cannot read the configuration `{}`: {e}", path.display());
        Error::usage_hint(message, hint)
    })
}

/// The settings of a TOML text; `source` names it in errors.
pub(crate) fn parse_text(text: &str, source: &str) -> Result<Table> {
    let reader = Reader {
        text,
        source: source.into(),
    };
    match DeTable::parse(text) {
        Ok(table) => reader.table(table.into_inner()),
        Err(error) => {
            let origin = reader.origin(error.span().map_or(0, |span| span.start));
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            Err(Error::usage_hint(
                format!("{origin}: not valid TOML: {message}"),
                line_of(text, origin.position),
            ))
        }
    }
}

fn line_of(text: &str, position: Option<(usize, usize)>) -> String {
    let line = position
        .and_then(|(line, _)| text.lines().nth(line - 1))
        .unwrap_or_default();
    format!("the line is: {}", line.trim())
}

/// One `KEY=VALUE`; what is not TOML is a string.
pub(crate) fn parse_override(text: &str) -> Result<(String, Setting)> {
    let Some((key, value)) = text.split_once('=') else {
        return Err(Error::usage_hint(
            format!("`--set {text}` has no `=`"),
            "write `--set KEY=VALUE`, such as `--set train.steps=1000`",
        ));
    };
    let (key, value) = (key.trim(), value.trim());
    if key.is_empty() || key.split('.').any(str::is_empty) {
        return Err(Error::usage(format!(
            "`--set {text}` has no key before `=`"
        )));
    }
    let origin = Origin {
        source: format!("--set {text}").into(),
        position: None,
    };
    let toml = format!("value = {value}");
    let parsed = parse_text(&toml, "").ok().filter(|table| table.len() == 1);
    let value = match parsed.and_then(|mut table| table.remove("value")) {
        Some(setting) => reoriginate(setting, &origin).value,
        // A number that TOML cannot hold is a number all the same.
        None => value
            .parse()
            .map_or_else(|_| Value::String(value.to_string()), Value::Float),
    };
    Ok((key.to_string(), Setting::new(value, origin)))
}

/// The same setting, as if all of it had been written at `origin`.
fn reoriginate(setting: Setting, origin: &Origin) -> Setting {
    let value = match setting.value {
        Value::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| reoriginate(item, origin))
                .collect(),
        ),
        Value::Table(table) => {
            let entries = table.into_iter().map(|(k, v)| (k, reoriginate(v, origin)));
            Value::Table(entries.collect())
        }
        plain => plain,
    };
    Setting::new(value, origin.clone())
}

/// Puts settings under their dotted keys, those that choose a `kind` first: the other keys belong to
/// the kind that is chosen.
pub(crate) fn apply_all(table: &mut Table, settings: &[(String, Setting)]) {
    let chooses_kind = |key: &str| key.rsplit('.').next() == Some("kind");
    for first in [true, false] {
        for (key, setting) in settings
            .iter()
            .filter(|(key, _)| chooses_kind(key) == first)
        {
            apply(table, key, setting.clone());
        }
    }
}

/// Puts one setting under a dotted key.
fn apply(table: &mut Table, key: &str, setting: Setting) {
    let nested = key.rsplit('.').fold(setting, |inner, part| {
        let origin = inner.origin.clone();
        Setting::new(
            Value::Table(Table::from([(part.to_string(), inner)])),
            origin,
        )
    });
    if let Value::Table(entries) = nested.value {
        merge(table, entries);
    }
}

/// Lays `over` upon `base`: tables are merged key by key. Where another `kind` is named, what stood
/// below is kept as far as that kind knows it, and forgotten otherwise.
pub(crate) fn merge(base: &mut Table, over: Table) {
    for (one, other) in ALTERNATIVES.into_iter().flat_map(|(a, b)| [(a, b), (b, a)]) {
        if over.contains_key(one) && !over.contains_key(other) {
            base.remove(other);
        }
    }
    for (key, setting) in over {
        match (base.get_mut(&key), setting.value) {
            (Some(below), Value::Table(above)) => {
                below.merge_table(above, setting.origin);
            }
            (_, value) => {
                base.insert(key, Setting::new(value, setting.origin));
            }
        }
    }
}

impl Setting {
    fn merge_table(&mut self, above: Table, origin: Origin) {
        // A string in a table's place is short for its kind.
        if let Value::String(_) = self.value {
            let kind = std::mem::replace(&mut self.value, Value::Bool(false));
            let kind = Setting::new(kind, self.origin.clone());
            self.value = Value::Table(Table::from([("kind".to_string(), kind)]));
        }
        match &mut self.value {
            Value::Table(below) => {
                if names_another_kind(below, &above) {
                    below
                        .values_mut()
                        .for_each(|setting| setting.forgettable = true);
                }
                merge(below, above);
            }
            _ => *self = Setting::new(Value::Table(above), origin),
        }
    }
}

fn names_another_kind(below: &Table, above: &Table) -> bool {
    match (below.get("kind"), above.get("kind")) {
        (Some(below), Some(above)) => below.value != above.value,
        // What names no kind is of the default one, which may be another.
        (None, Some(_)) => true,
        (_, None) => false,
    }
}

struct Reader<'a> {
    text: &'a str,
    source: Arc<str>,
}

impl Reader<'_> {
    fn table(&self, table: DeTable) -> Result<Table> {
        table
            .into_iter()
            .map(|(key, item)| Ok((key.into_inner().into(), self.setting(item)?)))
            .collect()
    }

    fn setting(&self, item: Spanned<DeValue>) -> Result<Setting> {
        let origin = self.origin(item.span().start);
        let value = match item.into_inner() {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Integer(number) => {
                let parsed = i64::from_str_radix(number.as_str(), number.radix());
                Value::Integer(parsed.map_err(|_| {
                    Error::usage(format!(
                        "{origin}: {number} is too large for a whole number"
                    ))
                })?)
            }
            DeValue::Float(number) => {
                let parsed = number.as_str().parse();
                Value::Float(parsed.map_err(|_| {
                    Error::usage(format!("{origin}: {} is not a number", number.as_str()))
                })?)
            }
            DeValue::Boolean(flag) => Value::Bool(flag),
            DeValue::Array(items) => Value::Array(
                items
                    .into_iter()
                    .map(|item| self.setting(item))
                    .collect::<Result<_>>()?,
            ),
            DeValue::Table(table) => Value::Table(self.table(table)?),
            DeValue::Datetime(_) => {
                return Err(Error::usage(format!("{origin}: no setting is a date")));
            }
        };
        Ok(Setting::new(value, origin))
    }

    fn origin(&self, offset: usize) -> Origin {
        let before = &self.text[..offset.min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |tail| tail.chars().count())
            + 1;
        Origin {
            source: self.source.clone(),
            position: Some((line, column)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_line_and_column() {
        let table = parse_text("a = 1\n[b]\nc = [1.5, 'x']\n", "f.toml").unwrap();
        let Value::Table(b) = &table["b"].value else {
            panic!("a table")
        };
        assert_eq!(b["c"].origin.to_string(), "f.toml:3:5");
        let Value::Array(items) = &b["c"].value else {
            panic!("a list")
        };
        assert_eq!(items[1].origin.position, Some((3, 11)));
    }

    #[test]
    fn broken_toml_is_an_error_with_its_place() {
        let error = parse_text("a = 1\nb = = 2\n", "f.toml").unwrap_err();
        assert!(error.to_string().starts_with("f.toml:2:"), "{error}");
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn what_is_not_toml_is_a_string() {
        for (text, value) in [
            ("model.activation=silu", Value::String("silu".into())),
            ("train.steps=10", Value::Integer(10)),
            ("train.learning_rate=1e-3", Value::Float(1e-3)),
            ("x='1'", Value::String("1".into())),
            ("x=1\ny=2", Value::String("1\ny=2".into())),
            ("x=99999999999999999999", Value::Float(1e20)),
        ] {
            assert_eq!(parse_override(text).unwrap().1.value, value, "{text}");
        }
    }

    #[test]
    fn naming_an_alternative_takes_back_the_other() {
        let mut table = parse_text("[train]\nsteps = 5\n", "b.toml").unwrap();
        let (key, setting) = parse_override("train.epochs=2").unwrap();
        apply(&mut table, &key, setting);
        assert_eq!(table["train"].value.to_string(), "{ epochs = 2 }");
    }

    #[test]
    fn tables_are_merged_and_a_string_replaces_them() {
        let base = "[p.s]\nkind = 'linear'\nbeta_end = 0.1\n";
        for (over, expected) in [
            ("p.s.kind=cosine", r#"{ beta_end = 0.1, kind = "cosine" }"#),
            (
                "p.s={ beta_start = 0.01 }",
                r#"{ beta_end = 0.1, beta_start = 0.01, kind = "linear" }"#,
            ),
            ("p.s=vp", r#""vp""#),
        ] {
            let mut table = parse_text(base, "b.toml").unwrap();
            let (key, setting) = parse_override(over).unwrap();
            apply(&mut table, &key, setting);
            let Value::Table(p) = &table["p"].value else {
                panic!("a table")
            };
            assert_eq!(p["s"].value.to_string(), expected);
        }
    }
}
