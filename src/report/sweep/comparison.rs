//! Settings compared with their uncertainty, and what the comparison of single runs teaches.

use crate::experiment::{
    Run,
    run::{
        listing::RunRow,
        record::{Blamed, ByCause},
    },
    sweep::summary::{Group, Summary},
};

/// 97.5 % quantiles of Student's t for 1, 2, … degrees of freedom; beyond them that of the normal law.
const STUDENT: [f64; 12] = [
    12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18,
];
const NORMAL: f64 = 1.96;

/// A step that multiplies errors by more than this is worth a word.
const LARGE: f64 = 2.0;

/// W1 of a group of seeds.
struct Mean {
    value: f64,
    /// Its variance, over seeds and samples.
    variance: f64,
    degrees: usize,
}

impl Mean {
    fn of(summary: &Summary, group: &Group) -> Option<Self> {
        let over = summary.over_seeds(group, "w1")?;
        let record = group
            .members
            .iter()
            .find_map(|i| summary.rows[*i].evaluation.as_ref())?;
        let samples = record
            .metrics
            .get("w1")?
            .noise_std_dev
            .unwrap_or(0.0)
            .powi(2);
        // The scatter over seeds holds that of their samples; two seeds may agree by chance.
        let seeds = over.std_dev.map_or(0.0, |sd| sd * sd);
        Some(Self {
            value: over.mean,
            variance: seeds.max(samples) / over.n as f64,
            degrees: over.n - 1,
        })
    }
}

/// Half-width of the 95 % interval of a difference.
fn interval(a: &Mean, b: &Mean) -> f64 {
    let quantile = match a.degrees + b.degrees {
        0 => NORMAL,
        degrees => STUDENT.get(degrees - 1).copied().unwrap_or(NORMAL),
    };
    quantile * (a.variance + b.variance).sqrt()
}

/// A setting against the best one.
pub(crate) struct Compared {
    pub(crate) settings: Vec<String>,
    /// Mean W1 over the seeds.
    pub(crate) w1: f64,
    /// What it has more than the best, and the half-width of the 95 % interval of that.
    pub(crate) difference: f64,
    pub(crate) interval: f64,
    pub(crate) standing: Standing,
    /// What dominates the error of the seeds, each cause once.
    pub(crate) blamed: Vec<Blamed>,
}

/// Where a setting stands beside the best one.
pub(crate) enum Standing {
    Best,
    Indistinguishable,
    Worse,
}

/// Every setting against the best one, by W1; nothing for fewer than two.
pub(crate) fn with_best(summary: &Summary) -> Vec<Compared> {
    let mut found: Vec<_> = summary
        .groups
        .iter()
        .filter_map(|group| Some((group, Mean::of(summary, group)?)))
        .collect();
    found.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
    if found.len() < 2 {
        return vec![];
    }
    let best = &found[0].1;
    let row = |(i, (group, mean)): (usize, &(&Group, Mean))| {
        let (difference, width) = (mean.value - best.value, interval(mean, best));
        Compared {
            settings: group.settings.clone(),
            w1: mean.value,
            difference,
            interval: width,
            standing: match i {
                0 => Standing::Best,
                _ if difference <= width => Standing::Indistinguishable,
                _ => Standing::Worse,
            },
            blamed: blamed(summary, group),
        }
    };
    found.iter().enumerate().map(row).collect()
}

/// What dominates the error of the seeds of a group.
fn blamed(summary: &Summary, group: &Group) -> Vec<Blamed> {
    let members = group.members.iter();
    let mut causes: Vec<_> = members
        .filter_map(|i| summary.rows[*i].evaluation.as_ref()?.attribution.as_ref())
        .map(|found| found.verdict)
        .collect();
    causes.sort();
    causes.dedup();
    causes
}

/// Two runs of nearly the same validation loss.
pub(crate) struct MisleadingPair<'a> {
    pub(crate) good: OfPair<'a>,
    pub(crate) bad: OfPair<'a>,
    /// The cause whose share differs most, and by how much.
    pub(crate) cause: Blamed,
    pub(crate) difference: f64,
}

/// One of them.
pub(crate) struct OfPair<'a> {
    pub(crate) row: &'a RunRow,
    /// W1 of its exact law.
    pub(crate) w1: f64,
    pub(crate) shares: ByCause<f64>,
    /// 1/√(1 − β_T).
    pub(crate) amplification: Option<f64>,
}

impl MisleadingPair<'_> {
    /// Whether the first step of the worse one multiplies errors by much.
    pub(crate) fn is_amplified(&self) -> bool {
        self.bad.amplification.is_some_and(|factor| factor > LARGE)
    }
}

/// Two runs whose validation losses cannot be told apart, and whose samples differ most.
pub(crate) fn misleading_pair(summary: &Summary) -> Option<MisleadingPair<'_>> {
    // Losses of different processes are averages of different things.
    let sets = summary.comparable_sets(2);
    let pairs = sets.iter().flat_map(|(_, rows)| {
        rows.iter()
            .enumerate()
            .flat_map(|(i, a)| rows[i + 1..].iter().map(move |b| (*a, *b)))
    });
    let apart = |(a, b): &(&RunRow, &RunRow)| {
        let (loss_a, loss_b) = (loss(a)?, loss(b)?);
        let alike = (loss_a.0 - loss_b.0).abs() <= loss_a.1.min(loss_b.1);
        let ratio = distance(a)? / distance(b)?;
        alike.then_some(ratio.max(1.0 / ratio))
    };
    let (_, (a, b)) = pairs
        .filter_map(|pair| apart(&pair).map(|ratio| (ratio, pair)))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let (good, bad) = if distance(a)? < distance(b)? {
        (a, b)
    } else {
        (b, a)
    };
    let (low, high) = (shares(good)?, shares(bad)?);
    let differences = [
        (Blamed::Prior, high.prior - low.prior),
        (Blamed::Network, high.network - low.network),
        (
            Blamed::Discretisation,
            high.discretisation - low.discretisation,
        ),
    ];
    let (cause, difference) = differences
        .into_iter()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    Some(MisleadingPair {
        good: of_run(good)?,
        bad: of_run(bad)?,
        cause,
        difference,
    })
}

fn of_run(row: &RunRow) -> Option<OfPair<'_>> {
    Some(OfPair {
        row,
        w1: distance(row)?,
        shares: *shares(row)?,
        amplification: amplification(row),
    })
}

fn loss(row: &RunRow) -> Option<(f64, f64)> {
    let loss = row.evaluation.as_ref()?.metrics.get("val_loss")?;
    Some((loss.value?, loss.standard_error?))
}

/// W1 without sampling noise.
fn distance(row: &RunRow) -> Option<f64> {
    row.metric("w1_law").filter(|w1| *w1 > 0.0)
}

fn shares(row: &RunRow) -> Option<&ByCause<f64>> {
    Some(&row.evaluation.as_ref()?.attribution.as_ref()?.shares)
}

/// 1/√(1 − β_T): by how much the first step of sampling multiplies x_T and the network's error there.
fn amplification(row: &RunRow) -> Option<f64> {
    let process = Run::open(&row.directory).ok()?.config.process;
    let beta = process.build().beta(process.num_timesteps);
    Some(1.0 / (1.0 - beta).sqrt())
}
