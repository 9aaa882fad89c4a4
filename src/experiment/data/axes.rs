//! What the coordinates of the data are called.

use crate::text;
use serde::{Deserialize, Serialize};

/// Most characters of a name beside an axis of a figure.
const MOST_SHOWN: usize = 32;

/// The names of the coordinates, with their units where the configuration says them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Axes {
    names: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    units: Vec<String>,
}

impl Axes {
    /// `x`, or `x1` to `xd`: the names of coordinates that nobody named.
    pub(crate) fn numbered(dim: usize) -> Self {
        let name = |k| match dim {
            1 => "x".into(),
            _ => format!("x{}", k + 1),
        };
        Self {
            names: (0..dim).map(name).collect(),
            units: vec![],
        }
    }

    /// These names, numbers in place of those that are empty; `units` has none or one for each.
    pub(crate) fn called(names: &[String], units: Vec<String>) -> Self {
        let numbered = Self::numbered(names.len());
        let chosen = names.iter().zip(numbered.names);
        Self {
            names: chosen
                .map(|(name, number)| match name.trim() {
                    "" => number,
                    name => name.into(),
                })
                .collect(),
            units,
        }
    }

    /// Whether these are the names of a file, or units.
    pub(crate) fn is_numbered(&self) -> bool {
        *self == Self::numbered(self.names.len())
    }

    /// The name alone, as the header of a table has it.
    pub(crate) fn name(&self, k: usize) -> &str {
        &self.names[k]
    }

    /// The name as a sentence or a table shows it: without control characters, and not too long.
    pub(crate) fn shown(&self, k: usize) -> String {
        text::shortened(&text::escaped(&self.names[k]), MOST_SHOWN)
    }

    /// The same with its unit: `eruptions (min)`.
    pub(crate) fn label(&self, k: usize) -> String {
        match self.units.get(k) {
            Some(unit) if !unit.trim().is_empty() => {
                let unit = text::shortened(&text::escaped(unit.trim()), MOST_SHOWN);
                format!("{} ({unit})", self.shown(k))
            }
            _ => self.shown(k),
        }
    }

    /// The labels of all.
    pub(crate) fn labels(&self) -> Vec<String> {
        (0..self.names.len()).map(|k| self.label(k)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_file_are_kept_and_others_are_numbers() {
        assert_eq!(Axes::numbered(1).labels(), ["x"]);
        assert_eq!(Axes::numbered(2).labels(), ["x1", "x2"]);
        let names = ["eruptions".to_string(), " ".into(), "a\u{1b}[2Jb".into()];
        let axes = Axes::called(&names, vec!["min".into(), String::new(), "s".into()]);
        assert_eq!(axes.labels(), ["eruptions (min)", "x2", "a\\u{1b}[2Jb (s)"]);
        assert_eq!(axes.name(0), "eruptions");
        assert!(!axes.is_numbered() && Axes::numbered(3).is_numbered());
    }

    #[test]
    fn long_names_are_cut_where_they_are_shown() {
        let axes = Axes::called(&["å".repeat(50)], vec![]);
        assert_eq!(axes.name(0).chars().count(), 50);
        assert_eq!(axes.label(0).chars().count(), MOST_SHOWN);
        assert!(axes.label(0).ends_with('…'));
    }
}
