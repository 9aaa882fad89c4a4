//! One live process a directory.

use crate::error::{Error, Result};
use std::{
    fs::{File, TryLockError},
    path::Path,
};

const NAME: &str = ".lock";

/// A directory that no other live process works in. The system lets go of the lock when the process
/// ends, however it ends.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Locks `directory`.
    ///
    /// # Errors
    /// If a live process has it (exit 4), or it cannot be written.
    pub(crate) fn acquire(directory: &Path) -> Result<Self> {
        let path = directory.join(NAME);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = file.map_err(|e| Error::io("cannot write", &path, e))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::in_use(
                format!("`{}` is in use by a live process", directory.display()),
                "wait for it to end, or stop it; then run the command again",
            )),
            Err(TryLockError::Error(e)) => Err(Error::io("cannot lock", &path, e)),
        }
    }

    /// Whether a live process has locked `directory`.
    pub(crate) fn is_held(directory: &Path) -> bool {
        let file = File::options().write(true).open(directory.join(NAME));
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }
}
