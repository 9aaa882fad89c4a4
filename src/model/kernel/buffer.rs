//! A vector of f32 on the boundaries of cache lines.

use aligned_vec::AVec;
use std::ops::{Deref, DerefMut};

/// Numbers whose first stands at the start of a cache line, so that no vector register is filled from
/// two lines.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::model) struct Buffer(AVec<f32>);

impl Buffer {
    /// `len` zeros.
    pub(in crate::model) fn zeros(len: usize) -> Self {
        let mut buffer = Self::default();
        buffer.resize(len);
        buffer
    }

    /// A copy.
    pub(in crate::model) fn copy_of(values: &[f32]) -> Self {
        Self(AVec::from_slice(0, values))
    }

    /// Makes it hold `len` numbers: those it held, then zeros.
    pub(in crate::model) fn resize(&mut self, len: usize) {
        self.0.resize(len, 0.0);
    }

    /// Makes room for `len` numbers in all; those it holds stay.
    pub(in crate::model) fn reserve(&mut self, len: usize) {
        self.0.reserve(len.saturating_sub(self.0.len()));
    }

    /// Makes it hold `len` zeros.
    pub(in crate::model) fn reset(&mut self, len: usize) {
        self.0.clear();
        self.0.resize(len, 0.0);
    }

    /// Makes it empty; the memory stays.
    pub(in crate::model) fn clear(&mut self) {
        self.0.clear();
    }

    /// Appends numbers.
    pub(in crate::model) fn extend_from_slice(&mut self, values: &[f32]) {
        self.0.extend_from_slice(values);
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self(AVec::new(0))
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_buffer_starts_on_a_cache_line() {
        let mut buffer = Buffer::copy_of(&[1.0; 5]);
        buffer.resize(1000);
        assert_eq!(buffer[..6], [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        for buffer in [&buffer, &buffer.clone(), &Buffer::zeros(77)] {
            assert_eq!(buffer.as_ptr() as usize % 64, 0);
        }
    }
}
