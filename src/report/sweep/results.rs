//! The settings of a sweep, with every metric over their seeds, and what the metrics are.

use crate::{
    experiment::sweep::summary::{Group, OverSeeds, Summary},
    metric::{METRICS, Metric, MetricValue},
    report::page::{
        sentence::Sentence,
        tree::{Page, Table, numbers, words},
    },
    text::{significant, with_digits},
};

/// A field of a metric's value.
type Field = fn(&MetricValue) -> Option<f64>;

/// The section of the results.
pub(crate) fn section(page: &mut Page, summary: &Summary) {
    page.heading(2, "Results");
    page.table(settings(summary));
    page.paragraph(legend().map(|text| Some(text.into())));
    page.table(metrics(summary));
}

fn legend() -> [&'static str; 4] {
    [
        "In brackets stands a distance in units of its noise floor.",
        "The *noise floor* is what a perfect model shows at this number of samples on average.",
        "*≈*: no further from the truth than one perfect model in a hundred is, by chance alone.",
        "The mean over the seeds is held against the bound for one run.",
    ]
}

fn settings(summary: &Summary) -> Table {
    let keys = summary.keys.iter().map(|key| words(key.as_str()));
    let of_process = ["n", "√ᾱ_T", "KL(q_T‖start)", "W1(q_T, start)"];
    let metrics = found(summary).map(|metric| numbers(metric.name()));
    let columns = keys.chain(of_process.map(numbers)).chain(metrics);
    let groups = summary.groups.iter();
    Table::new(columns).rows(groups.map(|group| row(summary, group)))
}

/// A group of seeds: its settings, then every metric as mean ± standard deviation.
fn row(summary: &Summary, group: &Group) -> Vec<Sentence> {
    let evaluated = group
        .members
        .iter()
        .filter_map(|i| summary.rows[*i].evaluation.as_ref());
    let first = evaluated.clone().next();
    let number = |value: Option<f64>| value.map_or("–".into(), significant);
    let settings = group.settings.iter().cloned();
    let of_process = [
        evaluated.count().to_string(),
        number(first.map(|e| e.terminal_signal)),
        number(first.and_then(|e| e.prior_kl)),
        number(first.and_then(|e| e.prior_w1)),
    ];
    let metrics = found(summary).map(|metric| {
        let statistics = summary.over_seeds(group, metric.name());
        let text = statistics.map_or("–".into(), |statistics| spread(&statistics));
        let value = first.and_then(|e| e.metrics.get(metric.name()));
        let floors = statistics.zip(value).filter(|_| is_distance(metric));
        let floors = floors.and_then(|(statistics, value)| in_floors(statistics.mean, value));
        text + &floors.unwrap_or_default()
    });
    let cells = settings.chain(of_process).chain(metrics);
    cells.map(Sentence::verbatim).collect()
}

fn is_distance(metric: &dyn Metric) -> bool {
    metric.name().starts_with("w1")
}

/// A distance in units of its noise floor.
fn in_floors(mean: f64, value: &MetricValue) -> Option<String> {
    let is_within = value.noise_bound.is_some_and(|bound| mean <= bound);
    let ratio = mean / value.noise_floor?;
    Some(format!(
        " ({ratio:.1}×{})",
        if is_within { " ≈" } else { "" }
    ))
}

fn spread(statistics: &OverSeeds) -> String {
    match statistics.std_dev {
        Some(std_dev) => format!(
            "{} ± {}",
            significant(statistics.mean),
            with_digits(std_dev, 2)
        ),
        None => significant(statistics.mean),
    }
}

/// What the metrics are, with their truth and their noise floor where all runs share them.
fn metrics(summary: &Summary) -> Table {
    let row = |metric: &'static dyn Metric| {
        let shared = |field| shared(summary, metric, field);
        [
            metric.name().into(),
            metric.title().into(),
            match metric.larger_is_better() {
                Some(true) => "larger is better".into(),
                Some(false) => "smaller is better".into(),
                None => "nearer the truth is better".into(),
            },
            shared(|v| v.truth).unwrap_or("differs by run".into()),
            shared(|v| v.noise_floor).unwrap_or("–".into()),
        ]
    };
    Table::new([
        words("metric"),
        words("what it is"),
        words("better"),
        numbers("truth"),
        numbers("noise floor"),
    ])
    .rows(found(summary).map(row))
}

/// A number that is the same in all runs.
fn shared(summary: &Summary, metric: &dyn Metric, field: Field) -> Option<Sentence> {
    let evaluations = summary
        .rows
        .iter()
        .filter_map(|row| row.evaluation.as_ref());
    let mut values = evaluations
        .filter_map(|e| e.metrics.get(metric.name()).and_then(field))
        .map(significant);
    let first = values.next()?;
    values
        .all(|value| value == first)
        .then(|| Sentence::verbatim(first))
}

/// The metrics that have a value in some run: of one dimension, say, those of the plane do not.
fn found(summary: &Summary) -> impl Iterator<Item = &'static dyn Metric> + '_ {
    let has = |metric: &&'static dyn Metric| {
        let evaluations = summary
            .rows
            .iter()
            .filter_map(|row| row.evaluation.as_ref());
        let mut values = evaluations.filter_map(|e| e.metrics.get(metric.name())?.value);
        values.next().is_some()
    };
    METRICS.iter().copied().filter(has)
}
