//! One point a model, in groups by schedule: the validation loss against another metric.

use super::reference::metric_correlation;
use crate::{
    experiment::sweep::summary::{Summary, schedule_name},
    figure::{
        Across, Axis, Dots, Layer, Panel, Scale, Stroke, TRUTH_LINE, range_without_outliers,
        series_color, series_marker,
    },
};

/// Points farther than so many interquartile ranges from the rest are pinned to the edge.
const REACH: f64 = 8.0;

/// More points than this are smaller.
const MANY: usize = 80;

/// Models with something in common: (validation loss, metric, standard error of the metric) each.
struct Group {
    label: String,
    points: Vec<(f64, f64, f64)>,
}

fn groups(summary: &Summary, metric: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = vec![];
    for row in &summary.rows {
        let Some((x, y)) = row.metric("val_loss").zip(row.metric(metric)) else {
            continue;
        };
        let evaluation = row.evaluation.as_ref();
        let error = evaluation.and_then(|e| e.metrics.get(metric)?.standard_error);
        let point = (x, y, error.unwrap_or(0.0));
        let label = schedule_name(row);
        match groups.iter_mut().find(|group| group.label == label) {
            Some(group) => group.points.push(point),
            None => groups.push(Group {
                label,
                points: vec![point],
            }),
        }
    }
    groups
}

/// The panel, with a line at `reference`; `None` where no model has both numbers.
pub(super) fn panel(
    summary: &Summary,
    metric: &str,
    y_label: &str,
    log_y: bool,
    reference: Option<(f64, String)>,
) -> Option<Panel<'static>> {
    let groups = groups(summary, metric);
    let all = || groups.iter().flat_map(|group| &group.points);
    let many = all().next().map(|_| all().count() > MANY)?;
    let x = scale(all().map(|p| p.0), None, false);
    let line = reference.as_ref().map(|(y, _)| *y);
    let y = scale(all().map(|p| p.1), line, log_y);
    let mut layers: Vec<_> = groups
        .iter()
        .enumerate()
        .map(|(i, group)| {
            let color = series_color(i);
            let radius = if many { 3.6 } else { 5.0 };
            let points = group.points.iter().map(|p| (p.0, p.1));
            let dots = Dots::new(points, (series_marker(i), radius), color)
                .with_errors(
                    group.points.iter().map(|p| p.2),
                    Stroke::solid(color.tint(0.6), 1.4),
                )
                .pinned();
            Layer::new(dots).label(group.label.clone())
        })
        .collect();
    layers.extend(reference.map(|(y, label)| {
        Layer::new(Across::at_y(y, TRUTH_LINE))
            .label(label)
            .depth(-1)
    }));
    Some(Panel {
        x: Axis::new(x, "validation loss"),
        y: Axis::new(y, y_label),
        layers,
        ..Panel::default()
    })
}

/// The scale of one axis: all values but outliers, and the reference line wherever it lies.
fn scale(values: impl Iterator<Item = f64>, line: Option<f64>, log: bool) -> Option<Scale> {
    let transform = |v: f64| if log { v.ln() } else { v };
    let back = |v: f64| if log { v.exp() } else { v };
    let (low, high) = range_without_outliers(values.map(transform), REACH)?;
    Scale::covering([back(low), back(high)].into_iter().chain(line), log, 0.06)
}

/// The rank correlation in words.
pub(super) fn correlation_note(summary: &Summary, metric: &str) -> String {
    let found = metric_correlation(summary, "val_loss", metric);
    found.map_or("too few models for a correlation".into(), |c| {
        format!(
            "Spearman's ρ = {:.2} (95 % bootstrap interval {:.2} to {:.2}) over {} models",
            c.rho, c.low, c.high, c.n
        )
    })
}
