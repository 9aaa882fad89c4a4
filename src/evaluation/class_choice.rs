//! The classes of the samples of a class-conditional run.

use crate::{
    error::{Error, Result},
    evaluation::trained::Trained,
    experiment::Dataset,
    rng::{Purpose, Seed},
};
use rand::RngExt;

/// What a class is called: its name in the user's file, or its number.
pub(crate) fn name(dataset: &Dataset, class: u32) -> String {
    let names = dataset.classes.as_ref();
    let names = names.and_then(|classes| classes.names.as_ref());
    let name = names.and_then(|names| names.get(class as usize));
    name.cloned().unwrap_or_else(|| class.to_string())
}

/// The number of the class that is called `text`, or has that number; an error for a model that is not
/// class-conditional.
pub(crate) fn find(trained: &Trained, text: &str) -> Result<u32> {
    let (run, dataset) = (&trained.run, &trained.dataset);
    if !run.config.model.class_conditional() {
        return Err(Error::usage_hint(
            format!(
                "--class: the model of `{}` is not class-conditional",
                run.directory().display()
            ),
            "a run with `model.class_embedding_dim` is",
        ));
    }
    let all = 0..dataset.num_classes() as u32;
    let known: Vec<_> = all.map(|class| name(dataset, class)).collect();
    position(&known, text).ok_or_else(|| {
        Error::usage(format!(
            "there is no class `{text}`, expected one of {}",
            known.join(", ")
        ))
    })
}

/// Where a class stands among the names of all. A number is a place only where no name is a number
/// itself: of classes called 1, 2 and 3, nobody means the first by 0.
fn position(names: &[String], text: &str) -> Option<u32> {
    let number = |text: &str| text.parse::<f64>().is_ok();
    let called = names.iter().position(|name| name == text);
    let numbered = || {
        let place = text.parse().ok().filter(|place| *place < names.len());
        place.filter(|_| !names.iter().any(|name| number(name)))
    };
    called.or_else(numbered).map(|place| place as u32)
}

/// A class for each of `count` samples, drawn by the fraction of each class in the data; nothing for a
/// model that is not class-conditional. The first ones do not depend on how many there are.
pub(crate) fn draw(trained: &Trained, count: usize, seed: Seed) -> Option<Vec<u32>> {
    let classes = trained.dataset.classes.as_ref()?;
    let config = &trained.run.config;
    config
        .model
        .class_conditional()
        .then(|| by_weights(&classes.weights, count, seed))
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
    fn a_class_is_found_by_its_name_and_by_its_number() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| name.to_string())
                .collect::<Vec<_>>()
        };
        let (words, numbers) = (names(&["cat", "dog"]), names(&["1", "2", "3"]));
        assert_eq!(position(&words, "dog"), Some(1));
        assert_eq!(position(&words, "1"), Some(1));
        assert_eq!(position(&words, "2"), None);
        assert_eq!(position(&words, "Dog"), None);
        assert_eq!(position(&numbers, "2"), Some(1));
        assert_eq!(position(&numbers, "0"), None);
    }

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
