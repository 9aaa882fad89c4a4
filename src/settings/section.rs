//! A table as its owner reads it.

use super::{Choice, Default, Key, Kind, Origin, Range, Setting, SettingError, Table, Value};
use std::fmt;

/// A table as its owner reads it: typed, checked, and complete.
///
/// Every key that is asked for has its row in the table of the section, with its range and default.
///
/// # Panics
/// Every method that takes a key panics where the section's table has no row for it, or one of another
/// type: a test that reads the section then fails.
#[derive(Debug)]
pub struct Section<'a> {
    table: Option<&'a Table>,
    kind: Option<&'a Setting>,
    origin: Option<&'a Origin>,
    path: String,
    keys: &'static [Key],
    keys_of_kind: &'static [Key],
    known: Vec<&'static str>,
}

static KIND: &str = "kind";

impl<'a> Section<'a> {
    /// The root of a configuration.
    pub(crate) fn root(table: &'a Table, keys: &'static [Key]) -> Self {
        Self {
            table: Some(table),
            ..Self::empty(String::new(), keys)
        }
    }

    /// The section that one setting forms: a table, or a string that names its `kind`.
    pub(crate) fn of(
        setting: &'a Setting,
        path: String,
        keys: &'static [Key],
    ) -> Result<Self, SettingError> {
        let mut section = Self {
            origin: Some(&setting.origin),
            ..Self::empty(path, keys)
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

    fn empty(path: String, keys: &'static [Key]) -> Self {
        Self {
            table: None,
            kind: None,
            origin: None,
            path,
            keys,
            keys_of_kind: &[],
            known: vec![],
        }
    }

    /// The section under `key`; empty if the configuration does not have it.
    pub fn section(&mut self, key: &'static str) -> Result<Section<'a>, SettingError> {
        let empty = Self::empty(self.key_path(key), self.keys_of(key));
        Ok(self.optional_section(key)?.unwrap_or(empty))
    }

    /// The section under `key`, if the configuration has it.
    pub fn optional_section(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Section<'a>>, SettingError> {
        let (path, keys) = (self.key_path(key), self.keys_of(key));
        self.get(key)
            .map(|setting| Section::of(setting, path, keys))
            .transpose()
    }

    /// The sections of the list of tables under `key`.
    pub fn sections(&mut self, key: &'static str) -> Result<Vec<Section<'a>>, SettingError> {
        let (path, keys) = (self.key_path(key), self.keys_of(key));
        let items = self.list(key)?.ok_or_else(|| self.missing(key))?;
        let named = |(i, item)| Section::of(item, format!("{path}[{i}]"), keys);
        items.iter().enumerate().map(named).collect()
    }

    /// Whether `key` is given.
    pub fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// The settings that the table of the section has no rows for, by the names that the user gave them.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&'a str, &'a Setting)> {
        let settings = self.table.into_iter().flatten();
        let has_row = |name: &str| self.keys.iter().any(|key| key.name == name);
        settings
            .map(|(name, setting)| (name.as_str(), setting))
            .filter(move |(name, _)| !has_row(name))
    }

    /// The setting under `key` as it stands, marked as known.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Setting> {
        self.row(key);
        self.known.push(key);
        if key == KIND && self.kind.is_some() {
            return self.kind;
        }
        self.table.and_then(|table| table.get(key))
    }

    /// The `kind` of this section; from here on it has the keys of that kind too.
    pub fn kind(&mut self) -> Result<&'static str, SettingError> {
        let name = self.name(KIND)?;
        let chosen = self
            .kinds_of(KIND)
            .into_iter()
            .find(|kind| kind.name == name);
        self.keys_of_kind = chosen.map_or(&[], |kind| kind.keys);
        Ok(name)
    }

    /// The same, with hints for what is asked for and not there: a name, and what to do instead.
    pub fn kind_or_hint(&mut self, absent: &[(&str, &str)]) -> Result<&'static str, SettingError> {
        let asked = self.get(KIND).map(|setting| setting.value.clone());
        self.kind().map_err(|error| {
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

    /// The name of one of the kinds that the key chooses between.
    pub fn name(&mut self, key: &'static str) -> Result<&'static str, SettingError> {
        let Some(setting) = self.get(key) else {
            return match self.row(key).default {
                Default::Name(name) => Ok(name),
                _ => Err(self.missing(key)),
            };
        };
        let kinds = self.kinds_of(key);
        let names: Vec<_> = kinds.iter().map(|kind| kind.name).collect();
        let find = |text: &str| names.iter().copied().find(|name| *name == text);
        let expected = format!("one of {}", names.join(", "));
        match &setting.value {
            Value::String(text) => find(text).ok_or_else(|| {
                let near = nearest(text, names.iter().copied());
                self.wrong(key, setting, &expected, near)
            }),
            _ => Err(self.wrong(key, setting, &expected, None)),
        }
    }

    /// A variant of an enum, by name.
    pub(crate) fn choice<C: Choice>(&mut self, key: &'static str) -> Result<C, SettingError> {
        let chosen = self.name(key)?;
        let variant = C::NAMES.iter().find(|(kind, _)| kind.name == chosen);
        let (_, variant) = variant.unwrap_or_else(|| self.no_row(key, "of this enum"));
        Ok(*variant)
    }

    /// The same, where the default is another than that of the table.
    pub(crate) fn choice_or<C: Choice>(
        &mut self,
        key: &'static str,
        default: C,
    ) -> Result<C, SettingError> {
        match self.get(key) {
            Some(_) => self.choice(key),
            None => Ok(default),
        }
    }

    /// A number.
    pub fn float(&mut self, key: &'static str) -> Result<f64, SettingError> {
        match (self.optional_float(key)?, self.row(key).default) {
            (Some(x), _) | (None, Default::Number(x)) => Ok(x),
            _ => Err(self.missing(key)),
        }
    }

    /// A number, if it is given and not the word that stands for none.
    pub fn optional_float(&mut self, key: &'static str) -> Result<Option<f64>, SettingError> {
        let range = self.range(key);
        match self.unless_word(key) {
            Some(setting) => self.number(key, setting, range).map(Some),
            None => Ok(None),
        }
    }

    /// A whole number.
    pub fn count(&mut self, key: &'static str) -> Result<usize, SettingError> {
        match (self.optional_count(key)?, self.row(key).default) {
            (Some(x), _) | (None, Default::Count(x)) => Ok(x),
            _ => Err(self.missing(key)),
        }
    }

    /// The same, where the default is another than that of the table.
    pub fn count_or(&mut self, key: &'static str, default: usize) -> Result<usize, SettingError> {
        Ok(self.optional_count(key)?.unwrap_or(default))
    }

    /// A whole number, if it is given and not the word that stands for none. `1e4` counts as one.
    pub fn optional_count(&mut self, key: &'static str) -> Result<Option<usize>, SettingError> {
        let ends = self.row(key).domain.ends();
        let (low, high) = ends.unwrap_or_else(|| self.no_row(key, "with a whole number"));
        let Some(setting) = self.unless_word(key) else {
            return Ok(None);
        };
        let whole = match setting.value {
            Value::Integer(x) => usize::try_from(x).ok(),
            Value::Float(x) if x.fract() == 0.0 && (0.0..9e15).contains(&x) => Some(x as usize),
            _ => None,
        };
        let expected = || format!("a whole number in [{low}, {high}]");
        match whole {
            Some(x) if (low..=high).contains(&x) => Ok(Some(x)),
            _ => Err(self.wrong(key, setting, &expected(), None)),
        }
    }

    /// The setting under `key`, unless it is the word that stands for the absence of a number.
    fn unless_word(&mut self, key: &'static str) -> Option<&'a Setting> {
        let word = self.row(key).domain.word();
        self.get(key).filter(|setting| match &setting.value {
            Value::String(text) => word != Some(text),
            _ => true,
        })
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str) -> Result<bool, SettingError> {
        match (self.optional_flag(key)?, self.row(key).default) {
            (Some(x), _) | (None, Default::Flag(x)) => Ok(x),
            _ => Err(self.missing(key)),
        }
    }

    /// The same, where the default is another than that of the table.
    pub fn flag_or(&mut self, key: &'static str, default: bool) -> Result<bool, SettingError> {
        Ok(self.optional_flag(key)?.unwrap_or(default))
    }

    /// `true` or `false`, if it is given.
    pub fn optional_flag(&mut self, key: &'static str) -> Result<Option<bool>, SettingError> {
        match self.get(key) {
            None => Ok(None),
            Some(Setting {
                value: Value::Bool(x),
                ..
            }) => Ok(Some(*x)),
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

    /// A list of numbers, if it is given.
    pub fn floats(&mut self, key: &'static str) -> Result<Option<Vec<f64>>, SettingError> {
        self.floats_within(key, self.range(key))
    }

    /// The same, in a narrower range than that of the table.
    pub(crate) fn floats_within(
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

    /// The coordinates of one point: a list of numbers, or in one dimension a plain number. `place` is
    /// the key, or an item of its list, such as `means[2]`.
    pub fn coordinates(&self, place: &str, setting: &Setting) -> Result<Vec<f64>, SettingError> {
        let range = self.range(place.split('[').next().unwrap_or(place));
        match &setting.value {
            Value::Array(items) if !items.is_empty() => items
                .iter()
                .enumerate()
                .map(|(i, item)| self.number(&format!("{place}[{i}]"), item, range))
                .collect(),
            _ => Ok(vec![self.number(place, setting, range)?]),
        }
    }

    fn number(&self, place: &str, setting: &Setting, range: Range) -> Result<f64, SettingError> {
        match setting.value.as_float() {
            Some(x) if range.contains(x) => Ok(x),
            _ => Err(self.wrong(place, setting, &range.to_string(), None)),
        }
    }

    fn range(&self, key: &str) -> Range {
        let range = self.row(key).domain.range();
        range.unwrap_or_else(|| self.no_row(key, "with a number"))
    }

    fn row(&self, name: &str) -> &'static Key {
        let mut rows = self.keys.iter().chain(self.keys_of_kind);
        rows.find(|row| row.name == name)
            .unwrap_or_else(|| self.no_row(name, "at all"))
    }

    fn keys_of(&self, key: &str) -> &'static [Key] {
        let keys = self.row(key).domain.keys();
        keys.unwrap_or_else(|| self.no_row(key, "with a table"))
    }

    fn kinds_of(&self, key: &str) -> Vec<Kind> {
        let kinds = self.row(key).domain.kinds();
        kinds.unwrap_or_else(|| self.no_row(key, "with names"))
    }

    fn no_row(&self, key: &str, what: &str) -> ! {
        panic!("the table of `{}` has no row {what} for `{key}`", self.path)
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
pub(crate) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
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

    const KEYS: &[Key] = &[
        Key::number("beta_end", 0.02, Range::open(0.0, 1.0), "Where it ends."),
        Key::count("a", 1, (1, 100_000), "One."),
        Key::count("b", 1, (1, 100_000), "Another."),
    ];

    #[test]
    fn errors_name_place_key_value_and_range() {
        let table = table(&[("beta_end", Value::Float(1.2))]);
        let error = Section::root(&table, KEYS).float("beta_end").unwrap_err();
        assert_eq!(
            error.to_string(),
            "x.toml:3:7: `beta_end` is 1.2, expected a number in (0, 1)"
        );
    }

    #[test]
    fn unknown_keys_are_refused_with_the_nearest() {
        let table = table(&[("bata_end", Value::Float(0.2))]);
        let mut section = Section::root(&table, KEYS);
        section.float("beta_end").unwrap();
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
        let mut section = Section::root(&table, KEYS);
        assert_eq!(section.count("a").unwrap(), 10_000);
        assert!(section.count("b").is_err());
    }

    #[test]
    #[should_panic(expected = "has no row at all for `c`")]
    fn a_key_without_a_row_cannot_be_read() {
        let table = table(&[("c", Value::Float(1.5))]);
        let _ = Section::root(&table, KEYS).float("c");
    }
}
