//! One layer on the way forward, a strip of points at a time.

use super::{
    FusedNetwork,
    workspace::{ClassWorkspace, TimeWorkspace},
};
use crate::model::{
    features::TimeTable,
    kernel::{self, Forward, Matrix, Pick, TableRows, multiply},
    layers::Layer,
};

/// Rows that go through a layer together, a multiple of the rows of a tile. They are few enough for the
/// nearest cache to hold them between their product and what follows it.
const STRIP: usize = 24;

/// Which rows of the tables belong to points: of that of their timesteps, and of that of their classes
/// where the network is told them.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Picks<'a> {
    /// Of timesteps.
    pub(in crate::model) time: Pick<'a>,
    /// Of classes.
    pub(in crate::model) class: Pick<'a>,
}

/// A layer with its weights and what it knows of t and the class.
pub(super) struct LayerWeights<'a> {
    layer: &'a Layer,
    matrix: &'a [f32],
    /// A table of biases, one for all points or one for each timestep.
    bias: &'a [f32],
    /// What is added after the nonlinearity, one row for each timestep.
    time: Option<&'a [f32]>,
    /// What is added to the product, one row for each class.
    class_shares: Option<&'a [f32]>,
    /// What is added after the nonlinearity, one row for each class.
    class: Option<&'a [f32]>,
}

/// Points on their way through a layer.
#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    /// What enters, `[n, inputs]`.
    pub(super) input: &'a [f32],
    /// What is added after the nonlinearity, `[n, outputs]`.
    pub(super) skip: Option<&'a [f32]>,
    /// The timestep and the class of each.
    pub(super) picks: Picks<'a>,
}

impl FusedNetwork {
    /// Main layer `i` with its weights and what it knows of t and the class.
    pub(super) fn layer_weights<'a>(
        &'a self,
        i: usize,
        weights: &'a [f32],
        table: &TimeTable,
        (time, class): (&'a TimeWorkspace, &'a ClassWorkspace),
    ) -> LayerWeights<'a> {
        let layer = &self.layers.main[i];
        let place = &self.places[self.layers.time.len() + i];
        let (mut inputs, mut bias) = (layer.inputs, &weights[place.bias.clone()]);
        if layer.sees_time {
            inputs -= self.time_width(table);
            bias = &time.bias;
        }
        if layer.sees_class {
            inputs -= self.class_width();
        }
        LayerWeights {
            layer,
            matrix: &weights[place.weight.clone()][..inputs * layer.outputs],
            bias,
            time: layer.adds_time.then(|| time.embedding()),
            class_shares: layer.sees_class.then_some(&class.shares),
            class: layer.adds_class.then(|| self.embedding(weights)),
        }
    }
}

impl LayerWeights<'_> {
    /// Width of what enters of the points.
    pub(super) fn inputs(&self) -> usize {
        self.matrix.len() / self.layer.outputs
    }

    /// The layer, a strip of points at a time: the result goes to `out`, and the derivatives of the
    /// nonlinearity stay in `product`; without `out`, the result stays there.
    pub(super) fn forward(&self, points: Points, product: &mut [f32], mut out: Option<&mut [f32]>) {
        let (layer, outputs) = (self.layer, self.layer.outputs);
        let inputs = self.inputs();
        let matrix = Matrix::row_major(self.matrix, outputs);
        let n = product.len() / outputs;
        for start in (0..n).step_by(STRIP) {
            let rows = start..n.min(start + STRIP);
            let input = &points.input[rows.start * inputs..rows.end * inputs];
            let values = rows.start * outputs..rows.end * outputs;
            let product = &mut product[values.clone()];
            let input = Matrix::row_major(input, inputs);
            let (time, class) = (points.picks.time, points.picks.class);
            let (time, class) = (time.part(rows.clone()), class.part(rows));
            if let Some(shares) = self.class_shares {
                TableRows::new(shares, outputs, class).copy_to(product);
            }
            multiply(product, input, matrix, self.class_shares.is_some());
            kernel::run(Forward {
                activation: layer.activation,
                bias: match layer.sees_time {
                    true => TableRows::new(self.bias, outputs, time),
                    false => TableRows::new(self.bias, outputs, Pick::Same(0)),
                },
                skip: points.skip.map(|skip| &skip[values.clone()]),
                time: self.time.map(|table| TableRows::new(table, outputs, time)),
                class: self
                    .class
                    .map(|table| TableRows::new(table, outputs, class)),
                scale: layer.scale as f32,
                product,
                out: out.as_deref_mut().map(|out| &mut out[values.clone()]),
            });
        }
    }
}
