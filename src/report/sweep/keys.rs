//! What each swept key does, in words.

use crate::{
    experiment::{
        run::record::ByCause,
        sweep::{
            effect::{self, Line, short},
            summary::Summary,
        },
    },
    report::page::{
        sentence::Sentence,
        tree::{Page, Table, numbers, words},
    },
    text::significant,
};

/// Keys that lead the page, where there are more.
const LEADING: usize = 2;

/// A setting is near the best where its W1 is at most this factor larger.
const FACTOR: f64 = 1.5;

/// Keys of which more costs more, so that the smallest sufficient value is worth knowing.
const COSTS: [&str; 2] = ["process.num_timesteps", "sampler.num_steps"];

/// The section; nothing where a single setting was run.
pub(crate) fn section(page: &mut Page, summary: &Summary) {
    let Some(metric) = summary.distance() else {
        return;
    };
    let keys = effect::by_weight(summary, metric);
    if keys.is_empty() {
        return;
    }
    page.heading(2, "What does each key do?");
    let share = "The share of a key is the fraction of the variance of ln W1 between settings that the means at its \
                 values account for.";
    page.paragraph([
        Some(
            format!(
                "W1 is `{metric}` here{}, a mean over the seeds of a setting.",
                match metric {
                    "sliced_w1" => ", the mean over projections in all directions",
                    _ => "",
                }
            )
            .into(),
        ),
        Some(share.into()),
        (keys.len() > 1).then(|| "Shares of keys that vary together overlap.".into()),
    ]);
    let (leading, rest) = keys.split_at(LEADING.min(keys.len()));
    page.list(
        leading
            .iter()
            .map(|(key, share)| Some(sentences(summary, metric, key, *share))),
    );
    if !rest.is_empty() {
        page.heading(3, "All keys");
        page.list(
            rest.iter()
                .map(|(key, share)| Some(sentences(summary, metric, key, *share))),
        );
    }
    for key in COSTS {
        sufficient(page, summary, metric, key);
    }
}

/// What one key does.
fn sentences(summary: &Summary, metric: &str, key: &str, share: Option<f64>) -> Vec<Sentence> {
    let (lines, _) = effect::lines(summary, key);
    let share = share.map_or("no known share".into(), |share| {
        format!("a share of {:.0} %", 100.0 * share)
    });
    let first = format!("`{key}` has {share}.").into();
    if lines.is_empty() {
        return vec![first, "It never varies alone.".into()];
    }
    let best: Vec<_> = lines
        .iter()
        .filter_map(|line| best_of(summary, metric, line))
        .collect();
    let mut values: Vec<&str> = best.iter().map(|(value, ..)| value.as_str()).collect();
    values.dedup();
    let of_lines = match lines.len() {
        1 => "Where it varies alone".to_string(),
        n => format!("On all {n} lines where it varies alone"),
    };
    let second = match (values.as_slice(), best.first()) {
        ([value], Some((_, low, high))) if best.len() == 1 => {
            format!(
                "{of_lines}, W1 is least at {value}, {}, and largest {}.",
                significant(*low),
                significant(*high)
            )
        }
        ([value], _) => format!("{of_lines}, W1 is least at {value}."),
        _ => {
            let mut each: Vec<_> = values.iter().map(|value| value.to_string()).collect();
            each.sort();
            each.dedup();
            format!(
                "{of_lines}, W1 is least at different values: {}.",
                each.join(", ")
            )
        }
    };
    vec![first, second.into()]
}

/// The value of least W1 on a line, with the smallest and the largest mean.
fn best_of(summary: &Summary, metric: &str, line: &Line) -> Option<(String, f64, f64)> {
    let mean = |place: usize| summary.over_seeds(&summary.groups[place], metric).mean();
    let points = line
        .points
        .iter()
        .filter_map(|(value, place)| Some((value, mean(*place)?)));
    let points: Vec<_> = points.collect();
    let (value, low) = points.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let high = points
        .iter()
        .map(|(_, mean)| *mean)
        .fold(f64::NEG_INFINITY, f64::max);
    Some((value.to_string(), *low, high))
}

/// The smallest value of a key that costs, whose W1 is near the best, line by line, with the causes there.
fn sufficient(page: &mut Page, summary: &Summary, metric: &str, key: &str) {
    let (lines, shared) = effect::lines(summary, key);
    let rows: Vec<_> = lines
        .iter()
        .filter_map(|line| enough(summary, metric, line))
        .collect();
    if rows.is_empty() {
        return;
    }
    let name = short(key);
    page.heading(3, format!("How large must `{name}` be?"));
    let held: Vec<_> = shared
        .iter()
        .map(|(key, value)| format!("`{key}` = {value}"))
        .collect();
    let held = (!held.is_empty()).then(|| format!("Held: {}.", held.join(", ")).into());
    page.paragraph([
        Some(
            format!("The table has the smallest `{name}` whose W1 is at most {FACTOR} times the best of its line.")
                .into(),
        ),
        Some("The answer seed by seed shows how sure that is.".into()),
        Some(
            match metric {
                "sliced_w1" => "Prior, network and discretisation are the shares there of W1 averaged over the axes.",
                _ => "Prior, network and discretisation are the shares of W1 there.",
            }
            .into(),
        ),
        held,
    ]);
    let columns = [
        words("line"),
        numbers(format!("smallest {name}")),
        words("seed by seed"),
        numbers("W1 there"),
        numbers("best W1"),
        numbers("prior"),
        numbers("network"),
        numbers("discretisation"),
    ];
    page.table(Table::new(columns).rows(rows));
}

fn enough(summary: &Summary, metric: &str, line: &Line) -> Option<Vec<Sentence>> {
    let values: Vec<f64> = line
        .points
        .iter()
        .map(|(value, _)| value.parse().ok())
        .collect::<Option<_>>()?;
    let over: Vec<_> = line
        .points
        .iter()
        .map(|(_, place)| summary.over_seeds(&summary.groups[*place], metric))
        .collect();
    let means: Vec<f64> = over.iter().map(|over| over.mean()).collect::<Option<_>>()?;
    let smallest = |numbers: &[f64]| -> Option<usize> {
        let best = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        numbers.iter().position(|number| *number <= FACTOR * best)
    };
    let place = smallest(&means)?;
    let best = means.iter().copied().fold(f64::INFINITY, f64::min);
    let seeds = over.iter().map(|over| over.n()).min()?;
    let is_aligned = over.iter().all(|over| over.n() == seeds);
    let by_seed = (0..seeds).filter(|_| is_aligned).filter_map(|seed| {
        let numbers: Vec<_> = over.iter().map(|over| over.values[seed]).collect();
        Some(significant(values[smallest(&numbers)?]))
    });
    let by_seed: Vec<_> = by_seed.collect();
    let group = &summary.groups[line.points[place].1];
    let share = |of: fn(&ByCause<f64>) -> f64| {
        let found = summary.members(group).filter_map(|row| {
            let record = row.evaluation.as_ref()?.attribution.as_ref()?;
            Some(of(&record.shares))
        });
        let found: Vec<f64> = found.collect();
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        if found.is_empty() {
            "–".into()
        } else {
            significant(mean)
        }
    };
    let name = line.name();
    let cells = [
        if name.is_empty() {
            "the only one".into()
        } else {
            name
        },
        line.points[place].0.clone(),
        match by_seed.len() {
            0 | 1 => "one seed".into(),
            _ => by_seed.join(", "),
        },
        significant(means[place]),
        significant(best),
        share(|shares| shares.prior),
        share(|shares| shares.network),
        share(|shares| shares.discretisation),
    ];
    Some(cells.map(Sentence::verbatim).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sweep::testing::{Made, summary, written};

    /// Two schedules, whose ends are two keys, and three numbers of timesteps: each schedule is a line of its
    /// own.
    #[test]
    fn settings_that_differ_are_no_seeds_of_one_line() {
        let mut runs = vec![];
        for (end, factor) in [("0.02", 1.0), ("0.3", 10.0)] {
            for (t, w1) in [("10", 0.4), ("50", 0.11), ("200", 0.1)] {
                let settings = [
                    ("process.num_timesteps", t),
                    ("process.schedule.beta_end", end),
                ];
                runs.push((settings, [("w1_law", factor * w1)]));
            }
        }
        let made: Vec<Made> = runs.iter().map(|(s, m)| (&s[..], 0, &m[..])).collect();
        let summary = summary(&made);
        let (lines, shared) = effect::lines(&summary, "process.num_timesteps");
        assert!(lines.len() == 2 && shared.is_empty());
        assert_eq!(lines[0].name(), "beta_end = 0.02");
        let page = written(|page| section(page, &summary));
        // Within 1.5 times the best: 50 on both lines.
        assert_eq!(page.matches("| 50 | one seed |").count(), 2, "{page}");
        assert!(
            page.contains("On all 2 lines where it varies alone, W1 is least at 200."),
            "{page}"
        );
        let share = |key| effect::explained(&summary, key, "w1_law").unwrap();
        // ln 10 between the ends, and the spread of the three values within: the shares add up.
        let total = share("process.num_timesteps") + share("process.schedule.beta_end");
        assert!((total - 1.0).abs() < 1e-12);
        assert!(
            page.find("`process.schedule.beta_end` has") < page.find("`process.num_timesteps` has")
        );
        assert!(!page.contains("All keys"));
    }

    #[test]
    fn a_key_that_never_varies_alone_has_no_best_value() {
        let zip = [[("a.x", "1"), ("b.y", "2")], [("a.x", "2"), ("b.y", "3")]];
        let made: Vec<Made> = zip
            .iter()
            .map(|s| (&s[..], 0, &[("w1", 0.1)][..]))
            .collect();
        let page = written(|page| section(page, &summary(&made)));
        assert!(
            page.contains("It never varies alone.") && !page.contains("is least"),
            "{page}"
        );
    }
}
