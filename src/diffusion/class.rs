//! Which classes points are of.

use std::ops::Range;

/// The classes of points: numbered from 0, the number of classes standing for no class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classes<'a> {
    /// One for all points.
    Same(u32),
    /// One for each.
    Each(&'a [u32]),
}

impl<'a> Classes<'a> {
    /// The class of the point `i`.
    pub fn at(self, i: usize) -> u32 {
        match self {
            Self::Same(class) => class,
            Self::Each(classes) => classes[i],
        }
    }

    /// The classes of some of the points.
    pub fn of_rows(self, rows: Range<usize>) -> Self {
        match self {
            Self::Same(class) => Self::Same(class),
            Self::Each(classes) => Self::Each(&classes[rows]),
        }
    }
}
