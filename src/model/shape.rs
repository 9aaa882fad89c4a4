//! What a network has to know of the points it is for.

/// The points that a network is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointShape {
    /// Their dimension d.
    pub dim: usize,
    /// Number of classes that the network is told apart; 0 where it is told nothing of classes.
    pub num_classes: usize,
    /// Whether it is also to answer without being told the class.
    pub without_class: bool,
}

impl PointShape {
    /// Rows of the embedding of the classes: one a class, then one for no class.
    pub fn class_rows(self) -> usize {
        self.num_classes + usize::from(self.without_class)
    }
}

/// Points of dimension d without classes.
impl From<usize> for PointShape {
    fn from(dim: usize) -> Self {
        Self {
            dim,
            num_classes: 0,
            without_class: false,
        }
    }
}
