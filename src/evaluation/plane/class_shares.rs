//! The classes of the data and of the samples.

use crate::{
    evaluation::trained::Trained,
    experiment::{Split, run::record::ClassShare},
    points::Points,
    target::Mixture,
};

/// Classes that colours can tell apart.
const MOST_CLASSES: usize = 10;

/// Samples, and test points, that are shown.
const SHOWN: usize = 10_000;

/// The classes of the first samples, and how often each comes.
pub(crate) struct ShownClasses {
    /// Of every sample that is shown: the class that was asked for, else the most probable one, if there is one.
    pub(crate) of_samples: Vec<Option<u32>>,
    /// Of every class.
    pub(crate) shares: Vec<ClassShare>,
}

impl ShownClasses {
    /// `None` where there are no classes, too many to tell apart, or none are known of the samples.
    pub(super) fn of(trained: &Trained, samples: &Points) -> Option<Self> {
        let dataset = &trained.dataset;
        let count = dataset.num_classes();
        if !(2..=MOST_CLASSES).contains(&count) {
            return None;
        }
        let density = dataset.density.as_ref();
        let of_samples: Vec<_> = match samples.labels() {
            Some(labels) => labels
                .iter()
                .take(SHOWN)
                .map(|label| Some(*label))
                .collect(),
            None => {
                let density = density?;
                let shown = samples.rows().take(SHOWN);
                shown.map(|x| density.most_probable_class(x)).collect()
            }
        };
        let test = dataset.split(Split::Test).labels()?;
        let real = test.iter().take(SHOWN).map(|label| Some(*label));
        let data = density.map_or_else(|| shares(real, count), Mixture::class_weights);
        let shares = shares(of_samples.iter().copied(), count);
        let share = |(class, samples): (usize, f64)| ClassShare {
            samples,
            data: data.get(class).copied(),
        };
        Some(Self {
            of_samples,
            shares: shares.into_iter().enumerate().map(share).collect(),
        })
    }
}

/// The fraction of each of `count` classes, among those that have one of them.
fn shares(classes: impl Iterator<Item = Option<u32>>, count: usize) -> Vec<f64> {
    let mut counts = vec![0usize; count];
    for class in classes.flatten() {
        if let Some(number) = counts.get_mut(class as usize) {
            *number += 1;
        }
    }
    let all: usize = counts.iter().sum();
    let share = |number: &usize| *number as f64 / all.max(1) as f64;
    counts.iter().map(share).collect()
}
