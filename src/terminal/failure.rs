//! What went wrong, on stderr.

use super::context::tell;
use crate::error::Error;

/// The error with its causes and what to do next. What was stopped by a signal is no error.
pub(crate) fn tell_failure(error: &Error) {
    match error {
        Error::Interrupted { .. } => tell(error),
        _ => tell(&format_args!("error: {error}")),
    }
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        tell(&format_args!("  cause: {cause}"));
        source = cause.source();
    }
    if let Some(hint) = error.hint() {
        tell(&format_args!("  hint: {hint}"));
    }
}
