//! Evaluations, one row each: what differs, and every metric beside what judges it.

use super::order;
use crate::{
    error::Result,
    experiment::{
        Run,
        run::listing::{self, RunRow},
        sweep::summary::NAME,
    },
    metric::{METRICS, Metric},
    terminal::table::{Cell, Table},
};

/// One row an evaluation: what differs, then every metric beside its truth or its noise floor; before them
/// what a sample costs, where samplers are compared.
pub(crate) fn table(runs: &[Run], with_cost: bool) -> Result<Table> {
    let mut rows: Vec<_> = runs.iter().map(RunRow::of).collect::<Result<_>>()?;
    order::sort(&mut rows);
    let mut keys = listing::differing_keys(&rows);
    keys.retain(|key| key != NAME);
    let mut columns = vec!["run".to_string()];
    columns.extend(keys.iter().cloned());
    columns.extend(with_cost.then(|| "network_evaluations".to_string()));
    let found = |metric: &&&dyn Metric| {
        let evaluations = || rows.iter().filter_map(|row| row.evaluation.as_ref());
        metric.smallest_dim() == 1 || evaluations().any(|e| e.metrics.contains_key(metric.name()))
    };
    let metrics: Vec<_> = METRICS.iter().filter(found).collect();
    for metric in &metrics {
        columns.push(metric.name().into());
        columns.extend(judged_by(metric.name()).map(|judge| format!("{}_{judge}", metric.name())));
    }
    let cells = |row: &RunRow| {
        let mut cells = vec![Cell::Text(row.name.clone())];
        let setting = |key| {
            row.settings
                .get(key)
                .map_or(Cell::Missing, |text| Cell::of_setting(text))
        };
        cells.extend(keys.iter().map(setting));
        let cost = row.evaluation.as_ref().and_then(|e| e.network_evaluations);
        cells.extend(with_cost.then(|| Cell::from(cost)));
        for metric in &metrics {
            let value = row
                .evaluation
                .as_ref()
                .and_then(|e| e.metrics.get(metric.name()));
            cells.push(Cell::from(value.and_then(|v| v.value)));
            cells.extend(judged_by(metric.name()).map(|judge| match judge {
                "truth" => Cell::from(value.and_then(|v| v.truth)),
                _ => Cell::from(value.and_then(|v| v.noise_floor)),
            }));
        }
        cells
    };
    Ok(Table {
        columns,
        rows: rows.iter().map(cells).collect(),
    })
}

/// Metrics that are worth a column, by the start of the column's name.
const MAIN_METRICS: [&str; 6] = [
    "val_loss",
    "excess_loss",
    "log_likelihood",
    "w1",
    "w1_noise_floor",
    "w1_law",
];

/// Those of samples that no network is known of.
const SAMPLE_METRICS: [&str; 7] = [
    "sliced_w1",
    "sliced_w1_noise_floor",
    "w1",
    "w1_noise_floor",
    "w1_test",
    "w1_test_noise_floor",
    "outside_99",
];

/// The columns of such a table for people: of the metrics those that matter.
pub(crate) fn for_people(table: &Table) -> Table {
    with_metrics(table, &MAIN_METRICS)
}

/// The same of samples from elsewhere.
pub(crate) fn of_samples(table: &Table) -> Table {
    with_metrics(table, &SAMPLE_METRICS)
}

fn with_metrics(table: &Table, shown: &[&str]) -> Table {
    let is_of_metric = |name: &str| {
        METRICS.iter().any(|metric| {
            let rest = name.strip_prefix(metric.name());
            rest.is_some_and(|rest| ["", "_truth", "_noise_floor"].contains(&rest))
        })
    };
    let is_shown = |name: &&str| !is_of_metric(name) || shown.contains(name);
    let columns = table.columns.iter().map(String::as_str);
    table.only(&columns.filter(is_shown).collect::<Vec<_>>())
}

/// What stands beside a metric: its truth, or what a perfect model shows at this sample size; nothing
/// where a perfect model has 0.
fn judged_by(metric: &str) -> Option<&'static str> {
    match metric {
        "val_loss" | "log_likelihood" | "model_log_likelihood" => Some("truth"),
        "excess_loss" | "w1_law" | "kl_forward" | "kl_reverse" => None,
        _ => Some("noise_floor"),
    }
}
