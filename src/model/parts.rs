//! Parts of a training step, each by itself and as the step has it: `benches/parts.rs` times them. Only
//! benches need this door.

use super::{
    Activation, Adam, OptimizerConfig, Parameters, TimeFeatures,
    adam::Update,
    features::TimeTable,
    kernel::{self, Buffer, Forward, Matrix, Pick, TableRows, multiply},
};

/// A product of matrices by the kernels.
#[derive(Debug)]
pub struct Product {
    left: Buffer,
    right: Buffer,
    out: Buffer,
    inner: usize,
    columns: usize,
}

impl Product {
    /// `[rows, inner]` times `[inner, columns]`.
    pub fn new(rows: usize, inner: usize, columns: usize) -> Self {
        Self {
            left: filled(rows * inner),
            right: filled(inner * columns),
            out: filled(rows * columns),
            inner,
            columns,
        }
    }

    /// Computes it.
    pub fn run(&mut self) -> &[f32] {
        let left = Matrix::row_major(&self.left, self.inner);
        let right = Matrix::row_major(&self.right, self.columns);
        multiply(&mut self.out, left, right, false);
        &self.out
    }
}

/// What happens to the product of a layer on the way forward: its bias and its nonlinearity, with the
/// derivative that the way back needs.
#[derive(Debug)]
pub struct ActivatedLayer {
    activation: Activation,
    bias: Buffer,
    product: Buffer,
    out: Buffer,
}

impl ActivatedLayer {
    /// For `[rows, width]` numbers.
    pub fn new(activation: Activation, rows: usize, width: usize) -> Self {
        Self {
            activation,
            bias: filled(width),
            product: filled(rows * width),
            out: filled(rows * width),
        }
    }

    /// Goes over all of them. The derivatives of one call are what the next one starts from, which is as
    /// good as any number: no instruction depends on them.
    pub fn run(&mut self) -> &[f32] {
        kernel::run(Forward {
            activation: Some(self.activation),
            bias: TableRows::new(&self.bias, self.bias.len(), Pick::Same(0)),
            skip: None,
            time: None,
            class: None,
            scale: 1.0,
            product: &mut self.product,
            out: Some(&mut self.out),
        });
        &self.out
    }
}

/// Adam with a moving average of the weights.
#[derive(Debug)]
pub struct AdamSteps {
    config: OptimizerConfig,
    gradient: Buffer,
    weights: Parameters,
    ema: Parameters,
    adam: Adam,
    step: usize,
}

impl AdamSteps {
    /// For so many weights as `weights` has.
    pub fn new(config: OptimizerConfig, weights: Parameters) -> Self {
        Self {
            config,
            gradient: filled(weights.len()),
            ema: weights.clone(),
            adam: Adam::new(&weights),
            weights,
            step: 0,
        }
    }

    /// One step.
    pub fn run(&mut self) -> &[f32] {
        let update = Update {
            step: self.step,
            learning_rate: 1e-3,
            gradient_scale: 1.0,
            ema_decay: 0.99,
        };
        let ema = Some(&mut self.ema);
        self.adam
            .update(&self.config, update, &self.gradient, &mut self.weights, ema);
        self.step += 1;
        self.weights.values()
    }
}

/// The features of t = 0..=T, `[T + 1, features]`, that every training starts by computing.
pub fn time_features(features: &TimeFeatures, num_timesteps: usize) -> Vec<f32> {
    TimeTable::new(features, num_timesteps).rows().to_vec()
}

/// Numbers in [-1, 1], none of them subnormal.
fn filled(len: usize) -> Buffer {
    let values: Vec<f32> = (0..len).map(|i| (i % 9) as f32 * 0.25 - 1.0).collect();
    Buffer::copy_of(&values)
}
