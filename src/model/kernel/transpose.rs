//! Transposes.

use pulp::{Simd, WithSimd};
use std::array;

/// Writes the transpose of a row-major matrix of `columns` columns.
pub(in crate::model) struct Transpose<'a> {
    pub(in crate::model) matrix: &'a [f32],
    pub(in crate::model) columns: usize,
    pub(in crate::model) out: &'a mut [f32],
}

impl WithSimd for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // Blocks of whole cache lines, turned in registers.
        const BLOCK: usize = 16;
        let (columns, rows) = (self.columns, self.matrix.len() / self.columns);
        let (whole_rows, whole_columns) = (rows - rows % BLOCK, columns - columns % BLOCK);
        for i in (0..whole_rows).step_by(BLOCK) {
            for j in (0..whole_columns).step_by(BLOCK) {
                let mut block = [[0.0; BLOCK]; BLOCK];
                for (q, line) in block.iter_mut().enumerate() {
                    line.copy_from_slice(&self.matrix[(i + q) * columns + j..][..BLOCK]);
                }
                let lines = self.out[j * rows..].chunks_exact_mut(rows).take(BLOCK);
                for (p, line) in lines.enumerate() {
                    let turned: [f32; BLOCK] = array::from_fn(|q| block[q][p]);
                    line[i..i + BLOCK].copy_from_slice(&turned);
                }
            }
        }
        for i in 0..rows {
            let first = if i < whole_rows { whole_columns } else { 0 };
            for j in first..columns {
                self.out[j * rows + i] = self.matrix[i * columns + j];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::on_every_path, *};

    struct Transposed<'a>(&'a [f32], usize);

    impl WithSimd for Transposed<'_> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
            let mut out = vec![0.0; self.0.len()];
            let transpose = Transpose {
                matrix: self.0,
                columns: self.1,
                out: &mut out,
            };
            transpose.with_simd(simd);
            out
        }
    }

    #[test]
    fn rows_become_columns() {
        for (rows, columns) in [(1, 1), (3, 5), (16, 16), (33, 17), (130, 64), (2, 129)] {
            let matrix: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
            let turned: Vec<f32> = (0..rows * columns)
                .map(|i| matrix[i % rows * columns + i / rows])
                .collect();
            for found in on_every_path(|| Transposed(&matrix, columns)) {
                assert_eq!(found, turned, "{rows}×{columns}");
            }
        }
    }
}
