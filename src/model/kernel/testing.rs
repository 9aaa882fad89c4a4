//! Kernels run with every set of instructions that this processor has.

use pulp::{Arch, Scalar, Simd, WithSimd};

/// Runs a kernel without vectors, with AVX2 where there is, and with the best there is.
pub(super) fn on_every_path<K: WithSimd>(kernel: impl Fn() -> K) -> Vec<K::Output> {
    let mut results = vec![kernel().with_simd(Scalar::new())];
    #[cfg(target_arch = "x86_64")]
    if let Some(v3) = pulp::x86::V3::try_new() {
        results.push(Simd::vectorize(v3, kernel()));
    }
    results.push(Arch::new().dispatch(kernel()));
    results
}

/// The first number in a register.
#[inline(always)]
pub(super) fn first<S: Simd>(simd: S, register: S::f32s) -> f32 {
    let mut first = [0.0];
    simd.partial_store_f32s(&mut first, register);
    first[0]
}
