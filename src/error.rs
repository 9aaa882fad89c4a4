//! What can go wrong, as sentences for the person at the terminal, and the exit code of each.

use std::path::{Path, PathBuf};

/// Result of everything that touches files or the user's input.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// What an exit code means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExitCode {
    /// The code.
    pub(crate) code: i32,
    /// What has happened.
    pub(crate) meaning: &'static str,
    /// What to do next.
    pub(crate) next: &'static str,
}

/// Every exit code.
pub(crate) const EXIT_CODES: &[ExitCode] = &[
    ExitCode {
        code: 0,
        meaning: "Done, already done, or nothing left to do.",
        next: "Nothing.",
    },
    ExitCode {
        code: 1,
        meaning: "A file could not be read or written, or something unexpected happened.",
        next: "The message names the file and the answer of the system.",
    },
    ExitCode {
        code: 2,
        meaning: "The command line or the configuration cannot be used. Nothing was written.",
        next: "The message names the place, the key, the value and what is allowed.",
    },
    ExitCode {
        code: 3,
        meaning: "Nothing matches what was asked for.",
        next: "The message names the nearest name, where there is one.",
    },
    ExitCode {
        code: 4,
        meaning: "A directory is in use by a live process, or holds something else.",
        next: "Wait for that process, or name another directory with `--out`.",
    },
    ExitCode {
        code: 5,
        meaning: "Data on disk is corrupt or incompatible.",
        next: "The message names the file. Restore it, or remove its directory.",
    },
    ExitCode {
        code: 6,
        meaning: "The command finished, but some runs failed or diverged.",
        next: "`truescore list` shows which runs, and status.json of each says why.",
    },
    ExitCode {
        code: 130,
        meaning: "Stopped by Ctrl-C (SIGINT), after a checkpoint.",
        next: "The same command again continues where it stopped.",
    },
    ExitCode {
        code: 143,
        meaning: "Stopped by SIGTERM, after a checkpoint.",
        next: "The same command again continues where it stopped.",
    },
];

/// An error with its exit code, and what to do next where that is known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory could not be read or written (exit 1).
    #[error("{action} `{}`", path.display())]
    Io {
        /// What was tried: "cannot read", "cannot write", …
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Something that should not have happened (exit 1).
    #[error("{0}")]
    Unexpected(String),
    /// A denoiser that cannot answer (exit 1).
    #[error("the denoiser does not answer: {0}")]
    Unanswered(String),
    /// A command line or configuration that cannot be used; nothing was written (exit 2).
    #[error("{message}")]
    Usage {
        /// What is wrong, and where.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// Nothing matches what was asked for (exit 3).
    #[error("{message}")]
    NothingMatched {
        /// What was looked for.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// A directory is in use by a live process, or holds something else (exit 4).
    #[error("{message}")]
    InUse {
        /// Which directory, and by whom.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// Data on disk is corrupt or incompatible (exit 5).
    #[error("{message}")]
    Corrupt {
        /// Which file, and what is wrong with it.
        message: String,
        /// What to do instead.
        hint: Option<String>,
    },
    /// The command finished, but some runs failed or diverged (exit 6).
    #[error("{0}")]
    SomeFailed(String),
    /// Stopped by a signal, after a checkpoint (exit 128 + signal).
    #[error("{message}")]
    Interrupted {
        /// The signal's number.
        signal: i32,
        /// What was saved.
        message: String,
    },
}

impl Error {
    /// An I/O error at a path.
    pub fn io(action: &'static str, path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self::Io {
            action,
            path: path.as_ref().to_path_buf(),
            source,
        }
    }

    /// A usage error without a hint.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: None,
        }
    }

    /// A usage error with what to do instead.
    pub fn usage_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// Nothing matched, with what to do instead.
    pub fn nothing(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::NothingMatched {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// In use, with what to do instead.
    pub fn in_use(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::InUse {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// Corrupt data, with what to do instead.
    pub fn corrupt(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Corrupt {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> i32 {
        match self {
            Self::Io { .. } | Self::Unexpected(_) | Self::Unanswered(_) => 1,
            Self::Usage { .. } => 2,
            Self::NothingMatched { .. } => 3,
            Self::InUse { .. } => 4,
            Self::Corrupt { .. } => 5,
            Self::SomeFailed(_) => 6,
            Self::Interrupted { signal, .. } => 128 + signal,
        }
    }

    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. }
            | Self::NothingMatched { hint, .. }
            | Self::InUse { hint, .. }
            | Self::Corrupt { hint, .. } => hint.as_deref(),
            _ => None,
        }
    }
}

impl From<crate::settings::SettingError> for Error {
    fn from(error: crate::settings::SettingError) -> Self {
        Self::Usage {
            message: error.to_string(),
            hint: error.hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_has_its_row() {
        let message = || "m".to_string();
        let interrupted = |signal| Error::Interrupted {
            signal,
            message: message(),
        };
        let errors = [
            Error::Unexpected(message()),
            Error::usage("m"),
            Error::nothing("m", "h"),
            Error::in_use("m", "h"),
            Error::corrupt("m", "h"),
            Error::SomeFailed(message()),
            interrupted(2),
            interrupted(15),
        ];
        let rows: Vec<_> = EXIT_CODES.iter().map(|row| row.code).collect();
        let codes: Vec<_> = [0]
            .into_iter()
            .chain(errors.iter().map(Error::exit_code))
            .collect();
        assert_eq!(rows, codes);
    }
}
