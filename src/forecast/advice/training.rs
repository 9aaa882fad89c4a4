//! What is wrong with the sizes: of batches, of the training, of the sets that metrics compare.

use crate::{
    experiment::{Dataset, ExperimentConfig, Split},
    forecast::{
        advice::entry::{Advice, Severity},
        facts::Description,
    },
    target::TargetConfig,
    text::{significant, with_digits},
};

/// Least number of steps that a network of this kind needs, by experience.
const FEW_STEPS: usize = 500;

/// Relative standard error of a component's share that is worth a note.
const UNCERTAIN_SHARE: f64 = 0.1;

/// Part of an equal share of the data below which a component is rare.
const RARE: f64 = 0.5;

pub(crate) fn batch(config: &ExperimentConfig, found: &Description) -> Option<Advice> {
    let (batch, points) = (config.train.batch_size, found.data.num_train);
    (batch > points && found.network.num_parameters > 0).then(|| Advice {
        code: "batch_larger_than_data",
        severity: Severity::Warning,
        message: format!(
            "a batch of {batch} shows each of the {points} training points more than once"
        ),
        value: batch as f64 / points as f64,
        set: Some(format!("train.batch_size={}", (points / 4).max(1))),
    })
}

pub(crate) fn few_steps(found: &Description) -> Option<Advice> {
    let network = &found.network;
    let enough_for_data = found.data.num_train.div_ceil(network.batch_size);
    let enough = FEW_STEPS.max(enough_for_data);
    (network.num_steps < enough && network.num_parameters > 0).then(|| Advice {
        code: "few_steps",
        severity: Severity::Warning,
        message: format!(
            "{} steps of {} points are {} epochs: {}",
            network.num_steps,
            network.batch_size,
            significant(network.epochs),
            match network.epochs < 1.0 {
                true => "a fraction of the data is never seen",
                false => "too few updates for a network of this kind",
            }
        ),
        value: network.num_steps as f64,
        set: Some(format!(
            "train.steps={}",
            (10 * FEW_STEPS).max(enough_for_data)
        )),
    })
}

pub(crate) fn warm_up(config: &ExperimentConfig, found: &Description) -> Option<Advice> {
    let (warm_up, steps) = (config.train.warmup_steps, found.network.num_steps);
    (2 * warm_up > steps && found.network.num_parameters > 0).then(|| Advice {
        code: "long_warm_up",
        severity: Severity::Warning,
        message: format!(
            "the learning rate rises over the first {warm_up} steps, and the training has {steps}"
        ),
        value: warm_up as f64 / steps as f64,
        set: Some(format!("train.warmup_steps={}", steps / 20)),
    })
}

pub(crate) fn test_set(config: &ExperimentConfig, found: &Description) -> Option<Advice> {
    let metric = found.metrics.get("w1_test")?;
    let (samples, test) = (found.sampler.num_samples, found.data.num_test);
    (metric.noise_floor.is_some() && samples > 4 * test).then(|| Advice {
        code: "small_test_set",
        severity: Severity::Note,
        message: format!(
            "{test} test points set the noise floor of w1_test ({}); {samples} samples cannot lower it",
            metric.noise_floor.map_or("–".into(), significant),
        ),
        value: test as f64,
        // The rows of a file are what they are.
        set: match config.data.target {
            TargetConfig::File(_) => None,
            _ => Some(format!("data.num_test={samples}")),
        },
    })
}

/// How many training points a component has: counted, where each component is a class of its own, else
/// expected.
fn points_of(k: usize, weight: f64, dataset: &Dataset, found: &Description) -> String {
    let train = dataset.split(Split::Train);
    match train.labels() {
        Some(labels) if found.data.num_classes == found.data.components.len() => {
            let own = labels.iter().filter(|label| **label as usize == k);
            own.count().to_string()
        }
        _ => format!("about {}", (weight * train.len() as f64).round()),
    }
}

pub(crate) fn rare_component(dataset: &Dataset, found: &Description) -> Option<Advice> {
    let weights = found.data.components.iter().map(|c| c.weight());
    let (k, weight) = weights.enumerate().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let n = found.sampler.num_samples as f64;
    let error = ((1.0 - weight) / (n * weight)).sqrt();
    let is_rare = weight * (found.data.components.len() as f64) < RARE;
    (error > UNCERTAIN_SHARE && is_rare).then(|| Advice {
        code: "rare_component",
        severity: Severity::Note,
        message: format!(
            "component {k} has weight {}: its share of {n} samples is known to ± {} % of itself, and {} \
             training points show it",
            significant(weight),
            with_digits(100.0 * error, 2),
            points_of(k, weight, dataset, found),
        ),
        value: error,
        set: Some(format!(
            "eval.num_samples={}",
            ((1.0 - weight) / (weight * UNCERTAIN_SHARE.powi(2))).ceil()
        )),
    })
}
