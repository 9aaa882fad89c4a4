//! Products of matrices, by the gemm crate.

/// A matrix in a slice.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// `columns` numbers a row, one row after the other.
    pub(in crate::model) fn row_major(values: &'a [f32], columns: usize) -> Self {
        debug_assert!(values.len().is_multiple_of(columns));
        Self {
            values,
            rows: values.len() / columns,
            columns,
            row_stride: columns,
            column_stride: 1,
        }
    }

    /// The same numbers with rows and columns exchanged.
    pub(in crate::model) fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// `out` ← `left` · `right`, or `out` + `left` · `right` where `accumulate` is set; `out` is row-major.
///
/// # Panics
///
/// Where the shapes do not fit each other.
#[allow(
    unsafe_code,
    reason = "gemm takes pointers; all bounds are checked here"
)]
pub(in crate::model) fn multiply(out: &mut [f32], left: Matrix, right: Matrix, accumulate: bool) {
    let (rows, columns, inner) = (left.rows, right.columns, left.columns);
    assert_eq!(inner, right.rows, "inner dimensions differ");
    assert_eq!(out.len(), rows * columns, "the result has another size");
    // `Matrix` holds rows · columns numbers, whatever the order of its strides.
    debug_assert_eq!(left.values.len(), left.rows * left.columns);
    debug_assert_eq!(right.values.len(), right.rows * right.columns);
    if out.is_empty() {
        return;
    }
    let stride = |stride: usize| stride as isize;
    // SAFETY: `out` holds rows × columns numbers behind row-major strides and is borrowed mutably, so
    // it overlaps neither input; both inputs hold as many numbers as their shapes and strides reach.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            stride(columns),
            accumulate,
            left.values.as_ptr(),
            stride(left.column_stride),
            stride(left.row_stride),
            right.values.as_ptr(),
            stride(right.column_stride),
            stride(right.row_stride),
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_odd_shapes_and_transposes_are_their_sums() {
        for (n, k, m) in [
            (1, 1, 1),
            (3, 5, 7),
            (33, 17, 65),
            (130, 64, 2),
            (2, 129, 31),
        ] {
            let number = |i: usize| ((i * 7 + 3) % 11) as f32 - 5.0;
            let a: Vec<f32> = (0..n * k).map(number).collect();
            let b: Vec<f32> = (0..k * m).map(number).collect();
            let transpose = |x: &[f32], columns: usize| -> Vec<f32> {
                let rows = x.len() / columns;
                let at = |i: usize| x[i % rows * columns + i / rows];
                (0..x.len()).map(at).collect()
            };
            let (a_t, b_t) = (transpose(&a, k), transpose(&b, m));
            for accumulate in [false, true] {
                // Whole numbers: every sum is exact.
                let exact: Vec<f32> = (0..n * m)
                    .map(|i| {
                        let (row, column) = (i / m, i % m);
                        let sum: f32 = (0..k).map(|l| a[row * k + l] * b[l * m + column]).sum();
                        sum + if accumulate { 2.0 } else { 0.0 }
                    })
                    .collect();
                let (a, b) = (Matrix::row_major(&a, k), Matrix::row_major(&b, m));
                let a_t = Matrix::row_major(&a_t, n).transposed();
                let b_t = Matrix::row_major(&b_t, k).transposed();
                for (left, right) in [(a, b), (a_t, b), (a, b_t), (a_t, b_t)] {
                    let mut out = vec![2.0; n * m];
                    multiply(&mut out, left, right, accumulate);
                    assert_eq!(out, exact, "{n}×{k}×{m}");
                }
            }
        }
    }
}
