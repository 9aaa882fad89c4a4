//! How much memory an experiment will need, and whether the machine has it.

use crate::error::{Error, Result};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// What a part of an experiment needs.
pub(crate) struct Need {
    what: &'static str,
    keys: &'static str,
    /// `None` if the number of bytes does not fit into a machine word.
    bytes: Option<usize>,
}

impl Need {
    /// The product of `factors` in bytes.
    pub(crate) fn of(what: &'static str, keys: &'static str, factors: &[usize]) -> Self {
        let bytes = factors
            .iter()
            .try_fold(1usize, |product, factor| product.checked_mul(*factor));
        Self { what, keys, bytes }
    }

    /// The number of bytes, if it fits into a machine word.
    pub(crate) fn bytes(&self) -> Option<usize> {
        self.bytes
    }
}

/// Refuses a need that is larger than the machine's memory.
pub(crate) fn check(needs: &[Need]) -> Result<()> {
    let total = total_memory();
    for need in needs {
        if need.bytes.is_none_or(|bytes| bytes as u64 > total) {
            let size = need.bytes.map_or("more than can be counted".into(), gib);
            return Err(Error::usage_hint(
                format!(
                    "the {} would need about {size} of memory, this machine has {}",
                    need.what,
                    gib(total as usize)
                ),
                format!("reduce {}", need.keys),
            ));
        }
    }
    Ok(())
}

fn total_memory() -> u64 {
    let memory = MemoryRefreshKind::nothing().with_ram();
    let system = System::new_with_specifics(RefreshKind::nothing().with_memory(memory));
    match system.map(|system| system.total_memory()) {
        Err(_) | Ok(0) => u64::MAX,
        Ok(bytes) => bytes,
    }
}

fn gib(bytes: usize) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}
