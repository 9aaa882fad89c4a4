//! Evaluations, one row each: what differs, and every metric beside what judges it.

use crate::{
    error::Result,
    experiment::{
        Run,
        run::listing::{self, RunRow},
    },
    metric::{METRICS, Metric},
    terminal::table::{Cell, Table},
};

/// One row an evaluation: what differs, then every metric beside its truth or its noise floor; before them
/// what a sample costs, where samplers are compared.
pub(crate) fn table(runs: &[Run], with_cost: bool) -> Result<Table> {
    let rows: Vec<_> = runs.iter().map(RunRow::of).collect::<Result<_>>()?;
    let keys = listing::differing_within_names(&rows);
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

/// What stands beside a metric: its truth, or what a perfect model shows at this sample size; nothing
/// where a perfect model has 0.
fn judged_by(metric: &str) -> Option<&'static str> {
    match metric {
        "val_loss" | "log_likelihood" | "model_log_likelihood" => Some("truth"),
        "excess_loss" | "w1_law" | "kl_forward" | "kl_reverse" => None,
        _ => Some("noise_floor"),
    }
}
