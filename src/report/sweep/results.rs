//! The settings of a sweep, with every metric over their seeds, and what the metrics are.

use crate::{
    experiment::{
        run::record::Blamed,
        sweep::summary::{Group, Summary},
    },
    metric::{METRICS, Metric, MetricValue},
    report::page::{
        sentence::Sentence,
        tree::{Page, Table, numbers, words},
    },
    text::significant,
};

/// A field of a metric's value.
type Field = fn(&MetricValue) -> Option<f64>;

/// The metrics that have a column; `groups.csv` has all. Of two W1 of samples the first is shown.
const SHOWN: [&str; 6] = [
    "val_loss",
    "excess_loss",
    "log_likelihood",
    "w1_law",
    "w1",
    "sliced_w1",
];
const WITHOUT_A_LAW: &str = "w1_test";

/// The section of the results, under a heading of this level.
pub(crate) fn section(page: &mut Page, level: usize, summary: &Summary) {
    page.heading(level, "Results");
    page.table(settings(summary));
    page.paragraph(legend().map(|text| Some(text.into())));
    page.table(metrics(summary));
}

fn legend() -> [&'static str; 7] {
    [
        "A cell is the mean ± the standard deviation over n seeds.",
        "*k of n* says that k seeds are behind the mean, and *−∞ in k of n* that the density is 0 at a sample of k \
         seeds, which leaves no mean.",
        "In brackets stands a distance in units of its noise floor.",
        "The *noise floor* is what a perfect model shows at this number of samples on average.",
        "*≈*: no further from the truth than one perfect model in a hundred is, by chance alone.",
        "The mean over the seeds is held against the bound for one run.",
        "`summary.csv` has every other metric, and what each setting's prior is.",
    ]
}

fn settings(summary: &Summary) -> Table {
    let keys = summary.keys.iter().map(|key| words(key.as_str()));
    let metrics = found(summary).map(|metric| numbers(metric.name()));
    let columns = std::iter::once(numbers("setting")).chain(keys);
    let columns = columns.chain([numbers("n")]).chain(metrics);
    let columns = columns.chain([words("most of the error")]);
    let groups = summary.groups.iter().enumerate();
    Table::new(columns).rows(groups.map(|(place, group)| row(summary, place, group)))
}

/// A setting: its number, its values, then every metric over its seeds.
fn row(summary: &Summary, place: usize, group: &Group) -> Vec<Sentence> {
    let mut evaluated = summary
        .members(group)
        .filter_map(|row| row.evaluation.as_ref());
    let count = evaluated.clone().count();
    let first = evaluated.next();
    let settings = std::iter::once((place + 1).to_string()).chain(group.settings.iter().cloned());
    let metrics = found(summary).map(|metric| {
        let over = summary.over_seeds(group, metric.name());
        let value = first.and_then(|e| e.metrics.get(metric.name()));
        let floors = over.mean().zip(value).filter(|_| is_distance(metric));
        let floors = floors.and_then(|(mean, value)| in_floors(mean, value));
        over.in_words() + &floors.unwrap_or_default()
    });
    let causes: Vec<_> = blamed(summary, group)
        .iter()
        .map(ToString::to_string)
        .collect();
    let causes = match causes.is_empty() {
        true => "–".into(),
        false => causes.join(", "),
    };
    let cells = settings
        .chain([count.to_string()])
        .chain(metrics)
        .chain([causes]);
    cells.map(Sentence::verbatim).collect()
}

fn is_distance(metric: &dyn Metric) -> bool {
    metric.name().starts_with("w1") || metric.name() == "sliced_w1"
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

/// The metrics that have a column: those that matter, and have a value in some run.
fn found(summary: &Summary) -> impl Iterator<Item = &'static dyn Metric> + '_ {
    let has = |metric: &&'static dyn Metric| {
        let evaluations = summary
            .rows
            .iter()
            .filter_map(|row| row.evaluation.as_ref());
        let mut values = evaluations.filter_map(|e| e.metrics.get(metric.name())?.value);
        values.next().is_some()
    };
    let has_law = METRICS.iter().any(|m| m.name() == "w1" && has(m));
    let is_shown = move |metric: &&'static dyn Metric| {
        SHOWN.contains(&metric.name()) || (metric.name() == WITHOUT_A_LAW && !has_law)
    };
    METRICS.iter().copied().filter(has).filter(is_shown)
}

/// What dominates the error of the seeds of a setting, each cause once.
fn blamed(summary: &Summary, group: &Group) -> Vec<Blamed> {
    let causes = summary.members(group);
    let mut causes: Vec<_> = causes
        .filter_map(|row| row.evaluation.as_ref()?.attribution.as_ref())
        .map(|found| found.verdict)
        .collect();
    causes.sort();
    causes.dedup();
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sweep::testing::{MINUS_INFINITY, Made, summary, written};

    #[test]
    fn a_setting_with_an_infinite_seed_has_no_mean() {
        let (finite, infinite) = (
            [("log_likelihood", -1.1)],
            [("log_likelihood", MINUS_INFINITY)],
        );
        let one = [("train.steps", "1")];
        let mut runs: Vec<Made> = (0..4).map(|seed| (&one[..], seed, &infinite[..])).collect();
        runs.extend((4..6).map(|seed| (&one[..], seed, &finite[..])));
        let summary = summary(&runs);
        let page = written(|page| section(page, 2, &summary));
        let row = page.lines().find(|line| line.starts_with("| 1 |")).unwrap();
        assert!(
            row.contains("−∞ in 4 of 6") && !row.contains("-1.1"),
            "{row}"
        );
        let text = crate::experiment::sweep::tables::groups_csv(&summary).unwrap();
        let text = String::from_utf8(text).unwrap();
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let (header, row) = (lines.next().unwrap(), lines.next().unwrap());
        let cell = |name: &str| row[header.iter().position(|other| *other == name).unwrap()];
        assert_eq!(
            (
                cell("n"),
                cell("log_likelihood_n"),
                cell("log_likelihood_infinite")
            ),
            ("6", "2", "4")
        );
        assert_eq!(
            (cell("log_likelihood_mean"), cell("log_likelihood_std_dev")),
            ("", "")
        );
    }
}
