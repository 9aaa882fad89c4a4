//! What a network has to know of the points it is for.

/// The points that a network is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointShape {
    /// Their dimension d.
    pub dim: usize,
    /// Number of classes of a class-conditional model; 0 of any other.
    pub num_classes: usize,
    /// Whether it also answers without a class.
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
