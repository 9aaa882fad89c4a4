//! How a network is trained: `[train]`.

use super::{LearningRateConfig, OptimizerConfig};
use crate::{
    diffusion::{LossWeightConfig, TimestepSampling},
    settings::{Range, Section, SettingError},
};
use serde::Serialize;

/// Longest training.
const MAX_STEPS: usize = 1_000_000_000;

/// Largest batch.
const MAX_BATCH: usize = 10_000_000;

/// `[train]`.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainConfig {
    /// How long.
    pub length: Length,
    /// Points in a step.
    pub batch_size: usize,
    /// The optimizer.
    pub optimizer: OptimizerConfig,
    /// Learning rate at its highest.
    pub learning_rate: f64,
    /// How it falls.
    pub learning_rate_schedule: LearningRateConfig,
    /// Steps over which it rises in a straight line.
    pub warmup_steps: usize,
    /// Largest norm of the whole gradient; longer ones are shortened to it.
    pub max_grad_norm: Option<f64>,
    /// Decay of the moving average of the weights that is validated and sampled from; 0 for none.
    pub ema_decay: f64,
    /// Weight of each timestep in the loss.
    pub loss_weight: LossWeightConfig,
    /// How timesteps are drawn.
    pub timestep_sampling: TimestepSampling,
    /// Probability of hiding a point's class from a class-conditional network, so that it learns to
    /// answer without one too.
    pub class_dropout: f64,
    /// Steps between validations; every epoch if it is absent.
    pub validate_every: Option<usize>,
    /// Steps between checkpoints.
    pub checkpoint_every: usize,
}

/// The length of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// So many steps.
    Steps(usize),
    /// So many times through the training split.
    Epochs(usize),
}

impl TrainConfig {
    /// Reads `[train]`, for a class-conditional model or another one.
    pub fn read(mut section: Section, class_conditional: bool) -> Result<Self, SettingError> {
        let steps = section.optional_count("steps", 1, MAX_STEPS)?;
        let length = match (steps, section.optional_count("epochs", 1, MAX_STEPS)?) {
            (Some(_), Some(_)) => {
                return Err(
                    section.error("epochs", "stands beside `train.steps`: give one of them")
                );
            }
            (_, Some(epochs)) => Length::Epochs(epochs),
            (steps, None) => Length::Steps(steps.unwrap_or(5000)),
        };
        let config = Self {
            length,
            batch_size: section.count("batch_size", 256, 1, MAX_BATCH)?,
            optimizer: OptimizerConfig::read(section.section("optimizer")?)?,
            learning_rate: section.float("learning_rate", 4e-3, Range::open(0.0, 10.0))?,
            learning_rate_schedule: section
                .choice("learning_rate_schedule", LearningRateConfig::Cosine)?,
            warmup_steps: section.count("warmup_steps", 100, 0, MAX_STEPS)?,
            max_grad_norm: match section.is_word("max_grad_norm", "none") {
                true => None,
                false => section.optional_float("max_grad_norm", Range::positive())?,
            },
            ema_decay: section.float("ema_decay", 0.998, Range::half_open(0.0, 1.0))?,
            loss_weight: LossWeightConfig::read(section.section("loss_weight")?)?,
            timestep_sampling: section.choice("timestep_sampling", TimestepSampling::Stratified)?,
            class_dropout: section.float("class_dropout", 0.0, Range::half_open(0.0, 1.0))?,
            validate_every: match section.is_word("validate_every", "epoch") {
                true => None,
                false => section.optional_count("validate_every", 1, MAX_STEPS)?,
            },
            checkpoint_every: section.count("checkpoint_every", 1000, 1, MAX_STEPS)?,
        };
        if config.class_dropout > 0.0 && !class_conditional {
            let message = "hides classes, but the model is not class-conditional";
            return Err(SettingError {
                hint: Some("set `model.class_embedding_dim` or `model.class_conditional`".into()),
                ..section.error("class_dropout", message)
            });
        }
        section.finish()?;
        Ok(config)
    }

    /// Number of steps, for a training split of `num_train` points.
    pub fn num_steps(&self, num_train: usize) -> usize {
        match self.length {
            Length::Steps(steps) => steps,
            Length::Epochs(epochs) => (epochs * num_train).div_ceil(self.batch_size),
        }
    }

    /// Whether the network is validated after `step` steps of `steps`: at the end, and every
    /// `validate_every` steps or whenever an epoch is complete.
    pub fn validates_after(&self, step: usize, steps: usize, num_train: usize) -> bool {
        let epochs = |step: usize| step * self.batch_size / num_train;
        step == steps
            || match self.validate_every {
                Some(every) => step.is_multiple_of(every),
                None => epochs(step) > epochs(step - 1),
            }
    }

    /// Learning rate of `step` (from 0) of `steps`.
    pub fn learning_rate_at(&self, step: usize, steps: usize) -> f64 {
        self.learning_rate
            * self
                .learning_rate_schedule
                .factor(step, steps, self.warmup_steps)
    }

    /// Decay of the EMA after `step` (from 0): it grows as (1 + step)/(10 + step) to its value, so
    /// that the initial weights are soon forgotten.
    pub fn ema_decay_at(&self, step: usize) -> f64 {
        self.ema_decay
            .min((1.0 + step as f64) / (10.0 + step as f64))
    }
}

/// As `[train]` of a configuration file.
impl Serialize for TrainConfig {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        match self.length {
            Length::Steps(steps) => map.serialize_entry("steps", &steps)?,
            Length::Epochs(epochs) => map.serialize_entry("epochs", &epochs)?,
        }
        map.serialize_entry("batch_size", &self.batch_size)?;
        map.serialize_entry("learning_rate", &self.learning_rate)?;
        map.serialize_entry("learning_rate_schedule", &self.learning_rate_schedule)?;
        map.serialize_entry("warmup_steps", &self.warmup_steps)?;
        if let Some(norm) = self.max_grad_norm {
            map.serialize_entry("max_grad_norm", &norm)?;
        }
        map.serialize_entry("ema_decay", &self.ema_decay)?;
        map.serialize_entry("timestep_sampling", &self.timestep_sampling)?;
        if self.class_dropout > 0.0 {
            map.serialize_entry("class_dropout", &self.class_dropout)?;
        }
        if let Some(every) = self.validate_every {
            map.serialize_entry("validate_every", &every)?;
        }
        map.serialize_entry("checkpoint_every", &self.checkpoint_every)?;
        map.serialize_entry("optimizer", &self.optimizer)?;
        map.serialize_entry("loss_weight", &self.loss_weight)?;
        map.end()
    }
}
