//! The experiments that the benches time: the networks of the tutorials on one-dimensional data.
//!
//! Included by each bench as a module; the peers' scripts time the same four.

#![allow(dead_code, reason = "each bench uses a part")]

use std::{hint::black_box, time::Instant};
use truescore::internals::{
    Batch, BatchSource, Denoising, DeviceKind, LearningRateConfig, Length, LossWeightConfig,
    MlpConfig, NoiseSchedule, OptimizerConfig, Parameters, Points, Predictor, Purpose,
    ScheduleConfig, Seed, TimestepSampling, TrainConfig, TrainState, Trainer, fill_normal,
};

/// A network, its batch and its process.
#[derive(Clone)]
pub struct Recipe {
    /// What it is called in tables.
    pub name: &'static str,
    /// The network.
    pub model: MlpConfig,
    /// Points in a step.
    pub batch_size: usize,
    /// Levels of noise.
    pub num_timesteps: usize,
}

/// The four that PyTorch and JAX are timed on too.
pub fn recipes() -> Vec<Recipe> {
    let preset = |name| MlpConfig::preset(name).expect("the preset exists");
    let simple = MlpConfig {
        time_mlp: None,
        ..preset("simple_mlp")
    };
    let narrow = MlpConfig {
        hidden_dim: 64,
        num_layers: 5,
        ..simple.clone()
    };
    let recipe = |name, model, batch_size, num_timesteps| Recipe {
        name,
        model,
        batch_size,
        num_timesteps,
    };
    vec![
        recipe("tutorial-b256", simple, 256, 1000),
        recipe("notebook-b128", preset("swiss_roll_residual"), 128, 1000),
        recipe("tiny-b32", preset("tiny_diffusion"), 32, 50),
        recipe("tutorial64-b2048", narrow, 2048, 40),
    ]
}

/// A product of matrices: rows, inner dimension and columns.
pub type Shape = (usize, usize, usize);

/// Floating-point operations of products.
pub fn flops(shapes: &[Shape]) -> f64 {
    let flops = |(n, k, m): &Shape| 2.0 * (n * k * m) as f64;
    shapes.iter().map(flops).sum()
}

impl Recipe {
    /// Products of one pass forward over `n` points: `(inputs, outputs)` of each linear layer.
    fn layers(&self) -> Vec<(usize, usize)> {
        let (model, width) = (&self.model, self.model.hidden_dim);
        let mut layers = vec![];
        if let Some(mlp) = &model.time_mlp {
            layers.push((model.time_features.dim(), mlp.hidden_dim));
            layers.push((mlp.hidden_dim, mlp.output_dim));
        }
        layers.push((model.input_dim(1), width));
        let inner = (model.num_layers - 1) * model.block_depth;
        layers.extend(std::iter::repeat_n((width, width), inner));
        layers.push((width, 1));
        layers
    }

    /// The products of a training step: one forward and two backward for each layer, but no gradient
    /// for what enters the network.
    pub fn training_products(&self) -> Vec<Shape> {
        let n = self.batch_size;
        let first = usize::from(self.model.time_mlp.is_some()) * 2;
        let mut shapes = vec![];
        for (i, (inputs, outputs)) in self.layers().into_iter().enumerate() {
            shapes.push((n, inputs, outputs));
            shapes.push((inputs, n, outputs));
            let of_data = i == 0 || i == first;
            if !of_data {
                shapes.push((n, outputs, inputs));
            }
        }
        shapes
    }

    /// The products of the network for `n` points that share a timestep.
    pub fn sampling_products(&self, n: usize) -> Vec<Shape> {
        let first = usize::from(self.model.time_mlp.is_some()) * 2;
        let mut layers = self.layers().split_off(first);
        layers[0].0 = self.model.input_features.dim(1);
        layers
            .into_iter()
            .map(|(inputs, outputs)| (n, inputs, outputs))
            .collect()
    }

    /// The batches of a training.
    pub fn source<'a>(&'a self, setting: &'a Setting) -> BatchSource<'a> {
        BatchSource::new(
            &setting.data,
            &setting.schedule,
            &self.model.clone().into(),
            Box::new(Denoising {
                prediction: self.model.prediction,
                weight: LossWeightConfig::Uniform,
            }),
            TimestepSampling::Uniform,
            Seed(0),
        )
    }

    /// A training in progress.
    pub fn training<'a>(&'a self, setting: &'a Setting) -> Training<'a> {
        let dim = 1;
        Training {
            source: self.source(setting),
            trainer: Trainer::new(
                &self.model,
                &setting.train,
                usize::MAX,
                dim,
                self.num_timesteps,
                setting.device,
            ),
            state: TrainState::new(&self.model, &setting.train, dim, Seed(0)),
            batch: Batch::default(),
            batch_size: self.batch_size,
        }
    }

    /// The network with its initial weights.
    pub fn predictor(&self, setting: &Setting) -> Predictor {
        let weights = Parameters::init(&self.model, 1, Seed(0));
        Predictor::new(&self.model, &weights, &setting.schedule, 1, setting.device)
    }
}

/// What a recipe is run with.
pub struct Setting {
    pub data: Points,
    pub schedule: NoiseSchedule,
    pub train: TrainConfig,
    pub device: DeviceKind,
}

impl Setting {
    /// 100,000 points and plain Adam, as the peers' scripts have them.
    pub fn new(recipe: &Recipe, device: DeviceKind) -> Self {
        let mut values = vec![0.0; 100_000];
        fill_normal(&mut Seed(1).stream(Purpose::TrainData, 0, 0), &mut values);
        let config = ScheduleConfig::Linear {
            beta_start: 1e-4,
            beta_end: 0.02,
        };
        Self {
            data: Points::new(values, 1),
            schedule: config
                .build(recipe.num_timesteps)
                .expect("a valid schedule"),
            train: TrainConfig {
                length: Length::Steps(usize::MAX),
                batch_size: recipe.batch_size,
                optimizer: OptimizerConfig::Adam {
                    beta1: 0.9,
                    beta2: 0.999,
                    epsilon: 1e-8,
                },
                learning_rate: 1e-3,
                learning_rate_schedule: LearningRateConfig::Constant,
                warmup_steps: 0,
                max_grad_norm: None,
                ema_decay: 0.0,
                loss_weight: LossWeightConfig::Uniform,
                timestep_sampling: TimestepSampling::Uniform,
                class_dropout: 0.0,
                validate_every: None,
                checkpoint_every: usize::MAX,
            },
            device,
        }
    }
}

impl Setting {
    /// Trains on fewer points.
    pub fn keep_points(&mut self, count: usize) {
        self.data = Points::new(self.data.values()[..count].to_vec(), 1);
    }
}

/// A training in progress: draws its batches, timesteps and noise as `truescore train` does.
pub struct Training<'a> {
    source: BatchSource<'a>,
    trainer: Trainer<'a>,
    state: TrainState,
    batch: Batch,
    batch_size: usize,
}

impl Training<'_> {
    /// One step.
    pub fn step(&mut self) -> f64 {
        let step = self.state.step;
        self.source
            .training_batch(step, self.batch_size, &mut self.batch)
            .expect("denoising asks no denoiser");
        self.trainer.step(&mut self.state, &self.batch)
    }
}

/// Timed rounds; the median counts.
pub const ROUNDS: usize = 9;

/// How often `work` fits into some 60 ms, after which it is warm too: what a round repeats.
pub fn repeats(work: &mut dyn FnMut()) -> u32 {
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed().as_secs_f64() < 0.06 {
        work();
        count += 1;
    }
    count
}

/// Seconds of `work`, the mean of a round.
pub fn round(work: &mut dyn FnMut(), repeats: u32) -> f64 {
    let begun = Instant::now();
    for _ in 0..repeats {
        work();
    }
    begun.elapsed().as_secs_f64() / f64::from(repeats)
}

/// Median seconds of `work`.
pub fn seconds(work: &mut dyn FnMut()) -> f64 {
    let repeats = repeats(work);
    median((0..ROUNDS).map(|_| round(work, repeats)).collect())
}

/// The value in the middle.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Products of given shapes, one after the other, by the matrix library alone: the rate that this
/// processor reaches on them.
pub struct Products {
    shapes: Vec<Shape>,
    left: Vec<f32>,
    right: Vec<f32>,
    out: Vec<f32>,
}

impl Products {
    /// Products of `shapes`.
    pub fn new(shapes: Vec<Shape>) -> Self {
        let largest = |size: fn(&Shape) -> usize| {
            let size = shapes.iter().map(size).max().unwrap_or(0);
            (0..size)
                .map(|i| (i % 7) as f32 * 0.1)
                .collect::<Vec<f32>>()
        };
        Self {
            left: largest(|(n, k, _)| n * k),
            right: largest(|(_, k, m)| k * m),
            out: largest(|(n, _, m)| n * m),
            shapes,
        }
    }

    /// Floating-point operations of all of them.
    pub fn flops(&self) -> f64 {
        flops(&self.shapes)
    }

    /// Operations per second on one core in a product large enough to show what it can do.
    pub fn peak() -> f64 {
        let mut products = Self::new(vec![(512, 512, 512)]);
        products.flops() / seconds(&mut || products.run())
    }

    /// Computes all of them.
    #[allow(unsafe_code, reason = "gemm takes pointers")]
    pub fn run(&mut self) {
        for (n, k, m) in &self.shapes {
            let (k_stride, m_stride) = (*k as isize, *m as isize);
            // SAFETY: the vectors are as long as the largest shape needs, and `out` is another one.
            unsafe {
                gemm::gemm(
                    *n,
                    *m,
                    *k,
                    self.out.as_mut_ptr(),
                    1,
                    m_stride,
                    false,
                    self.left.as_ptr(),
                    1,
                    k_stride,
                    self.right.as_ptr(),
                    1,
                    m_stride,
                    1.0,
                    1.0,
                    false,
                    false,
                    false,
                    gemm::Parallelism::None,
                );
            }
        }
        black_box(&self.out);
    }
}

/// x ← (x − 0.01 ε̂)/0.999 + 0.01 z over `num_samples` points, a block at a time: a reverse step as the
/// peers' scripts take it.
pub fn reverse_step(predictor: &Predictor, x: &mut [f64], step: u64) {
    use rayon::prelude::*;
    use truescore::internals::{Denoiser, Instant, NoiseLevel};
    const BLOCK: usize = 256;
    let level = NoiseLevel {
        signal: 0.999,
        noise: 0.045,
    };
    let at = Instant { t: 5.0, level };
    x.par_chunks_mut(BLOCK).enumerate().for_each(|(block, x)| {
        let (mut noise, mut predicted) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        let mut rng = Seed(2).stream(Purpose::Reverse, step, block as u64);
        fill_normal(&mut rng, &mut noise);
        let answer = predictor.predict_noise(x, at, &mut predicted);
        answer.expect("the network is in this process");
        for ((x, predicted), z) in x.iter_mut().zip(&predicted).zip(&noise) {
            *x = (*x - 0.01 * predicted) / 0.999 + 0.01 * z;
        }
    });
}
