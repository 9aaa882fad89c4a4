//! The settings at equal network evaluations in sampling.

use crate::{
    error::Result,
    experiment::{
        Run,
        run::{listing::RunRow, record::EvalRecord},
        sweep::summary::{Group, Summary},
    },
    report::{
        page::{
            sentence::Sentence,
            tree::{Page, Table, numbers, words},
        },
        sweep::{
            comparison::{self, Comparisons},
            differences,
        },
    },
    text::significant,
};
use std::collections::BTreeSet;

/// The key under which a row has the sampler of its evaluation, in place of the run's own.
const SAMPLER: &str = "sampler";

/// The key of its cost.
const COST: &str = "evaluations a sample";

/// Every evaluation of the runs, by what a sample costs.
pub(crate) struct AtEqualSampling {
    /// One row an evaluation; a setting is one of the runs with a sampler.
    pub(crate) all: Summary,
    /// The costs at which there are two settings or more, ascending.
    at: Vec<AtCost>,
    /// The smallest number of steps that a setting was evaluated with.
    fewest_steps: Option<usize>,
}

/// The evaluations of one cost.
struct AtCost {
    cost: f64,
    summary: Summary,
    compared: Comparisons,
}

impl AtEqualSampling {
    /// From the evaluations of each run with all its samplers.
    ///
    /// # Errors
    /// If one was edited: exit 5.
    pub(super) fn of(summary: &Summary) -> Result<Self> {
        let (mut rows, mut steps) = (vec![], vec![]);
        for row in &summary.rows {
            for record in Run::open(&row.directory)?.eval_records()? {
                steps.push(record.num_sampling_steps);
                rows.extend(with_cost(row, record));
            }
        }
        let mut costs: Vec<f64> = rows.iter().map(|(cost, _)| *cost).collect();
        costs.sort_by(f64::total_cmp);
        costs.dedup();
        let at = |cost: f64| {
            let of_cost = rows.iter().filter(|(other, _)| *other == cost);
            let summary = Summary::new(of_cost.map(|(_, row)| row.clone()).collect());
            let compared = comparison::compare(&summary)?;
            Some(AtCost {
                cost,
                summary,
                compared,
            })
        };
        Ok(Self {
            at: costs.into_iter().filter_map(at).collect(),
            all: Summary::new(rows.iter().map(|(_, row)| row.clone()).collect()),
            fewest_steps: steps.into_iter().min(),
        })
    }

    /// The section.
    pub(super) fn section(&self, page: &mut Page, level: usize) {
        page.heading(level, "At equal network evaluations in sampling");
        page.paragraph([
            Some("What a sample costs is how often its sampler asks the network.".into()),
            Some("Evaluations of the same weights with other samplers count as well.".into()),
        ]);
        let costs: BTreeSet<_> = self
            .all
            .rows
            .iter()
            .filter_map(cost_of)
            .map(significant)
            .collect();
        if let (1, Some(cost)) = (costs.len(), costs.first()) {
            let text =
                format!("Every evaluation has {cost}, so the distances above are at equal cost.");
            page.paragraph([Some(text.into())]);
            return;
        }
        page.table(self.table());
        for found in &self.at {
            let text = format!(
                "At {} network evaluations a sample:",
                significant(found.cost)
            );
            page.paragraph([Some(text.into())]);
            let keys = found.summary.keys.iter().map(|key| words(key.as_str()));
            let columns = [numbers("setting")].into_iter().chain(keys);
            let settings = found.summary.groups.iter().enumerate();
            let rows = settings.map(|(place, group)| {
                let number = [(place + 1).to_string()].into_iter();
                number
                    .chain(group.settings.iter().cloned())
                    .map(Sentence::verbatim)
                    .collect::<Vec<_>>()
            });
            page.table(Table::new(columns).rows(rows));
            differences::table(page, &found.summary, &found.compared);
        }
        if self.at.is_empty() {
            page.paragraph(self.without_a_common_cost());
        }
    }

    /// The comparisons at each cost.
    pub(super) fn comparisons(&self) -> impl Iterator<Item = (f64, &Summary, &Comparisons)> {
        let at = self.at.iter();
        at.map(|found| (found.cost, &found.summary, &found.compared))
    }

    /// What makes evaluations of one cost.
    fn without_a_common_cost(&self) -> [Option<Sentence>; 2] {
        let command = self.fewest_steps.map(|steps| {
            let text = format!(
                "`truescore eval --steps {steps} DIR…` evaluates the same weights with as many steps each."
            );
            text.into()
        });
        let none = "No two settings have evaluations of one cost.";
        [
            Some(none.into()),
            command.filter(|_| self.all.groups.len() > 1),
        ]
    }

    fn table(&self) -> Table {
        let all = &self.all;
        let metric = all.distance().unwrap_or("w1");
        let keys = all.keys.iter().map(|key| words(key.as_str()));
        let columns = keys.chain([numbers("n"), numbers(metric)]);
        let mut groups: Vec<_> = all.groups.iter().collect();
        let cost = |group: &&Group| {
            let mut members = all.members(group);
            members.next().and_then(cost_of).unwrap_or(0.0)
        };
        groups.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
        let rows = groups.into_iter().map(|group| {
            let over = all.over_seeds(group, metric);
            let numbers = [over.n().to_string(), over.in_words()];
            let cells = group.settings.iter().cloned().chain(numbers);
            cells.map(Sentence::verbatim).collect::<Vec<_>>()
        });
        Table::new(columns).rows(rows)
    }
}

/// What a sample of a row costs.
pub(super) fn cost_of(row: &RunRow) -> Option<f64> {
    row.evaluation.as_ref()?.network_evaluations
}

/// The row of an evaluation, and what a sample of it costs.
fn with_cost(row: &RunRow, record: EvalRecord) -> Option<(f64, RunRow)> {
    let cost = record.network_evaluations?;
    let mut row = row.clone();
    row.settings.retain(|key, _| !key.starts_with("sampler."));
    let method = record
        .method
        .clone()
        .unwrap_or_else(|| record.sampler.clone());
    row.settings.insert(SAMPLER.into(), method);
    row.settings.insert(COST.into(), significant(cost));
    row.evaluation = Some(record);
    Some((cost, row))
}
