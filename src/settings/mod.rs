//! A typed, checked view of configuration tables: every value knows where it was written.
//!
//! A configuration is a tree of [`Setting`]s, each with its [`Origin`] (file, line and column, or a
//! command-line override). Each config struct has a table of its keys beside it, and reads its own
//! section through a [`Section`]. That takes types, ranges and defaults from the table, and refuses keys
//! that the table does not have.

mod key;
mod later;
mod places;
mod range;
mod section;
mod value;

pub(crate) use key::Kind;
pub(crate) use key::{Choice, Default, Domain, Example, Key};
pub(crate) use later::remove_later_defaults;
pub(crate) use places::{Place, places};
pub(crate) use range::Range;
pub(crate) use section::{Section, nearest};
pub(crate) use value::{Origin, Setting, SettingError, Table, Value};
