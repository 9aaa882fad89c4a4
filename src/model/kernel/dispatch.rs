//! The choice of instructions.

use pulp::{Arch, WithSimd};

/// Runs a kernel with the best instructions of this processor.
pub(in crate::model) fn run<K: WithSimd>(kernel: K) -> K::Output {
    Arch::new().dispatch(kernel)
}
