//! The figures of a comparison: the distances as they are, and against what training and sampling cost.

use super::{
    compared::Compared,
    rows::{label, order},
    sampling::cost_of,
};
use crate::{
    experiment::run::listing::RunRow,
    figure::{Axis, Chart, Layer, Line, Panel, Scale, Stroke, series_color, series_marker},
    report::{
        figure::{Figure, Picture},
        sweep::figures::{BySetting, Places, SettingSeries},
    },
};
use std::collections::BTreeMap;

/// Makes the picture of a comparison, where it applies.
pub(crate) type Render = for<'a> fn(&'a [Compared]) -> Option<Picture<'a>>;

/// Every figure of a comparison.
pub(crate) const FIGURES: &[Figure<Render>] = &[
    Figure {
        name: "distances.png",
        caption: "The distance to the truth of every setting",
        help: "A panel for each law of the data. A mark is a setting: the mean over its seeds, with a bar of one \
               standard deviation and a dot for each seed. The numbers are those of the settings on the page.",
        render: distances,
    },
    Figure {
        name: "training_cost.png",
        caption: "The loss against network evaluations in training",
        help: "A panel for each law of the data, a line for each setting. It is the mean over its seeds of the excess loss, \
               or of the validation loss where the data has no known density. The axis counts the points that the \
               network was shown.",
        render: training,
    },
    Figure {
        name: "sampling_cost.png",
        caption: "The distance to the truth against network evaluations a sample",
        help: "A panel for each law of the data, a line for each setting with one sampler: the mean over its seeds of \
               the Wasserstein-1 distance. The axis counts how often a sample asks the network.",
        render: sampling,
    },
];

/// Settings in a panel at most, those of the smallest distance.
const MOST: usize = 8;

/// Height of a panel.
const HEIGHT: f64 = 420.0;

fn distances(all: &[Compared]) -> Option<Picture<'_>> {
    let several = |found: &&Compared| found.summary.groups.len() > 1;
    let panels: Vec<_> = all
        .iter()
        .filter(several)
        .filter_map(distances_of)
        .collect();
    let remarks = panels.first()?.1.clone();
    let panels = panels.into_iter().map(|(panel, _)| panel).collect();
    chart(
        "Distance to the truth of every setting",
        all,
        panels,
        remarks,
    )
}

fn distances_of(found: &Compared) -> Option<(Panel<'static>, Vec<String>)> {
    let summary = &found.summary;
    let metric = summary.distance()?;
    let order = order(found);
    let point = |(at, place): (usize, &usize)| {
        let over = summary.over_seeds(&summary.groups[*place], metric);
        over.mean().map(|_| (at as f64, over.values))
    };
    let shown = BySetting {
        series: vec![SettingSeries {
            label: String::new(),
            points: order.iter().enumerate().filter_map(point).collect(),
        }],
        x_label: "setting, the smallest mean first".into(),
        y_label: format!("{metric} (data units)"),
        log_y: true,
        places: Places::Names(order.iter().map(|place| (place + 1).to_string()).collect()),
        reference: None,
    };
    Some((shown.panel().titled(found.law.clone(), ""), shown.remarks()))
}

fn training(all: &[Compared]) -> Option<Picture<'_>> {
    let panels = all.iter().enumerate().filter_map(|(law, found)| {
        let training = found.training.as_ref()?;
        let summary = &training.summary;
        let series = order(found).into_iter().take(MOST).map(|place| {
            let mut points: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
            for i in &summary.groups[place].members {
                for (cost, loss) in &training.courses[*i] {
                    points.entry(*cost as u64).or_default().push(*loss);
                }
            }
            let runs = summary.groups[place].members.len();
            // A mean over some of the seeds would jump.
            points.retain(|_, losses| losses.len() == runs);
            let points = points
                .into_iter()
                .map(|(cost, losses)| (cost as f64, mean(&losses)));
            (named(all, law, found, place), points.collect())
        });
        let series: Vec<(String, Vec<(f64, f64)>)> = series.collect();
        let y_label = training.metric.replace('_', " ");
        let panel = lines(law, series, "network evaluations in training", &y_label)?;
        Some(panel.titled(found.law.clone(), ""))
    });
    let panels: Vec<_> = panels.collect();
    chart(
        "Loss against what training costs",
        all,
        panels,
        vec!["line: mean over seeds".into()],
    )
}

fn sampling(all: &[Compared]) -> Option<Picture<'_>> {
    let panels = all.iter().enumerate().filter_map(|(law, found)| {
        let evaluations = &found.sampling.all;
        let metric = evaluations.distance()?;
        let mut series: BTreeMap<(usize, String), Vec<(f64, f64)>> = BTreeMap::new();
        let order = order(found);
        for group in &evaluations.groups {
            let row: &RunRow = evaluations.members(group).next()?;
            let run = found
                .summary
                .rows
                .iter()
                .position(|own| own.directory == row.directory)?;
            let place = found.summary.setting_of(run);
            let rank = order.iter().position(|other| *other == place)?;
            let method = row.settings.get("sampler").cloned().unwrap_or_default();
            let mean = evaluations.over_seeds(group, metric).mean();
            let point = cost_of(row).zip(mean);
            series.entry((rank, method)).or_default().extend(point);
        }
        let series = series.into_iter().filter(|((rank, _), _)| *rank < MOST);
        let series = series.map(|((rank, method), points)| {
            (
                format!("{} · {method}", named(all, law, found, order[rank])),
                points,
            )
        });
        let y_label = format!("{metric} (data units)");
        let panel = lines(
            law,
            series.collect(),
            "network evaluations a sample",
            &y_label,
        )?;
        Some(panel.titled(found.law.clone(), ""))
    });
    let panels: Vec<_> = panels.collect();
    chart(
        "Distance to the truth against what a sample costs",
        all,
        panels,
        vec!["mark: mean over seeds".into()],
    )
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A setting in the legend, after the number of its law where there are several.
fn named(all: &[Compared], law: usize, found: &Compared, place: usize) -> String {
    match all.len() {
        1 => label(found, place),
        _ => format!("data {}, {}", law + 1, label(found, place)),
    }
}

/// Lines on two logarithmic axes; the colours go on from one law to the next.
fn lines(
    law: usize,
    series: Vec<(String, Vec<(f64, f64)>)>,
    x_label: &str,
    y_label: &str,
) -> Option<Panel<'static>> {
    let points = || series.iter().flat_map(|(_, points)| points);
    let x = Scale::covering(points().map(|(x, _)| *x), true, 0.04)?;
    let y = Scale::covering(points().map(|(_, y)| *y), true, 0.06)?;
    let layers = series.iter().enumerate().map(|(i, (name, points))| {
        let mut points = points.clone();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let place = law * MOST + i;
        let line = Line::new(points, Stroke::solid(series_color(place), 1.8));
        Layer::new(line.marked(FEW, series_marker(place), 4.0)).label(name.clone())
    });
    Some(Panel {
        x: Axis::new(x, x_label),
        y: Axis::new(y, y_label),
        layers: layers.collect(),
        ..Panel::default()
    })
}

/// Up to so many points of a line are marked.
const FEW: usize = 30;

fn chart<'a>(
    title: &str,
    all: &[Compared],
    panels: Vec<Panel<'a>>,
    mut remarks: Vec<String>,
) -> Option<Picture<'a>> {
    if panels.is_empty() {
        return None;
    }
    if all.iter().any(|found| found.summary.groups.len() > MOST) {
        remarks.push(format!(
            "lines: the {MOST} settings of the smallest distance on each data"
        ));
    }
    Some(Picture::Chart(Chart {
        title: title.into(),
        heights: vec![HEIGHT; panels.len()],
        columns: 1,
        panels,
        remarks,
        ..Chart::default()
    }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_figure_is_named_once_and_explained() {
        crate::report::figure::check_words(super::FIGURES);
    }
}
