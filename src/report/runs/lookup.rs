//! What a run has under a key.

use crate::{
    error::{Error, Result},
    experiment::run::listing::RunRow,
    metric::METRICS,
    settings,
    terminal::table::Cell,
};

/// The cell of a setting.
pub(super) fn setting(row: &RunRow, key: &str) -> Cell {
    row.settings
        .get(key)
        .map_or(Cell::Missing, |text| Cell::of_setting(text))
}

/// What a row has under a key: a column of the table, a setting that all runs share, or a metric.
pub(super) fn lookup(row: &RunRow, cells: &[Cell], columns: &[String], key: &str) -> Cell {
    if let Some(i) = columns.iter().position(|column| column == key) {
        return cells[i].clone();
    }
    match row.metric(key) {
        Some(value) => Cell::Number(value),
        None => setting(row, key),
    }
}

/// Refuses a key that no row has.
pub(super) fn check_key(key: &str, rows: &[RunRow], columns: &[String]) -> Result<()> {
    let metrics = METRICS.iter().map(|metric| metric.name());
    let known = columns.iter().map(String::as_str).chain(metrics);
    let mut known: Vec<_> = known
        .chain(
            rows.iter()
                .flat_map(|row| row.settings.keys().map(String::as_str)),
        )
        .collect();
    known.sort_unstable();
    known.dedup();
    if known.contains(&key) {
        return Ok(());
    }
    let message = format!("no run has a column `{key}`");
    Err(match settings::nearest(key, known.into_iter()) {
        Some(name) => Error::usage_hint(message, format!("did you mean `{name}`?")),
        None => Error::usage(message),
    })
}
