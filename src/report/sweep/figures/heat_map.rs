//! The distance to the truth over two swept numbers.

use super::row::SweepFigure;
use crate::{
    experiment::sweep::{
        effect::{by_weight, short},
        summary::{Group, Summary},
    },
    figure::{Axis, Bar, Bars, Chart, INK, Layer, Panel, Scale, Shades, Ticks, range},
    report::figure::Picture,
    text::{alike, significant},
};

pub(super) const FIGURE: SweepFigure = SweepFigure {
    name: "heat_map.png",
    caption: "The distance to the truth over the two numbers that explain most of it",
    help: "A cell is a pair of values of the two swept numeric keys with the largest shares. Its colour and its number \
           are the mean over seeds of the Wasserstein-1 distance. Where other keys vary too, it is the mean over them.",
    render: |summary, _| FIGURE.once(render(summary)),
};

/// Fewest values of each key that make a map, and cells of a side at most.
const FEWEST: usize = 2;
const MOST: usize = 24;

fn render<'a>(summary: &'a Summary) -> Option<Picture<'a>> {
    let metric = summary.distance()?;
    let is_numeric = |key: &String| {
        let values = summary.values(key);
        let numbers = values.iter().all(|value| value.parse::<f64>().is_ok());
        numbers && (FEWEST..=MOST).contains(&values.len())
    };
    let keys = by_weight(summary, metric).into_iter().map(|(key, _)| key);
    let keys: Vec<_> = keys.filter(is_numeric).take(2).collect();
    let [x, y] = keys.as_slice() else {
        return None;
    };
    let (columns, rows) = (summary.values(x), summary.values(y));
    let cell = |column: &String, row: &String| mean(summary, metric, [(x, column), (y, row)]);
    let mut cells = vec![];
    for (i, column) in columns.iter().enumerate() {
        for (j, row) in rows.iter().enumerate() {
            if let Some(value) = cell(column, row) {
                cells.push((i, j, value));
            }
        }
    }
    // A line of two keys that never vary freely is no map.
    if cells.len() * 2 <= columns.len() * rows.len() {
        return None;
    }
    let layers = layers(&cells)?;
    let ticks = |values: &[String]| {
        Ticks::Names(
            alike(values)
                .into_iter()
                .enumerate()
                .map(|(i, value)| (i as f64, value))
                .collect(),
        )
    };
    let side = |count: usize| Some(Scale::linear(-0.5, count as f64 - 0.5));
    let others: Vec<_> = summary
        .keys
        .iter()
        .filter(|key| !keys.contains(key))
        .map(|key| short(key))
        .collect();
    Some(Picture::Chart(Chart {
        title: format!("{} over {} and {}", title(metric), short(x), short(y)),
        subtitle: match others.is_empty() {
            true => {
                "mean over seeds; darker is farther from the truth, on a logarithmic ladder".into()
            }
            false => format!(
                "mean over seeds and over {}; darker is farther from the truth, on a logarithmic ladder",
                others.join(", ")
            ),
        },
        panels: vec![Panel {
            x: Axis::new(side(columns.len()), short(x)).ticks(ticks(&columns)),
            y: Axis::new(side(rows.len()), short(y)).ticks(ticks(&rows)),
            layers,
            ..Panel::default()
        }],
        heights: vec![(120.0 + 56.0 * rows.len() as f64).clamp(300.0, 900.0)],
        ..Chart::default()
    }))
}

/// What the colours are.
fn title(metric: &str) -> &'static str {
    match metric {
        "sliced_w1" => "Sliced W1",
        "w1_law" => "W1 of the exact law",
        _ => "W1",
    }
}

/// A cell of the map: its place along both axes, and its mean.
type Cell = (usize, usize, f64);

/// The coloured cells and their numbers.
fn layers(cells: &[Cell]) -> Option<Vec<Layer<'static>>> {
    let (low, high) = range(cells.iter().map(|cell| cell.2.ln()))?;
    // Half of the ladder: the numbers stay legible on the darkest cell.
    let span = (high - low).max(1e-9);
    let shades = Shades::up_to(2.0 * span);
    let mut layers: Vec<Layer<'static>> = vec![];
    for (i, j, value) in cells {
        let bar = Bar {
            x: (*i as f64 - 0.5, *i as f64 + 0.5),
            from: *j as f64 - 0.5,
            to: *j as f64 + 0.5,
            ..Bar::default()
        };
        layers.push(Layer::new(Bars {
            bars: vec![bar],
            color: shades.color(value.ln() - low + 0.1 * span),
        }));
    }
    let number = |(i, j, value): &Cell| Bar {
        x: (*i as f64 - 0.5, *i as f64 + 0.5),
        from: *j as f64 - 0.1,
        to: *j as f64 - 0.1,
        text: significant(*value),
        ..Bar::default()
    };
    layers.push(Layer::new(Bars {
        bars: cells.iter().map(number).collect(),
        color: INK.opacity(0.0),
    }));
    Some(layers)
}

/// The mean distance of the settings that have two values.
fn mean(summary: &Summary, metric: &str, wanted: [(&String, &String); 2]) -> Option<f64> {
    let has = |group: &&Group| {
        wanted.iter().all(|(key, value)| {
            let place = summary.keys.iter().position(|other| other == *key);
            place.is_some_and(|place| group.settings[place] == **value)
        })
    };
    let found = summary.groups.iter().filter(has);
    let found: Vec<f64> = found
        .filter_map(|group| summary.over_seeds(group, metric).mean())
        .collect();
    (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
}
