//! Runs of any directories, one row each.

use super::lookup::setting;
use crate::{
    experiment::run::listing::{self, RunRow},
    terminal::table::{Cell, Table},
};

/// Metrics that are worth a column.
const MAIN_METRICS: [&str; 5] = [
    "val_loss",
    "excess_loss",
    "log_likelihood",
    "w1",
    "histogram_overlap",
];

/// The settings in which runs of one name differ, and those of `asked` that differ at all.
pub(crate) fn table(rows: &[RunRow], asked: &[&str]) -> Table {
    let within = listing::differing_within_names(rows);
    let mut keys = listing::differing_keys(rows);
    keys.retain(|key| within.contains(key) || asked.contains(&key.as_str()));
    let mut columns = vec![
        "run".to_string(),
        "status".into(),
        "steps".into(),
        "of".into(),
    ];
    columns.extend(keys.iter().cloned());
    let present = |name: &&&str| rows.iter().any(|row| row.metric(name).is_some());
    let metrics: Vec<_> = MAIN_METRICS.iter().filter(present).collect();
    columns.extend(metrics.iter().map(|name| name.to_string()));
    columns.push("directory".into());
    let cells = |row: &RunRow| {
        let mut cells = vec![
            Cell::Text(row.name.clone()),
            Cell::Text(row.status.state.to_string()),
        ];
        cells.extend([row.status.step, row.status.num_steps].map(|n| Cell::Number(n as f64)));
        cells.extend(keys.iter().map(|key| setting(row, key)));
        cells.extend(metrics.iter().map(|name| Cell::from(row.metric(name))));
        cells.push(Cell::Text(row.directory.display().to_string()));
        cells
    };
    Table {
        columns,
        rows: rows.iter().map(cells).collect(),
    }
}
