//! One choice of a sweep.

use crate::settings::Setting;

/// Most runs in a sweep.
pub(crate) const MAX_RUNS: usize = 100_000;

/// One choice of values: dotted keys and what they are set to.
pub(crate) type Assignment = Vec<(String, Setting)>;
