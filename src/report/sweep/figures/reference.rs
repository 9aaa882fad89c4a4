//! What the figures of a sweep compare its runs with.

use crate::{experiment::sweep::summary::Summary, metric::MetricValue, text::significant};

/// Truth and noise floor of a metric, from the first run that has it.
pub(super) fn reference(summary: &Summary, metric: &str) -> Option<MetricValue> {
    let records = summary
        .rows
        .iter()
        .filter_map(|row| row.evaluation.as_ref());
    records
        .filter_map(|record| record.metrics.get(metric))
        .next()
        .copied()
}

/// The metric of samples whose noise floor stands beside a distance.
pub(in crate::report::sweep) fn of_samples(distance: &str) -> &'static str {
    match distance {
        "sliced_w1" => "sliced_w1",
        "w1_test" => "w1_test",
        _ => "w1",
    }
}

/// A value in words, after its name.
pub(super) fn named(name: &str, value: f64) -> String {
    format!("{name} {}", significant(value).replace('-', "−"))
}
