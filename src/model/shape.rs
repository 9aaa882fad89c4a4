//! What a network has to know of the points it is for.

/// The points that a network is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointShape {
    /// Their dimension d.
    pub dim: usize,
    /// Rows of the embedding of their classes: one a class, and one more for no class where the network
    /// is to answer without one; 0 where it is told nothing of classes.
    pub class_rows: usize,
}

/// Points of dimension d without classes.
impl From<usize> for PointShape {
    fn from(dim: usize) -> Self {
        Self { dim, class_rows: 0 }
    }
}
