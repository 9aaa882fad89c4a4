//! Runs of any directories, one row each.

use super::lookup::setting;
use crate::{
    experiment::{
        run::listing::{self, RunRow},
        sweep::summary::NAME,
    },
    metric::METRICS,
    terminal::table::{Cell, Table},
};

/// Metrics that are worth a column.
const MAIN_METRICS: [&str; 6] = [
    "val_loss",
    "excess_loss",
    "log_likelihood",
    "sliced_w1",
    "w1",
    "histogram_overlap",
];

/// The one of them that people are not shown unasked.
const LESSER: &str = "histogram_overlap";

/// Keys in which runs of different names alone differ: that many have a column for people.
const MOST_KEYS: usize = 6;

/// What a row says of an evaluation that was edited.
pub(crate) const EDITED: &str = "edited";

/// Every key in which the runs differ, and the main metrics; with `all` every metric.
pub(crate) fn table(rows: &[RunRow], all: bool) -> Table {
    let keys = keys(rows);
    let mut columns = vec![
        "run".to_string(),
        "status".into(),
        "steps".into(),
        "of".into(),
    ];
    columns.extend(keys.iter().cloned());
    let present = |name: &&str| rows.iter().any(|row| row.metric(name).is_some());
    let others = METRICS.iter().map(|metric| metric.name());
    let others = others.filter(|name| all && !MAIN_METRICS.contains(name));
    let names = MAIN_METRICS.into_iter().chain(others);
    let metrics: Vec<_> = names.filter(present).collect();
    columns.extend(metrics.iter().map(|name| name.to_string()));
    let has_edited = rows.iter().any(|row| row.is_edited);
    columns.extend(has_edited.then(|| "evaluation".to_string()));
    columns.push("directory".into());
    let cells = |row: &RunRow| {
        let mut cells = vec![
            Cell::Text(row.name.clone()),
            Cell::Text(row.status.state.to_string()),
        ];
        cells.extend([row.status.step, row.status.num_steps].map(|n| Cell::Number(n as f64)));
        cells.extend(keys.iter().map(|key| setting(row, key)));
        cells.extend(metrics.iter().map(|name| Cell::from(row.metric(name))));
        cells.extend(has_edited.then(|| match row.is_edited {
            true => Cell::from(EDITED),
            false => Cell::Missing,
        }));
        cells.push(Cell::Text(row.directory.display().to_string()));
        cells
    };
    Table {
        columns,
        rows: rows.iter().map(cells).collect(),
    }
}

/// The keys in which the runs differ, without the name: that of the directory begins with it.
fn keys(rows: &[RunRow]) -> Vec<String> {
    let mut keys = listing::differing_keys(rows);
    keys.retain(|key| key != NAME);
    keys
}

/// The columns of such a table for people, and how many keys they leave out. The directory stands for the name. Keys
/// in which runs of one name differ come before those that tell names apart.
pub(crate) fn for_people(table: &Table, rows: &[RunRow], asked: &[&str]) -> (Table, usize) {
    let within = listing::differing_within_names(rows);
    let differing = keys(rows);
    let (first, rest): (Vec<_>, Vec<_>) =
        differing.into_iter().partition(|key| within.contains(key));
    let room = MOST_KEYS.saturating_sub(first.len());
    let left_out: Vec<_> = rest
        .into_iter()
        .skip(room)
        .filter(|key| !asked.contains(&key.as_str()))
        .collect();
    let kept = table.columns.iter().map(String::as_str);
    let has_open = rows
        .iter()
        .any(|row| row.status.step != row.status.num_steps);
    let is_shown = |name: &&str| match *name {
        "run" | "directory" => false,
        "of" => has_open,
        name => name != LESSER || asked.contains(&name),
    };
    let kept = kept.filter(is_shown);
    let kept = kept.filter(|name| !left_out.iter().any(|key| key == name));
    let columns: Vec<_> = std::iter::once("directory").chain(kept).collect();
    (table.only(&columns), left_out.len())
}
