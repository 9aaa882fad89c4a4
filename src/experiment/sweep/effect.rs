//! What each swept key does: along which lines it varies alone, and how much of the distance it explains.

use super::summary::{Group, Summary};
use crate::{experiment::run::listing::RunRow, metric::METRICS};
use std::collections::BTreeMap;

/// Settings that differ in one key alone.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The other keys with their values, those that all lines share left out.
    pub(crate) held: Vec<(String, String)>,
    /// The value of the key and the place of the setting, in the order of the values.
    pub(crate) points: Vec<(String, usize)>,
}

impl Line {
    /// What sets it apart from the other lines, in words.
    pub(crate) fn name(&self) -> String {
        let word = |(key, value): &(String, String)| format!("{} = {value}", short(key));
        let words: Vec<_> = self.held.iter().map(word).collect();
        words.join(", ")
    }
}

/// The last part of a key; of a kind the part before it.
pub(crate) fn short(key: &str) -> &str {
    let key = key.strip_suffix(".kind").unwrap_or(key);
    key.rsplit('.').next().unwrap_or(key)
}

/// The lines of a key, those with fewer than two settings left out, and what all of them share.
pub(crate) fn lines(summary: &Summary, key: &str) -> (Vec<Line>, Vec<(String, String)>) {
    let Some(place) = summary.keys.iter().position(|other| other == key) else {
        return (vec![], vec![]);
    };
    let others = |group: &Group| -> Vec<(String, String)> {
        let pairs = summary
            .keys
            .iter()
            .cloned()
            .zip(group.settings.iter().cloned());
        pairs.filter(|(other, _)| other != key).collect()
    };
    let mut lines: Vec<Line> = vec![];
    for (i, group) in summary.groups.iter().enumerate() {
        let (held, point) = (others(group), (group.settings[place].clone(), i));
        match lines.iter_mut().find(|line| line.held == held) {
            Some(line) => line.points.push(point),
            None => lines.push(Line {
                held,
                points: vec![point],
            }),
        }
    }
    lines.retain(|line| line.points.len() > 1);
    let order = summary.values(key);
    let place = |value: &String| order.iter().position(|other| other == value);
    for line in &mut lines {
        line.points.sort_by_key(|(value, _)| place(value));
    }
    let shared: Vec<_> = match lines.first() {
        Some(first) => first.held.clone(),
        None => vec![],
    };
    let is_shared = |pair: &(String, String)| lines.iter().all(|line| line.held.contains(pair));
    let shared: Vec<_> = shared.into_iter().filter(is_shared).collect();
    for line in &mut lines {
        line.held.retain(|pair| !shared.contains(pair));
    }
    (lines, shared)
}

/// The fraction of the variance of ln W1 between settings that the means at each value of a key account
/// for. `None` where W1 does not vary, or is not known everywhere.
pub(crate) fn explained(summary: &Summary, key: &str, metric: &str) -> Option<f64> {
    let place = summary.keys.iter().position(|other| other == key)?;
    let mut by_value: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for group in &summary.groups {
        let mean = summary.over_seeds(group, metric).mean()?;
        by_value
            .entry(&group.settings[place])
            .or_default()
            .push(mean.ln());
    }
    let all: Vec<f64> = by_value.values().flatten().copied().collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let middle = mean(&all);
    let whole: f64 = all.iter().map(|value| (value - middle).powi(2)).sum();
    let between = |values: &Vec<f64>| values.len() as f64 * (mean(values) - middle).powi(2);
    let between: f64 = by_value.values().map(between).sum();
    (whole > 0.0 && whole.is_finite()).then(|| between / whole)
}

/// The keys by how much of the variance they explain, the most first.
pub(crate) fn by_weight(summary: &Summary, metric: &str) -> Vec<(String, Option<f64>)> {
    let with = |key: &String| (key.clone(), explained(summary, key, metric));
    let mut keys: Vec<_> = summary.keys.iter().map(with).collect();
    let weight = |share: &Option<f64>| share.unwrap_or(-1.0);
    keys.sort_by(|a, b| weight(&b.1).total_cmp(&weight(&a.1)));
    keys
}

/// Sets of keys that move together: each value of one always goes with the same value of the others, so that
/// no effect can be given to one of them.
pub(crate) fn moving_together(summary: &Summary) -> Vec<Vec<String>> {
    let column = |place: usize| -> Vec<usize> {
        let mut seen: Vec<&String> = vec![];
        let number = |group: &'_ Group| group.settings[place].clone();
        let values: Vec<_> = summary.groups.iter().map(number).collect();
        let mut numbers = vec![];
        for value in &values {
            let known = seen.iter().position(|other| *other == value);
            numbers.push(known.unwrap_or(seen.len()));
            if known.is_none() {
                seen.push(value);
            }
        }
        numbers
    };
    let mut sets: Vec<(Vec<usize>, Vec<String>)> = vec![];
    for (place, key) in summary.keys.iter().enumerate() {
        let numbers = column(place);
        match sets.iter_mut().find(|(known, _)| *known == numbers) {
            Some((_, keys)) => keys.push(key.clone()),
            None => sets.push((numbers, vec![key.clone()])),
        }
    }
    sets.into_iter()
        .map(|(_, keys)| keys)
        .filter(|keys| keys.len() > 1)
        .collect()
}

/// The keys that change nothing: settings that differ in one of them alone have equal numbers, seed by seed.
pub(crate) fn without_effect(summary: &Summary) -> Vec<String> {
    let numbers = |place: usize| -> Vec<Vec<Option<f64>>> {
        let of_run = |row: &RunRow| {
            METRICS
                .iter()
                .map(|metric| row.metric(metric.name()))
                .collect()
        };
        summary
            .members(&summary.groups[place])
            .map(of_run)
            .collect()
    };
    let changes_nothing = |key: &&String| {
        let (lines, _) = lines(summary, key);
        let is_flat = |line: &Line| {
            let first = numbers(line.points[0].1);
            let has_numbers = first.iter().flatten().any(Option::is_some);
            has_numbers
                && line
                    .points
                    .iter()
                    .all(|(_, place)| numbers(*place) == first)
        };
        !lines.is_empty() && lines.iter().all(is_flat)
    };
    summary
        .keys
        .iter()
        .filter(changes_nothing)
        .cloned()
        .collect()
}
