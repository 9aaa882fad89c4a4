//! What a command says on the way.

use super::{options::Global, width};

/// What every command needs to know of its surroundings.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: Global,
}

impl Context {
    /// A line on stderr, unless it is to be quiet.
    pub(crate) fn say(&self, message: impl std::fmt::Display) {
        if !self.global.quiet {
            tell(&message);
        }
    }

    /// What the experiment has to say of itself, a line each.
    pub(crate) fn notices(&self, notices: &[String]) {
        notices.iter().for_each(|notice| self.say(notice));
    }

    /// A line on stderr that is wanted only with `--verbose`.
    pub(crate) fn detail(&self, message: impl std::fmt::Display) {
        if self.global.verbose {
            tell(&message);
        }
    }

    /// A warning on stderr.
    pub(crate) fn warn(&self, message: impl std::fmt::Display) {
        tell(&format_args!("warning: {message}"));
    }
}

/// A line on stderr, broken between words where it does not fit.
pub(crate) fn tell(message: &dyn std::fmt::Display) {
    eprintln!(
        "{}",
        width::wrapped(&message.to_string(), width::of_stderr())
    );
}
