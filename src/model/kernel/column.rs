//! What is left of a product besides the tiles: single columns of the result.

use super::product::{LONGEST_INNER, Tiles};
use pulp::Simd;

/// Registers with independent sums, so that their additions overlap.
const SUMS: usize = 4;

impl Tiles<'_> {
    /// One column of the result from a row-major left factor: a dot product for each row.
    #[inline(always)]
    pub(super) fn column_of_rows<S: Simd>(&mut self, simd: S, column: usize) {
        let (left, right) = (self.left, self.right);
        let mut numbers = [0.0; LONGEST_INNER];
        let numbers = &mut numbers[..right.rows];
        let lines = right.values.chunks_exact(right.columns);
        for (number, line) in numbers.iter_mut().zip(lines) {
            *number = line[column];
        }
        let (numbers, last_numbers) = S::as_simd_f32s(numbers);
        let last_numbers = simd.partial_load_f32s(last_numbers);
        let (numbers, few_numbers) = numbers.as_chunks::<SUMS>();
        let lines = left.values.chunks_exact(left.columns.max(1));
        for (out, line) in self.out.chunks_exact_mut(right.columns).zip(lines) {
            let (line, last) = S::as_simd_f32s(line);
            let last = simd.partial_load_f32s(last);
            let mut sums = [simd.splat_f32s(0.0); SUMS];
            sums[0] = simd.mul_f32s(last, last_numbers);
            let (line, few) = line.as_chunks::<SUMS>();
            for (line, numbers) in line.iter().zip(numbers) {
                for ((sum, a), b) in sums.iter_mut().zip(line).zip(numbers) {
                    *sum = simd.mul_add_e_f32s(*a, *b, *sum);
                }
            }
            for ((sum, a), b) in sums.iter_mut().zip(few).zip(few_numbers) {
                *sum = simd.mul_add_e_f32s(*a, *b, *sum);
            }
            let [a, b, c, d] = sums;
            let sum = simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d));
            let sum = simd.reduce_sum_f32s(sum);
            out[column] = if self.accumulate {
                out[column] + sum
            } else {
                sum
            };
        }
    }

    /// One column of the result from a column-major left factor: its columns, weighted and added.
    #[inline(always)]
    pub(super) fn column_of_columns<S: Simd>(&mut self, simd: S, column: usize) {
        let (left, right) = (self.left, self.right);
        let part = SUMS * S::F32_LANES;
        for first in (0..left.rows).step_by(part) {
            let rows = part.min(left.rows - first);
            let mut sums = [simd.splat_f32s(0.0); SUMS];
            let lines = left.values.chunks_exact(left.rows);
            for (line, numbers) in lines.zip(right.values.chunks_exact(right.columns)) {
                let number = simd.splat_f32s(numbers[column]);
                let (line, last) = S::as_simd_f32s(&line[first..first + rows]);
                for (sum, a) in sums.iter_mut().zip(line) {
                    *sum = simd.mul_add_e_f32s(*a, number, *sum);
                }
                if let Some(sum) = sums.get_mut(line.len()) {
                    let last = simd.partial_load_f32s(last);
                    *sum = simd.mul_add_e_f32s(last, number, *sum);
                }
            }
            let sums: &[f32] = pulp::bytemuck::cast_slice(&sums);
            let lines = self.out[first * right.columns..].chunks_exact_mut(right.columns);
            for (out, sum) in lines.zip(&sums[..rows]) {
                out[column] = if self.accumulate {
                    out[column] + sum
                } else {
                    *sum
                };
            }
        }
    }
}
