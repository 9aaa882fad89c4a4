//! How many threads a command works with.

use crate::error::{Error, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};

/// As many as `asked` for, or one a core.
pub(crate) fn number(asked: Option<u16>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    asked.map_or_else(cores, usize::from)
}

/// `number` threads; what is installed there works with no others.
pub(crate) fn pool(number: usize) -> Result<ThreadPool> {
    let pool = ThreadPoolBuilder::new().num_threads(number).build();
    pool.map_err(|e| Error::Unexpected(format!("cannot start threads: {e}")))
}
