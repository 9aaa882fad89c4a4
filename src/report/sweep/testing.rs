//! What the tests of a sweep's page share: runs that are made up of settings and metrics.

use crate::{
    experiment::{
        Status,
        run::{listing::RunRow, record::EvalRecord},
        sweep::summary::Summary,
    },
    metric::MetricValue,
    report::page::{markdown, tree::Page},
};
use std::path::PathBuf;

/// A run: its settings, its seed, and its metrics.
pub(crate) type Made<'a> = (&'a [(&'a str, &'a str)], u64, &'a [(&'a str, f64)]);

/// A metric that is −∞.
pub(super) const MINUS_INFINITY: f64 = f64::NEG_INFINITY;

/// The summary of runs.
pub(crate) fn summary(runs: &[Made]) -> Summary {
    Summary::new(runs.iter().enumerate().map(row).collect())
}

fn row((i, (settings, seed, metrics)): (usize, &Made)) -> RunRow {
    const TEXT: &str =
        include_str!("../../../tests/fixtures/first_release/runs/small-a90a6f88/eval/metrics.json");
    let mut record: EvalRecord = serde_json::from_str(TEXT).expect("a record");
    record.metrics.clear();
    for (name, value) in *metrics {
        let is_finite = value.is_finite();
        let value = MetricValue {
            value: is_finite.then_some(*value),
            outside_fraction: (!is_finite).then_some(0.01),
            noise_floor: name.starts_with("w1").then_some(0.02),
            ..MetricValue::default()
        };
        record.metrics.insert(name.to_string(), value);
    }
    let settings = settings
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()));
    let seed = [("seed".to_string(), seed.to_string())];
    RunRow {
        directory: PathBuf::from(format!("sweep/runs/run-{i}")),
        name: format!("run-{i}"),
        status: Status::created(10),
        settings: settings.chain(seed).collect(),
        evaluation: Some(record),
        excess_loss: None,
        is_edited: false,
    }
}

/// What `fill` writes on a page.
pub(crate) fn written(fill: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::default();
    fill(&mut page);
    markdown::write(&page)
}
