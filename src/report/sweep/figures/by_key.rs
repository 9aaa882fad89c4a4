//! A metric against a swept key.

use super::by_setting::{BySetting, Places, SettingSeries};
use crate::{
    experiment::sweep::{
        effect::{self, Line, short},
        summary::{Group, Summary},
    },
    figure::{Chart, Stroke},
    report::figure::Picture,
};

/// More lines than this are shown as their mean.
pub(super) const MOST_LINES: usize = 6;

/// Held values that a subtitle names.
const MOST_HELD: usize = 4;

/// What a metric is drawn as.
pub(super) struct Quality<'a> {
    pub(super) metric: &'a str,
    pub(super) title: &'a str,
    pub(super) y_label: &'a str,
    pub(super) log_y: bool,
    pub(super) reference: Option<(f64, String, Stroke)>,
}

/// The chart, where the key varies alone somewhere.
pub(super) fn chart<'a>(summary: &'a Summary, key: &str, quality: &Quality) -> Option<Picture<'a>> {
    let (lines, shared) = effect::lines(summary, key);
    if lines.is_empty() {
        return None;
    }
    let values = summary.values(key);
    let places = Places::of(&values);
    let all: Vec<_> = lines
        .iter()
        .map(|line| series(summary, line, &values, &places, quality.metric))
        .collect();
    let (series, held) = match all.len() > MOST_LINES {
        true => (
            vec![mean(&all)],
            format!("mean over {} lines of the other keys", all.len()),
        ),
        false => (all, in_words(&shared)),
    };
    let shown = BySetting {
        series,
        x_label: short(key).into(),
        y_label: quality.y_label.into(),
        log_y: quality.log_y,
        places,
        reference: quality.reference.clone(),
    };
    let mut remarks = shown.remarks();
    remarks.extend(missing(summary, key, quality.metric));
    Some(Picture::Chart(Chart {
        title: format!("{} against {}", quality.title, short(key)),
        subtitle: held,
        panels: vec![shown.panel()],
        heights: vec![580.0],
        remarks,
        ..Chart::default()
    }))
}

/// One line of settings, the values of the seeds at each; those without a mean are left out.
fn series(
    summary: &Summary,
    line: &Line,
    values: &[String],
    places: &Places,
    metric: &str,
) -> SettingSeries {
    let point = |(value, group): &(String, usize)| {
        let over = summary.over_seeds(&summary.groups[*group], metric);
        over.mean()?;
        let place = values.iter().position(|other| other == value)?;
        Some((places.at(place), over.values))
    };
    SettingSeries {
        label: match line.name() {
            name if name.is_empty() => "all runs".into(),
            name => name,
        },
        points: line.points.iter().filter_map(point).collect(),
    }
}

/// The mean over lines at each value, one number a line.
fn mean(all: &[SettingSeries]) -> SettingSeries {
    let mut points: Vec<(f64, Vec<f64>)> = vec![];
    for (x, seeds) in all.iter().flat_map(|series| &series.points) {
        let mean = seeds.iter().sum::<f64>() / seeds.len() as f64;
        match points.iter_mut().find(|(other, _)| other == x) {
            Some((_, means)) => means.push(mean),
            None => points.push((*x, vec![mean])),
        }
    }
    SettingSeries {
        label: "mean over the other keys".into(),
        points,
    }
}

/// The values that all runs of a figure share, in a line.
pub(super) fn in_words(shared: &[(String, String)]) -> String {
    let words = shared.iter().take(MOST_HELD);
    let words: Vec<_> = words
        .map(|(key, value)| format!("{} = {value}", short(key)))
        .collect();
    let rest = shared.len().saturating_sub(MOST_HELD);
    match (words.is_empty(), rest) {
        (true, _) => String::new(),
        (false, 0) => format!("at {}", words.join(", ")),
        (false, rest) => format!("at {} and {rest} more", words.join(", ")),
    }
}

/// The settings whose mean is not over all of their seeds.
fn missing(summary: &Summary, key: &str, metric: &str) -> Vec<String> {
    let place = summary.keys.iter().position(|other| other == key);
    let remark = |group: &Group| {
        let over = summary.over_seeds(group, metric);
        let value = &group.settings[place?];
        let name = short(key);
        match (over.infinite, over.is_whole()) {
            (0, true) => None,
            (0, false) if over.n() == 0 => None,
            (0, false) => Some(format!(
                "{name} = {value}: {} of {} seeds",
                over.n(),
                over.of
            )),
            (infinite, _) => Some(format!(
                "{name} = {value}: no mean, −∞ in {infinite} of {}",
                over.of
            )),
        }
    };
    summary.groups.iter().filter_map(remark).collect()
}
