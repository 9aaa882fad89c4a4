//! A piece of advice.

use serde::Serialize;

/// One warning or note.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Advice {
    /// A stable name.
    pub code: &'static str,
    pub severity: Severity,
    /// One sentence that holds its number.
    pub message: String,
    /// That number.
    pub value: f64,
    /// What to override, as `--set` has it.
    pub set: Option<String>,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Results will be wrong, or not mean what they seem to.
    Warning,
    /// Worth knowing.
    Note,
}
