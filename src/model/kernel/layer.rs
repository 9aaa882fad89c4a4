//! What happens around the product of a layer: bias, nonlinearity, skip connection, time and class in
//! one pass, and the way back.

use super::math::{Gelu, Identity, LeakyRelu, Nonlinearity, Relu, Silu, Tanh};
use crate::model::Activation;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// A row for every row of a block of points: rows of a table, picked by timestep or class.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct TableRows<'a> {
    table: &'a [f32],
    width: usize,
    pick: Pick<'a>,
}

/// Which row of the table belongs to a point.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) enum Pick<'a> {
    /// The same for all points.
    Same(usize),
    /// One for each point.
    Each(&'a [u32]),
}

impl Pick<'_> {
    /// The same for some of the points.
    pub(in crate::model) fn part(&self, points: Range<usize>) -> Self {
        match self {
            Self::Same(row) => Self::Same(*row),
            Self::Each(rows) => Self::Each(&rows[points]),
        }
    }
}

impl<'a> TableRows<'a> {
    /// Rows of `table`, `[_, width]`.
    pub(in crate::model) fn new(table: &'a [f32], width: usize, pick: Pick<'a>) -> Self {
        Self { table, width, pick }
    }

    /// Writes the row of every point.
    pub(in crate::model) fn copy_to(&self, out: &mut [f32]) {
        for (i, out) in out.chunks_exact_mut(self.width).enumerate() {
            out.copy_from_slice(self.row(i));
        }
    }

    #[inline(always)]
    fn row(&self, point: usize) -> &'a [f32] {
        let row = match self.pick {
            Pick::Same(row) => row,
            Pick::Each(rows) => rows[point] as usize,
        };
        &self.table[row * self.width..(row + 1) * self.width]
    }
}

/// (act(h W + b) + skip + time + class) · scale from the product h W, for a block of points.
pub(in crate::model) struct Forward<'a> {
    /// The nonlinearity, if there is one.
    pub(in crate::model) activation: Option<Activation>,
    /// b, with all that the layer sees of t.
    pub(in crate::model) bias: TableRows<'a>,
    /// `[n, width]`, added after the nonlinearity.
    pub(in crate::model) skip: Option<&'a [f32]>,
    /// Added after the nonlinearity.
    pub(in crate::model) time: Option<TableRows<'a>>,
    /// Added after the nonlinearity.
    pub(in crate::model) class: Option<TableRows<'a>>,
    /// Factor on the sum.
    pub(in crate::model) scale: f32,
    /// h W, `[n, width]`, which the derivatives of the nonlinearity replace where there is an `out`;
    /// otherwise the result does.
    pub(in crate::model) product: &'a mut [f32],
    /// The result, `[n, width]`.
    pub(in crate::model) out: Option<&'a mut [f32]>,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.activation {
            None => self.apply::<S, Identity>(),
            Some(Activation::Relu) => self.apply::<S, Relu>(),
            Some(Activation::LeakyRelu) => self.apply::<S, LeakyRelu>(),
            Some(Activation::Gelu) => self.apply::<S, Gelu>(),
            Some(Activation::Silu) => self.apply::<S, Silu>(),
            Some(Activation::Tanh) => self.apply::<S, Tanh>(),
        }
    }
}

impl Forward<'_> {
    #[inline(always)]
    fn apply<S: Simd, A: Nonlinearity>(mut self) {
        let width = self.bias.width;
        match self.out.take() {
            None => {
                let product = std::mem::take(&mut self.product);
                for (i, product) in product.chunks_exact_mut(width).enumerate() {
                    for (h, b) in product.iter_mut().zip(self.bias.row(i)) {
                        *h = A::value::<S>(*h + b);
                    }
                    self.add(i, product);
                }
            }
            Some(out) => {
                let product = std::mem::take(&mut self.product);
                let rows = product
                    .chunks_exact_mut(width)
                    .zip(out.chunks_exact_mut(width));
                for (i, (product, out)) in rows.enumerate() {
                    for ((h, out), b) in product.iter_mut().zip(&mut *out).zip(self.bias.row(i)) {
                        (*out, *h) = A::with_slope::<S>(*h + b);
                    }
                    self.add(i, out);
                }
            }
        }
    }

    /// Adds skip, time and class to row `i` of the result and scales it, while it is in the nearest cache.
    #[inline(always)]
    fn add(&self, i: usize, out: &mut [f32]) {
        let width = out.len();
        if let Some(skip) = self.skip {
            for (out, skip) in out.iter_mut().zip(&skip[i * width..(i + 1) * width]) {
                *out += skip;
            }
        }
        if let Some(time) = self.time {
            for (out, time) in out.iter_mut().zip(time.row(i)) {
                *out += time;
            }
        }
        if let Some(class) = self.class {
            for (out, class) in out.iter_mut().zip(class.row(i)) {
                *out += class;
            }
        }
        if self.scale != 1.0 {
            for out in out {
                *out *= self.scale;
            }
        }
    }
}

/// The way back through what [`Forward`] does, up to the product.
pub(in crate::model) struct Backward<'a> {
    /// The same as on the way forth.
    pub(in crate::model) scale: f32,
    /// Gradient of the result, `[n, width]`; multiplied by `scale`, it is that of skip, time and class.
    pub(in crate::model) gradient: &'a mut [f32],
    /// The derivatives that [`Forward`] left, `[n, width]`; the gradient of the product replaces them.
    pub(in crate::model) slopes: &'a mut [f32],
    /// Gets the gradient of the bias, `[width]`.
    pub(in crate::model) bias: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.bias.len();
        if self.scale != 1.0 {
            for g in self.gradient.iter_mut() {
                *g *= self.scale;
            }
        }
        self.bias.fill(0.0);
        let rows = self.gradient.chunks_exact(width);
        for (gradient, slopes) in rows.zip(self.slopes.chunks_exact_mut(width)) {
            for ((g, slope), sum) in gradient.iter().zip(slopes).zip(&mut *self.bias) {
                *slope *= g;
                *sum += *slope;
            }
        }
    }
}

/// Adds row i of `source` to the row of `table` that `rows` names for it.
pub(in crate::model) struct ScatterRows<'a> {
    pub(in crate::model) table: &'a mut [f32],
    pub(in crate::model) rows: &'a [u32],
    pub(in crate::model) source: &'a [f32],
}

impl WithSimd for ScatterRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.source.len() / self.rows.len();
        for (row, source) in self.rows.iter().zip(self.source.chunks_exact(width)) {
            let start = *row as usize * width;
            for (sum, x) in self.table[start..start + width].iter_mut().zip(source) {
                *sum += x;
            }
        }
    }
}

/// Adds `source` to `sum`.
pub(in crate::model) struct AddInto<'a> {
    pub(in crate::model) sum: &'a mut [f32],
    pub(in crate::model) source: &'a [f32],
}

impl WithSimd for AddInto<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (sum, x) in self.sum.iter_mut().zip(self.source) {
            *sum += x;
        }
    }
}
