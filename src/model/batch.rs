//! What the network is trained and validated on: noised points, their timesteps and targets.

use super::{
    ModelConfig,
    features::{self, TimeTable},
};
use crate::{
    diffusion::{LossWeightConfig, NoiseSchedule, TimestepSampling},
    points::Points,
    rng::{self, Generator, Purpose, Seed},
};
use burn::{prelude::*, tensor::TensorData};
use rand::seq::SliceRandom;

/// Noised points as the network sees them, on the host.
#[derive(Debug, Clone)]
pub struct Batch {
    rows: usize,
    x: Vec<f32>,
    time: Vec<f32>,
    target: Vec<f32>,
    weight: Vec<f32>,
}

impl Batch {
    /// Number of points.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(super) fn x(&self, device: &Device) -> Tensor<2> {
        self.tensor(&self.x, device)
    }

    pub(super) fn time(&self, device: &Device) -> Option<Tensor<2>> {
        (!self.time.is_empty()).then(|| self.tensor(&self.time, device))
    }

    pub(super) fn target(&self, device: &Device) -> Tensor<2> {
        self.tensor(&self.target, device)
    }

    pub(super) fn weight(&self, device: &Device) -> Tensor<2> {
        self.tensor(&self.weight, device)
    }

    fn tensor(&self, values: &[f32], device: &Device) -> Tensor<2> {
        let data = TensorData::new(values.to_vec(), [self.rows, values.len() / self.rows]);
        Tensor::from_data(data, device)
    }
}

/// Makes batches: each is a function of the seed and its step alone.
#[derive(Debug)]
pub struct BatchSource<'a> {
    data: &'a Points,
    schedule: &'a NoiseSchedule,
    model: &'a ModelConfig,
    loss_weight: LossWeightConfig,
    sampling: TimestepSampling,
    seed: Seed,
    time_table: TimeTable,
    /// The epoch whose order is held, and that order.
    epoch: Option<(usize, Vec<u32>)>,
}

impl<'a> BatchSource<'a> {
    /// Batches of `data` (standardised units).
    pub fn new(
        data: &'a Points,
        schedule: &'a NoiseSchedule,
        model: &'a ModelConfig,
        loss_weight: LossWeightConfig,
        sampling: TimestepSampling,
        seed: Seed,
    ) -> Self {
        let time_table = TimeTable::new(&model.time_features, schedule.num_timesteps());
        Self {
            data,
            schedule,
            model,
            loss_weight,
            sampling,
            seed,
            time_table,
            epoch: None,
        }
    }

    /// The batch of training step `step` (from 0): the next `size` points of a sequence that goes
    /// through the data in a new random order each epoch, without leaving any out.
    pub fn training_batch(&mut self, step: usize, size: usize) -> Batch {
        let first = step * size;
        let mut x0 = Vec::with_capacity(size * self.data.dim());
        for i in first..first + size {
            let row = self.row_of(i);
            x0.extend_from_slice(self.data.row(row));
        }
        let mut rng = self.seed.stream(Purpose::TrainNoise, step as u64, 0);
        let mut timesteps = vec![0; size];
        self.sampling
            .fill(self.schedule.num_timesteps(), &mut rng, &mut timesteps);
        self.noised(&x0, &timesteps, &mut rng)
    }

    /// The validation batches of one draw: every point once, in blocks of at most `size`, stratified
    /// over t. They do not depend on the seed, so they compare models and not luck.
    pub fn validation_batches(&self, draw: u64, size: usize) -> Vec<Batch> {
        let (n, d) = (self.data.len(), self.data.dim());
        let mut rng = Seed(0).stream(Purpose::Validation, draw, 0);
        let mut timesteps = vec![0; n];
        let num_timesteps = self.schedule.num_timesteps();
        TimestepSampling::Stratified.fill(num_timesteps, &mut rng, &mut timesteps);
        // Each point gets another part of the process in each draw.
        timesteps.shuffle(&mut rng);
        let blocks = self
            .data
            .values()
            .chunks(size * d)
            .zip(timesteps.chunks(size));
        blocks.map(|(x0, t)| self.noised(x0, t, &mut rng)).collect()
    }

    fn noised(&self, x0: &[f64], timesteps: &[usize], rng: &mut Generator) -> Batch {
        let (d, prediction) = (self.data.dim(), self.model.prediction);
        let mut noise = vec![0.0; x0.len()];
        rng::fill_normal(rng, &mut noise);
        let mut x_t = vec![0.0; x0.len()];
        let mut target = Vec::with_capacity(x0.len());
        let mut weight = Vec::with_capacity(timesteps.len());
        for (i, t) in timesteps.iter().enumerate() {
            let (level, row) = (self.schedule.level(*t), i * d..(i + 1) * d);
            level.diffuse(&x0[row.clone()], &noise[row.clone()], &mut x_t[row.clone()]);
            let pairs = x0[row.clone()].iter().zip(&noise[row]);
            target.extend(pairs.map(|(x0, e)| prediction.target(*x0, *e, level) as f32));
            weight.push(self.loss_weight.weight(prediction, level) as f32);
        }
        Batch {
            rows: timesteps.len(),
            x: features::of_points(&self.model.input_features, &x_t),
            time: self.time_table.gather(timesteps),
            target,
            weight,
        }
    }

    /// The data row at place `i` of the endless sequence of epochs.
    fn row_of(&mut self, i: usize) -> usize {
        let n = self.data.len();
        let epoch = i / n;
        if self.epoch.as_ref().is_none_or(|(held, _)| *held != epoch) {
            let mut order: Vec<u32> = (0..n as u32).collect();
            order.shuffle(&mut self.seed.stream(Purpose::Shuffle, epoch as u64, 0));
            self.epoch = Some((epoch, order));
        }
        self.epoch
            .as_ref()
            .map_or(0, |(_, order)| order[i % n] as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::ScheduleConfig;

    #[test]
    fn an_epoch_shows_every_point_once_even_when_batches_straddle_its_end() {
        let data = Points::new((0..10).map(f64::from).collect(), 1);
        let schedule = ScheduleConfig::Cosine.build(10).unwrap();
        let model = ModelConfig::preset("simple_mlp").unwrap();
        let mut source = BatchSource::new(
            &data,
            &schedule,
            &model,
            LossWeightConfig::Uniform,
            TimestepSampling::Uniform,
            Seed(4),
        );
        for epoch in 0..3 {
            let mut seen: Vec<_> = (0..10).map(|i| source.row_of(epoch * 10 + i)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..10).collect::<Vec<_>>());
        }
        let (again, fresh) = (source.training_batch(4, 4), source.training_batch(4, 4));
        assert_eq!(again.x, fresh.x);
    }
}
