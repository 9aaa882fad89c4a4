//! Metrics, as entries.

use super::entry::{Entry, What};
use crate::metric::{METRICS, Metric};

/// An entry for each metric.
pub(super) fn entries() -> Vec<Entry> {
    METRICS.iter().map(|metric| of_metric(*metric)).collect()
}

fn of_metric(metric: &dyn Metric) -> Entry {
    let about = metric.about();
    let better = match metric.larger_is_better() {
        Some(true) => "larger",
        Some(false) => "smaller",
        None => "neither larger nor smaller",
    };
    let dims = match metric.smallest_dim() {
        1 => String::new(),
        dim => format!("data of {dim} dimensions or more"),
    };
    Entry::new(metric.name(), What::Metric, about.definition)
        .fact("unit", about.unit)
        .fact("truth", about.truth)
        .fact("floor", about.floor)
        .fact("judged by", about.judged_by)
        .fact("better", better)
        .fact("exists for", dims)
        .fact("source", about.source)
        .example(Some(format!("truescore list --sort {}", metric.name())))
}
