//! A typed, checked view of configuration tables: every value knows where it was written.
//!
//! A configuration is a tree of [`Setting`]s, each with its [`Origin`] (file, line and column, or a
//! command-line override). The config struct of each part reads its own table through a [`Section`],
//! which checks types and ranges, supplies defaults, and refuses keys that nobody asked for.

mod range;
mod section;
mod value;

pub use range::Range;
pub use section::{Choice, Section, nearest};
pub use value::{Origin, Setting, SettingError, Table, Value};
