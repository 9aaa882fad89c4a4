//! What the network knows of t, computed once for all points that have it.

use super::{
    FusedNetwork,
    workspace::{StepWeights, TimeWorkspace, Workspace},
};
use crate::model::{
    features::TimeTable,
    kernel::{self, Backward, Buffer, Forward, Matrix, Pick, TableRows, multiply},
};

impl FusedNetwork {
    /// Fills the forward part of `time` for the features that stand in it.
    pub(super) fn embed_time(&self, weights: &[f32], table: &TimeTable, time: &mut TimeWorkspace) {
        let rows = time.features.len() / table.dim().max(1);
        time.values
            .resize_with(self.layers.time.len(), Buffer::default);
        time.slopes
            .resize_with(self.layers.time.len(), Buffer::default);
        for (i, (layer, place)) in self.layers.time.iter().zip(&self.places).enumerate() {
            let (before, after) = time.values.split_at_mut(i);
            let input = before.last().unwrap_or(&time.features);
            let (product, out) = (&mut time.slopes[i], &mut after[0]);
            product.resize(rows * layer.outputs);
            out.resize(rows * layer.outputs);
            let matrix = Matrix::row_major(&weights[place.weight.clone()], layer.outputs);
            multiply(
                product,
                Matrix::row_major(input, layer.inputs),
                matrix,
                false,
            );
            let bias = &weights[place.bias.clone()];
            kernel::run(Forward {
                activation: layer.activation,
                bias: TableRows::new(bias, layer.outputs, Pick::Same(0)),
                skip: None,
                time: None,
                class: None,
                scale: 1.0,
                product,
                out: Some(out),
            });
        }
        let width = self.time_width(table);
        for (layer, place) in self.main().filter(|(layer, _)| layer.sees_time) {
            let mut bias = std::mem::take(&mut time.bias);
            bias.clear();
            for _ in 0..rows {
                bias.extend_from_slice(&weights[place.bias.clone()]);
            }
            let matrix = &weights[self.time_rows(layer, place, table)];
            let embedding = Matrix::row_major(time.embedding(), width);
            multiply(
                &mut bias,
                embedding,
                Matrix::row_major(matrix, layer.outputs),
                true,
            );
            time.bias = bias;
        }
    }

    /// The gradient of the weights that see t alone.
    pub(super) fn time_backward(
        &self,
        step: StepWeights,
        table: &TimeTable,
        space: &mut Workspace,
    ) {
        let (time, width) = (&mut space.time, self.time_width(table));
        for (layer, place) in self.main().filter(|(layer, _)| layer.sees_time) {
            let rows = self.time_rows(layer, place, table);
            let gradient = &mut space.gradient[rows];
            let product = Matrix::row_major(&time.bias_gradient, layer.outputs);
            let embedding = time.values.last().unwrap_or(&time.features);
            let embedding = Matrix::row_major(embedding, width);
            multiply(gradient, embedding.transposed(), product, false);
            if !self.layers.time.is_empty() {
                let matrix = &step.transposed[self.layers.time.len()];
                let matrix = Matrix::row_major(matrix, width);
                multiply(&mut time.embedding_gradient, product, matrix, true);
            }
        }
        let rows = time.features.len() / table.dim().max(1);
        let layers = self.layers.time.iter().zip(&self.places).enumerate();
        for (i, (layer, place)) in layers.rev() {
            kernel::run(Backward {
                scale: 1.0,
                gradient: &mut time.embedding_gradient,
                slopes: &mut time.slopes[i],
                bias: &mut space.gradient[place.bias.clone()],
            });
            let input = match i {
                0 => &time.features,
                i => &time.values[i - 1],
            };
            let input = Matrix::row_major(input, layer.inputs);
            let product = Matrix::row_major(&time.slopes[i], layer.outputs);
            let gradient = &mut space.gradient[place.weight.clone()];
            multiply(gradient, input.transposed(), product, false);
            if i > 0 {
                let matrix = Matrix::row_major(&step.transposed[i], layer.inputs);
                time.hidden_gradient.resize(rows * layer.inputs);
                multiply(&mut time.hidden_gradient, product, matrix, false);
                std::mem::swap(&mut time.hidden_gradient, &mut time.embedding_gradient);
            }
        }
    }
}
