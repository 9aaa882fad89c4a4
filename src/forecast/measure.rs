//! How long training would take: a few real steps.

use crate::{
    error::Result,
    experiment::{Dataset, ExperimentConfig, Split},
    forecast::facts::{NetworkFacts, name_of},
    model::{Batch, DeviceKind, MlpConfig, Predictor, TrainState, Trainer},
    rng::Seed,
    terminal::threads,
};
use std::time::{Duration, Instant};

/// How long steps are measured.
const MEASURED: Duration = Duration::from_millis(300);

/// Steps before that, which find caches cold.
const WARM_UP: usize = 3;

/// Size and speed of the network of a configuration; the steps are taken and forgotten.
pub(crate) fn network(config: &ExperimentConfig, dataset: &Dataset) -> Result<NetworkFacts> {
    let Some(network) = config.model.network() else {
        return Ok(nothing_to_train(config, dataset));
    };
    // As many threads as `train` has.
    threads::pool(threads::number(None))?.install(|| measured(config, network, dataset))
}

/// The Bayes denoiser in place of a network.
fn nothing_to_train(config: &ExperimentConfig, dataset: &Dataset) -> NetworkFacts {
    NetworkFacts {
        prediction: name_of(config.model.prediction()),
        class_conditional: config.model.class_conditional(),
        num_parameters: 0,
        flops_per_step: 0.0,
        num_steps: 0,
        batch_size: config.train.batch_size,
        epochs: 0.0,
        num_validations: 0,
        seconds_per_step: 0.0,
        seconds_per_validation: 0.0,
        seconds: 0.0,
        measured_steps: 0,
        memory_bytes: config.memory_bytes(dataset.shape(config)),
    }
}

fn measured(
    config: &ExperimentConfig,
    model: &MlpConfig,
    dataset: &Dataset,
) -> Result<NetworkFacts> {
    let (train, shape) = (&config.train, dataset.shape(config));
    let schedule = config.process.build();
    let points = dataset.standardized(Split::Train);
    let num_steps = train.num_steps(points.len());
    let num_classes = dataset.num_classes();
    let source = |points| config.batches(points, &schedule, num_classes, train.loss_weight.clone());
    let num_timesteps = schedule.num_timesteps();
    let device = DeviceKind::Cpu;
    let mut trainer = Trainer::new(model, train, num_steps, shape, num_timesteps, device);
    let mut state = TrainState::new(model, train, shape, Seed(config.seed));
    let mut batches = source(&points);
    let (mut batch, mut taken, mut cold, mut begun) = (Batch::default(), 0, 0, Instant::now());
    loop {
        batches.training_batch(taken, train.batch_size, &mut batch)?;
        trainer.step(&mut state, &batch);
        taken += 1;
        if begun.elapsed() > MEASURED {
            break;
        }
        if taken == WARM_UP {
            (cold, begun) = (taken, Instant::now());
        }
    }
    let measured_steps = taken - cold;
    let seconds_per_step = begun.elapsed().as_secs_f64() / measured_steps as f64;
    let validation_points = dataset.standardized(Split::Val);
    let validation = source(&validation_points).validation_batch(0)?;
    let begun = Instant::now();
    let predictor = Predictor::new(model, state.evaluated(), &schedule, shape, device);
    predictor.losses(&validation)?;
    let seconds_per_validation = begun.elapsed().as_secs_f64();
    let epochs = (num_steps * train.batch_size) as f64 / points.len() as f64;
    let num_validations = match train.validate_every {
        Some(every) => num_steps.div_ceil(every),
        None => (epochs.ceil() as usize).clamp(1, num_steps),
    };
    Ok(NetworkFacts {
        prediction: name_of(model.prediction),
        class_conditional: config.model.class_conditional(),
        num_parameters: model.num_parameters(shape),
        flops_per_step: model.flops_per_step(shape, train.batch_size),
        num_steps,
        batch_size: train.batch_size,
        epochs,
        num_validations,
        seconds_per_step,
        seconds_per_validation,
        seconds: seconds_per_step * num_steps as f64
            + seconds_per_validation * num_validations as f64,
        measured_steps,
        memory_bytes: config.memory_bytes(shape),
    })
}
