//! Whether the validation loss finds the best run, among runs that may be compared.

use crate::{
    experiment::{
        run::{listing::RunRow, record::EvalRecord},
        sweep::{
            comparable::{Comparable, comparable},
            summary::Summary,
        },
    },
    report::page::{
        sentence::Sentence,
        tree::{Page, Table, numbers, words},
    },
    text::significant,
};
use std::path::Path;

/// Groups that are shown at most, the largest first.
const MOST_GROUPS: usize = 24;

/// The table: in each group of comparable runs the run of least loss and that of least distance.
pub(crate) fn section(page: &mut Page, directory: &Path, summary: &Summary) {
    let Some(metric) = summary.distance() else {
        return;
    };
    let mut groups: Vec<_> = comparable(summary)
        .into_iter()
        .filter(|group| group.members.len() > 1)
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.members.len()));
    if groups.is_empty() {
        page.paragraph([Some(
            "No two runs are comparable, so no loss can be held against another.".into(),
        )]);
        return;
    }
    let found = groups
        .iter()
        .filter_map(|group| Choice::of(summary, group, metric));
    let found: Vec<_> = found.collect();
    page.paragraph(hits(&found, metric));
    let columns = [
        words("comparable runs"),
        words("least validation loss, which one would pick"),
        numbers(format!("its {metric}")),
        words(format!("least {metric}")),
        numbers(format!("its {metric}")),
    ];
    let rows = found
        .iter()
        .take(MOST_GROUPS)
        .map(|choice| choice.row(directory, metric));
    page.table(Table::new(columns).rows(rows));
    page.paragraph(likelihood_alone(summary));
}

/// A group's two runs, each with how many others have the same number.
struct Choice<'a> {
    name: String,
    by_loss: (&'a RunRow, usize),
    by_distance: (&'a RunRow, usize),
}

impl<'a> Choice<'a> {
    fn of(summary: &'a Summary, group: &Comparable, metric: &str) -> Option<Self> {
        let rows = || group.members.iter().map(|i| &summary.rows[*i]);
        Some(Self {
            name: group.name(),
            by_loss: Summary::best_of(rows(), "val_loss")?,
            by_distance: Summary::best_of(rows(), metric)?,
        })
    }

    /// Whether the run of least loss is as near as the nearest.
    fn is_hit(&self, metric: &str) -> bool {
        self.by_loss.0.metric(metric) == self.by_distance.0.metric(metric)
    }

    fn row(&self, directory: &Path, metric: &str) -> Vec<Sentence> {
        let number = |row: &RunRow| row.metric(metric).map_or("–".into(), significant);
        let run = |(row, others): (&RunRow, usize)| {
            let ties = match others {
                0 => String::new(),
                1 => " (1 other has the same)".into(),
                n => format!(" ({n} others have the same)"),
            };
            Sentence::from(ties).after_link("", &row.name, relative(directory, row))
        };
        vec![
            Sentence::verbatim(self.name.clone()),
            run(self.by_loss),
            Sentence::verbatim(number(self.by_loss.0)),
            run(self.by_distance),
            Sentence::verbatim(number(self.by_distance.0)),
        ]
    }
}

/// In how many groups the loss finds the nearest run.
fn hits(found: &[Choice], metric: &str) -> [Option<Sentence>; 1] {
    let hits = found.iter().filter(|choice| choice.is_hit(metric)).count();
    let text = match (found.len(), hits) {
        (1, 1) => "The run of least validation loss is the nearest to the truth.".into(),
        (1, _) => "The run of least validation loss is not the nearest to the truth.".into(),
        (all, hits) => format!(
            "The run of least validation loss is the nearest to the truth in {hits} of {all} groups of comparable runs."
        ),
    };
    [Some(text.into())]
}

/// The place of a run, from the sweep's directory.
pub(crate) fn relative(directory: &Path, row: &RunRow) -> String {
    let path = row.directory.strip_prefix(directory);
    path.unwrap_or(&row.directory).display().to_string()
}

/// What the log-likelihood is between.
fn likelihood_alone(summary: &Summary) -> Vec<Option<Sentence>> {
    let records = || {
        summary
            .rows
            .iter()
            .filter_map(|row| row.evaluation.as_ref())
    };
    let truth = |e: &EvalRecord| e.metrics.get("log_likelihood")?.truth;
    let Some(truth) = records().find_map(truth) else {
        return vec![];
    };
    let highest = records()
        .find_map(|e| e.max_ln_p)
        .filter(|highest| *highest > truth);
    let sentences = [
        Some("The log-likelihood alone is no measure of quality.".to_string()),
        Some(format!(
            "A perfect model has {} (= −H(p)).",
            significant(truth)
        )),
        highest.map(|highest| {
            format!(
                "One that puts every sample on the highest peak of p has {} (= max ln p).",
                significant(highest)
            )
        }),
    ];
    sentences
        .into_iter()
        .map(|text| text.map(Sentence::from))
        .collect()
}
