//! Diffusion-model experiments on low-dimensional data **whose true density is known**: each number
//! comes with its truth and its noise floor.
//!
//! The house, from the ground up; a module uses those below it and none above:
//!
//! | floor | module | what lives there |
//! |---|---|---|
//! | 0 | `points`, `rng`, `text`, `settings` | `[n, d]` points; one seed, named streams; numbers into text; checked settings |
//! | 0 | `memo` | what is computed once for all who ask for the same |
//! | 1 | `error` | what can go wrong, with its exit code |
//! | 1 | `target` | data distributions and their densities |
//! | 1 | `figure` | charts and pictures |
//! | 2 | `diffusion` | noise levels, schedules, parameterisations, samplers, guides |
//! | 2 | `distance` | two laws or samples in, a number out |
//! | 3 | `truth` | exact laws: loss floors, prior mismatch, what a sampler draws, attribution |
//! | 4 | `metric` | sample metrics, each with its truth and noise floor |
//! | 4 | `model` | the network and its optimisation; the only importer of burn |
//! | 5 | `experiment` | what lies on disk: configurations, data sets, runs, sweeps |
//! | 5 | `terminal` | everything that prints, shows progress or hears a signal |
//! | 6 | `training` | batches, optimiser, validation, checkpoints |
//! | 6 | `evaluation` | points and a law in, the record of every number out |
//! | 6 | `forecast` | what is known before training |
//! | 7 | `report` | numbers into words, tables, figures and files |
//! | 7 | [`cli`] | the command line |
//! | 8 | `command` | one file a verb: read, call, print |
//!
//! Floors 0 to 3 and `metric` are pure: numbers and a generator in, numbers (or a picture's bytes) out.

#![deny(unreachable_pub, dead_code)]

pub mod cli;
mod command;
mod diffusion;
mod distance;
mod error;
mod evaluation;
mod experiment;
mod figure;
mod forecast;
mod memo;
mod metric;
mod model;
mod points;
mod report;
mod rng;
mod settings;
mod target;
mod terminal;
mod text;
mod training;
mod truth;

/// Executes the command of the command line, and says on stderr what went wrong and what to do next. Returns the
/// process's exit code, [`Error::exit_code`](internals::Error::exit_code).
pub fn run(cli: &cli::Cli) -> u8 {
    let Err(error) = command::execute(cli) else {
        return 0;
    };
    terminal::failure::tell_failure(&error);
    u8::try_from(error.exit_code()).unwrap_or(1)
}

/// What the benches and the tests of single parts need. It is no interface.
#[doc(hidden)]
pub mod internals {
    pub use crate::{
        diffusion::{
            Denoiser, Instant, LossWeightConfig, NoiseLevel, NoiseSchedule, ScheduleConfig,
            TimestepSampling,
        },
        error::Error,
        experiment::MetricsRecord,
        model::{
            Activation, Batch, BatchSource, Denoising, DeviceKind, LearningRateConfig, Length,
            MlpConfig, OptimizerConfig, Parameters, Predictor, TimeFeatures, TrainConfig,
            TrainState, Trainer,
            parts::{ActivatedLayer, AdamSteps, Product, time_features},
        },
        points::Points,
        rng::{Purpose, Seed, fill_normal},
    };
}
