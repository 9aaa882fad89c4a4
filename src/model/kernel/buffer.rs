//! A vector of f32 on the boundaries of cache lines.

use aligned_vec::AVec;
use std::{
    ops::{Deref, DerefMut},
    sync::atomic::{AtomicUsize, Ordering},
};

/// Numbers whose first stands at the start of a cache line, so that no vector register is filled from
/// two lines.
///
/// Large vectors all start at the same place of a page. A loop over several of them would then store
/// where it seems to load from a moment later, and wait each time. Weights and moments of Adam, kept so,
/// take twice the time. Each buffer therefore leaves some lines unused before its first number.
#[derive(Debug)]
pub(in crate::model) struct Buffer {
    values: AVec<f32>,
    /// How many numbers are left unused, once it holds any.
    lead: usize,
}

/// Numbers between the first ones of two buffers made one after the other, seen within a page: 512 bytes
/// are enough for the longest loop body.
const STEP: usize = 128;

/// Numbers in a page.
const PAGE: usize = 1024;

/// Buffers made so far.
static MADE: AtomicUsize = AtomicUsize::new(0);

impl Buffer {
    /// `len` zeros.
    pub(in crate::model) fn zeros(len: usize) -> Self {
        let mut buffer = Self::default();
        buffer.resize(len);
        buffer
    }

    /// A copy.
    pub(in crate::model) fn copy_of(values: &[f32]) -> Self {
        let mut buffer = Self::default();
        buffer.reserve(values.len());
        buffer.extend_from_slice(values);
        buffer
    }

    /// Makes it hold `len` numbers: those it held, then zeros.
    pub(in crate::model) fn resize(&mut self, len: usize) {
        self.values.resize(self.lead + len, 0.0);
    }

    /// Makes room for `len` numbers in all; those it holds stay.
    pub(in crate::model) fn reserve(&mut self, len: usize) {
        let held = self.values.len();
        self.values.reserve((self.lead + len).saturating_sub(held));
    }

    /// Makes it hold `len` zeros.
    pub(in crate::model) fn reset(&mut self, len: usize) {
        self.clear();
        self.resize(len);
    }

    /// Makes it empty; the memory stays.
    pub(in crate::model) fn clear(&mut self) {
        self.values.truncate(self.lead);
    }

    /// Appends numbers.
    pub(in crate::model) fn extend_from_slice(&mut self, values: &[f32]) {
        let len = self.len();
        self.values.resize(self.lead + len, 0.0);
        self.values.extend_from_slice(values);
    }
}

impl Default for Buffer {
    fn default() -> Self {
        // No memory yet: a buffer that is taken leaves one behind.
        Self {
            values: AVec::new(0),
            lead: MADE.fetch_add(1, Ordering::Relaxed) * STEP % PAGE,
        }
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::copy_of(self)
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.values.get(self.lead..).unwrap_or_default()
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        self.values.get_mut(self.lead..).unwrap_or_default()
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

    #[test]
    fn it_is_the_numbers_it_holds_wherever_they_stand() {
        let mut buffer = Buffer::copy_of(&[1.0, 2.0]);
        let twin = buffer.clone();
        assert_ne!(buffer.lead, twin.lead);
        assert_eq!(buffer, twin);
        buffer.extend_from_slice(&[3.0]);
        assert_eq!(*buffer, [1.0, 2.0, 3.0]);
        buffer.reset(2);
        assert_eq!(*buffer, [0.0, 0.0]);
        buffer.clear();
        assert!(buffer.is_empty());
    }
}
