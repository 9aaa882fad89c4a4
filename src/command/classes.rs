//! The classes of the samples of a class-conditional run.

use crate::{
    error::{Error, Result},
    experiment::{Dataset, ExperimentConfig},
    rng::{Purpose, Seed},
};
use rand::RngExt;

/// What a class is called: its name in the user's file, or its number.
pub(super) fn name(dataset: &Dataset, class: u32) -> String {
    let names = dataset.classes.as_ref();
    let names = names.and_then(|classes| classes.names.as_ref());
    let name = names.and_then(|names| names.get(class as usize));
    name.cloned().unwrap_or_else(|| class.to_string())
}

/// The number of the class that is called `text`.
pub(super) fn find(dataset: &Dataset, text: &str) -> Result<u32> {
    let all = 0..dataset.num_classes() as u32;
    let found = all.clone().find(|class| name(dataset, *class) == text);
    found.ok_or_else(|| {
        let known: Vec<_> = all.map(|class| name(dataset, class)).collect();
        Error::usage(format!(
            "there is no class `{text}`, expected one of {}",
            known.join(", ")
        ))
    })
}

/// A class for each of `count` samples, drawn by the part of each class in the data; nothing for a run
/// that is told nothing of classes. The first ones do not depend on how many there are.
pub(super) fn draw(config: &ExperimentConfig, dataset: &Dataset, count: usize) -> Option<Vec<u32>> {
    let classes = dataset.classes.as_ref()?;
    config
        .model
        .class_conditional
        .then(|| by_weights(&classes.weights, count, config.seed()))
}

fn by_weights(weights: &[f64], count: usize, seed: Seed) -> Vec<u32> {
    let mut rng = seed.stream(Purpose::Classes, 0, 0);
    let one = |_| {
        let u: f64 = rng.random();
        let mut cumulative = 0.0;
        let found = weights.iter().position(|weight| {
            cumulative += weight;
            u < cumulative
        });
        found.unwrap_or(weights.len() - 1) as u32
    };
    (0..count).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_come_as_often_as_their_weights_say() {
        let weights = [0.2, 0.5, 0.3];
        let classes = by_weights(&weights, 10_000, Seed(1));
        for (class, weight) in (0..).zip(weights) {
            let count = classes.iter().filter(|c| **c == class).count() as f64;
            let bound = 5.0 * (10_000.0 * weight * (1.0 - weight)).sqrt();
            assert!(
                (count - 10_000.0 * weight).abs() < bound,
                "{class}: {count}"
            );
        }
        assert_eq!(by_weights(&weights, 10, Seed(1)), classes[..10]);
    }
}
