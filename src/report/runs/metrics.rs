//! Evaluations, one row each: what differs, and every metric beside what judges it.

use super::{choice, lookup, order};
use crate::{
    error::Result,
    experiment::{
        Run,
        run::listing::{self, RunRow},
        sweep::summary::NAME,
    },
    metric::{METRICS, Metric},
    terminal::{
        options::Format,
        table::{Cell, Table},
    },
};
use std::path::PathBuf;

/// One row an evaluation: what differs, then every metric beside its truth or its noise floor; before them
/// what a sample costs, where samplers are compared.
pub(crate) fn table(runs: &[Run], with_cost: bool, asked: &Asked) -> Result<Table> {
    let with_cost = with_cost || asked.names.contains(&COST);
    let mut rows: Vec<_> = runs.iter().map(RunRow::of).collect::<Result<_>>()?;
    order::sort(&mut rows);
    let mut keys = listing::differing_keys(&rows);
    keys.retain(|key| key != NAME);
    let mut columns = vec!["run".to_string()];
    columns.extend(keys.iter().cloned());
    columns.extend(with_cost.then(|| COST.to_string()));
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
    let mut table = Table {
        columns,
        rows: rows.iter().map(cells).collect(),
    };
    for name in &asked.names {
        // What no run has, such as a metric of the plane on the line, has no column.
        if is_column(name) || rows.iter().any(|row| row.settings.contains_key(*name)) {
            choice::add(&mut table, &rows, name).or_else(|error| match is_column(name) {
                true => Ok(()),
                false => Err(error),
            })?;
        }
    }
    Ok(table)
}

/// Whether a table of metrics may have this column, whatever the runs.
fn is_column(name: &str) -> bool {
    columns().any(|column| column == name)
}

/// Every column that is no key.
fn columns() -> impl Iterator<Item = String> {
    let of_metric = |metric: &&'static dyn Metric| {
        let name = metric.name();
        let judge = judged_by(name).map(|judge| format!("{name}_{judge}"));
        [Some(name.to_string()), judge].into_iter().flatten()
    };
    let always = ["run", COST].map(String::from).into_iter();
    always.chain(METRICS.iter().flat_map(of_metric))
}

/// The columns that are asked for beside those that are always shown.
pub(crate) struct Asked<'a> {
    names: Vec<&'a str>,
    has_all: bool,
}

impl<'a> Asked<'a> {
    /// Names of keys and metrics; `all` stands for every column, and `main` for those that are shown anyway.
    pub(crate) fn of(columns: &'a [String]) -> Self {
        let names = columns.iter().map(String::as_str);
        Self {
            names: names
                .filter(|name| !["all", "main"].contains(name))
                .collect(),
            has_all: columns.iter().any(|name| name == "all"),
        }
    }

    /// Refuses columns that no table of these runs can have.
    ///
    /// # Errors
    /// With the nearest name: exit 2.
    pub(crate) fn check(&self, directories: &[PathBuf]) -> Result<()> {
        if self.names.is_empty() {
            return Ok(());
        }
        let rows = directories
            .iter()
            .map(|directory| RunRow::marked(directory));
        let rows: Vec<_> = rows.collect::<Result<_>>()?;
        let columns: Vec<_> = columns().collect();
        self.names
            .iter()
            .try_for_each(|name| lookup::check_key(name, &rows, &columns))
    }
}

/// What a sample costs.
const COST: &str = "network_evaluations";

/// Metrics that are worth a column, by the start of the column's name.
pub(crate) const MAIN_METRICS: [&str; 8] = [
    "val_loss",
    "excess_loss",
    "log_likelihood",
    "sliced_w1",
    "sliced_w1_noise_floor",
    "w1",
    "w1_noise_floor",
    "w1_law",
];

/// Those of samples that no network is known of.
pub(crate) const SAMPLE_METRICS: [&str; 7] = [
    "sliced_w1",
    "sliced_w1_noise_floor",
    "w1",
    "w1_noise_floor",
    "w1_test",
    "w1_test_noise_floor",
    "outside_99",
];

/// Prints such a table: for people the metrics that are worth a column, and those that are asked for.
pub(crate) fn print(table: &Table, format: Format, worth: &[&str], asked: &Asked) -> Result<()> {
    match format {
        Format::Text if !asked.has_all => {
            with_metrics(table, &[worth, &asked.names].concat()).print(format)
        }
        _ => table.print(format),
    }
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
