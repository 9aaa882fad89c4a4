//! One training step after the other.

use super::{
    Adam, Batch, DeviceKind, ModelConfig, Network, ParameterError, Parameters, TrainConfig,
    adam::{Update, global_norm},
    loss_and_gradient,
    parameters::named_to_safetensors,
};
use crate::rng::Seed;
use burn::prelude::Device;

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
    pub fn new(model: &ModelConfig, train: &TrainConfig, dim: usize, seed: Seed) -> Self {
        let parameters = Parameters::init(model, dim, seed);
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

/// Takes training steps on one device.
pub struct Trainer<'a> {
    model: &'a ModelConfig,
    train: &'a TrainConfig,
    num_steps: usize,
    device: Device,
    network: Option<Network>,
    gradient: Vec<f32>,
}

impl<'a> Trainer<'a> {
    /// A trainer for a run of `num_steps` steps on points of dimension `dim`.
    pub fn new(
        model: &'a ModelConfig,
        train: &'a TrainConfig,
        num_steps: usize,
        dim: usize,
        device: DeviceKind,
    ) -> Self {
        let device = device.burn().autodiff();
        let network = Network::zeros(model, dim, &device);
        Self {
            model,
            train,
            num_steps,
            device,
            network: Some(network),
            gradient: vec![],
        }
    }

    /// Takes one step on `batch`; returns its loss before the step.
    ///
    /// A loss or gradient that is not finite leaves the state as it was, and comes back as NaN.
    pub fn step(&mut self, state: &mut TrainState, batch: &Batch) -> f64 {
        let Some(network) = self.network.take() else {
            return f64::NAN;
        };
        let network = network.with_parameters(&state.parameters, &self.device);
        self.gradient.resize(state.parameters.len(), 0.0);
        let gradient = &mut self.gradient;
        let loss = loss_and_gradient(self.model, &network, batch, &self.device, gradient);
        self.network = Some(network);
        let norm = global_norm(gradient);
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
            gradient,
            parameters,
            ema.as_mut(),
        );
        state.step += 1;
        loss
    }
}
