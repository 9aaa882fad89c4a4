//! The settings of a comparison, one row each, for the terminal.

use super::compared::Compared;
use crate::{
    experiment::{
        run::listing::RunRow,
        sweep::{effect::short, summary::Group},
    },
    report::sweep::{comparison::Comparisons, differences::judgement},
    terminal::table::{Cell, Table},
};
use std::collections::BTreeSet;

/// Every setting of every law of the data: what differs, its distance over the seeds, and its costs. The last column
/// says how it stands against the setting of the smallest mean of its law.
pub(crate) fn table(all: &[Compared]) -> Table {
    let columns = [
        "seeds",
        "metric",
        "mean",
        "std_dev",
        "excess_loss",
        "training_evaluations",
        "evaluations_per_sample",
        "against_the_smallest",
    ];
    with_numbers(all, &columns, |found, place| numbers(found, place).to_vec())
}

/// The same for people: the mean with its scatter, and costs only where they differ.
pub(crate) fn for_people(all: &[Compared]) -> Table {
    let metrics: BTreeSet<_> = all
        .iter()
        .filter_map(|found| found.summary.distance())
        .collect();
    let metric = match metrics.len() {
        1 => metrics.into_iter().next().unwrap_or_default(),
        _ => "distance",
    };
    let columns = [
        "seeds",
        metric,
        "excess_loss",
        "training_evaluations",
        "evaluations_per_sample",
        "against_the_smallest",
    ];
    let table = with_numbers(all, &columns, |found, place| {
        let [seeds, _, _, _, rest @ ..] = numbers(found, place);
        let group = &found.summary.groups[place];
        let metric = found.summary.distance();
        let over = metric.map(|metric| found.summary.over_seeds(group, metric).in_words());
        let over = over.map_or(Cell::Missing, Cell::Text);
        [seeds, over].into_iter().chain(rest).collect()
    });
    let varies = |name: &&str| {
        let place = table.columns.iter().position(|column| column == name);
        let cells = place.map(|place| table.rows.iter().map(move |row| &row[place]));
        let is_cost = name.contains("evaluations");
        !is_cost
            || cells.is_some_and(|mut cells| {
                cells.any(|cell| *cell != table.rows[0][place.unwrap_or(0)])
            })
    };
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(String::as_str)
        .filter(varies)
        .collect();
    table.only(&columns)
}

/// The columns of the settings, and those that `numbers` fills.
fn with_numbers(
    all: &[Compared],
    names: &[&str],
    numbers: impl Fn(&Compared, usize) -> Vec<Cell>,
) -> Table {
    let keys: BTreeSet<&String> = all.iter().flat_map(|found| &found.summary.keys).collect();
    let keys: Vec<_> = keys.into_iter().collect();
    let has_laws = all.len() > 1;
    let mut columns: Vec<String> = vec![];
    columns.extend(has_laws.then(|| "data".to_string()));
    columns.push("setting".into());
    columns.extend(keys.iter().map(|key| key.to_string()));
    columns.extend(names.iter().map(|name| name.to_string()));
    let mut rows = vec![];
    for (law, found) in all.iter().enumerate() {
        for place in order(found) {
            let mut cells = vec![];
            cells.extend(has_laws.then(|| Cell::Whole(law as i64 + 1)));
            cells.push(Cell::Whole(place as i64 + 1));
            let group = &found.summary.groups[place];
            cells.extend(keys.iter().map(|key| of_key(found, group, key)));
            cells.extend(numbers(found, place));
            rows.push(cells);
        }
    }
    Table { columns, rows }
}

/// The places of the settings, the smallest distance first.
pub(super) fn order(found: &Compared) -> Vec<usize> {
    let summary = &found.summary;
    let mean = |place: &usize| {
        let metric = summary.distance()?;
        summary.over_seeds(&summary.groups[*place], metric).mean()
    };
    let mut places: Vec<_> = (0..summary.groups.len()).collect();
    let key = |place: &usize| mean(place).unwrap_or(f64::INFINITY);
    places.sort_by(|a, b| key(a).total_cmp(&key(b)));
    places
}

fn of_key(found: &Compared, group: &Group, key: &str) -> Cell {
    let mut members = found.summary.members(group);
    let value = members.next().and_then(|row| row.settings.get(key));
    value.map_or(Cell::Missing, |value| Cell::of_setting(value))
}

fn numbers(found: &Compared, place: usize) -> [Cell; 8] {
    let (summary, group) = (&found.summary, &found.summary.groups[place]);
    let metric = summary.distance();
    let over = metric.map(|metric| summary.over_seeds(group, metric));
    let largest = |of: &dyn Fn(&RunRow) -> Option<f64>| {
        summary.members(group).filter_map(of).reduce(f64::max)
    };
    let training = |row: &RunRow| {
        let batch_size: f64 = row.settings.get("train.batch_size")?.parse().ok()?;
        Some(row.status.num_steps as f64 * batch_size)
    };
    let sampling = |row: &RunRow| row.evaluation.as_ref()?.network_evaluations;
    [
        Cell::Whole(group.members.len() as i64),
        metric.map_or(Cell::Missing, Cell::from),
        Cell::from(over.as_ref().and_then(|over| over.mean())),
        Cell::from(over.as_ref().and_then(|over| over.std_dev())),
        Cell::from(summary.over_seeds(group, "excess_loss").mean()),
        Cell::from(largest(&training)),
        Cell::from(largest(&sampling)),
        match summary.groups.len() {
            1 => Cell::Missing,
            _ => standing(found.distances.as_ref(), order(found)[0], place),
        },
    ]
}

/// How a setting stands against that of the smallest mean of its law.
fn standing(compared: Option<&Comparisons>, smallest: usize, place: usize) -> Cell {
    if place == smallest {
        return Cell::from("smallest");
    }
    let pairs = compared.iter().flat_map(|compared| &compared.pairs);
    let found = pairs
        .into_iter()
        .find(|pair| pair.places == [smallest, place]);
    found.map_or(Cell::Missing, |pair| match judgement(pair).as_str() {
        text if text.ends_with("is worse") => Cell::from("worse"),
        text => Cell::from(text),
    })
}

/// A setting by its number and what differs, for a legend.
pub(super) fn label(found: &Compared, place: usize) -> String {
    let group = &found.summary.groups[place];
    let pairs = found.summary.keys.iter().zip(&group.settings);
    let words: Vec<_> = pairs
        .map(|(key, value)| format!("{} {value}", short(key)))
        .collect();
    let text = format!("{}: {}", place + 1, words.join(", "));
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Characters of a label, at most.
const MOST_CHARS: usize = 64;
