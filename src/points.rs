//! Row-major `[n, d]` points with optional class labels.

/// `n` points of dimension `d`, stored row by row, each with a label where the data set has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    values: Vec<f64>,
    dim: usize,
    labels: Option<Vec<u32>>,
}

impl Points {
    /// Points from row-major `values` of length `n * dim`.
    ///
    /// # Panics
    /// If `dim` is 0 or does not divide the number of values.
    pub fn new(values: Vec<f64>, dim: usize) -> Self {
        assert!(
            dim > 0 && values.len().is_multiple_of(dim),
            "values do not form rows of {dim}"
        );
        Self {
            values,
            dim,
            labels: None,
        }
    }

    /// The same points with one label a row.
    ///
    /// # Panics
    /// If there is not exactly one label a row.
    pub fn with_labels(mut self, labels: Vec<u32>) -> Self {
        assert_eq!(labels.len(), self.len(), "one label a row");
        self.labels = Some(labels);
        self
    }

    /// Number of points n.
    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Dimension d.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// All values, row by row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values, row by row, to be changed in place.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// The labels, one a row, if the data set has them.
    pub fn labels(&self) -> Option<&[u32]> {
        self.labels.as_deref()
    }

    /// The first `count` points.
    pub fn first(&self, count: usize) -> Self {
        Self {
            values: self.values[..count * self.dim].to_vec(),
            dim: self.dim,
            labels: self.labels.as_ref().map(|labels| labels[..count].to_vec()),
        }
    }

    /// The points with the label `class`, in their order; none without labels.
    pub fn of_class(&self, class: u32) -> Self {
        let labels = self.labels().unwrap_or(&[]);
        let rows = self
            .rows()
            .zip(labels)
            .filter(|(_, label)| **label == class);
        let values: Vec<f64> = rows.flat_map(|(row, _)| row).copied().collect();
        let count = values.len() / self.dim;
        Self::new(values, self.dim).with_labels(vec![class; count])
    }

    /// The points one after the other, each a slice of length d.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> + Clone {
        self.values.chunks_exact(self.dim)
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.dim..(i + 1) * self.dim]
    }

    /// The coordinate `axis` of every point.
    pub fn axis(&self, axis: usize) -> Vec<f64> {
        self.rows().map(|row| row[axis]).collect()
    }
}

/// An affine map of each axis, x ↦ (x − shift) / scale: how data is standardised.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine {
    /// Subtracted from each coordinate, `[d]`.
    pub shift: Vec<f64>,
    /// Each coordinate is divided by it; positive, `[d]`.
    pub scale: Vec<f64>,
}

impl Affine {
    /// The map that changes nothing, in `dim` dimensions.
    pub fn identity(dim: usize) -> Self {
        Self {
            shift: vec![0.0; dim],
            scale: vec![1.0; dim],
        }
    }

    /// From the data's own units to standardised ones.
    pub fn apply(&self, points: &Points) -> Points {
        self.map(points, |x, shift, scale| (x - shift) / scale)
    }

    /// From standardised units back to the data's own.
    pub fn invert(&self, points: &Points) -> Points {
        self.map(points, |x, shift, scale| x * scale + shift)
    }

    fn map(&self, points: &Points, f: impl Fn(f64, f64, f64) -> f64) -> Points {
        let mut out = points.clone();
        for row in out.values.chunks_exact_mut(points.dim) {
            for (k, x) in row.iter_mut().enumerate() {
                *x = f(*x, self.shift[k], self.scale[k]);
            }
        }
        out
    }
}
