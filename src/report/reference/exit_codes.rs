//! Exit codes, as entries.

use super::entry::{Entry, What};
use crate::error::EXIT_CODES;

/// An entry for each exit code.
pub(super) fn entries() -> Vec<Entry> {
    let entry = |row: &crate::error::ExitCode| {
        Entry::new(row.code.to_string(), What::ExitCode, row.meaning).fact("what next", row.next)
    };
    EXIT_CODES.iter().map(entry).collect()
}
