//! Products of matrices.
//!
//! At the sizes of these networks the matrices are in the second-level cache already, so that the packing
//! of a general library is work without use. The tiles here read both factors where they lie. Matrices
//! too large for that cache go to the gemm crate.

use pulp::{Simd, WithSimd};
use std::array;

/// A matrix in a slice.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Matrix<'a> {
    pub(super) values: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// `columns` numbers a row, one row after the other.
    ///
    /// # Panics
    ///
    /// Where the last row is not whole.
    pub(in crate::model) fn row_major(values: &'a [f32], columns: usize) -> Self {
        assert!(
            values.len().is_multiple_of(columns),
            "the last row is not whole"
        );
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

/// Longest column of the right factor whose panel stays in the second-level cache.
pub(super) const LONGEST_INNER: usize = 1024;

/// `out` ← `left` · `right`, or `out` + `left` · `right` where `accumulate` is set; `out` is row-major.
/// A row of the result depends on that row of `left` alone, to the last bit.
///
/// # Panics
///
/// Where the shapes do not fit each other.
pub(in crate::model) fn multiply(out: &mut [f32], left: Matrix, right: Matrix, accumulate: bool) {
    let (rows, columns, inner) = (left.rows, right.columns, left.columns);
    assert_eq!(inner, right.rows, "inner dimensions differ");
    assert_eq!(out.len(), rows * columns, "the result has another size");
    if right.column_stride == 1 && inner <= LONGEST_INNER {
        super::run(Tiles {
            out,
            left,
            right,
            accumulate,
        });
    } else {
        general(out, left, right, accumulate);
    }
}

/// The product of matrices of any size and order, by the gemm crate.
#[allow(
    unsafe_code,
    reason = "gemm takes pointers; all bounds are checked here"
)]
fn general(out: &mut [f32], left: Matrix, right: Matrix, accumulate: bool) {
    let (rows, columns, inner) = (left.rows, right.columns, left.columns);
    assert!(left.values.len() == rows * inner && right.values.len() == inner * columns);
    assert!(out.len() == rows * columns);
    let stride = |stride: usize| stride as isize;
    // SAFETY: `out` holds rows × columns numbers behind row-major strides and is borrowed mutably, so
    // it overlaps neither factor; a `Matrix` holds rows · columns numbers in one order or the other.
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

/// The product by tiles that stay in registers; `right` is row-major.
pub(super) struct Tiles<'a> {
    pub(super) out: &'a mut [f32],
    pub(super) left: Matrix<'a>,
    pub(super) right: Matrix<'a>,
    pub(super) accumulate: bool,
}

impl WithSimd for Tiles<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut column = 0;
        // A tile's sums, its part of a row of the right factor and one number of the left one are all
        // the registers there are.
        if S::REGISTER_COUNT >= 32 {
            column = self.panels::<S, 4>(simd, column);
        }
        column = self.panels::<S, 2>(simd, column);
        column = self.panels::<S, 1>(simd, column);
        for column in column..self.right.columns {
            match self.left.column_stride {
                1 => self.column_of_rows(simd, column),
                _ => self.column_of_columns(simd, column),
            }
        }
    }
}

impl Tiles<'_> {
    /// All panels of `V` registers from `column` on that are whole; returns where they end.
    #[inline(always)]
    fn panels<S: Simd, const V: usize>(&mut self, simd: S, mut column: usize) -> usize {
        while column + V * S::F32_LANES <= self.right.columns {
            let mut row = 0;
            while row + 6 <= self.left.rows {
                self.tile::<S, V, 6>(simd, row, column);
                row += 6;
            }
            match self.left.rows - row {
                5 => self.tile::<S, V, 5>(simd, row, column),
                4 => self.tile::<S, V, 4>(simd, row, column),
                3 => self.tile::<S, V, 3>(simd, row, column),
                2 => self.tile::<S, V, 2>(simd, row, column),
                1 => self.tile::<S, V, 1>(simd, row, column),
                _ => {}
            }
            column += V * S::F32_LANES;
        }
        column
    }

    /// `R` rows of the result by `V` registers of its columns.
    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "a bounds check costs as much as the arithmetic it guards"
    )]
    fn tile<S: Simd, const V: usize, const R: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
    ) {
        let (left, right) = (self.left, self.right);
        let width = V * S::F32_LANES;
        assert!(row + R <= left.rows && column + width <= right.columns);
        assert!(left.columns == right.rows && right.column_stride == 1);
        assert!(left.values.len() == left.rows * left.columns);
        assert!(right.values.len() == right.rows * right.columns);
        assert!(self.out.len() == left.rows * right.columns);
        let mut sums = [[simd.splat_f32s(0.0); V]; R];
        // SAFETY: the assertions bound every index in matrices that hold rows · columns numbers: row + r
        // < left.rows, l < left.columns = right.rows and column + width ≤ right.columns. A register of
        // f32 is as large as its lanes, and reads and writes need no alignment.
        unsafe {
            let left_tile = left.values.as_ptr().add(row * left.row_stride);
            let right_panel = right.values.as_ptr().add(column);
            for l in 0..left.columns {
                let line = right_panel.add(l * right.row_stride).cast::<S::f32s>();
                let line: [S::f32s; V] = array::from_fn(|v| line.add(v).read_unaligned());
                let numbers = left_tile.add(l * left.column_stride);
                for (r, sums) in sums.iter_mut().enumerate() {
                    let number = simd.splat_f32s(*numbers.add(r * left.row_stride));
                    for (sum, x) in sums.iter_mut().zip(line) {
                        *sum = simd.mul_add_e_f32s(number, x, *sum);
                    }
                }
            }
            for (r, sums) in sums.into_iter().enumerate() {
                let start = (row + r) * right.columns + column;
                let place = self.out.as_mut_ptr().add(start).cast::<S::f32s>();
                for (v, mut sum) in sums.into_iter().enumerate() {
                    if self.accumulate {
                        sum = simd.add_f32s(sum, place.add(v).read_unaligned());
                    }
                    place.add(v).write_unaligned(sum);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_odd_shapes_are_their_sums() {
        for (n, k, m) in [
            (1, 1, 1),
            (3, 5, 7),
            (33, 17, 65),
            (130, 64, 2),
            (2, 129, 31),
            (3, LONGEST_INNER + 1, 18),
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
                let mut out = vec![2.0; n * m];
                Tiles {
                    out: &mut out,
                    left: a_t,
                    right: b,
                    accumulate,
                }
                .with_simd(pulp::Scalar::new());
                assert_eq!(out, exact, "{n}×{k}×{m} without vectors");
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_the_rows_beside_it() {
        let a: Vec<f32> = (0..40 * 33).map(|i| (i as f32).sin()).collect();
        let b: Vec<f32> = (0..33 * 50).map(|i| (i as f32).cos()).collect();
        let right = Matrix::row_major(&b, 50);
        let mut whole = vec![0.0; 40 * 50];
        multiply(&mut whole, Matrix::row_major(&a, 33), right, false);
        for split in [1, 5, 6, 17] {
            let mut parts = vec![0.0; 40 * 50];
            for (out, a) in parts.chunks_mut(split * 50).zip(a.chunks(split * 33)) {
                multiply(out, Matrix::row_major(a, 33), right, false);
            }
            assert_eq!(parts, whole, "{split}");
        }
    }
}
