//! How progress is shown.

use super::options::{Global, ProgressKind};
use std::io::IsTerminal;

/// What becomes of progress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shown {
    /// One line that is drawn again and again.
    Bar,
    /// Lines, each once.
    Lines,
    Nothing,
}

impl Shown {
    pub(super) fn of(global: &Global) -> Self {
        match global.progress {
            ProgressKind::None => Self::Nothing,
            ProgressKind::Auto if global.quiet => Self::Nothing,
            ProgressKind::Bar => Self::Bar,
            ProgressKind::Auto if std::io::stderr().is_terminal() => Self::Bar,
            ProgressKind::Auto | ProgressKind::Log => Self::Lines,
        }
    }
}
