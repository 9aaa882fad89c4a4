//! One training step after the other.

use super::{
    Adam, Batch, DeviceKind, MlpConfig, ParameterError, Parameters, PointShape, TrainConfig,
    adam::{Update, global_norm},
    batch::Chunk,
    features::TimeTable,
    fused::{FusedNetwork, Workspace},
    kernel::{self, AddInto, Buffer},
    network::BurnNetwork,
    parameters::named_to_safetensors,
};
use crate::rng::Seed;
use rayon::prelude::*;

/// Everything that a training run carries from one step to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainState {
    /// Steps done.
    pub step: usize,
    /// The weights.
    pub parameters: Parameters,
    /// Their moving average, if there is one.
    pub ema: Option<Parameters>,
    /// The optimizer's moments.
    pub adam: Adam,
}

impl TrainState {
    /// The start of a run.
    pub fn new(
        model: &MlpConfig,
        train: &TrainConfig,
        shape: impl Into<PointShape>,
        seed: Seed,
    ) -> Self {
        let parameters = Parameters::init(model, shape, seed);
        Self {
            step: 0,
            ema: (train.ema_decay > 0.0).then(|| parameters.clone()),
            adam: Adam::new(&parameters),
            parameters,
        }
    }

    /// The weights that are validated and sampled from.
    pub fn evaluated(&self) -> &Parameters {
        self.ema.as_ref().unwrap_or(&self.parameters)
    }

    /// The optimizer's moments as a safetensors file.
    pub fn optimizer_safetensors(&self) -> Vec<u8> {
        let Adam {
            first_moment,
            second_moment,
        } = &self.adam;
        named_to_safetensors(&[
            ("first_moment.", first_moment),
            ("second_moment.", second_moment),
        ])
    }

    /// The optimizer's moments of a safetensors file.
    pub fn read_optimizer(&self, bytes: &[u8]) -> Result<Adam, ParameterError> {
        Ok(Adam {
            first_moment: self.parameters.read_safetensors(bytes, "first_moment.")?,
            second_moment: self.parameters.read_safetensors(bytes, "second_moment.")?,
        })
    }
}

/// Chunks of a batch whose gradients are held at a time, if there are no more threads.
const WAVE: usize = 16;

/// Weights whose gradients are summed together: few enough for the nearest cache.
const SUMMED: usize = 4096;

/// Takes training steps on one device.
pub struct Trainer<'a> {
    train: &'a TrainConfig,
    num_steps: usize,
    dim: usize,
    time_table: TimeTable,
    engine: Engine,
    gradient: Buffer,
}

/// What computes gradients.
enum Engine {
    /// The kernels, with room for the chunks of a wave.
    Fused {
        network: FusedNetwork,
        workspaces: Vec<Workspace>,
        transposed: Vec<Buffer>,
    },
    /// burn, with room for the gradient of a chunk.
    Burn(Box<BurnNetwork>, Buffer),
}

impl<'a> Trainer<'a> {
    /// A trainer for a run of `num_steps` steps on such points, whose process has `num_timesteps` levels
    /// of noise.
    pub fn new(
        model: &MlpConfig,
        train: &'a TrainConfig,
        num_steps: usize,
        shape: impl Into<PointShape>,
        num_timesteps: usize,
        device: DeviceKind,
    ) -> Self {
        let shape = shape.into();
        let engine = match device {
            DeviceKind::Cpu => Engine::Fused {
                network: FusedNetwork::new(model, shape),
                workspaces: vec![],
                transposed: vec![],
            },
            burn => {
                let zeros = Parameters::zeros(model, shape);
                let network = BurnNetwork::new(model, &zeros, shape, burn);
                Engine::Burn(Box::new(network), Buffer::zeros(zeros.len()))
            }
        };
        Self {
            train,
            num_steps,
            dim: shape.dim,
            time_table: TimeTable::new(&model.time_features, num_timesteps),
            engine,
            gradient: Buffer::default(),
        }
    }

    /// Takes one step on `batch`; returns its loss before the step, the mean over points and
    /// coordinates of w_i ‖output_i − target_i‖².
    ///
    /// A loss or gradient that is not finite leaves the state as it was, and comes back as NaN.
    pub fn step(&mut self, state: &mut TrainState, batch: &Batch) -> f64 {
        let loss = self.loss_and_gradient(&state.parameters, batch);
        let norm = global_norm(&self.gradient);
        if !loss.is_finite() || !norm.is_finite() {
            return f64::NAN;
        }
        let update = Update {
            step: state.step,
            learning_rate: self.train.learning_rate_at(state.step, self.num_steps),
            gradient_scale: self
                .train
                .max_grad_norm
                .map_or(1.0, |max| (max / norm).min(1.0)),
            ema_decay: self.train.ema_decay_at(state.step),
        };
        let TrainState {
            parameters,
            ema,
            adam,
            ..
        } = state;
        adam.update(
            &self.train.optimizer,
            update,
            &self.gradient,
            parameters,
            ema.as_mut(),
        );
        state.step += 1;
        loss
    }

    /// The loss of `batch`; its gradient is left in `self.gradient`: the sum over the chunks in their
    /// order, whatever the number of threads.
    fn loss_and_gradient(&mut self, parameters: &Parameters, batch: &Batch) -> f64 {
        let (sum, table) = (&mut self.gradient, &self.time_table);
        let scale = 1.0 / (batch.len() * self.dim) as f64;
        sum.resize(parameters.len());
        let mut loss = 0.0;
        match &mut self.engine {
            Engine::Fused {
                network,
                workspaces,
                transposed,
            } => {
                let weights = network.prepare(parameters.values(), transposed, table);
                let widest = WAVE.max(rayon::current_num_threads());
                workspaces.resize_with(batch.chunks().len().min(widest), Workspace::default);
                for (i, wave) in batch.chunks().chunks(widest).enumerate() {
                    let workspaces = &mut workspaces[..wave.len()];
                    let one = |(chunk, workspace): (&Chunk, &mut Workspace)| {
                        network.loss_and_gradient(weights, table, chunk, scale, workspace);
                    };
                    match wave {
                        // No other thread is woken for it.
                        [chunk] => one((chunk, &mut workspaces[0])),
                        wave => wave.par_iter().zip(&mut *workspaces).for_each(one),
                    }
                    loss = workspaces.iter().fold(loss, |loss, one| loss + one.loss);
                    add(sum, workspaces, i == 0);
                }
            }
            Engine::Burn(network, gradient) => {
                sum.fill(0.0);
                for chunk in batch.chunks() {
                    loss += network.loss_and_gradient(parameters, table, chunk, scale, gradient);
                    kernel::run(AddInto {
                        sum,
                        source: gradient,
                    });
                }
            }
        }
        loss
    }
}

/// Adds the gradients of chunks to the sum of those before them, weight by weight in the order of the
/// chunks.
fn add(sum: &mut Buffer, workspaces: &mut [Workspace], is_first: bool) {
    let to_add = match workspaces {
        [first, rest @ ..] if is_first => {
            // Nothing to add it to: the two change places.
            std::mem::swap(sum, &mut first.gradient);
            &*rest
        }
        all => &*all,
    };
    if to_add.is_empty() {
        return;
    }
    let parts = sum.par_chunks_mut(SUMMED).enumerate();
    parts.for_each(|(i, sum)| {
        for workspace in to_add {
            kernel::run(AddInto {
                source: &workspace.gradient[i * SUMMED..][..sum.len()],
                sum,
            });
        }
    });
}
