//! The network on the processor, forward and backward, around the kernels.

use super::{
    ModelConfig, PointShape,
    batch::Chunk,
    features::TimeTable,
    kernel::{
        self, Backward, Buffer, Forward, Matrix, Pick, ScatterRows, TableRows, Transpose, multiply,
    },
    layers::{Layer, Layers, Place},
};
use std::{ops::Range, sync::Arc};

/// Layers and places of a network whose weights lie in one flat vector.
#[derive(Debug, Clone)]
pub(super) struct FusedNetwork {
    layers: Layers,
    /// Of the time MLP's layers, then of the main ones.
    places: Vec<Place>,
    /// Of the embedding of the classes, if there is one.
    embedding: Option<Range<usize>>,
}

/// What a training step computes on the way, for one chunk of a batch; kept from step to step so that
/// no step allocates.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    time: TimeWorkspace,
    class: ClassWorkspace,
    /// Outputs of the layers, `[n, outputs]` each.
    values: Vec<Buffer>,
    /// Derivatives of their nonlinearities, then gradients of their products.
    slopes: Vec<Buffer>,
    /// Vectors for gradients of values that are not in use.
    spare: Vec<Buffer>,
    /// The loss of the chunk.
    pub(super) loss: f64,
    /// Its gradient, of all weights.
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

/// The part of a step that depends on the class alone, one row for each row of the embedding.
#[derive(Debug, Default)]
struct ClassWorkspace {
    /// What the input layer adds to its product.
    shares: Buffer,
    shares_gradient: Buffer,
}

impl TimeWorkspace {
    /// Room for `rows` rows of `width` numbers in every table, so that none has to grow when a chunk
    /// happens to hold more timesteps than those before it.
    fn reserve(&mut self, num_layers: usize, rows: usize, width: usize) {
        self.values.resize_with(num_layers, Buffer::default);
        self.slopes.resize_with(num_layers, Buffer::default);
        let layers = self.values.iter_mut().chain(&mut self.slopes);
        let others = [
            &mut self.features,
            &mut self.bias,
            &mut self.bias_gradient,
            &mut self.embedding_gradient,
            &mut self.hidden_gradient,
        ];
        layers
            .chain(others)
            .for_each(|table| table.reserve(rows * width));
    }

    /// What the main layers see of t.
    fn embedding(&self) -> &[f32] {
        self.values.last().unwrap_or(&self.features)
    }
}

/// Fixed weights, with everything that depends on t alone computed for all timesteps, and on the class
/// alone for all classes.
#[derive(Debug)]
pub(super) struct FixedWeights {
    weights: Arc<Buffer>,
    time: TimeWorkspace,
    class: ClassWorkspace,
}

/// Which rows of the tables belong to points: of that of their timesteps, and of that of their classes
/// where the network is told them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picks<'a> {
    /// Of timesteps.
    pub(super) time: Pick<'a>,
    /// Of classes.
    pub(super) class: Pick<'a>,
}

/// Buffers in which points go through a network with fixed weights.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// A value, the one before it and the one before that, which may be a skip connection's.
    values: [Buffer; 3],
}

impl FusedNetwork {
    /// The network that `config` describes, for such points.
    pub(super) fn new(config: &ModelConfig, shape: PointShape) -> Self {
        let layers = Layers::new(config, shape);
        let (places, embedding) = (layers.places(), layers.embedding_place());
        Self {
            layers,
            places,
            embedding,
        }
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

    /// Width of the embedding of the classes, 0 without one.
    fn class_width(&self) -> usize {
        self.layers.classes.map_or(0, |classes| classes.width)
    }

    /// The embedding of the classes, empty without one.
    fn embedding<'a>(&self, weights: &'a [f32]) -> &'a [f32] {
        self.embedding.clone().map_or(&[], |place| &weights[place])
    }

    /// The input layer, if it sees the embedding of the class, and where it has the rows for it.
    fn sees_class(&self) -> Option<(&Layer, Range<usize>)> {
        let (layer, place) = self.main().next().filter(|(layer, _)| layer.sees_class)?;
        let rows = self.class_width() * layer.outputs;
        Some((layer, place.weight.end - rows..place.weight.end))
    }

    /// Where a main layer that sees the features of t has the rows for them.
    fn time_rows(&self, layer: &Layer, place: &Place, table: &TimeTable) -> Range<usize> {
        let behind = if layer.sees_class {
            self.class_width()
        } else {
            0
        };
        let end = place.weight.end - behind * layer.outputs;
        end - self.time_width(table) * layer.outputs..end
    }

    /// `weights` for a step; `transposed` is room for transposes, kept from step to step.
    pub(super) fn prepare<'a>(
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

    /// Fills the forward part of `class`.
    fn embed_classes(&self, weights: &[f32], class: &mut ClassWorkspace) {
        let Some((layer, rows)) = self.sees_class() else {
            return;
        };
        let embedding = Matrix::row_major(self.embedding(weights), self.class_width());
        let matrix = Matrix::row_major(&weights[rows], layer.outputs);
        let num_rows = self.layers.classes.map_or(0, |classes| classes.rows);
        class.shares.resize(num_rows * layer.outputs);
        multiply(&mut class.shares, embedding, matrix, false);
    }

    /// Loss of a chunk, Σ w_i ‖output_i − target_i‖², times `scale`, and its gradient: `workspace` gets
    /// both.
    pub(super) fn loss_and_gradient(
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
        let (n, distinct) = (chunk.len(), chunk.timesteps().len());
        let time_width = self.time_width(table);
        let time = &mut space.time;
        time.embedding_gradient.reset(distinct * time_width);
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
            let product = Matrix::row_major(&space.slopes[i], layer.outputs);
            if layer.adds_time {
                kernel::run(ScatterRows {
                    table: &mut time.embedding_gradient,
                    rows: chunk.slots(),
                    source: &upstream,
                });
            }
            if layer.adds_class
                && let Some(place) = self.embedding.clone()
            {
                kernel::run(ScatterRows {
                    table: &mut space.gradient[place],
                    rows: chunk.classes(),
                    source: &upstream,
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
            let done = std::mem::replace(&mut upstream, next);
            if !done.is_empty() {
                space.spare.push(done);
            }
        }
        space.spare.push(upstream);
        self.time_backward(step, table, space);
        self.class_backward(step, space);
    }

    /// The gradient of the embedding of the classes and of the weights that see it alone.
    fn class_backward(&self, step: StepWeights, space: &mut Workspace) {
        let (Some((layer, rows)), Some(place)) = (self.sees_class(), self.embedding.clone()) else {
            return;
        };
        let width = self.class_width();
        let shares = Matrix::row_major(&space.class.shares_gradient, layer.outputs);
        let embedding = Matrix::row_major(self.embedding(step.weights), width);
        let gradient = &mut space.gradient[rows];
        multiply(gradient, embedding.transposed(), shares, false);
        let matrix = Matrix::row_major(&step.transposed[self.places.len()], width);
        multiply(&mut space.gradient[place], shares, matrix, false);
    }

    /// The gradient of the weights that see t alone.
    fn time_backward(&self, step: StepWeights, table: &TimeTable, space: &mut Workspace) {
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

    /// `weights`, ready for [`output`](Self::output) at every timestep of `table` and for every class.
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
        let mut class = ClassWorkspace::default();
        self.embed_classes(&weights, &mut class);
        FixedWeights {
            weights,
            time,
            class,
        }
    }

    /// The output `[n, d]` for features of points `x`, at the timesteps and of the classes that `picks`
    /// names.
    pub(super) fn output<'a>(
        &self,
        fixed: &FixedWeights,
        table: &TimeTable,
        x: &[f32],
        picks: Picks,
        buffers: &'a mut Buffers,
    ) -> &'a [f32] {
        let (weights, tables) = (&fixed.weights, (&fixed.time, &fixed.class));
        let n = x.len() / self.layer_weights(0, weights, table, tables).inputs();
        for (i, (layer, _)) in self.main().enumerate() {
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
            let points = Points { input, skip, picks };
            let weights = self.layer_weights(i, weights, table, tables);
            weights.forward(points, &mut product, None);
            buffers.values[(i + 1) % 3] = product;
        }
        &buffers.values[self.layers.main.len() % 3]
    }

    /// Main layer `i` with its weights and what it knows of t and the class.
    fn layer_weights<'a>(
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

/// The rows of the embedding that `classes` names; any, where the network is told none.
pub(super) fn pick_classes(classes: &[u32]) -> Pick<'_> {
    match classes {
        [] => Pick::Same(0),
        rows => Pick::Each(rows),
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

/// A layer with its weights and what it knows of t and the class.
struct LayerWeights<'a> {
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
struct Points<'a> {
    /// What enters, `[n, inputs]`.
    input: &'a [f32],
    /// What is added after the nonlinearity, `[n, outputs]`.
    skip: Option<&'a [f32]>,
    /// The timestep and the class of each.
    picks: Picks<'a>,
}

impl LayerWeights<'_> {
    /// Width of what enters of the points.
    fn inputs(&self) -> usize {
        self.matrix.len() / self.layer.outputs
    }

    /// The layer, a strip of points at a time: the result goes to `out`, and the derivatives of the
    /// nonlinearity stay in `product`; without `out`, the result stays there.
    fn forward(&self, points: Points, product: &mut [f32], mut out: Option<&mut [f32]>) {
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
