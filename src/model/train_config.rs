//! How a network is trained: `[train]`.

use super::{LearningRateConfig, OptimizerConfig};
use crate::{
    diffusion::{LossWeightConfig, TimestepSampling},
    settings::{Default, Domain, Key, Range, Section, SettingError},
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
    /// The table of `[train]`.
    pub(crate) const KEYS: &[Key] = &[
        Key::new(
            "steps",
            Domain::Count(1, MAX_STEPS),
            Default::Count(5000),
            "Length of the training in steps. It stands in the place of `epochs`.",
        )
        .unit("steps"),
        Key::new(
            "epochs",
            Domain::Count(1, MAX_STEPS),
            Default::Absent("`steps` says how long the training is"),
            "Length of the training in passes through the training split. It stands in the place of `steps`.",
        )
        .unit("epochs")
        .example("3"),
        Key::count("batch_size", 256, (1, MAX_BATCH), "Points in a training step.").unit("points"),
        Key::number(
            "learning_rate",
            4e-3,
            Range::open(0.0, 10.0),
            "Learning rate at its highest, after the warm-up.",
        ),
        Key::choice::<LearningRateConfig>(
            "learning_rate_schedule",
            "cosine",
            "How the learning rate falls after the warm-up.",
        ),
        Key::count(
            "warmup_steps",
            100,
            (0, MAX_STEPS),
            "Steps over which the learning rate rises in a straight line.",
        )
        .unit("steps"),
        Key::new(
            "max_grad_norm",
            Domain::Either(&[Domain::Number(Range::positive()), Domain::Word("none")]),
            Default::Absent("\"none\": no gradient is shortened"),
            "Largest norm of the whole gradient. A longer gradient is shortened to it.",
        )
        .example("1.0"),
        Key::number(
            "ema_decay",
            0.998,
            Range::half_open(0.0, 1.0),
            "Decay of the moving average of the weights that is validated and sampled from. 0 keeps no average.",
        ),
        Key::choice::<TimestepSampling>(
            "timestep_sampling",
            "stratified",
            "How the timesteps of a batch are drawn.",
        ),
        Key::number(
            "class_dropout",
            0.0,
            Range::half_open(0.0, 1.0),
            "Probability of hiding a point's class in training, so that the network also answers without one.",
        )
        .source("Ho & Salimans 2022, Algorithm 1")
        .whole_example("[model]\nclass_conditional = true\n\n[train]\nclass_dropout = 0.1"),
        Key::new(
            "validate_every",
            Domain::Either(&[Domain::Count(1, MAX_STEPS), Domain::Word("epoch")]),
            Default::Absent("\"epoch\": at the end of every epoch"),
            "Steps between two validations. The last step is always validated.",
        )
        .unit("steps")
        .example("500"),
        Key::count("checkpoint_every", 1000, (1, MAX_STEPS), "Steps between two checkpoints.")
            .unit("steps"),
        Key::table(
            "optimizer",
            OptimizerConfig::KEYS,
            "The optimizer, by its name or as a table.",
        )
        .example("\"adam_w\""),
        Key::table(
            "loss_weight",
            LossWeightConfig::KEYS,
            "How much each timestep counts in the loss, by name or as a table.",
        )
        .example("\"min_snr\""),
    ];

    /// Reads `[train]`, for a class-conditional model or another one.
    pub fn read(mut section: Section, class_conditional: bool) -> Result<Self, SettingError> {
        let length = match (section.has("steps"), section.optional_count("epochs")?) {
            (true, Some(_)) => {
                return Err(
                    section.error("epochs", "stands beside `train.steps`: give one of them")
                );
            }
            (false, Some(epochs)) => Length::Epochs(epochs),
            (_, None) => Length::Steps(section.count("steps")?),
        };
        let config = Self {
            length,
            batch_size: section.count("batch_size")?,
            optimizer: OptimizerConfig::read(section.section("optimizer")?)?,
            learning_rate: section.float("learning_rate")?,
            learning_rate_schedule: section.choice("learning_rate_schedule")?,
            warmup_steps: section.count("warmup_steps")?,
            max_grad_norm: section.optional_float("max_grad_norm")?,
            ema_decay: section.float("ema_decay")?,
            loss_weight: LossWeightConfig::read(section.section("loss_weight")?)?,
            timestep_sampling: section.choice("timestep_sampling")?,
            class_dropout: section.float("class_dropout")?,
            validate_every: section.optional_count("validate_every")?,
            checkpoint_every: section.count("checkpoint_every")?,
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
