//! Room for what a training step computes on the way.

use crate::model::kernel::Buffer;

/// What a training step computes on the way, for one chunk of a batch; kept from step to step so that
/// no step allocates.
#[derive(Debug, Default)]
pub(in crate::model) struct Workspace {
    pub(super) time: TimeWorkspace,
    pub(super) class: ClassWorkspace,
    /// Outputs of the layers, `[n, outputs]` each.
    pub(super) values: Vec<Buffer>,
    /// Derivatives of their nonlinearities, then gradients of their products.
    pub(super) slopes: Vec<Buffer>,
    /// Vectors for gradients of values that are not in use.
    pub(super) spare: Vec<Buffer>,
    /// The loss of the chunk.
    pub(in crate::model) loss: f64,
    /// Its gradient, of all weights.
    pub(in crate::model) gradient: Buffer,
}

/// The weights of a step, with the transposes that the way back needs.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct StepWeights<'a> {
    pub(super) weights: &'a [f32],
    pub(super) transposed: &'a [Buffer],
}

/// The part of a step that depends on the class alone, one row for each row of the embedding.
#[derive(Debug, Default)]
pub(super) struct ClassWorkspace {
    /// What the input layer adds to its product.
    pub(super) shares: Buffer,
    pub(super) shares_gradient: Buffer,
}

/// The part of a step that depends on t alone, one row for each distinct timestep of a chunk.
#[derive(Debug, Default)]
pub(super) struct TimeWorkspace {
    pub(super) features: Buffer,
    /// Outputs of the time MLP's layers and the derivatives inside.
    pub(super) values: Vec<Buffer>,
    pub(super) slopes: Vec<Buffer>,
    /// What the input layer adds to its product: its bias, and its share of t.
    pub(super) bias: Buffer,
    pub(super) bias_gradient: Buffer,
    pub(super) embedding_gradient: Buffer,
    pub(super) hidden_gradient: Buffer,
}

impl TimeWorkspace {
    /// Room for `rows` rows of `width` numbers in every table, so that none has to grow when a chunk
    /// happens to hold more timesteps than those before it.
    pub(super) fn reserve(&mut self, num_layers: usize, rows: usize, width: usize) {
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
    pub(super) fn embedding(&self) -> &[f32] {
        self.values.last().unwrap_or(&self.features)
    }
}
