//! What happens around the product of a layer: bias, nonlinearity, skip connection, time and class in
//! one pass, and the way back.

use super::nonlinearity::{Gelu, Identity, LeakyRelu, Nonlinearity, Relu, Silu, Tanh};
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
    fn with_simd<S: Simd>(self, simd: S) {
        match self.activation {
            None => self.apply::<S, Identity>(simd),
            Some(Activation::Relu) => self.apply::<S, Relu>(simd),
            Some(Activation::LeakyRelu) => self.apply::<S, LeakyRelu>(simd),
            Some(Activation::Gelu) => self.apply::<S, Gelu>(simd),
            Some(Activation::Silu) => self.apply::<S, Silu>(simd),
            Some(Activation::Tanh) => self.apply::<S, Tanh>(simd),
        }
    }
}

impl Forward<'_> {
    #[inline(always)]
    fn apply<S: Simd, A: Nonlinearity>(self, simd: S) {
        // A loop of its own for the layers that add nothing: others ask at every register.
        let adds = self.skip.is_some() || self.time.is_some() || self.class.is_some();
        match adds || self.scale != 1.0 {
            true => self.rows::<S, A, true>(simd),
            false => self.rows::<S, A, false>(simd),
        }
    }

    #[inline(always)]
    fn rows<S: Simd, A: Nonlinearity, const ADDS: bool>(mut self, simd: S) {
        let width = self.bias.width;
        let product = std::mem::take(&mut self.product);
        let mut out = self.out.take().map(|out| out.chunks_exact_mut(width));
        for (i, product) in product.chunks_exact_mut(width).enumerate() {
            let inputs = Inputs {
                bias: self.bias.row(i),
                skip: self.skip.map(|skip| &skip[i * width..(i + 1) * width]),
                time: self.time.map(|time| time.row(i)),
                class: self.class.map(|class| class.row(i)),
            };
            match out.as_mut().and_then(Iterator::next) {
                None => self.row::<S, A, ADDS>(simd, &inputs, product),
                Some(out) => self.row_with_slopes::<S, A, ADDS>(simd, &inputs, product, out),
            }
        }
    }

    /// The result in place of a row of the product.
    #[inline(always)]
    fn row<S: Simd, A: Nonlinearity, const ADDS: bool>(
        &self,
        simd: S,
        inputs: &Inputs<&[f32]>,
        product: &mut [f32],
    ) {
        let (product, last) = S::as_mut_simd_f32s(product);
        let whole = inputs.whole::<S>(product.len());
        for (j, h) in product.iter_mut().enumerate() {
            *h = self.result::<S, A, ADDS>(simd, *h, whole.at(j)).0;
        }
        if !last.is_empty() {
            let h = simd.partial_load_f32s(last);
            let (value, _) = self.result::<S, A, ADDS>(simd, h, inputs.last(simd));
            simd.partial_store_f32s(last, value);
        }
    }

    /// The result of a row, and the derivatives in place of the product.
    #[inline(always)]
    fn row_with_slopes<S: Simd, A: Nonlinearity, const ADDS: bool>(
        &self,
        simd: S,
        inputs: &Inputs<&[f32]>,
        product: &mut [f32],
        out: &mut [f32],
    ) {
        let (product, last) = S::as_mut_simd_f32s(product);
        let (out, last_out) = S::as_mut_simd_f32s(out);
        let whole = inputs.whole::<S>(product.len());
        for (j, (h, out)) in product.iter_mut().zip(out).enumerate() {
            (*out, *h) = self.result::<S, A, ADDS>(simd, *h, whole.at(j));
        }
        if !last.is_empty() {
            let h = simd.partial_load_f32s(last);
            let (value, slope) = self.result::<S, A, ADDS>(simd, h, inputs.last(simd));
            simd.partial_store_f32s(last_out, value);
            simd.partial_store_f32s(last, slope);
        }
    }

    /// The result for a register of the product, and the derivatives of the nonlinearity there.
    #[inline(always)]
    fn result<S: Simd, A: Nonlinearity, const ADDS: bool>(
        &self,
        simd: S,
        h: S::f32s,
        inputs: Inputs<S::f32s>,
    ) -> (S::f32s, S::f32s) {
        let (mut value, slope) = A::with_slope(simd, simd.add_f32s(h, inputs.bias));
        if !ADDS {
            return (value, slope);
        }
        // No loop: it would take the registers through memory.
        if let Some(skip) = inputs.skip {
            value = simd.add_f32s(value, skip);
        }
        if let Some(time) = inputs.time {
            value = simd.add_f32s(value, time);
        }
        if let Some(class) = inputs.class {
            value = simd.add_f32s(value, class);
        }
        (simd.mul_f32s(value, simd.splat_f32s(self.scale)), slope)
    }
}

/// What a row of the product meets: rows, rows of registers, or a register of each.
#[derive(Clone, Copy)]
struct Inputs<T> {
    bias: T,
    skip: Option<T>,
    time: Option<T>,
    class: Option<T>,
}

impl<'a> Inputs<&'a [f32]> {
    /// The rows as so many whole registers.
    #[inline(always)]
    fn whole<S: Simd>(&self, count: usize) -> Inputs<&'a [S::f32s]> {
        let whole = |row: &'a [f32]| &S::as_simd_f32s(row).0[..count];
        Inputs {
            bias: whole(self.bias),
            skip: self.skip.map(whole),
            time: self.time.map(whole),
            class: self.class.map(whole),
        }
    }

    /// What is left of each, as a fraction of a register.
    #[inline(always)]
    fn last<S: Simd>(&self, simd: S) -> Inputs<S::f32s> {
        let last = |row: &[f32]| simd.partial_load_f32s(S::as_simd_f32s(row).1);
        Inputs {
            bias: last(self.bias),
            skip: self.skip.map(last),
            time: self.time.map(last),
            class: self.class.map(last),
        }
    }
}

impl<R: Copy> Inputs<&[R]> {
    #[inline(always)]
    fn at(&self, j: usize) -> Inputs<R> {
        Inputs {
            bias: self.bias[j],
            skip: self.skip.map(|row| row[j]),
            time: self.time.map(|row| row[j]),
            class: self.class.map(|row| row[j]),
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
