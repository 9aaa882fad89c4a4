//! What helps against the error of a network: it follows from where that sits, and from how it came about.

use super::remedy::{Remedy, plain};
use crate::{
    diffusion::Prediction,
    evaluation::network_signs::NetworkSigns,
    experiment::{ExperimentConfig, run::checkpoint::Which},
    model::Length,
    target::TargetConfig,
};

/// Largest width that is advised, and the smallest.
const WIDEST: usize = 1024;
const NARROWEST: usize = 32;

/// Fewest steps of a training that is to be longer.
const FEWEST_STEPS: usize = 2000;

/// How much more there is to be of what was too little.
const MORE: usize = 4;

/// How much more data a network needs that knows its training points.
const MORE_DATA: usize = 10;

pub(super) fn remedies(config: &ExperimentConfig, signs: &NetworkSigns) -> Vec<Remedy> {
    let Some(network) = config.model.network() else {
        return vec![];
    };
    if signs.memorised.is_some() || signs.fits_points.is_some() {
        return [
            more_data(config, MORE_DATA),
            best(config, signs),
            shorter(config),
        ]
        .into_iter()
        .flatten()
        .collect();
    }
    if signs.better_before.is_some() {
        return [best(config, signs), more_data(config, MORE)]
            .into_iter()
            .flatten()
            .collect();
    }
    let v = (signs.errs_near_noise && network.prediction == Prediction::Noise)
        .then(|| Remedy::new(config, "predict v", "model.prediction=v"))
        .flatten();
    let width = (MORE * network.hidden_dim).max(NARROWEST);
    let wider = (network.hidden_dim < WIDEST)
        .then(|| {
            let set = format!("model.hidden_dim={}", width.min(WIDEST));
            Remedy::new(config, "take a wider network", set)
        })
        .flatten();
    let even = signs
        .is_starved
        .then(|| {
            let words = "let every timestep count alike in the loss";
            Remedy::new(config, words, "train.loss_weight=uniform")
        })
        .flatten();
    let order = match (signs.is_short, signs.is_falling) {
        (true, _) => [longer(config), even, v, wider],
        (false, true) => [even, v, longer(config), wider],
        (false, false) => [even, v, wider, longer(config)],
    };
    order.into_iter().flatten().collect()
}

/// What may help a training that failed.
pub(super) fn after_failure(config: &ExperimentConfig) -> Vec<Remedy> {
    let rate = config.train.learning_rate / 10.0;
    let set = format!("train.learning_rate={}", plain(rate));
    Remedy::new(config, "lower the learning rate", set)
        .into_iter()
        .collect()
}

fn longer(config: &ExperimentConfig) -> Option<Remedy> {
    let set = match config.train.length {
        Length::Steps(steps) => format!("train.steps={}", (MORE * steps).max(FEWEST_STEPS)),
        Length::Epochs(epochs) => format!("train.epochs={}", MORE * epochs),
    };
    Remedy::new(config, "train longer", set)
}

/// A training that ends before the network knows its points.
fn shorter(config: &ExperimentConfig) -> Option<Remedy> {
    let set = match config.train.length {
        Length::Steps(steps) => format!("train.steps={}", (steps / MORE).max(1)),
        Length::Epochs(epochs) => format!("train.epochs={}", (epochs / MORE).max(1)),
    };
    Remedy::new(config, "train for fewer steps", set)
}

/// The checkpoint of the best validation, where that was much better.
fn best(config: &ExperimentConfig, signs: &NetworkSigns) -> Option<Remedy> {
    signs.better_before?;
    let words = "take the network of the best validation";
    (config.eval.checkpoint != Which::Best)
        .then(|| Remedy::new(config, words, "eval.checkpoint=best"))
        .flatten()
}

/// A file has the rows that it has.
fn more_data(config: &ExperimentConfig, factor: usize) -> Option<Remedy> {
    let is_file = matches!(config.data.target, TargetConfig::File(_));
    let set = format!("data.num_train={}", factor * config.data.num_train);
    (!is_file)
        .then(|| Remedy::new(config, "train on more data", set))
        .flatten()
}
