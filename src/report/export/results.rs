//! The results table of a paper: settings down, metrics across, the floors beneath.

use crate::{
    error::{Error, Result},
    experiment::{
        run::listing::RunRow,
        sweep::{
            effect::short,
            summary::{Group, Summary},
        },
    },
    metric::{METRICS, Metric},
    report::sweep::comparison::{self, Comparisons, Standing},
    settings::nearest,
};
use std::collections::BTreeSet;

/// The metrics of a table unless others are asked for, as far as the runs have them.
const MAIN: [&str; 6] = [
    "excess_loss",
    "sliced_w1",
    "w1",
    "w1_law",
    "histogram_overlap",
    "log_likelihood",
];

/// The results on one law of the data.
pub(crate) struct Results {
    /// The law of the data in words.
    pub(crate) law: String,
    /// The keys in which the settings differ, as short as they are unique.
    pub(crate) keys: Vec<String>,
    pub(crate) metrics: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
    /// What a perfect model shows by each metric, where all runs have the same number of samples.
    pub(crate) floors: Vec<Option<f64>>,
    /// Whether some metric could be judged.
    pub(crate) is_judged: bool,
}

/// A setting.
pub(crate) struct Row {
    /// Its values of the keys.
    pub(crate) settings: Vec<String>,
    /// Its runs.
    pub(crate) seeds: usize,
    /// A value for each metric; `None` where some run has none.
    pub(crate) values: Vec<Option<Value>>,
}

/// A mean over the seeds of a setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Value {
    pub(crate) mean: f64,
    /// Over the seeds; of the one run's own samples where there is one seed, if that is known.
    pub(crate) standard_error: Option<f64>,
    /// Whether it is the best, or indistinguishable from it.
    pub(crate) is_best: bool,
}

impl Results {
    /// The results of some runs on one law of the data, for the metrics asked for, or the main ones.
    ///
    /// # Errors
    /// If a metric does not exist, or no run has it: exit 2.
    pub(crate) fn of(law: &str, summary: &Summary, wanted: &[String]) -> Result<Self> {
        let metrics = chosen(summary, wanted)?;
        let judged: Vec<_> = metrics.iter().map(|m| judged(summary, *m)).collect();
        let row = |(place, group): (usize, &Group)| {
            let value = |(metric, judged): (&&dyn Metric, &Option<Comparisons>)| {
                value(summary, place, metric.name(), judged.as_ref())
            };
            Row {
                settings: group.settings.clone(),
                seeds: group.members.len(),
                values: metrics.iter().zip(&judged).map(value).collect(),
            }
        };
        let rows: Vec<_> = summary.groups.iter().enumerate().map(row).collect();
        let mut values = rows.iter().flat_map(|row| row.values.iter().flatten());
        Ok(Self {
            law: law.into(),
            keys: summary
                .keys
                .iter()
                .map(|key| short(key).to_string())
                .collect(),
            is_judged: values.any(|value| value.is_best),
            floors: metrics.iter().map(|m| floor(summary, m.name())).collect(),
            metrics: metrics.iter().map(|metric| metric.name()).collect(),
            rows,
        })
    }

    /// What stands above the table, in sentences.
    pub(crate) fn caption(&self) -> String {
        let several = self.rows.iter().any(|row| row.seeds > 1);
        let spread = match several {
            true => " Mean ± standard error over the seeds.",
            false => "",
        };
        let bold = match self.is_judged {
            true => " Bold: the best, and what cannot be told from it.",
            false => "",
        };
        let floors = match self.floors.iter().any(Option::is_some) {
            true => " The noise floor is what a perfect model shows on average.",
            false => "",
        };
        format!("Data: {}.{spread}{bold}{floors}", self.law)
    }
}

fn chosen(summary: &Summary, wanted: &[String]) -> Result<Vec<&'static dyn Metric>> {
    let has = |name: &str| summary.rows.iter().any(|row| row.metric(name).is_some());
    let find = |name: &str| METRICS.iter().copied().find(|metric| metric.name() == name);
    if wanted.is_empty() {
        return Ok(MAIN
            .into_iter()
            .filter(|name| has(name))
            .filter_map(find)
            .collect());
    }
    let known = |name: &String| match find(name) {
        Some(metric) if has(name) => Ok(metric),
        Some(_) => Err(Error::nothing(
            format!("no run has the metric `{name}`"),
            "`truescore explain` says for which data it exists",
        )),
        None => Err(Error::usage_hint(
            format!("there is no metric `{name}`"),
            match nearest(name, METRICS.iter().map(|metric| metric.name())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`truescore explain` lists them".into(),
            },
        )),
    };
    wanted.iter().map(known).collect()
}

/// The settings against each other by a metric that has a better side.
fn judged(summary: &Summary, metric: &dyn Metric) -> Option<Comparisons> {
    let name = metric.name();
    match metric.larger_is_better()? {
        false => comparison::against_best(summary, name),
        true => {
            let negated = |row: &RunRow| row.with_metric(name, row.metric(name).map(|x| -x));
            let rows = summary.rows.iter().map(negated).collect();
            comparison::against_best(&Summary::new(rows), name)
        }
    }
}

fn value(
    summary: &Summary,
    place: usize,
    metric: &str,
    judged: Option<&Comparisons>,
) -> Option<Value> {
    let group = &summary.groups[place];
    let over = summary.over_seeds(group, metric);
    let own = || {
        let row = summary.members(group).next()?;
        row.evaluation.as_ref()?.metrics.get(metric)?.standard_error
    };
    Some(Value {
        mean: over.mean()?,
        standard_error: match over.std_dev() {
            Some(spread) => Some(spread / (over.n() as f64).sqrt()),
            None => own(),
        },
        is_best: judged.is_some_and(|judged| is_best(judged, place)),
    })
}

/// Whether a setting is the best of those compared, or cannot be told from it by enough seeds.
fn is_best(judged: &Comparisons, place: usize) -> bool {
    let Some(best) = judged.pairs.first().map(|pair| pair.places[0]) else {
        return false;
    };
    let of_best = || judged.pairs.iter().filter(|pair| pair.places[0] == best);
    let is_decided = |standing| !matches!(standing, Standing::OneSeed | Standing::TwoSeeds);
    match place == best {
        true => of_best().any(|pair| is_decided(pair.standing)),
        false => of_best().any(|pair| {
            let is_alike = matches!(pair.standing, Standing::Equal | Standing::Indistinguishable);
            pair.places[1] == place && is_alike
        }),
    }
}

/// The noise floor that all runs share, to four digits.
fn floor(summary: &Summary, metric: &str) -> Option<f64> {
    let floors = summary.evaluated().map(|row| {
        let value = row.evaluation.as_ref()?.metrics.get(metric)?;
        value.noise_floor
    });
    let floors: Vec<f64> = floors.collect::<Option<_>>()?;
    let shown: BTreeSet<_> = floors
        .iter()
        .map(|x| crate::text::significant(*x))
        .collect();
    (shown.len() == 1).then_some(floors[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sweep::testing::summary;

    /// Settings of another T each, whose runs have these values of a metric.
    fn made(metric: &str, values: &[&[f64]]) -> Summary {
        let names: Vec<_> = (0..values.len()).map(|i| (10 + i).to_string()).collect();
        let settings: Vec<_> = names
            .iter()
            .map(|name| [("process.num_timesteps", name.as_str())])
            .collect();
        let numbers: Vec<Vec<_>> = values
            .iter()
            .map(|of| of.iter().map(|value| [(metric, *value)]).collect())
            .collect();
        let runs = numbers.iter().enumerate().flat_map(|(i, of)| {
            let settings = settings[i].as_slice();
            of.iter()
                .enumerate()
                .map(move |(seed, metrics)| (settings, seed as u64, metrics.as_slice()))
        });
        summary(&runs.collect::<Vec<_>>())
    }

    fn results_of(metric: &str, values: &[&[f64]]) -> Results {
        Results::of("law", &made(metric, values), &[metric.to_string()]).unwrap()
    }

    fn results(values: &[&[f64]]) -> Results {
        results_of("w1", values)
    }

    fn bold(found: &Results) -> Vec<bool> {
        let best = |row: &Row| row.values[0].is_some_and(|value| value.is_best);
        found.rows.iter().map(best).collect()
    }

    #[test]
    fn the_best_and_what_cannot_be_told_from_it_are_bold() {
        let found = results(&[
            &[0.10, 0.11, 0.12],
            &[0.115, 0.10, 0.12],
            &[0.90, 0.91, 0.92],
        ]);
        assert_eq!(bold(&found), [true, true, false]);
        let value = found.rows[0].values[0].unwrap();
        assert!((value.mean - 0.11).abs() < 1e-12);
        // sd = 0.01 over three seeds.
        assert!((value.standard_error.unwrap() - 0.01 / 3f64.sqrt()).abs() < 1e-12);
        assert!(found.caption().contains("Bold:"));
    }

    #[test]
    fn many_settings_do_not_make_a_clear_difference_bold() {
        let clear = [[0.50, 0.51, 0.52]; 40];
        let mut values: Vec<&[f64]> = clear.iter().map(<[f64; 3]>::as_slice).collect();
        values.push(&[0.100, 0.101, 0.104]);
        let found = bold(&results(&values));
        assert!(
            found[40] && !found[..40].iter().any(|is_best| *is_best),
            "{found:?}"
        );
    }

    #[test]
    fn too_few_seeds_make_nothing_bold() {
        for values in [[&[0.1][..], &[0.9]], [&[0.1, 0.11], &[0.9, 0.8]]] {
            let found = results(&values);
            assert_eq!(bold(&found), [false, false]);
            assert!(!found.caption().contains("Bold"), "{}", found.caption());
        }
    }

    #[test]
    fn of_an_overlap_the_largest_is_best() {
        let values = [[0.70, 0.71, 0.72], [0.90, 0.91, 0.92]];
        let found = results_of(
            "histogram_overlap",
            &values.each_ref().map(<[f64; 3]>::as_slice),
        );
        assert_eq!(bold(&found), [false, true]);
    }

    #[test]
    fn a_metric_that_does_not_exist_is_refused_with_the_nearest() {
        let summary = made("w1", &[&[0.1]]);
        let error = Results::of("law", &summary, &["w1_lam".into()])
            .err()
            .unwrap();
        assert_eq!(
            (error.exit_code(), error.hint()),
            (2, Some("did you mean `w1_law`?"))
        );
    }
}
