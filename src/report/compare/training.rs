//! The settings at equal network evaluations in training.

use crate::{
    error::Result,
    experiment::{
        run::listing::RunRow,
        sweep::{
            cost::{self, Stage},
            summary::{Group, Summary},
        },
    },
    report::{
        page::{
            sentence::Sentence,
            tree::{Page, Table, numbers},
        },
        sweep::{
            comparison::{self, Comparisons},
            differences,
        },
    },
};

/// The losses when every network had answered as often as the one that was trained least.
pub(crate) struct AtEqualTraining {
    /// `excess_loss`, or `val_loss` where some runs have no floor.
    pub(crate) metric: &'static str,
    /// Network evaluations of the least training.
    pub(crate) budget: f64,
    /// The most network evaluations of a training.
    most: f64,
    /// The same settings, each run with its loss within the budget.
    pub(crate) summary: Summary,
    pub(crate) compared: Option<Comparisons>,
    /// For each run of the summary: evaluations at that loss, and those of the whole training.
    evaluations: Vec<[f64; 2]>,
    /// For each run of the summary its whole course: evaluations and loss.
    pub(crate) courses: Vec<Vec<(f64, f64)>>,
}

impl AtEqualTraining {
    /// `None` where fewer than two settings were trained.
    ///
    /// # Errors
    /// If a run's own log cannot be read.
    pub(super) fn of(summary: &Summary) -> Result<Option<Self>> {
        let courses = summary.rows.iter().map(cost::course);
        let courses: Vec<Vec<Stage>> = courses.collect::<Result<_>>()?;
        let ends = courses.iter().filter_map(|course| course.last());
        let ends: Vec<f64> = ends.map(|stage| stage.evaluations).collect();
        let budget = ends.iter().copied().fold(f64::INFINITY, f64::min);
        let has_excess = courses
            .iter()
            .flatten()
            .all(|stage| stage.excess_loss.is_some());
        let metric = if has_excess {
            "excess_loss"
        } else {
            "val_loss"
        };
        let loss = |stage: &Stage| {
            stage
                .excess_loss
                .filter(|_| has_excess)
                .unwrap_or(stage.val_loss)
        };
        let mut rows: Vec<RunRow> = vec![];
        for (row, course) in summary.rows.iter().zip(&courses) {
            rows.push(row.with_metric(metric, cost::at(course, budget).map(loss)));
        }
        let own = Summary::new(rows);
        let trained = |place: &usize| !courses[*place].is_empty();
        let settings = own
            .groups
            .iter()
            .filter(|group| group.members.iter().any(trained));
        if settings.count() < 2 {
            return Ok(None);
        }
        let reached = |course: &Vec<Stage>| cost::at(course, budget).map_or(0.0, |s| s.evaluations);
        let whole = |course: &Vec<Stage>| course.last().map_or(0.0, |s| s.evaluations);
        let points = |course: &Vec<Stage>| -> Vec<(f64, f64)> {
            course
                .iter()
                .map(|stage| (stage.evaluations, loss(stage)))
                .collect()
        };
        Ok(Some(Self {
            metric,
            budget,
            most: ends.iter().copied().fold(0.0, f64::max),
            compared: comparison::compare_by(&own, metric),
            evaluations: courses
                .iter()
                .map(|course| [reached(course), whole(course)])
                .collect(),
            courses: courses.iter().map(points).collect(),
            summary: own,
        }))
    }

    /// The section.
    pub(super) fn section(&self, page: &mut Page, level: usize) {
        page.heading(level, "At equal network evaluations in training");
        let count = "A network evaluation in training is one point that the network is shown: steps times batch size.";
        if self.most <= self.budget {
            let same = format!(
                "Every training had {} of them, so the losses above are at equal cost.",
                self.budget
            );
            page.paragraph([Some(count.into()), Some(same.into())]);
            return;
        }
        page.paragraph([
            Some(count.into()),
            Some(format!("The least training had {} of them.", self.budget).into()),
            Some("Each run is taken at its last validation within that number.".into()),
            Some("The rules are those above.".into()),
            Some(
                format!(
                    "W1 is known at the end of a training alone, so the settings are compared by `{}` here.",
                    self.metric
                )
                .into(),
            ),
        ]);
        page.table(self.table());
        if let Some(compared) = &self.compared {
            differences::table(page, &self.summary, compared);
        }
    }

    fn table(&self) -> Table {
        let columns = [
            numbers("setting"),
            numbers("evaluations of the whole training"),
            numbers("evaluations here"),
            numbers(format!("`{}` here", self.metric)),
        ];
        let row = |(place, group): (usize, &Group)| {
            let of = |which: usize| {
                let members = group.members.iter();
                let found = members.map(|i| self.evaluations[*i][which]);
                found.fold(0.0, f64::max).to_string()
            };
            let loss = self.summary.over_seeds(group, self.metric).in_words();
            [(place + 1).to_string(), of(1), of(0), loss].map(Sentence::verbatim)
        };
        Table::new(columns).rows(self.summary.groups.iter().enumerate().map(row))
    }
}
