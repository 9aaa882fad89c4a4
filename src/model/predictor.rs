//! A trained network as a denoiser.

use super::{
    Batch, DeviceKind, ModelConfig, Network, Parameters,
    features::{self, TimeTable},
};
use crate::diffusion::{Denoiser, NoiseSchedule};
use burn::{prelude::*, tensor::TensorData};

/// A network with fixed weights: predicts noise, and knows its loss on a batch.
pub struct Predictor {
    model: ModelConfig,
    schedule: NoiseSchedule,
    network: Network,
    time_table: TimeTable,
    device: Device,
    dim: usize,
}

impl Predictor {
    /// The network that `model` describes with the weights `parameters`.
    pub fn new(
        model: &ModelConfig,
        parameters: &Parameters,
        schedule: &NoiseSchedule,
        dim: usize,
        device: DeviceKind,
    ) -> Self {
        let device = device.burn();
        let network = Network::zeros(model, dim, &device).with_parameters(parameters, &device);
        let time_table = TimeTable::new(&model.time_features, schedule.num_timesteps());
        let (model, schedule) = (model.clone(), schedule.clone());
        Self {
            model,
            schedule,
            network,
            time_table,
            device,
            dim,
        }
    }

    /// Squared error of the output, averaged over its coordinates, for every point of `batch`.
    pub fn losses(&self, batch: &Batch) -> Vec<f64> {
        let (x, time) = (batch.x(&self.device), batch.time(&self.device));
        let output = to_f64(self.network.forward(&self.model, x, time));
        let target = to_f64(batch.target(&self.device));
        let squares = output
            .chunks_exact(self.dim)
            .zip(target.chunks_exact(self.dim));
        squares
            .map(|(a, b)| {
                a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / self.dim as f64
            })
            .collect()
    }

    /// The network's output for row-major points `x` that share the timestep `t`.
    fn output(&self, x: &[f64], t: usize) -> Vec<f64> {
        let rows = x.len() / self.dim;
        let features = features::of_points(&self.model.input_features, x);
        let width = features.len() / rows;
        let x = Tensor::from_data(TensorData::new(features, [rows, width]), &self.device);
        let time = self.time_table.row(t);
        let time = (!time.is_empty()).then(|| {
            Tensor::from_data(
                TensorData::new(time.to_vec(), [1, time.len()]),
                &self.device,
            )
        });
        to_f64(self.network.forward(&self.model, x, time))
    }
}

impl Denoiser for Predictor {
    fn dim(&self) -> usize {
        self.dim
    }

    fn predict_noise(&self, x: &[f64], t: usize, predicted_noise: &mut [f64]) {
        if x.is_empty() {
            return;
        }
        let level = self.schedule.level(t);
        let outputs = self.output(x, t);
        for ((out, output), x) in predicted_noise.iter_mut().zip(outputs).zip(x) {
            *out = self.model.prediction.to_noise(output, *x, level);
        }
    }
}

fn to_f64(tensor: Tensor<2>) -> Vec<f64> {
    let data = tensor.into_data();
    let values: &[f32] = data.as_slice().expect("the network computes in f32");
    values.iter().map(|x| f64::from(*x)).collect()
}
