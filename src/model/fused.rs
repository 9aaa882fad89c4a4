//! The network on the processor, forward and backward, around the kernels.

use super::{
    ModelConfig,
    batch::Chunk,
    features::TimeTable,
    kernel::{
        self, Backward, Buffer, Forward, Matrix, Pick, ScatterRows, TableRows, Transpose, multiply,
    },
    layers::{Layer, Layers, Place},
};
use std::sync::Arc;

/// Layers and places of a network whose weights lie in one flat vector.
#[derive(Debug, Clone)]
pub(super) struct FusedNetwork {
    layers: Layers,
    /// Of the time MLP's layers, then of the main ones.
    places: Vec<Place>,
}

/// What a training step computes on the way, for one chunk of a batch; kept from step to step so that
/// no step allocates.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    time: TimeWorkspace,
    /// Outputs of the layers, `[n, outputs]` each.
    values: Vec<Buffer>,
    /// Derivatives of their nonlinearities, then gradients of their products.
    slopes: Vec<Buffer>,
    /// Vectors for gradients of values that are not in use.
    spare: Vec<Buffer>,
    /// The gradient of all weights.
    pub(super) gradient: Buffer,
}

/// The weights of a step, with the transposes that the way back needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepWeights<'a> {
    weights: &'a [f32],
    transposed: &'a [Buffer],
}

/// Rows that go through a layer together: few enough for the nearest cache to hold them between their
/// product and what follows it, and a multiple of the rows of a tile.
const STRIP: usize = 24;

/// The part of a step that depends on t alone, one row for each distinct timestep of a chunk.
#[derive(Debug, Default)]
struct TimeWorkspace {
    features: Buffer,
    /// Outputs of the time MLP's layers and the derivatives inside.
    values: Vec<Buffer>,
    slopes: Vec<Buffer>,
    /// What the input layer adds to its product: its bias, and its share of t.
    bias: Buffer,
    bias_gradient: Buffer,
    embedding_gradient: Buffer,
    hidden_gradient: Buffer,
}

impl TimeWorkspace {
    /// What the main layers see of t.
    fn embedding(&self) -> &[f32] {
        self.values.last().unwrap_or(&self.features)
    }
}

/// Fixed weights, with everything that depends on t alone computed for all timesteps.
#[derive(Debug)]
pub(super) struct FixedWeights {
    weights: Arc<Buffer>,
    time: TimeWorkspace,
}

/// Buffers in which points go through a network with fixed weights.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// A value, the one before it and the one before that, which may be a skip connection's.
    values: [Buffer; 3],
}

impl FusedNetwork {
    /// The network that `config` describes, for points of dimension `dim`.
    pub(super) fn new(config: &ModelConfig, dim: usize) -> Self {
        let layers = Layers::new(config, dim);
        let places = layers.places();
        Self { layers, places }
    }

    /// The main layers with the places of their weights.
    fn main(&self) -> impl DoubleEndedIterator<Item = (&Layer, &Place)> + ExactSizeIterator {
        self.layers
            .main
            .iter()
            .zip(&self.places[self.layers.time.len()..])
    }

    /// Width of what the main layers see of t.
    fn time_width(&self, table: &TimeTable) -> usize {
        self.layers
            .time
            .last()
            .map_or(table.dim(), |layer| layer.outputs)
    }

    /// `weights` for a step; `transposed` is room for transposes, kept from step to step.
    pub(super) fn prepare<'a>(
        &self,
        weights: &'a [f32],
        transposed: &'a mut Vec<Buffer>,
        table: &TimeTable,
    ) -> StepWeights<'a> {
        let first = self.layers.time.len();
        transposed.resize_with(self.places.len(), Buffer::default);
        for (i, (layer, place)) in self.layers.iter().zip(&self.places).enumerate() {
            // What enters the network has no gradient.
            let without = match i {
                0 if first > 0 => layer.inputs,
                i if i == first && first > 0 && layer.sees_time => {
                    layer.inputs - self.time_width(table)
                }
                i if i == first => layer.inputs,
                _ => 0,
            };
            let matrix = &weights[place.weight.clone()][without * layer.outputs..];
            transposed[i].resize(matrix.len());
            kernel::run(Transpose {
                matrix,
                columns: layer.outputs,
                out: &mut transposed[i],
            });
        }
        StepWeights {
            weights,
            transposed,
        }
    }

    /// Fills the forward part of `time` for the features that stand in it.
    fn embed_time(&self, weights: &[f32], table: &TimeTable, time: &mut TimeWorkspace) {
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
            let matrix = &weights[place.weight.clone()][(layer.inputs - width) * layer.outputs..];
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

    /// Loss of a chunk, Σ w_i ‖output_i − target_i‖², times `scale`, and its gradient, which
    /// `workspace` gets.
    pub(super) fn loss_and_gradient(
        &self,
        step: StepWeights,
        table: &TimeTable,
        chunk: &Chunk,
        scale: f64,
        workspace: &mut Workspace,
    ) -> f64 {
        let weights = step.weights;
        workspace.gradient.resize(weights.len());
        let time = &mut workspace.time;
        time.features.clear();
        for t in chunk.timesteps() {
            time.features.extend_from_slice(table.row(*t as usize));
        }
        self.embed_time(weights, table, time);
        self.forward(weights, table, chunk, workspace);
        let mut upstream = workspace.spare.pop().unwrap_or_default();
        let output = workspace.values.last().map_or(&[][..], |value| &**value);
        let loss = output_gradient(chunk, output, scale, &mut upstream);
        self.backward(step, table, chunk, workspace, upstream);
        loss
    }

    fn forward(&self, weights: &[f32], table: &TimeTable, chunk: &Chunk, space: &mut Workspace) {
        let (n, slots) = (chunk.len(), Pick::Each(chunk.slots()));
        let time_width = self.time_width(table);
        space.values.resize_with(self.main().len(), Buffer::default);
        space.slopes.resize_with(self.main().len(), Buffer::default);
        for (i, (layer, place)) in self.main().enumerate() {
            let (before, after) = space.values.split_at_mut(i);
            let input = before.last().map_or(chunk.x(), |value| &**value);
            let (product, out) = (&mut space.slopes[i], &mut after[0]);
            product.resize(n * layer.outputs);
            out.resize(n * layer.outputs);
            let points = Points {
                input,
                skip: layer.skip.map(|value| &*before[value - 1]),
                pick: slots,
            };
            let weights = LayerWeights::new(layer, place, weights, &space.time, time_width);
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
        let (n, distinct) = (chunk.len(), chunk.timesteps().len());
        let time_width = self.time_width(table);
        let time = &mut space.time;
        time.embedding_gradient.reset(distinct * time_width);
        // The gradient of a value that a skip connection has reached, but its own layer not yet.
        let mut held: Option<(usize, Buffer)> = None;
        for (i, (layer, place)) in self.main().enumerate().rev() {
            kernel::run(Backward {
                scale: layer.scale as f32,
                gradient: &mut upstream,
                slopes: &mut space.slopes[i],
                bias: &mut space.gradient[place.bias.clone()],
            });
            let product = Matrix::row_major(&space.slopes[i], layer.outputs);
            if layer.adds_time {
                kernel::run(ScatterRows {
                    table: &mut time.embedding_gradient,
                    rows: chunk.slots(),
                    source: &upstream,
                });
            }
            if layer.sees_time {
                time.bias_gradient.reset(distinct * layer.outputs);
                kernel::run(ScatterRows {
                    table: &mut time.bias_gradient,
                    rows: chunk.slots(),
                    source: &space.slopes[i],
                });
            }
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
            space.spare.push(std::mem::replace(&mut upstream, next));
        }
        space.spare.push(upstream);
        self.time_backward(step, table, space);
    }

    /// The gradient of the weights that see t alone.
    fn time_backward(&self, step: StepWeights, table: &TimeTable, space: &mut Workspace) {
        let (time, width) = (&mut space.time, self.time_width(table));
        for (layer, place) in self.main().filter(|(layer, _)| layer.sees_time) {
            let start = place.weight.end - width * layer.outputs;
            let gradient = &mut space.gradient[start..place.weight.end];
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

    /// `weights`, ready for [`output`](Self::output) at every timestep of `table`.
    pub(super) fn fix(&self, weights: &[f32], table: &TimeTable) -> FixedWeights {
        let weights = Arc::new(Buffer::copy_of(weights));
        self.fix_rows(weights, table, table.rows())
    }

    /// The same weights, ready at any times instead: what `pick` names are then the rows of `features`,
    /// those of the times.
    pub(super) fn fix_at(
        &self,
        fixed: &FixedWeights,
        table: &TimeTable,
        features: &[f32],
    ) -> FixedWeights {
        self.fix_rows(fixed.weights.clone(), table, features)
    }

    fn fix_rows(&self, weights: Arc<Buffer>, table: &TimeTable, rows: &[f32]) -> FixedWeights {
        let mut time = TimeWorkspace {
            features: Buffer::copy_of(rows),
            ..TimeWorkspace::default()
        };
        self.embed_time(&weights, table, &mut time);
        // The derivatives are for training.
        time.slopes.clear();
        FixedWeights { weights, time }
    }

    /// The output `[n, d]` for features of points `x`, at the timesteps that `pick` names.
    pub(super) fn output<'a>(
        &self,
        fixed: &FixedWeights,
        table: &TimeTable,
        x: &[f32],
        pick: Pick,
        buffers: &'a mut Buffers,
    ) -> &'a [f32] {
        let (weights, time) = (&fixed.weights, &fixed.time);
        let time_width = self.time_width(table);
        let mut input_width = self.layers.main.first().map_or(1, |layer| layer.inputs);
        if self
            .layers
            .main
            .first()
            .is_some_and(|layer| layer.sees_time)
        {
            input_width -= time_width;
        }
        let n = x.len() / input_width;
        for (i, (layer, place)) in self.main().enumerate() {
            let mut product = std::mem::take(&mut buffers.values[(i + 1) % 3]);
            product.resize(n * layer.outputs);
            let input = match i {
                0 => x,
                i => &buffers.values[i % 3],
            };
            let skip = layer.skip.map(|value| {
                debug_assert!(i + 1 - value < 3, "a skip connection reaches too far back");
                &*buffers.values[value % 3]
            });
            let points = Points { input, skip, pick };
            let weights = LayerWeights::new(layer, place, weights, time, time_width);
            weights.forward(points, &mut product, None);
            buffers.values[(i + 1) % 3] = product;
        }
        &buffers.values[self.layers.main.len() % 3]
    }
}

/// A layer with its weights and what it knows of t.
struct LayerWeights<'a> {
    layer: &'a Layer,
    matrix: &'a [f32],
    /// A table of biases, one for all points or one for each timestep.
    bias: &'a [f32],
    /// What is added after the nonlinearity, one row for each timestep.
    embedding: Option<&'a [f32]>,
}

/// Points on their way through a layer.
#[derive(Clone, Copy)]
struct Points<'a> {
    /// What enters, `[n, inputs]`.
    input: &'a [f32],
    /// What is added after the nonlinearity, `[n, outputs]`.
    skip: Option<&'a [f32]>,
    /// The timestep of each.
    pick: Pick<'a>,
}

impl<'a> LayerWeights<'a> {
    fn new(
        layer: &'a Layer,
        place: &Place,
        weights: &'a [f32],
        time: &'a TimeWorkspace,
        time_width: usize,
    ) -> Self {
        let (inputs, bias) = match layer.sees_time {
            true => (layer.inputs - time_width, &*time.bias),
            false => (layer.inputs, &weights[place.bias.clone()]),
        };
        Self {
            layer,
            matrix: &weights[place.weight.clone()][..inputs * layer.outputs],
            bias,
            embedding: layer.adds_time.then(|| time.embedding()),
        }
    }

    /// The layer, a strip of points at a time: the result goes to `out`, and the derivatives of the
    /// nonlinearity stay in `product`; without `out`, the result stays there.
    fn forward(&self, points: Points, product: &mut [f32], mut out: Option<&mut [f32]>) {
        let (layer, outputs) = (self.layer, self.layer.outputs);
        let inputs = self.matrix.len() / outputs;
        let matrix = Matrix::row_major(self.matrix, outputs);
        let n = product.len() / outputs;
        for start in (0..n).step_by(STRIP) {
            let rows = start..n.min(start + STRIP);
            let input = &points.input[rows.start * inputs..rows.end * inputs];
            let values = rows.start * outputs..rows.end * outputs;
            let product = &mut product[values.clone()];
            multiply(product, Matrix::row_major(input, inputs), matrix, false);
            let pick = points.pick.part(rows);
            kernel::run(Forward {
                activation: layer.activation,
                bias: match layer.sees_time {
                    true => TableRows::new(self.bias, outputs, pick),
                    false => TableRows::new(self.bias, outputs, Pick::Same(0)),
                },
                skip: points.skip.map(|skip| &skip[values.clone()]),
                time: self
                    .embedding
                    .map(|table| TableRows::new(table, outputs, pick)),
                scale: layer.scale as f32,
                product,
                out: out.as_deref_mut().map(|out| &mut out[values.clone()]),
            });
        }
    }
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
