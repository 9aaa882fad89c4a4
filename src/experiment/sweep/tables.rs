//! The tables of a sweep: `summary.csv` and `groups.csv`.

use super::{
    seeds::{OverSeeds, SEEDS},
    summary::{Summary, setting},
};
use crate::{
    error::{Error, Result},
    experiment::run::{listing::RunRow, record::ByCause},
    metric::{METRICS, MetricValue},
};

/// A part of a metric's value.
type Field = fn(&MetricValue) -> Option<f64>;

/// A share, read from those of all causes.
type Share = fn(&ByCause<f64>) -> f64;

/// The shares of W1 of the exact law, by column.
const SHARES: [(&str, Share); 3] = [
    ("share_prior", |shares| shares.prior),
    ("share_network", |shares| shares.network),
    ("share_discretisation", |shares| shares.discretisation),
];

fn share_of(row: &RunRow, share: Share) -> Option<f64> {
    let found = row.evaluation.as_ref()?.attribution.as_ref()?;
    Some(share(&found.shares))
}

/// The metrics whose value may be −∞, so that a mean over seeds does not exist.
const MAY_BE_INFINITE: [&str; 2] = ["log_likelihood", "model_log_likelihood"];

/// The columns of a metric in `summary.csv`, after its name.
fn fields(metric: &str) -> Vec<(&'static str, Field)> {
    let mut fields: Vec<(&str, Field)> = vec![
        ("", |m| m.value),
        ("_truth", |m| m.truth),
        ("_noise_floor", |m| m.noise_floor),
        ("_standard_error", |m| m.standard_error),
    ];
    if MAY_BE_INFINITE.contains(&metric) {
        fields.push(("_outside_fraction", |m| m.outside_fraction));
    }
    fields
}

/// `summary.csv`: one row a run, with what differs, every metric, its truth and its noise.
pub(crate) fn runs_csv(summary: &Summary) -> Result<Vec<u8>> {
    let mut header = vec!["run".to_string(), "status".into()];
    header.extend(summary.keys.iter().cloned());
    let seeds = || SEEDS.into_iter().filter(|key| summary.has_seed(key));
    header.extend(seeds().map(String::from));
    header.extend(["terminal_signal", "prior_kl", "prior_w1"].map(String::from));
    for metric in METRICS {
        let name = metric.name();
        let columns = fields(name).into_iter();
        header.extend(columns.map(|(suffix, _)| format!("{name}{suffix}")));
    }
    header.extend(SHARES.map(|(name, _)| name.into()));
    let mut table = vec![header];
    for row in &summary.rows {
        let mut cells = vec![row.name.clone(), row.status.state.to_string()];
        cells.extend(summary.keys.iter().map(|key| setting(row, key)));
        cells.extend(seeds().map(|key| setting(row, key)));
        let evaluation = row.evaluation.as_ref();
        cells.push(number(evaluation.map(|e| e.terminal_signal)));
        cells.push(number(evaluation.and_then(|e| e.prior_kl)));
        cells.push(number(evaluation.and_then(|e| e.prior_w1)));
        for metric in METRICS {
            let value = evaluation.and_then(|e| e.metrics.get(metric.name()));
            let columns = fields(metric.name()).into_iter();
            cells.extend(columns.map(|(_, field)| number(value.and_then(field))));
        }
        cells.extend(SHARES.map(|(_, share)| number(share_of(row, share))));
        table.push(cells);
    }
    encode(&table)
}

/// `groups.csv`: one row a setting, with every metric over its seeds: how many runs are behind the mean, how
/// many are −∞, mean and standard deviation.
pub(crate) fn groups_csv(summary: &Summary) -> Result<Vec<u8>> {
    let mut header = summary.keys.clone();
    header.extend(["n", "terminal_signal", "prior_kl", "prior_w1"].map(String::from));
    for metric in METRICS {
        let name = metric.name();
        header.push(format!("{name}_n"));
        if MAY_BE_INFINITE.contains(&name) {
            header.push(format!("{name}_infinite"));
        }
        let columns = ["mean", "std_dev", "truth", "noise_floor"];
        header.extend(columns.map(|column| format!("{name}_{column}")));
    }
    for (name, _) in SHARES {
        header.extend(["n", "mean", "std_dev"].map(|column| format!("{name}_{column}")));
    }
    let mut table = vec![header];
    for group in &summary.groups {
        let members = || summary.members(group);
        let mut evaluated = members().filter_map(|row| row.evaluation.as_ref());
        let count = evaluated.clone().count();
        let first = evaluated.next();
        let mut cells = group.settings.clone();
        cells.push(count.to_string());
        cells.push(number(first.map(|e| e.terminal_signal)));
        cells.push(number(first.and_then(|e| e.prior_kl)));
        cells.push(number(first.and_then(|e| e.prior_w1)));
        for metric in METRICS {
            let over = summary.over_seeds(group, metric.name());
            let value = first.and_then(|e| e.metrics.get(metric.name()));
            cells.push(over.n().to_string());
            if MAY_BE_INFINITE.contains(&metric.name()) {
                cells.push(over.infinite.to_string());
            }
            cells.push(number(over.mean()));
            cells.push(number(over.std_dev()));
            cells.push(number(value.and_then(|v| v.truth)));
            cells.push(number(value.and_then(|v| v.noise_floor)));
        }
        for (_, share) in SHARES {
            let over = OverSeeds {
                values: members().filter_map(|row| share_of(row, share)).collect(),
                infinite: 0,
                of: count,
            };
            cells.push(over.n().to_string());
            cells.push(number(over.mean()));
            cells.push(number(over.std_dev()));
        }
        table.push(cells);
    }
    encode(&table)
}

/// A number for a machine: shortest text that reads back the same, nothing where there is none.
pub(crate) fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |x| x.to_string())
}

/// A table as CSV.
pub(crate) fn encode(table: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(vec![]);
    for row in table {
        writer
            .write_record(row)
            .map_err(|e| Error::Unexpected(format!("cannot encode a table: {e}")))?;
    }
    writer
        .into_inner()
        .map_err(|e| Error::Unexpected(format!("cannot encode a table: {e}")))
}
