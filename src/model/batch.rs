//! What the network is trained and validated on: noised points, their timesteps and targets.

use super::{
    ModelConfig,
    features::PointFeatures,
    kernel::Buffer,
    objective::{Noised, NoisedPoint, Objective},
};
use crate::{
    diffusion::{
        ClassDenoiser, Classes, Conditional, Denoiser, NoiseSchedule, Prediction, TimestepSampling,
    },
    error::Result,
    points::Points,
    rng::{self, Generator, Purpose, Seed},
};
use rand::{RngExt, seq::SliceRandom};

/// Most points that go through the network together: their activations stay in the second-level cache.
pub(super) const CHUNK: usize = 256;

/// Noised points as the network sees them.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    chunks: Vec<Chunk>,
}

/// A part of a batch, of at most 256 points.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunk {
    x: Buffer,
    timesteps: Vec<u32>,
    slots: Vec<u32>,
    target: Vec<f32>,
    weight: Vec<f32>,
    classes: Vec<u32>,
}

impl Batch {
    /// Number of points.
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Chunk::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// ‖answer − target‖²/d of every point, for answers `[n, d]` in the units of the prediction.
    pub fn losses_of(&self, answers: &[f64]) -> Vec<f64> {
        let targets = self.chunks.iter().flat_map(|chunk| &chunk.target);
        let squares: Vec<_> = answers
            .iter()
            .zip(targets)
            .map(|(answer, target)| (answer - f64::from(*target)).powi(2))
            .collect();
        let d = squares.len() / self.len().max(1);
        let rows = squares.chunks_exact(d.max(1));
        rows.map(|row| row.iter().sum::<f64>() / d as f64).collect()
    }

    /// Its parts, in order.
    pub(super) fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }
}

impl Chunk {
    /// Number of points n.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Features of the points, `[n, features]`.
    pub(super) fn x(&self) -> &[f32] {
        &self.x
    }

    /// The distinct timesteps.
    pub(super) fn timesteps(&self) -> &[u32] {
        &self.timesteps
    }

    /// For each point, where its timestep stands among the distinct ones.
    pub(super) fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// What the network should answer, `[n, d]`.
    pub(super) fn target(&self) -> &[f32] {
        &self.target
    }

    /// Weight of each point's loss.
    pub(super) fn weight(&self) -> &[f32] {
        &self.weight
    }

    /// For each point the row of the embedding of its class; empty where the network is not told it.
    pub(super) fn classes(&self) -> &[u32] {
        &self.classes
    }
}

/// Makes batches: each is a function of the seed and its step alone.
#[derive(Debug)]
pub struct BatchSource<'a> {
    data: &'a Points,
    schedule: &'a NoiseSchedule,
    prediction: Prediction,
    objective: Box<dyn Objective>,
    sampling: TimestepSampling,
    seed: Seed,
    features: PointFeatures,
    /// Whether points are brought to unit variance before the network sees them.
    scales_input: bool,
    classes: Option<ClassRows>,
    /// The epoch whose order is held.
    epoch: Option<usize>,
    order: Vec<u32>,
    scratch: Scratch,
}

/// What a batch is made of, kept so that making one does not allocate.
#[derive(Debug, Default)]
struct Scratch {
    x0: Vec<f64>,
    /// Rows of the embedding of the classes, one a point; empty where the network is not told them.
    classes: Vec<u32>,
    timesteps: Vec<usize>,
    noise: Vec<f64>,
    x_t: Vec<f64>,
    /// For each timestep its place among those of the chunk, or [`UNSEEN`].
    slot_of: Vec<u32>,
}

/// Which rows of the embedding the network is shown in the place of classes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ClassRows {
    /// The row that stands for no class.
    no_class: u32,
    /// The probability of that row in the place of a point's own.
    dropout: f64,
}

impl ClassRows {
    /// Replaces classes by no class, each with the probability of that, where there is one.
    fn drop_some(self, rng: impl FnOnce() -> Generator, classes: &mut [u32]) {
        if self.dropout == 0.0 {
            return;
        }
        let mut rng = rng();
        for class in classes {
            if rng.random::<f64>() < self.dropout {
                *class = self.no_class;
            }
        }
    }
}

/// A timestep that a chunk does not hold.
const UNSEEN: u32 = u32::MAX;

impl<'a> BatchSource<'a> {
    /// Batches of `data` (standardised units) for a network that is trained for `objective`.
    pub fn new(
        data: &'a Points,
        schedule: &'a NoiseSchedule,
        model: &ModelConfig,
        objective: Box<dyn Objective>,
        sampling: TimestepSampling,
        seed: Seed,
    ) -> Self {
        Self {
            data,
            schedule,
            prediction: model.prediction(),
            objective,
            sampling,
            seed,
            features: PointFeatures::new(model.input_features()),
            scales_input: model.scales_input(schedule),
            classes: None,
            epoch: None,
            order: vec![],
            scratch: Scratch {
                slot_of: vec![UNSEEN; schedule.num_timesteps() + 1],
                ..Scratch::default()
            },
        }
    }

    /// Shows the network the label of every point. With the probability `dropout` it shows the row behind
    /// those of the `num_classes` classes instead, which stands for no class (Ho & Salimans 2022).
    ///
    /// # Panics
    /// If the data has no labels: a configuration is checked for that.
    pub fn with_classes(self, num_classes: usize, dropout: f64) -> Self {
        assert!(self.data.labels().is_some(), "the data has no labels");
        let classes = Some(ClassRows {
            no_class: num_classes as u32,
            dropout,
        });
        Self { classes, ..self }
    }

    /// Makes `batch` that of training step `step` (from 0). It holds the next `size` points of a sequence
    /// that goes through the data in a new random order each epoch, without leaving any out.
    pub fn training_batch(&mut self, step: usize, size: usize, batch: &mut Batch) -> Result<()> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let first = step * size;
        scratch.x0.clear();
        scratch.classes.clear();
        let labels = self.labels();
        for i in first..first + size {
            let row = self.row_of(i);
            scratch.x0.extend_from_slice(self.data.row(row));
            scratch.classes.extend(labels.map(|labels| labels[row]));
        }
        if let Some(classes) = self.classes {
            let rng = || self.seed.stream(Purpose::ClassDropout, step as u64, 0);
            classes.drop_some(rng, &mut scratch.classes);
        }
        let mut rng = self.seed.stream(Purpose::TrainNoise, step as u64, 0);
        scratch.timesteps.resize(size, 0);
        let num_timesteps = self.schedule.num_timesteps();
        self.sampling
            .fill(num_timesteps, &mut rng, &mut scratch.timesteps);
        let made = self.noise(&mut scratch, &mut rng, batch);
        self.scratch = scratch;
        made
    }

    /// The points of a validation, one draw of noise each, stratified over t. They do not depend on the
    /// seed, so they compare models and not luck.
    pub fn validation_batch(&mut self, draw: u64) -> Result<Batch> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut rng = self.start_validation(draw, &mut scratch);
        let mut batch = Batch::default();
        let made = self.noise(&mut scratch, &mut rng, &mut batch);
        self.scratch = scratch;
        made.map(|()| batch)
    }

    /// What a network that is `denoiser` would answer to
    /// [`validation_batch(draw)`](Self::validation_batch): `[n, d]`, in the units of the prediction.
    pub fn validation_answers(
        &mut self,
        draw: u64,
        denoiser: &dyn ClassDenoiser,
    ) -> Result<Vec<f64>> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let mut rng = self.start_validation(draw, &mut scratch);
        let (d, prediction) = (self.data.dim(), self.prediction);
        let mut answers = vec![0.0; scratch.x0.len()];
        let (mut noise, mut x_t) = (vec![0.0; CHUNK * d], vec![0.0; CHUNK * d]);
        let chunks = scratch
            .x0
            .chunks(CHUNK * d)
            .zip(answers.chunks_mut(CHUNK * d));
        let told = |i: usize| scratch.classes.get(i).copied().unwrap_or(0);
        let mut point = 0;
        for ((x0, answers), timesteps) in chunks.zip(scratch.timesteps.chunks(CHUNK)) {
            let (noise, x_t) = (&mut noise[..x0.len()], &mut x_t[..x0.len()]);
            rng::fill_normal(&mut rng, noise);
            let noised = self.noised(timesteps, x0, noise, x_t);
            for (noised, answer) in noised.points().zip(answers.chunks_exact_mut(d)) {
                let NoisedPoint { at, x_t, .. } = noised;
                let told = Conditional::new(denoiser, Classes::Same(told(point)));
                point += 1;
                if at.level.signal == 0.0 {
                    told.predict_x0(x_t, at, answer)?;
                    for (answer, x_t) in answer.iter_mut().zip(x_t) {
                        *answer = prediction.output_of_x0(*answer, *x_t, at.level);
                    }
                    continue;
                }
                told.predict_noise(x_t, at, answer)?;
                for (answer, x_t) in answer.iter_mut().zip(x_t) {
                    *answer = prediction.output_of_noise(*answer, *x_t, at.level);
                }
            }
        }
        self.scratch = scratch;
        Ok(answers)
    }

    /// Points and timesteps of a validation, and the generator that their noise comes from.
    fn start_validation(&self, draw: u64, scratch: &mut Scratch) -> Generator {
        let mut rng = Seed(0).stream(Purpose::Validation, draw, 0);
        scratch.x0.clear();
        scratch.x0.extend_from_slice(self.data.values());
        scratch.classes.clear();
        scratch.classes.extend(self.validation_classes(draw));
        scratch.timesteps.resize(self.data.len(), 0);
        let num_timesteps = self.schedule.num_timesteps();
        TimestepSampling::Stratified.fill(num_timesteps, &mut rng, &mut scratch.timesteps);
        // Each point gets another part of the process in each draw.
        scratch.timesteps.shuffle(&mut rng);
        rng
    }

    /// What the network sees of the class of each point in the validation `draw`: its label, or the
    /// number of classes for no class. Nothing if the model is not class-conditional.
    pub fn validation_classes(&self, draw: u64) -> Vec<u32> {
        let mut told = self.labels().unwrap_or(&[]).to_vec();
        if let Some(classes) = self.classes {
            let rng = || Seed(0).stream(Purpose::ClassDropout, draw, 1);
            classes.drop_some(rng, &mut told);
        }
        told
    }

    /// The labels of the data, where the network is told them.
    fn labels(&self) -> Option<&'a [u32]> {
        self.data.labels().filter(|_| self.classes.is_some())
    }

    /// Makes `batch` of the points and timesteps in `scratch`, with noise from `rng`.
    fn noise(&self, scratch: &mut Scratch, rng: &mut Generator, batch: &mut Batch) -> Result<()> {
        let (n, d) = (scratch.timesteps.len(), self.data.dim());
        batch.chunks.resize_with(n.div_ceil(CHUNK), Chunk::default);
        for (i, chunk) in batch.chunks.iter_mut().enumerate() {
            let rows = i * CHUNK..n.min((i + 1) * CHUNK);
            let x0 = &scratch.x0[rows.start * d..rows.end * d];
            let timesteps = &scratch.timesteps[rows.clone()];
            scratch.noise.resize(x0.len(), 0.0);
            rng::fill_normal(rng, &mut scratch.noise);
            scratch.x_t.resize(x0.len(), 0.0);
            self.fill(chunk, x0, timesteps, &scratch.noise, &mut scratch.x_t)?;
            chunk.index(timesteps, &mut scratch.slot_of);
            chunk.classes.clear();
            if self.classes.is_some() {
                chunk.classes.extend_from_slice(&scratch.classes[rows]);
            }
        }
        Ok(())
    }

    /// Makes `x_t` that of points and noise.
    fn noised<'b>(
        &'b self,
        timesteps: &'b [usize],
        x0: &'b [f64],
        noise: &'b [f64],
        x_t: &'b mut [f64],
    ) -> Noised<'b> {
        let d = self.data.dim();
        let rows = x0.chunks_exact(d).zip(noise.chunks_exact(d));
        for (((x0, noise), x_t), t) in rows.zip(x_t.chunks_exact_mut(d)).zip(timesteps) {
            self.schedule.level(*t).diffuse(x0, noise, x_t);
        }
        Noised {
            schedule: self.schedule,
            timesteps,
            x0,
            noise,
            x_t,
        }
    }

    fn fill(
        &self,
        chunk: &mut Chunk,
        x0: &[f64],
        timesteps: &[usize],
        noise: &[f64],
        x_t: &mut [f64],
    ) -> Result<()> {
        let d = self.data.dim();
        let levels = || timesteps.iter().map(|t| self.schedule.level(*t));
        let noised = self.noised(timesteps, x0, noise, x_t);
        chunk.target.resize(x0.len(), 0.0);
        self.objective.target(&noised, &mut chunk.target)?;
        chunk.weight.clear();
        let weights = levels().map(|level| self.objective.weight(level) as f32);
        chunk.weight.extend(weights);
        if self.scales_input {
            for (x_t, level) in x_t.chunks_exact_mut(d).zip(levels()) {
                let norm = level.norm();
                x_t.iter_mut().for_each(|x| *x /= norm);
            }
        }
        self.features.of(x_t, &mut chunk.x);
        Ok(())
    }

    /// The data row at place `i` of the endless sequence of epochs.
    fn row_of(&mut self, i: usize) -> usize {
        let n = self.data.len();
        let epoch = i / n;
        if self.epoch != Some(epoch) {
            self.epoch = Some(epoch);
            self.order.clear();
            self.order.extend(0..n as u32);
            let mut rng = self.seed.stream(Purpose::Shuffle, epoch as u64, 0);
            self.order.shuffle(&mut rng);
        }
        self.order[i % n] as usize
    }
}

impl Chunk {
    /// Lists the distinct ones among `timesteps`; `slot_of` is all [`UNSEEN`] before and after.
    fn index(&mut self, timesteps: &[usize], slot_of: &mut [u32]) {
        self.timesteps.clear();
        self.timesteps.reserve(timesteps.len());
        self.slots.clear();
        for t in timesteps {
            if slot_of[*t] == UNSEEN {
                slot_of[*t] = self.timesteps.len() as u32;
                self.timesteps.push(*t as u32);
            }
            self.slots.push(slot_of[*t]);
        }
        for t in &self.timesteps {
            slot_of[*t as usize] = UNSEEN;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{Instant, LossWeightConfig, Quantity, ScheduleConfig},
        model::{Denoising, MlpConfig},
        settings::Choice,
    };

    fn objective(model: &ModelConfig) -> Box<dyn Objective> {
        Box::new(Denoising {
            prediction: model.prediction(),
            weight: LossWeightConfig::Uniform,
        })
    }

    #[test]
    fn an_epoch_shows_every_point_once_even_when_batches_straddle_its_end() {
        let data = Points::new((0..10).map(f64::from).collect(), 1);
        let schedule = ScheduleConfig::Cosine.build(10).unwrap();
        let model = MlpConfig::preset("simple_mlp").unwrap().into();
        let mut source = BatchSource::new(
            &data,
            &schedule,
            &model,
            objective(&model),
            TimestepSampling::Uniform,
            Seed(4),
        );
        for epoch in 0..3 {
            let mut seen: Vec<_> = (0..10).map(|i| source.row_of(epoch * 10 + i)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..10).collect::<Vec<_>>());
        }
        let (mut again, mut fresh) = (Batch::default(), Batch::default());
        source.training_batch(9, 3, &mut again).unwrap();
        source.training_batch(4, 4, &mut again).unwrap();
        source.training_batch(4, 4, &mut fresh).unwrap();
        assert_eq!(again.chunks[0].x, fresh.chunks[0].x);
    }

    #[test]
    fn points_keep_their_class_but_for_the_share_that_is_dropped() {
        // Points that are their own labels, and a network that predicts them.
        let (n, num_classes, dropout) = (2000, 5, 0.2);
        let labels: Vec<u32> = (0..n).map(|i| i % num_classes).collect();
        let values = labels.iter().map(|label| f64::from(*label)).collect();
        let data = Points::new(values, 1).with_labels(labels);
        let schedule = ScheduleConfig::Cosine.build(10).unwrap();
        let model = ModelConfig::Mlp(MlpConfig {
            prediction: Prediction::X0,
            ..MlpConfig::preset("simple_mlp").unwrap()
        });
        let source = || {
            let (objective, sampling) = (objective(&model), TimestepSampling::Uniform);
            BatchSource::new(&data, &schedule, &model, objective, sampling, Seed(4))
        };
        let (mut batch, mut without) = (Batch::default(), Batch::default());
        let mut told = source().with_classes(num_classes as usize, dropout);
        told.training_batch(3, n as usize, &mut batch).unwrap();
        source()
            .training_batch(3, n as usize, &mut without)
            .unwrap();
        for batch in [batch, told.validation_batch(0).unwrap()] {
            let mut dropped = 0;
            for chunk in &batch.chunks {
                assert_eq!(chunk.classes.len(), chunk.len());
                for (class, target) in chunk.classes.iter().zip(&chunk.target) {
                    dropped += usize::from(*class == num_classes);
                    assert!(*class == num_classes || *class as f32 == *target);
                }
            }
            // Five standard deviations of Bin(2000, 1/5).
            assert!(dropped.abs_diff(400) < 90, "{dropped}");
        }
        // Classes take no numbers from the points' own streams.
        let mut again = Batch::default();
        told.training_batch(3, n as usize, &mut again).unwrap();
        for (a, b) in again.chunks.iter().zip(&without.chunks) {
            assert!(a.x == b.x && a.target == b.target && b.classes.is_empty());
        }
    }

    #[test]
    fn the_answers_of_a_denoiser_are_to_the_points_of_the_same_validation() {
        /// ε̂ = x.
        struct Identity;

        impl Denoiser for Identity {
            fn dim(&self) -> usize {
                2
            }

            fn predict_noise(
                &self,
                x: &[f64],
                _: Instant,
                predicted_noise: &mut [f64],
            ) -> Result<()> {
                predicted_noise.copy_from_slice(x);
                Ok(())
            }
        }

        impl ClassDenoiser for Identity {
            fn num_classes(&self) -> usize {
                0
            }

            fn predict_of(
                &self,
                x: &[f64],
                at: Instant,
                _: Classes,
                of: Quantity,
                out: &mut [f64],
            ) -> Result<()> {
                of.of(self, x, at, out)
            }
        }

        // More than one chunk, so that the order of the draws matters.
        let n = CHUNK + 30;
        let data = Points::new((0..2 * n).map(|i| (i as f64).sin()).collect(), 2);
        let schedule = ScheduleConfig::Cosine.build(10).unwrap();
        for (_, prediction) in Prediction::NAMES {
            let model = ModelConfig::Mlp(MlpConfig {
                prediction: *prediction,
                ..MlpConfig::preset("simple_mlp").unwrap()
            });
            let (objective, sampling) = (objective(&model), TimestepSampling::Uniform);
            let mut source =
                BatchSource::new(&data, &schedule, &model, objective, sampling, Seed(4));
            let batch = source.validation_batch(3).unwrap();
            let answers = source.validation_answers(3, &Identity).unwrap();
            // With the features of the identity the batch holds x itself.
            let mut expected = vec![];
            for chunk in &batch.chunks {
                for (i, x) in chunk.x.chunks_exact(2).enumerate() {
                    let t = chunk.timesteps[chunk.slots[i] as usize] as usize;
                    let level = schedule.level(t);
                    for (x, target) in x.iter().zip(&chunk.target[2 * i..2 * i + 2]) {
                        let x = f64::from(*x);
                        let answer = prediction.output_of_noise(x, x, level);
                        expected.push((answer, (answer - f64::from(*target)).powi(2)));
                    }
                }
            }
            for (answer, (expected, _)) in answers.iter().zip(&expected) {
                let bound = 1e-5 * (1.0 + expected.abs());
                assert!((answer - expected).abs() < bound, "{answer} {expected}");
            }
            let losses = batch.losses_of(&answers);
            assert_eq!(losses.len(), n);
            for (loss, pair) in losses.iter().zip(expected.chunks_exact(2)) {
                let mean = 0.5 * (pair[0].1 + pair[1].1);
                assert!((loss - mean).abs() < 1e-3 * (1.0 + mean), "{loss} {mean}");
            }
        }
    }
}
