//! What a command says on the way.

use super::options::Global;

/// What every command needs to know of its surroundings.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: Global,
}

impl Context {
    /// A line on stderr, unless it is to be quiet.
    pub(crate) fn say(&self, message: impl std::fmt::Display) {
        if !self.global.quiet {
            eprintln!("{message}");
        }
    }

    /// A line on stderr that is wanted only with `--verbose`.
    pub(crate) fn detail(&self, message: impl std::fmt::Display) {
        if self.global.verbose {
            eprintln!("{message}");
        }
    }

    /// A warning on stderr.
    pub(crate) fn warn(&self, message: impl std::fmt::Display) {
        eprintln!("warning: {message}");
    }
}
