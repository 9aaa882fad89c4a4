//! Losses against distances: rank correlations over runs that may be ranked together.

use crate::{
    error::Result,
    experiment::sweep::{
        comparable::{Comparable, comparable, of_one_unit},
        summary::Summary,
        tables::{encode, number},
    },
    metric::{
        METRICS,
        correlation::{Correlation, Pair, combined, within},
    },
    report::page::{
        sentence::Sentence,
        tree::{Page, Table, numbers, words},
    },
    text::{significant, with_digits},
};
use rayon::prelude::*;

/// What a correlation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Runs that may be ranked together.
    Group,
    /// All groups, each ranked by itself.
    Combined,
    /// The excess loss, whose floor is 0 in every process, over runs that share its unit.
    Excess,
    /// All runs, ranked together whatever their floor.
    Pooled,
}

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Combined => "combined",
            Self::Excess => "excess",
            Self::Pooled => "pooled",
        }
    }
}

/// A correlation of a loss with a metric.
pub(crate) struct Found {
    pub(crate) scope: Scope,
    /// What its runs share.
    pub(crate) group: String,
    pub(crate) loss: &'static str,
    pub(crate) metric: &'static str,
    /// `None` where there are too few settings, or one side never varies.
    pub(crate) correlation: Option<Correlation>,
}

/// Every correlation of a loss with the other metrics.
pub(crate) fn all(summary: &Summary) -> Vec<Found> {
    let groups = comparable(summary);
    let everything = Comparable {
        shared: vec![],
        members: (0..summary.rows.len()).collect(),
    };
    let mut wanted: Vec<(Scope, &str, Vec<&Comparable>)> = vec![];
    let units = of_one_unit(summary);
    wanted.extend(
        groups
            .iter()
            .map(|group| (Scope::Group, "val_loss", vec![group])),
    );
    if groups.len() > 1 {
        wanted.push((Scope::Combined, "val_loss", groups.iter().collect()));
        wanted.extend(
            units
                .iter()
                .map(|group| (Scope::Excess, "excess_loss", vec![group])),
        );
        wanted.push((Scope::Pooled, "val_loss", vec![&everything]));
    }
    let names = METRICS.iter().map(|metric| metric.name());
    let names: Vec<_> = names.filter(|name| *name != "val_loss").collect();
    let has_any = |name: &&&str| summary.rows.iter().any(|row| row.metric(name).is_some());
    let jobs = wanted.iter().flat_map(|(scope, loss, groups)| {
        let metrics = names
            .iter()
            .filter(has_any)
            .filter(move |name| *name != loss);
        metrics.map(move |metric| (*scope, *loss, groups, *metric))
    });
    let jobs: Vec<_> = jobs.collect();
    let found = jobs.into_par_iter().map(|(scope, loss, groups, metric)| {
        let pairs = groups
            .iter()
            .map(|group| pairs(summary, group, loss, metric));
        let pairs: Vec<_> = pairs.collect();
        Found {
            scope,
            group: match scope {
                Scope::Combined => "all groups".into(),
                _ => groups[0].name(),
            },
            loss,
            metric,
            correlation: match scope {
                Scope::Combined => combined(&pairs),
                _ => within(&pairs[0]),
            },
        }
    });
    found.collect()
}

/// A loss and a metric of each run that has both.
fn pairs(summary: &Summary, group: &Comparable, loss: &str, metric: &str) -> Vec<Pair> {
    let pair = |i: &usize| {
        let row = &summary.rows[*i];
        Some(Pair {
            x: row.metric(loss)?,
            y: row.metric(metric)?,
            setting: summary.setting_of(*i),
        })
    };
    group.members.iter().filter_map(pair).collect()
}

/// `correlations.csv`: a row for each group and metric, then those over several groups.
pub(crate) fn csv(found: &[Found]) -> Result<Vec<u8>> {
    let header = [
        "scope", "group", "loss", "metric", "runs", "settings", "rho", "low", "high", "p_value",
    ];
    let mut table = vec![header.map(String::from).to_vec()];
    for row in found {
        if let Some(c) = row.correlation {
            let mut cells = [row.scope.name(), &row.group, row.loss, row.metric]
                .map(String::from)
                .to_vec();
            cells.extend([c.runs, c.settings].map(|n| n.to_string()));
            let ends = c.interval.unzip();
            cells.extend([Some(c.rho), ends.0, ends.1, c.p_value].map(number));
            table.push(cells);
        }
    }
    encode(&table)
}

/// The correlation of the loss with a metric over one scope, where the scope has one group.
pub(crate) fn of_scope(found: &[Found], scope: Scope, metric: &str) -> Option<Correlation> {
    let mut rows = found
        .iter()
        .filter(|row| row.scope == scope && row.metric == metric);
    rows.next()?.correlation
}

/// How many groups have a correlation of the loss with a metric, and from where to where it goes.
pub(crate) fn within_groups(found: &[Found], metric: &str) -> Option<(usize, String)> {
    let groups = found
        .iter()
        .filter(|row| row.scope == Scope::Group && row.metric == metric);
    let rhos: Vec<f64> = groups
        .filter_map(|row| Some(row.correlation?.rho))
        .collect();
    let ends = [
        rhos.iter().copied().reduce(f64::min)?,
        rhos.iter().copied().reduce(f64::max)?,
    ];
    let [low, high] = ends.map(|rho| format!("{rho:.2}"));
    let range = if low == high {
        low
    } else {
        format!("{low} to {high}")
    };
    Some((rhos.len(), range))
}

/// Metrics that the page shows beside the loss.
fn shown(summary: &Summary) -> Vec<&'static str> {
    let distance = summary.distance().unwrap_or("w1");
    let others = ["log_likelihood", "kl_forward", "kl_reverse"];
    let found = |name: &&str| summary.rows.iter().any(|row| row.metric(name).is_some());
    std::iter::once(distance)
        .chain(others.into_iter().filter(found))
        .collect()
}

/// The correlations of a sweep: the sentences, the table of groups, and what pooling would say.
pub(crate) fn section(page: &mut Page, summary: &Summary, found: &[Found]) {
    let groups = comparable(summary);
    page.paragraph(definition(&groups));
    page.list(
        sentences(summary, found)
            .into_iter()
            .map(|sentence| Some(vec![sentence])),
    );
    let metrics = shown(summary);
    let name = |row: &Found| match row.scope {
        Scope::Group => row.group.clone(),
        Scope::Combined => "**combined over the groups**".into(),
        Scope::Excess => format!("excess loss, {}", row.group),
        Scope::Pooled => "pooled over all runs (mixes floors)".into(),
    };
    let mut rows: Vec<Vec<Sentence>> = vec![];
    let mut seen = vec![];
    let mut too_small = 0;
    for row in found {
        let key = (row.scope, row.group.clone());
        if seen.contains(&key) {
            continue;
        }
        seen.push(key.clone());
        let of = |metric: &&'static str| {
            let same = |other: &&Found| {
                (other.scope, &other.group) == (key.0, &key.1) && other.metric == *metric
            };
            found.iter().find(same).and_then(|row| row.correlation)
        };
        let cells: Vec<_> = metrics.iter().map(of).collect();
        if cells.iter().flatten().next().is_none() {
            too_small += usize::from(row.scope == Scope::Group);
            continue;
        }
        let settings = cells.iter().flatten().next();
        let counts = settings.map_or("–".into(), |c| format!("{} / {}", c.runs, c.settings));
        let mut line: Vec<Sentence> = vec![name(row).into(), counts.into()];
        line.extend(
            cells
                .into_iter()
                .map(|cell| cell.map_or("–".to_string(), |c| in_table(&c)).into()),
        );
        rows.push(line);
    }
    if too_small > 0 && !rows.is_empty() {
        let groups = if too_small == 1 {
            "group has"
        } else {
            "groups have"
        };
        page.paragraph([Some(
            format!("{too_small} {groups} fewer than 3 settings, and no row.").into(),
        )]);
    }
    if rows.is_empty() {
        return;
    }
    let first = [
        words("Spearman's ρ of the validation loss"),
        numbers("runs / settings"),
    ];
    let columns = first
        .into_iter()
        .chain(metrics.iter().map(|metric| numbers(*metric)));
    page.table(Table::new(columns).rows(rows));
}

fn in_table(c: &Correlation) -> String {
    let interval = c
        .interval
        .map(|(low, high)| format!(" ({low:.2} to {high:.2})"));
    let p = c.p_value.map(|p| format!(", p = {}", with_digits(p, 2)));
    format!("{:.2}", c.rho) + &interval.unwrap_or_default() + &p.unwrap_or_default()
}

/// What is ranked together, and how.
fn definition(groups: &[Comparable]) -> Vec<Option<Sentence>> {
    let together = "Losses are ranked together only among comparable runs: equal in process, prediction, loss weight, \
                    data, class-conditioning, sampler and number of samples.";
    let within = "ρ is Spearman's over the runs of a group, shown from 3 settings on.";
    let interval = "From 4 settings on it has a 95 % bootstrap interval and a permutation p-value, both over settings, \
                    whose seeds stay together.";
    let combined = "The combined ρ is Pearson's over all groups, of ranks within each group, divided by its size and \
                    centred.";
    vec![
        Some(together.into()),
        Some(within.into()),
        Some(interval.into()),
        (groups.len() > 1).then(|| combined.into()),
    ]
}

/// What the correlations say of the validation loss as a guide to the distance.
fn sentences(summary: &Summary, found: &[Found]) -> Vec<Sentence> {
    let metric = summary.distance().unwrap_or("w1");
    let mut said: Vec<Sentence> = vec![];
    said.push(match (within_groups(found, metric), comparable(summary).len()) {
        (None, _) => "No group of comparable runs has the 3 settings that a correlation takes.".into(),
        (Some((_, range)), 1) => format!(
            "Over all runs, which are comparable, the rank correlation of validation loss and `{metric}` is {range}."
        )
        .into(),
        (Some((count, range)), _) => {
            let groups = match count {
                1 => "Within the one group of comparable runs that has 3 settings or more".to_string(),
                n => format!("Within {n} groups of comparable runs"),
            };
            format!("{groups}, the rank correlation of validation loss and `{metric}` is {range}.").into()
        }
    });
    let combined = of_scope(found, Scope::Combined, metric);
    said.extend(combined.map(|c| {
        let interval = c
            .interval
            .map(|(low, high)| format!(" (95 % interval {low:.2} to {high:.2})"));
        Sentence::from(format!(
            "Combined over the groups it is {:.2}{}.",
            c.rho,
            interval.unwrap_or_default()
        ))
    }));
    let pooled = of_scope(found, Scope::Pooled, metric);
    said.extend(pooled.zip(floors(summary)).map(|(c, (low, high))| {
        Sentence::from(format!(
            "Ranked together all runs give {:.2}, which means little: a perfect network has a loss of {} in one \
             group and {} in another.",
            c.rho,
            significant(low),
            significant(high)
        ))
    }));
    said
}

/// The smallest and the largest loss of a perfect network, where they differ.
fn floors(summary: &Summary) -> Option<(f64, f64)> {
    let records = summary
        .rows
        .iter()
        .filter_map(|row| row.evaluation.as_ref());
    let floors: Vec<f64> = records
        .filter_map(|record| record.metrics.get("val_loss")?.truth)
        .collect();
    let low = floors.iter().copied().fold(f64::INFINITY, f64::min);
    let high = floors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (high > low).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sweep::testing::{Made, summary, written};

    /// Three processes whose floors differ, and three learning rates in each: within a process the loss ranks
    /// as the distance does.
    fn three_floors() -> Summary {
        let mut runs = vec![];
        for (t, floor) in [("10", 0.9), ("50", 0.5), ("200", 0.2)] {
            for (rate, excess) in [("1e-4", 0.03), ("5e-4", 0.02), ("4e-3", 0.01)] {
                let settings = [("process.num_timesteps", t), ("train.learning_rate", rate)];
                let metrics = [("val_loss", floor + excess), ("w1_law", excess / floor)];
                runs.push((settings, metrics));
            }
        }
        let made: Vec<Made> = runs.iter().map(|(s, m)| (&s[..], 0, &m[..])).collect();
        summary(&made)
    }

    #[test]
    fn losses_of_different_floors_are_not_ranked_together() {
        let summary = three_floors();
        let found = all(&summary);
        let rho = |scope| of_scope(&found, scope, "w1_law").unwrap().rho;
        assert!((rho(Scope::Group) - 1.0).abs() < 1e-12);
        assert!((rho(Scope::Combined) - 1.0).abs() < 1e-12);
        assert!(rho(Scope::Pooled) < 0.0, "{}", rho(Scope::Pooled));
        let text = String::from_utf8(csv(&found).unwrap()).unwrap();
        assert_eq!(
            text.lines()
                .filter(|line| line.starts_with("group,"))
                .count(),
            3,
            "{text}"
        );
        let page = written(|page| section(page, &summary, &found));
        assert!(
            page.contains("Within 3 groups of comparable runs") && page.contains("is 1.00."),
            "{page}"
        );
    }

    #[test]
    fn a_group_of_one_setting_has_no_row() {
        let run = |t, rate, loss| {
            let settings = [("process.num_timesteps", t), ("train.learning_rate", rate)];
            (settings, [("val_loss", loss), ("w1_law", loss)])
        };
        let of = |runs: &[_]| {
            let made = runs
                .iter()
                .map(|(s, m): &([_; 2], [_; 2])| (&s[..], 0, &m[..]));
            let summary = summary(&made.collect::<Vec<Made>>());
            let found = all(&summary);
            written(|page| section(page, &summary, &found))
        };
        let three = [("1", 0.3), ("2", 0.1), ("3", 0.2)].map(|(rate, loss)| run("10", rate, loss));
        let mut runs = three.to_vec();
        runs.push(run("50", "1", 0.5));
        let page = of(&runs);
        assert!(page.contains("1 group has fewer than 3 settings"), "{page}");
        assert!(!page.contains("process.num_timesteps=50"), "{page}");
        assert!(!of(&three).contains("fewer than 3 settings"));
        // Where no group has enough settings there is no table of groups.
        let page = of(&[run("10", "1", 0.3), run("50", "1", 0.5)]);
        assert!(
            !page.contains("fewer than 3 settings, and no row"),
            "{page}"
        );
    }

    #[test]
    fn one_group_has_nothing_to_combine_or_pool() {
        let runs: Vec<_> = [("1", 0.3), ("2", 0.1), ("3", 0.2)]
            .map(|(rate, loss)| {
                (
                    [("train.learning_rate", rate)],
                    [("val_loss", loss), ("w1", loss)],
                )
            })
            .to_vec();
        let made: Vec<Made> = runs.iter().map(|(s, m)| (&s[..], 0, &m[..])).collect();
        let summary = summary(&made);
        let found = all(&summary);
        let page = written(|page| section(page, &summary, &found));
        assert!(
            page.contains("Over all runs, which are comparable") && page.contains("is 1.00."),
            "{page}"
        );
        assert!(
            !page.contains("pooled") && !page.contains("ombined"),
            "{page}"
        );
        assert!(found.iter().all(|row| row.scope == Scope::Group));
    }

    #[test]
    fn other_samplers_are_other_groups() {
        let runs: Vec<_> = [("3", 1.4), ("10", 0.7), ("30", 0.3)]
            .map(|(steps, w1)| {
                (
                    [("sampler.num_steps", steps)],
                    [("val_loss", 0.39), ("w1", w1)],
                )
            })
            .to_vec();
        let made: Vec<Made> = runs.iter().map(|(s, m)| (&s[..], 0, &m[..])).collect();
        let summary = summary(&made);
        let page = written(|page| section(page, &summary, &all(&summary)));
        assert!(
            page.contains("No group of comparable runs has the 3 settings"),
            "{page}"
        );
    }
}
