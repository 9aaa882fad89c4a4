//! A table as its owner reads it.

use super::{Origin, Range, Setting, SettingError, Table, Value};
use std::fmt;

/// An enum whose variants a configuration names.
pub trait Choice: Copy + 'static {
    /// Every variant with the name that a configuration gives it.
    const NAMES: &'static [(&'static str, Self)];
}

/// A table as its owner reads it: typed, checked, and complete.
#[derive(Debug)]
pub struct Section<'a> {
    table: Option<&'a Table>,
    kind: Option<&'a Setting>,
    origin: Option<&'a Origin>,
    path: String,
    known: Vec<&'static str>,
}

static KIND: &str = "kind";

impl<'a> Section<'a> {
    /// The root of a configuration.
    pub fn root(table: &'a Table) -> Self {
        Self {
            table: Some(table),
            kind: None,
            origin: None,
            path: String::new(),
            known: vec![],
        }
    }

    /// The section that one setting forms: a table, or a string that names its `kind`.
    pub fn of(setting: &'a Setting, path: String) -> Result<Self, SettingError> {
        let mut section = Self {
            table: None,
            kind: None,
            origin: Some(&setting.origin),
            path,
            known: vec![],
        };
        match &setting.value {
            Value::Table(table) => section.table = Some(table),
            Value::String(_) => section.kind = Some(setting),
            other => {
                return Err(SettingError {
                    origin: Some(setting.origin.clone()),
                    message: format!(
                        "`{}` is {other}, expected a table such as {{ kind = \"…\" }}",
                        section.path
                    ),
                    hint: None,
                });
            }
        }
        Ok(section)
    }

    /// The section under `key`; empty if the configuration does not have it.
    pub fn section(&mut self, key: &'static str) -> Result<Section<'a>, SettingError> {
        let path = self.key_path(key);
        match self.get(key) {
            Some(setting) => Section::of(setting, path),
            None => Ok(Section {
                table: None,
                kind: None,
                origin: None,
                path,
                known: vec![],
            }),
        }
    }

    /// The section under `key`, if the configuration has it.
    pub fn optional_section(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Section<'a>>, SettingError> {
        let path = self.key_path(key);
        self.get(key)
            .map(|setting| Section::of(setting, path))
            .transpose()
    }

    /// The sections of the list of tables under `key`.
    pub fn sections(&mut self, key: &'static str) -> Result<Vec<Section<'a>>, SettingError> {
        let path = self.key_path(key);
        let items = self.list(key)?.ok_or_else(|| self.missing(key))?;
        let named = |(i, item)| Section::of(item, format!("{path}[{i}]"));
        items.iter().enumerate().map(named).collect()
    }

    /// Whether `key` is given.
    pub fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// The keys of this section as they stand in the configuration.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.table
            .into_iter()
            .flatten()
            .map(|(key, _)| key.as_str())
    }

    /// The setting under `key` as it stands, whatever the key.
    pub fn setting(&self, key: &str) -> Option<&'a Setting> {
        self.table.and_then(|table| table.get(key))
    }

    /// The setting under `key` as it stands, marked as known.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Setting> {
        self.known.push(key);
        if key == KIND && self.kind.is_some() {
            return self.kind;
        }
        self.table.and_then(|table| table.get(key))
    }

    /// The `kind` of this section, one of `names`.
    pub fn kind(
        &mut self,
        names: &[&'static str],
        default: Option<&'static str>,
    ) -> Result<&'static str, SettingError> {
        self.name(KIND, names, default)
    }

    /// The same, with hints for what is asked for and not there: a name, and what to do instead.
    pub fn kind_or_hint(
        &mut self,
        names: &[&'static str],
        absent: &[(&str, &str)],
    ) -> Result<&'static str, SettingError> {
        let asked = self.get(KIND).map(|setting| setting.value.clone());
        self.kind(names, None).map_err(|error| {
            let is_asked = |(name, _): &&(&str, &str)| matches!(&asked, Some(Value::String(text)) if text == name);
            match absent.iter().find(is_asked) {
                Some((_, hint)) => SettingError {
                    hint: Some(hint.to_string()),
                    ..error
                },
                None => error,
            }
        })
    }

    /// One of `names`.
    pub fn name(
        &mut self,
        key: &'static str,
        names: &[&'static str],
        default: Option<&'static str>,
    ) -> Result<&'static str, SettingError> {
        let Some(setting) = self.get(key) else {
            return default.ok_or_else(|| self.missing(key));
        };
        let find = |text: &str| names.iter().copied().find(|name| *name == text);
        match &setting.value {
            Value::String(text) => find(text).ok_or_else(|| {
                self.wrong(
                    key,
                    setting,
                    &one_of(names),
                    nearest(text, names.iter().copied()),
                )
            }),
            _ => Err(self.wrong(key, setting, &one_of(names), None)),
        }
    }

    /// A variant of an enum, by name.
    pub fn choice<C: Choice>(&mut self, key: &'static str, default: C) -> Result<C, SettingError> {
        if !self.has(key) {
            self.known.push(key);
            return Ok(default);
        }
        let names: Vec<_> = C::NAMES.iter().map(|(name, _)| *name).collect();
        let chosen = self.name(key, &names, None)?;
        let variant = C::NAMES.iter().find(|(name, _)| *name == chosen);
        Ok(variant.map_or(default, |(_, variant)| *variant))
    }

    /// A number in `range`.
    pub fn float(
        &mut self,
        key: &'static str,
        default: f64,
        range: Range,
    ) -> Result<f64, SettingError> {
        Ok(self.optional_float(key, range)?.unwrap_or(default))
    }

    /// A number in `range`, if it is given.
    pub fn optional_float(
        &mut self,
        key: &'static str,
        range: Range,
    ) -> Result<Option<f64>, SettingError> {
        let Some(setting) = self.get(key) else {
            return Ok(None);
        };
        match setting.value.as_float() {
            Some(x) if range.contains(x) => Ok(Some(x)),
            _ => Err(self.wrong(key, setting, &range.to_string(), None)),
        }
    }

    /// A number in `range` that has no default.
    pub fn required_float(&mut self, key: &'static str, range: Range) -> Result<f64, SettingError> {
        self.optional_float(key, range)?
            .ok_or_else(|| self.missing(key))
    }

    /// A whole number in `[low, high]`.
    pub fn count(
        &mut self,
        key: &'static str,
        default: usize,
        low: usize,
        high: usize,
    ) -> Result<usize, SettingError> {
        Ok(self.optional_count(key, low, high)?.unwrap_or(default))
    }

    /// A whole number in `[low, high]`, if it is given. `1e4` counts as one.
    pub fn optional_count(
        &mut self,
        key: &'static str,
        low: usize,
        high: usize,
    ) -> Result<Option<usize>, SettingError> {
        let Some(setting) = self.get(key) else {
            return Ok(None);
        };
        let whole = match setting.value {
            Value::Integer(x) => usize::try_from(x).ok(),
            Value::Float(x) if x.fract() == 0.0 && (0.0..9e15).contains(&x) => Some(x as usize),
            _ => None,
        };
        match whole {
            Some(x) if (low..=high).contains(&x) => Ok(Some(x)),
            _ => Err(self.wrong(
                key,
                setting,
                &format!("a whole number in [{low}, {high}]"),
                None,
            )),
        }
    }

    /// Whether `key` is given as `word`, which stands for the absence of a number.
    pub fn is_word(&mut self, key: &'static str, word: &str) -> bool {
        self.get(key)
            .is_some_and(|setting| setting.value == Value::String(word.to_string()))
    }

    /// Whether the setting under `key` is this number.
    pub fn is_number(&mut self, key: &'static str, number: f64) -> bool {
        self.get(key)
            .is_some_and(|setting| setting.value.as_float() == Some(number))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, SettingError> {
        match self.get(key) {
            None => Ok(default),
            Some(Setting {
                value: Value::Bool(x),
                ..
            }) => Ok(*x),
            Some(setting) => Err(self.wrong(key, setting, "true or false", None)),
        }
    }

    /// A text, if it is given.
    pub fn text(&mut self, key: &'static str) -> Result<Option<String>, SettingError> {
        match self.get(key) {
            None => Ok(None),
            Some(Setting {
                value: Value::String(x),
                ..
            }) => Ok(Some(x.clone())),
            Some(setting) => Err(self.wrong(key, setting, "a string", None)),
        }
    }

    /// The items of a list, if it is given; never empty.
    pub fn list(&mut self, key: &'static str) -> Result<Option<&'a [Setting]>, SettingError> {
        match self.get(key) {
            None => Ok(None),
            Some(Setting {
                value: Value::Array(items),
                ..
            }) if !items.is_empty() => Ok(Some(items)),
            Some(setting) => Err(self.wrong(key, setting, "a list of at least one value", None)),
        }
    }

    /// A list of numbers in `range`, if it is given.
    pub fn floats(
        &mut self,
        key: &'static str,
        range: Range,
    ) -> Result<Option<Vec<f64>>, SettingError> {
        let Some(items) = self.list(key)? else {
            return Ok(None);
        };
        items
            .iter()
            .enumerate()
            .map(|(i, item)| self.number(&format!("{key}[{i}]"), item, range))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The coordinates of one point: a list of numbers, or in one dimension a plain number.
    pub fn coordinates(
        &self,
        key: &str,
        setting: &Setting,
        range: Range,
    ) -> Result<Vec<f64>, SettingError> {
        match &setting.value {
            Value::Array(items) if !items.is_empty() => items
                .iter()
                .enumerate()
                .map(|(i, item)| self.number(&format!("{key}[{i}]"), item, range))
                .collect(),
            _ => Ok(vec![self.number(key, setting, range)?]),
        }
    }

    fn number(&self, key: &str, setting: &Setting, range: Range) -> Result<f64, SettingError> {
        match setting.value.as_float() {
            Some(x) if range.contains(x) => Ok(x),
            _ => Err(self.wrong(key, setting, &range.to_string(), None)),
        }
    }

    /// Refuses keys that nobody has asked for, with the nearest that there is.
    pub fn finish(self) -> Result<(), SettingError> {
        if let Some(setting) = self.kind.filter(|_| !self.knows(KIND)) {
            let message = format!("`{}` is {}, expected a table", self.path, setting.value);
            let origin = Some(setting.origin.clone());
            return Err(SettingError {
                origin,
                message,
                hint: None,
            });
        }
        let mut unknown = self
            .table
            .into_iter()
            .flatten()
            .filter(|(k, _)| !self.knows(k));
        let Some((key, setting)) = unknown.find(|(_, setting)| !setting.forgettable) else {
            return Ok(());
        };
        let suggestion = nearest(key, self.known.iter().copied());
        let mut known = self.known.clone();
        known.sort_unstable();
        known.dedup();
        Err(SettingError {
            origin: Some(setting.origin.clone()),
            message: format!("unknown key `{}`", self.key_path(key)),
            hint: Some(match suggestion {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known here: {}", known.join(", ")),
            }),
        })
    }

    /// An error about this section as a whole or about one of its keys.
    pub fn error(&self, key: &str, message: impl fmt::Display) -> SettingError {
        let origin = self
            .table
            .and_then(|table| table.get(key))
            .map(|s| &s.origin)
            .or(self.origin);
        SettingError {
            origin: origin.cloned(),
            message: format!("`{}` {message}", self.key_path(key)),
            hint: None,
        }
    }

    fn missing(&self, key: &str) -> SettingError {
        let unread = self.table.into_iter().flatten().map(|(k, _)| k.as_str());
        let similar = nearest(key, unread.filter(|k| !self.knows(k)));
        SettingError {
            origin: self.origin.cloned(),
            message: format!("`{}` is missing", self.key_path(key)),
            hint: similar.map(|name| format!("is `{name}` a misspelling of it?")),
        }
    }

    /// The error of a key that has no default and is not given.
    pub fn required<T>(&self, key: &str, value: Option<T>) -> Result<T, SettingError> {
        value.ok_or_else(|| self.missing(key))
    }

    fn wrong(
        &self,
        key: &str,
        setting: &Setting,
        expected: &str,
        nearest: Option<&str>,
    ) -> SettingError {
        SettingError {
            origin: Some(setting.origin.clone()),
            message: format!(
                "`{}` is {}, expected {expected}",
                self.key_path(key),
                setting.value
            ),
            hint: nearest.map(|name| format!("did you mean `{name}`?")),
        }
    }

    fn knows(&self, key: &str) -> bool {
        self.known.contains(&key)
    }

    fn key_path(&self, key: &str) -> String {
        match (self.path.as_str(), key) {
            ("", key) => key.to_string(),
            (path, "") => path.to_string(),
            (path, key) => format!("{path}.{key}"),
        }
    }
}

/// The name most like `text`, if any is like it at all.
pub fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let likeness = |name: &str| {
        let edits = strsim::damerau_levenshtein(text, name);
        // A short name has room for one slip, which the similarity of long ones does not see.
        let slip = edits <= 2 && 2 * edits <= name.chars().count();
        strsim::jaro_winkler(text, name).max(if slip { 0.8 } else { 0.0 })
    };
    names
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn one_of(names: &[&str]) -> String {
    format!("one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(entries: &[(&str, Value)]) -> Table {
        let origin = Origin {
            source: "x.toml".into(),
            position: Some((3, 7)),
        };
        entries
            .iter()
            .map(|(k, v)| (k.to_string(), Setting::new(v.clone(), origin.clone())))
            .collect()
    }

    #[test]
    fn errors_name_place_key_value_and_range() {
        let table = table(&[("beta_end", Value::Float(1.2))]);
        let error = Section::root(&table)
            .float("beta_end", 0.02, Range::open(0.0, 1.0))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "x.toml:3:7: `beta_end` is 1.2, expected a number in (0, 1)"
        );
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest() {
        let table = table(&[("bata_end", Value::Float(0.2))]);
        let mut section = Section::root(&table);
        section.float("beta_end", 0.02, Range::positive()).unwrap();
        assert_eq!(
            section.finish().unwrap_err().hint.unwrap(),
            "did you mean `beta_end`?"
        );
    }

    #[test]
    fn slips_in_short_and_long_names_are_recognised() {
        for (text, name) in [("dmi", "dim"), ("w2", "w1"), ("simpel_mlp", "simple_mlp")] {
            assert_eq!(
                nearest(text, ["dim", "w1", "simple_mlp", "scale"].into_iter()),
                Some(name)
            );
        }
        assert_eq!(nearest("xyzzy", ["dim", "w1"].into_iter()), None);
    }

    #[test]
    fn whole_numbers_may_be_written_with_an_exponent_but_not_with_a_fraction() {
        let table = table(&[("a", Value::Float(1e4)), ("b", Value::Float(1.5))]);
        let mut section = Section::root(&table);
        assert_eq!(section.count("a", 1, 1, 100_000).unwrap(), 10_000);
        assert!(section.count("b", 1, 1, 100_000).is_err());
    }
}
