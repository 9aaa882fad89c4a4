//! Which runs of a sweep may be ranked together.

use super::summary::{Summary, setting};
use crate::experiment::{run::listing::RunRow, sweep::seeds::SEEDS};

/// Runs whose losses have one floor and one unit, and whose distances have one noise: equal in process,
/// prediction, loss weight, data, class-conditioning, sampler and number of samples.
#[derive(Debug, Clone)]
pub(crate) struct Comparable {
    /// What they share of the keys in which the sweep's runs differ: `key=value`, or nothing where all runs
    /// are comparable.
    pub(crate) shared: Vec<String>,
    /// Places of the runs.
    pub(crate) members: Vec<usize>,
}

impl Comparable {
    /// What they share, in one text.
    pub(crate) fn name(&self) -> String {
        match self.shared.is_empty() {
            true => "all runs".into(),
            false => self.shared.join(" "),
        }
    }

    /// The runs.
    pub(crate) fn rows<'a>(&'a self, summary: &'a Summary) -> impl Iterator<Item = &'a RunRow> {
        self.members.iter().map(|i| &summary.rows[*i])
    }
}

/// The sets of comparable runs, in the order of the summary.
pub(crate) fn comparable(summary: &Summary) -> Vec<Comparable> {
    sets(summary, |key| {
        shapes_the_loss(key) || shapes_the_samples(key)
    })
}

/// The sets of runs whose excess loss has one unit: whatever their process and its floor.
pub(crate) fn of_one_unit(summary: &Summary) -> Vec<Comparable> {
    sets(summary, |key| {
        shapes_the_samples(key) || (shapes_the_loss(key) && !key.starts_with("process."))
    })
}

/// Whether a key decides the law of the data, and not how much is drawn from it or how the network sees it.
pub(crate) fn is_of_the_law(key: &str) -> bool {
    let Some(key) = key.strip_prefix("data.") else {
        return false;
    };
    let others = ["num_", "seed", "standardize", "classes"];
    !others.iter().any(|start| key.starts_with(start))
}

/// Whether a key decides what a loss is: its floor and its unit.
pub(crate) fn shapes_the_loss(key: &str) -> bool {
    let tables = ["process.", "train.loss_weight", "data."];
    let is_of_classes = key.contains("class") && !key.starts_with("data.");
    tables.iter().any(|table| key.starts_with(table)) || key == "model.prediction" || is_of_classes
}

fn shapes_the_samples(key: &str) -> bool {
    key.starts_with("sampler.") || key.starts_with("eval.")
}

fn sets(summary: &Summary, shapes: impl Fn(&str) -> bool) -> Vec<Comparable> {
    let keys: Vec<_> = summary
        .keys
        .iter()
        .filter(|key| shapes(key) && !SEEDS.contains(&key.as_str()))
        .collect();
    let mut sets: Vec<Comparable> = vec![];
    for (i, row) in summary.rows.iter().enumerate() {
        let shared: Vec<_> = keys
            .iter()
            .map(|key| format!("{key}={}", setting(row, key)))
            .collect();
        match sets.iter_mut().find(|set| set.shared == shared) {
            Some(set) => set.members.push(i),
            None => sets.push(Comparable {
                shared,
                members: vec![i],
            }),
        }
    }
    sets
}
