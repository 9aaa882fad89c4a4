//! Values, each with the place it was written at.

use std::{collections::BTreeMap, fmt, sync::Arc};

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// A file's path, or the text of a command-line override.
    pub source: Arc<str>,
    /// Line and column, from 1, where the source is a file.
    pub position: Option<(usize, usize)>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.source),
            None => write!(f, "{}", self.source),
        }
    }
}

/// The settings of one table, by key.
pub(crate) type Table = BTreeMap<String, Setting>;

/// One value of a configuration and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub origin: Origin,
    /// Whether it may go unread: it was written for a `kind` that has been replaced by another.
    pub forgettable: bool,
}

impl Setting {
    /// A value and where it was written.
    pub fn new(value: Value, origin: Origin) -> Self {
        Self {
            value,
            origin,
            forgettable: false,
        }
    }
}

/// What a configuration can hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or exponent.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Setting>),
    /// A table.
    Table(Table),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(x) => write!(f, "{x}"),
            Self::Float(x) => write!(f, "{x:?}"),
            Self::Bool(x) => write!(f, "{x}"),
            Self::String(x) => write!(f, "{x:?}"),
            Self::Array(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    write!(f, "{}{}", if i > 0 { ", " } else { "" }, item.value)?;
                }
                f.write_str("]")
            }
            Self::Table(table) => {
                f.write_str("{ ")?;
                for (i, (key, item)) in table.iter().enumerate() {
                    write!(f, "{}{key} = {}", if i > 0 { ", " } else { "" }, item.value)?;
                }
                f.write_str(" }")
            }
        }
    }
}

impl Value {
    /// The value as a number; a whole number counts as one.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Integer(x) => Some(*x as f64),
            Self::Float(x) => Some(*x),
            _ => None,
        }
    }
}

/// A value that cannot be used: where it stands, what is wrong, what to do instead.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{message}", origin.as_ref().map(|o| format!("{o}: ")).unwrap_or_default())]
pub struct SettingError {
    /// Where the value was written; `None` where a default is at fault.
    pub origin: Option<Origin>,
    /// Key, value and allowed range.
    pub message: String,
    /// What to do instead, where that is known.
    pub hint: Option<String>,
}
