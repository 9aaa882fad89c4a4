//! Loss and gradient of a chunk of a batch.

use super::{
    FusedNetwork,
    class::pick_classes,
    layer::{Picks, Points},
    workspace::{StepWeights, Workspace},
};
use crate::model::{
    batch::Chunk,
    features::TimeTable,
    kernel::{self, Backward, Buffer, Matrix, Pick, ScatterRows, Transpose, multiply},
    layers::Layer,
};

impl FusedNetwork {
    /// `weights` for a step; `transposed` is room for transposes, kept from step to step.
    pub(in crate::model) fn prepare<'a>(
        &self,
        weights: &'a [f32],
        transposed: &'a mut Vec<Buffer>,
        table: &TimeTable,
    ) -> StepWeights<'a> {
        let first = self.layers.time.len();
        transposed.resize_with(self.places.len() + 1, Buffer::default);
        for (i, (layer, place)) in self.layers.iter().zip(&self.places).enumerate() {
            // What enters the network has no gradient.
            let rows = match i {
                0 if first > 0 => continue,
                i if i == first && first > 0 && layer.sees_time => {
                    self.time_rows(layer, place, table)
                }
                i if i == first => continue,
                _ => place.weight.clone(),
            };
            transpose(&weights[rows], layer.outputs, &mut transposed[i]);
        }
        if let Some((layer, rows)) = self.sees_class() {
            let out = &mut transposed[self.places.len()];
            transpose(&weights[rows], layer.outputs, out);
        }
        StepWeights {
            weights,
            transposed,
        }
    }

    /// Loss of a chunk, Σ w_i ‖output_i − target_i‖², times `scale`, and its gradient: `workspace` gets
    /// both.
    pub(in crate::model) fn loss_and_gradient(
        &self,
        step: StepWeights,
        table: &TimeTable,
        chunk: &Chunk,
        scale: f64,
        workspace: &mut Workspace,
    ) {
        let weights = step.weights;
        workspace.gradient.resize(weights.len());
        let time = &mut workspace.time;
        let widths = self.layers.iter().map(|layer| layer.outputs);
        let widest = widths.fold(table.dim(), usize::max);
        time.reserve(self.layers.time.len(), chunk.len(), widest);
        time.features.clear();
        for t in chunk.timesteps() {
            time.features.extend_from_slice(table.row(*t as usize));
        }
        self.embed_time(weights, table, time);
        self.embed_classes(weights, &mut workspace.class);
        self.forward(weights, table, chunk, workspace);
        let mut upstream = workspace.spare.pop().unwrap_or_default();
        let output = workspace.values.last().map_or(&[][..], |value| &**value);
        workspace.loss = output_gradient(chunk, output, scale, &mut upstream);
        self.backward(step, table, chunk, workspace, upstream);
    }

    fn forward(&self, weights: &[f32], table: &TimeTable, chunk: &Chunk, space: &mut Workspace) {
        let n = chunk.len();
        let picks = Picks {
            time: Pick::Each(chunk.slots()),
            class: pick_classes(chunk.classes()),
        };
        space.values.resize_with(self.main().len(), Buffer::default);
        space.slopes.resize_with(self.main().len(), Buffer::default);
        for (i, (layer, _)) in self.main().enumerate() {
            let (before, after) = space.values.split_at_mut(i);
            let input = before.last().map_or(chunk.x(), |value| &**value);
            let (product, out) = (&mut space.slopes[i], &mut after[0]);
            product.resize(n * layer.outputs);
            out.resize(n * layer.outputs);
            let points = Points {
                input,
                skip: layer.skip.map(|value| &*before[value - 1]),
                picks,
            };
            let tables = (&space.time, &space.class);
            let weights = self.layer_weights(i, weights, table, tables);
            weights.forward(points, product, Some(out));
        }
    }

    /// The gradient of all weights from that of the output, `upstream`.
    fn backward(
        &self,
        step: StepWeights,
        table: &TimeTable,
        chunk: &Chunk,
        space: &mut Workspace,
        mut upstream: Buffer,
    ) {
        let n = chunk.len();
        let width = self.time_width(table);
        let gradient = &mut space.time.embedding_gradient;
        gradient.reset(chunk.timesteps().len() * width);
        if let Some(place) = self.embedding.clone() {
            space.gradient[place].fill(0.0);
        }
        // The gradient of a value that a skip connection has reached, but its own layer not yet.
        let mut held: Option<(usize, Buffer)> = None;
        for (i, (layer, place)) in self.main().enumerate().rev() {
            kernel::run(Backward {
                scale: layer.scale as f32,
                gradient: &mut upstream,
                slopes: &mut space.slopes[i],
                bias: &mut space.gradient[place.bias.clone()],
            });
            self.scatter((i, layer), chunk, &upstream, space);
            let product = Matrix::row_major(&space.slopes[i], layer.outputs);
            let input = match i {
                0 => chunk.x(),
                i => &space.values[i - 1],
            };
            let inputs = input.len() / n;
            let matrix = place.weight.start..place.weight.start + inputs * layer.outputs;
            let gradient = &mut space.gradient[matrix];
            multiply(
                gradient,
                Matrix::row_major(input, inputs).transposed(),
                product,
                false,
            );
            if i == 0 {
                break;
            }
            // What arrived at this layer's output is also the gradient of what it skips to.
            let (mut next, accumulate) = match (layer.skip, held.take()) {
                (Some(value), _) if value == i => (std::mem::take(&mut upstream), true),
                (None, Some((value, gradient))) if value == i => (gradient, true),
                (skip, kept) => {
                    let skipped = skip.map(|value| (value, std::mem::take(&mut upstream)));
                    held = skipped.or(kept);
                    (space.spare.pop().unwrap_or_default(), false)
                }
            };
            next.resize(n * inputs);
            let matrix = &step.transposed[self.layers.time.len() + i];
            multiply(
                &mut next,
                product,
                Matrix::row_major(matrix, inputs),
                accumulate,
            );
            let done = std::mem::replace(&mut upstream, next);
            if !done.is_empty() {
                space.spare.push(done);
            }
        }
        space.spare.push(upstream);
        self.time_backward(step, table, space);
        self.class_backward(step, space);
    }

    /// Adds what reaches a layer and the rows that it has of times and classes: `upstream` is the gradient
    /// of its output, its slopes that of its product.
    fn scatter(
        &self,
        (i, layer): (usize, &Layer),
        chunk: &Chunk,
        upstream: &Buffer,
        space: &mut Workspace,
    ) {
        if layer.adds_time {
            kernel::run(ScatterRows {
                table: &mut space.time.embedding_gradient,
                rows: chunk.slots(),
                source: upstream,
            });
        }
        if layer.adds_class
            && let Some(place) = self.embedding.clone()
        {
            kernel::run(ScatterRows {
                table: &mut space.gradient[place],
                rows: chunk.classes(),
                source: upstream,
            });
        }
        if layer.sees_class {
            space.class.shares_gradient.reset(space.class.shares.len());
            kernel::run(ScatterRows {
                table: &mut space.class.shares_gradient,
                rows: chunk.classes(),
                source: &space.slopes[i],
            });
        }
        if layer.sees_time {
            let distinct = chunk.timesteps().len();
            space.time.bias_gradient.reset(distinct * layer.outputs);
            kernel::run(ScatterRows {
                table: &mut space.time.bias_gradient,
                rows: chunk.slots(),
                source: &space.slopes[i],
            });
        }
    }
}

fn transpose(matrix: &[f32], columns: usize, out: &mut Buffer) {
    out.resize(matrix.len());
    kernel::run(Transpose {
        matrix,
        columns,
        out,
    });
}

/// The loss of a chunk times `scale`; `gradient` gets that of the network's output.
fn output_gradient(chunk: &Chunk, output: &[f32], scale: f64, gradient: &mut Buffer) -> f64 {
    let dim = chunk.target().len() / chunk.len();
    let mut sum = 0.0;
    gradient.clear();
    let rows = output
        .chunks_exact(dim)
        .zip(chunk.target().chunks_exact(dim));
    for ((output, target), weight) in rows.zip(chunk.weight()) {
        for (y, target) in output.iter().zip(target) {
            let error = y - target;
            sum += f64::from(weight * error * error);
            gradient.extend_from_slice(&[(2.0 * scale) as f32 * weight * error]);
        }
    }
    scale * sum
}
