//! A sweep's runs and the settings that they repeat.

use super::seeds::{OverSeeds, SEEDS};
use crate::experiment::run::listing::{RunRow, differing_keys, natural_order};
use std::collections::BTreeSet;

/// The key of an experiment's name, which changes nothing in its runs.
pub(crate) const NAME: &str = "name";

/// The runs of a sweep, or of any directories, and how they differ.
#[derive(Debug)]
pub(crate) struct Summary {
    /// One row a run.
    pub(crate) rows: Vec<RunRow>,
    /// The keys in which they differ, without the seeds.
    pub(crate) keys: Vec<String>,
    /// Runs that are equal in every key but the seeds.
    pub(crate) groups: Vec<Group>,
    /// The seeds that differ.
    seeds: Vec<&'static str>,
}

/// A setting: runs that are equal in every key but the seeds.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Values of the keys in which the settings differ.
    pub(crate) settings: Vec<String>,
    /// Places of its runs in the rows.
    pub(crate) members: Vec<usize>,
}

impl Summary {
    /// Groups the runs, in the order of what they differ in.
    pub(crate) fn new(mut rows: Vec<RunRow>) -> Self {
        let differing = differing_keys(&rows);
        let is_setting = |key: &&String| !SEEDS.contains(&key.as_str()) && *key != NAME;
        let keys: Vec<_> = differing.iter().filter(is_setting).cloned().collect();
        let has = |seed: &&str| differing.iter().any(|key| key == *seed);
        let in_order = |a: &RunRow, b: &RunRow| {
            let of_key = |key: &str| natural_order(&setting(a, key), &setting(b, key));
            let orders = keys.iter().map(String::as_str).chain(SEEDS).map(of_key);
            orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        };
        rows.sort_by(in_order);
        let mut groups: Vec<Group> = vec![];
        for (i, row) in rows.iter().enumerate() {
            let settings: Vec<_> = keys.iter().map(|key| setting(row, key)).collect();
            match groups.iter_mut().find(|group| group.settings == settings) {
                Some(group) => group.members.push(i),
                None => groups.push(Group {
                    settings,
                    members: vec![i],
                }),
            }
        }
        Self {
            seeds: SEEDS.into_iter().filter(has).collect(),
            rows,
            keys,
            groups,
        }
    }

    /// Whether a seed has a column: that of the runs always, that of the data where it differs.
    pub(crate) fn has_seed(&self, key: &str) -> bool {
        key == SEEDS[0] || self.seeds.contains(&key)
    }

    /// The runs of a setting.
    pub(crate) fn members<'a>(
        &'a self,
        group: &'a Group,
    ) -> impl Iterator<Item = &'a RunRow> + Clone {
        group.members.iter().map(|i| &self.rows[*i])
    }

    /// The runs that are evaluated.
    pub(crate) fn evaluated(&self) -> impl Iterator<Item = &RunRow> {
        self.rows.iter().filter(|row| row.evaluation.is_some())
    }

    /// A metric over the seeds of a setting.
    pub(crate) fn over_seeds(&self, group: &Group, metric: &str) -> OverSeeds {
        OverSeeds::of(self.members(group), metric)
    }

    /// The place of the setting of a run, by the run's place.
    pub(crate) fn setting_of(&self, row: usize) -> usize {
        let found = self
            .groups
            .iter()
            .position(|group| group.members.contains(&row));
        found.unwrap_or(0)
    }

    /// The distance to the truth that all evaluated runs have: that of the exact law, of the samples, or of
    /// the samples to the test points. In more than one dimension that of all directions leads: along the axes
    /// nothing is seen of how they depend on each other.
    pub(crate) fn distance(&self) -> Option<&'static str> {
        let names = ["w1_law", "sliced_w1", "w1", "w1_test"];
        let all_have = |name: &&str| self.evaluated().all(|row| row.metric(name).is_some());
        self.evaluated().next()?;
        names.into_iter().find(all_have)
    }

    /// The evaluated run with the smallest value of a metric among some, and how many others share it.
    pub(crate) fn best_of<'a>(
        rows: impl IntoIterator<Item = &'a RunRow>,
        metric: &str,
    ) -> Option<(&'a RunRow, usize)> {
        let with = rows
            .into_iter()
            .filter_map(|row| Some((row.metric(metric)?, row)));
        let found: Vec<_> = with.filter(|(value, _)| value.is_finite()).collect();
        let (least, row) = found.iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let equal = found.iter().filter(|(value, _)| value == least).count();
        Some((row, equal - 1))
    }

    /// The evaluated run with the smallest value of a metric.
    pub(crate) fn best_by(&self, metric: &str) -> Option<&RunRow> {
        Self::best_of(&self.rows, metric).map(|(row, _)| row)
    }

    /// The values of a key, in their order.
    pub(crate) fn values(&self, key: &str) -> Vec<String> {
        let found: BTreeSet<_> = self.rows.iter().map(|row| setting(row, key)).collect();
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by(|a, b| natural_order(a, b));
        found
    }
}

/// A run's value of a key, a dash where it has none.
pub(crate) fn setting(row: &RunRow, key: &str) -> String {
    row.settings.get(key).cloned().unwrap_or_else(|| "–".into())
}
