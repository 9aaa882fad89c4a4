//! A sweep's runs, summarised: `summary.csv` and the groups that differ in their seed alone.

use crate::{
    error::{Error, Result},
    experiment::run::{
        listing::{RunRow, differing_keys, natural_order},
        record::ByCause,
    },
    metric::{METRICS, MetricValue},
};
use std::collections::BTreeMap;

/// The seed's key; runs that differ in it alone form a group.
const SEED: &str = "seed";

/// A part of a metric's value.
type Field = fn(&MetricValue) -> Option<f64>;

/// A line of a figure: at every x the values of the seeds.
pub(crate) type Series = Vec<(f64, Vec<f64>)>;

/// The runs of a sweep and how they differ.
#[derive(Debug)]
pub(crate) struct Summary {
    /// One row a run.
    pub rows: Vec<RunRow>,
    /// The keys in which they differ, without the seed.
    pub keys: Vec<String>,
    /// Runs that differ in their seed alone.
    pub groups: Vec<Group>,
}

/// Runs that differ in their seed alone.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Values of the keys in which the groups differ.
    pub settings: Vec<String>,
    /// Places of its runs in the rows.
    pub members: Vec<usize>,
}

/// A metric over the seeds of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OverSeeds {
    /// Number of runs that have the metric.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (n − 1); `None` for a single run.
    pub std_dev: Option<f64>,
}

impl OverSeeds {
    /// The statistics of some values; `None` if there is none.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let n = values.len();
        let mean = (n > 0).then(|| values.iter().sum::<f64>() / n as f64)?;
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        let std_dev = (n > 1).then(|| (squares / (n - 1) as f64).sqrt());
        Some(Self { n, mean, std_dev })
    }
}

/// A share, read from those of all causes.
type Share = fn(&ByCause<f64>) -> f64;

/// The shares of W1 of the exact law, by column.
const SHARES: [(&str, Share); 3] = [
    ("share_prior", |shares| shares.prior),
    ("share_network", |shares| shares.network),
    ("share_discretisation", |shares| shares.discretisation),
];

fn share_of(row: &RunRow, share: fn(&ByCause<f64>) -> f64) -> Option<f64> {
    let found = row.evaluation.as_ref()?.attribution.as_ref()?;
    Some(share(&found.shares))
}

impl Summary {
    /// Groups the runs, in the order of what they differ in.
    pub(crate) fn new(mut rows: Vec<RunRow>) -> Self {
        let keys: Vec<_> = differing_keys(&rows)
            .into_iter()
            .filter(|key| key != SEED)
            .collect();
        let in_order = |a: &RunRow, b: &RunRow| {
            let of_key = |key: &str| natural_order(&setting(a, key), &setting(b, key));
            let orders = keys.iter().map(|key| of_key(key)).chain([of_key(SEED)]);
            orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        };
        rows.sort_by(in_order);
        let mut groups: Vec<Group> = vec![];
        for (i, row) in rows.iter().enumerate() {
            let settings: Vec<_> = keys.iter().map(|key| setting(row, key)).collect();
            match groups.iter_mut().find(|group| group.settings == settings) {
                Some(group) => group.members.push(i),
                None => groups.push(Group {
                    settings,
                    members: vec![i],
                }),
            }
        }
        Self { rows, keys, groups }
    }

    /// A metric over the seeds of a group.
    pub(crate) fn over_seeds(&self, group: &Group, metric: &str) -> Option<OverSeeds> {
        let values: Vec<_> = group
            .members
            .iter()
            .filter_map(|i| self.rows[*i].metric(metric))
            .collect();
        OverSeeds::of(&values)
    }

    /// The evaluated run with the smallest value of a metric.
    pub(crate) fn best_by(&self, metric: &str) -> Option<&RunRow> {
        let with = self
            .rows
            .iter()
            .filter_map(|row| row.metric(metric).map(|value| (value, row)));
        with.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, row)| row)
    }

    /// `summary.csv`: one row a run, with what differs, every metric, its truth and its noise.
    pub(crate) fn runs_csv(&self) -> Result<Vec<u8>> {
        let fields: [(&str, Field); 4] = [
            ("", |m| m.value),
            ("_truth", |m| m.truth),
            ("_noise_floor", |m| m.noise_floor),
            ("_standard_error", |m| m.standard_error),
        ];
        let mut header = vec!["run".to_string(), "status".into()];
        header.extend(self.keys.iter().cloned());
        header.extend([SEED, "terminal_signal", "prior_kl", "prior_w1"].map(String::from));
        for metric in METRICS {
            header.extend(
                fields
                    .iter()
                    .map(|(suffix, _)| format!("{}{suffix}", metric.name())),
            );
        }
        header.extend(SHARES.map(|(name, _)| name.into()));
        let mut table = vec![header];
        for row in &self.rows {
            let mut cells = vec![row.name.clone(), row.status.state.to_string()];
            cells.extend(self.keys.iter().map(|key| setting(row, key)));
            cells.push(setting(row, SEED));
            let evaluation = row.evaluation.as_ref();
            cells.push(number(evaluation.map(|e| e.terminal_signal)));
            cells.push(number(evaluation.and_then(|e| e.prior_kl)));
            cells.push(number(evaluation.and_then(|e| e.prior_w1)));
            for metric in METRICS {
                let value = evaluation.and_then(|e| e.metrics.get(metric.name()));
                cells.extend(
                    fields
                        .iter()
                        .map(|(_, field)| number(value.and_then(field))),
                );
            }
            cells.extend(SHARES.map(|(_, share)| number(share_of(row, share))));
            table.push(cells);
        }
        encode(&table)
    }

    /// `groups.csv`: one row a group of seeds, with n, mean and standard deviation of every metric.
    pub(crate) fn groups_csv(&self) -> Result<Vec<u8>> {
        let mut header = self.keys.clone();
        header.extend(["n", "terminal_signal", "prior_kl", "prior_w1"].map(String::from));
        for metric in METRICS {
            let name = metric.name();
            header.extend([
                format!("{name}_mean"),
                format!("{name}_std_dev"),
                format!("{name}_truth"),
                format!("{name}_noise_floor"),
            ]);
        }
        for (name, _) in SHARES {
            header.extend([format!("{name}_mean"), format!("{name}_std_dev")]);
        }
        let mut table = vec![header];
        for group in &self.groups {
            let evaluated: Vec<_> = group
                .members
                .iter()
                .filter_map(|i| self.rows[*i].evaluation.as_ref())
                .collect();
            let first = evaluated.first();
            let mut cells = group.settings.clone();
            cells.push(evaluated.len().to_string());
            cells.push(number(first.map(|e| e.terminal_signal)));
            cells.push(number(first.and_then(|e| e.prior_kl)));
            cells.push(number(first.and_then(|e| e.prior_w1)));
            for metric in METRICS {
                let statistics = self.over_seeds(group, metric.name());
                let value = first.and_then(|e| e.metrics.get(metric.name()));
                cells.push(number(statistics.map(|s| s.mean)));
                cells.push(number(statistics.and_then(|s| s.std_dev)));
                cells.push(number(value.and_then(|v| v.truth)));
                cells.push(number(value.and_then(|v| v.noise_floor)));
            }
            for (_, share) in SHARES {
                let members = group.members.iter();
                let values: Vec<_> = members
                    .filter_map(|i| share_of(&self.rows[*i], share))
                    .collect();
                let statistics = OverSeeds::of(&values);
                cells.push(number(statistics.map(|s| s.mean)));
                cells.push(number(statistics.and_then(|s| s.std_dev)));
            }
            table.push(cells);
        }
        encode(&table)
    }

    /// Runs whose validation losses mean the same: of one process and one prediction. Each set with what
    /// its runs share, the largest first; sets of fewer than `smallest` runs are left out.
    pub(crate) fn comparable_sets(&self, smallest: usize) -> Vec<(String, Vec<&RunRow>)> {
        let shapes_the_loss = |key: &&String| {
            key.starts_with("process.") || *key == "model.prediction" || key.starts_with("data.")
        };
        let mut sets: BTreeMap<String, Vec<&RunRow>> = BTreeMap::new();
        for row in &self.rows {
            let shared = self.keys.iter().filter(shapes_the_loss);
            let words: Vec<_> = shared
                .map(|key| format!("{key}={}", setting(row, key)))
                .collect();
            sets.entry(words.join(" ")).or_default().push(row);
        }
        let mut sets: Vec<_> = sets
            .into_iter()
            .filter(|(_, rows)| rows.len() >= smallest)
            .collect();
        sets.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
        sets
    }

    /// A metric's values by the numbers of timesteps and the schedule: for every schedule the values
    /// of the seeds at each T. Runs that differ in anything else are left out, except those of the
    /// most common setting.
    pub(crate) fn by_num_timesteps(&self, metric: &str) -> Vec<(String, Series)> {
        self.by_num_timesteps_of(|row| row.metric(metric))
    }

    /// The same for any number of a run.
    pub(crate) fn by_num_timesteps_of(
        &self,
        of: impl Fn(&RunRow) -> Option<f64>,
    ) -> Vec<(String, Series)> {
        let rows = self.runs_of_common_setting();
        let mut schedules: Vec<(String, BTreeMap<usize, Vec<f64>>)> = vec![];
        for row in rows {
            let Some(value) = of(row) else {
                continue;
            };
            let Ok(t) = setting(row, "process.num_timesteps").parse() else {
                continue;
            };
            let name = schedule_name(row);
            let found = schedules.iter().position(|(known, _)| *known == name);
            let i = found.unwrap_or_else(|| {
                schedules.push((name, BTreeMap::new()));
                schedules.len() - 1
            });
            schedules[i].1.entry(t).or_default().push(value);
        }
        let points = |by_t: BTreeMap<usize, Vec<f64>>| {
            by_t.into_iter()
                .map(|(t, values)| (t as f64, values))
                .collect()
        };
        schedules
            .into_iter()
            .map(|(name, by_t)| (name, points(by_t)))
            .collect()
    }

    /// Whether runs differ in their number of timesteps.
    pub(crate) fn varies_num_timesteps(&self) -> bool {
        self.keys.iter().any(|key| key == "process.num_timesteps")
    }

    fn runs_of_common_setting(&self) -> Vec<&RunRow> {
        let other = |row: &RunRow| -> Vec<String> {
            let about_time = |key: &&String| !key.starts_with("process.");
            self.keys
                .iter()
                .filter(about_time)
                .map(|key| setting(row, key))
                .collect()
        };
        let mut counts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for row in &self.rows {
            *counts.entry(other(row)).or_default() += 1;
        }
        let common = counts
            .into_iter()
            .max_by_key(|(_, count)| *count)
            .map(|(setting, _)| setting);
        self.rows
            .iter()
            .filter(|row| Some(other(row)) == common)
            .collect()
    }
}

/// A schedule with those of its parameters that a run sets.
pub(crate) fn schedule_name(row: &RunRow) -> String {
    setting(row, "process.schedule.kind")
}

fn setting(row: &RunRow, key: &str) -> String {
    row.settings.get(key).cloned().unwrap_or_else(|| "–".into())
}

/// A number for a machine: shortest text that reads back the same, nothing where there is none.
fn number(value: Option<f64>) -> String {
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
