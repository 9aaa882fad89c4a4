//! One point a run: the validation loss against another metric, comparable runs in one colour and joined.

use crate::{
    experiment::{
        run::listing::RunRow,
        sweep::{
            comparable::{Comparable, comparable},
            effect::short,
            summary::Summary,
        },
    },
    figure::{
        Across, Axis, Dots, Layer, Line, Panel, Scale, Stroke, range_without_outliers,
        series_color, series_marker,
    },
    report::sweep::correlations::{Found, Scope, of_scope, within_groups},
};

/// An axis that is so many times longer for a few far points leaves them out.
pub(super) const FLATTENED: f64 = 12.0;

/// More groups than this have no room for their names.
const MOST_NAMES: usize = 12;

/// More points than this are smaller.
const MANY: usize = 80;

/// Models with something in common: (validation loss, metric, standard error of the metric) each.
struct Group {
    label: String,
    points: Vec<(f64, f64, f64)>,
}

fn groups(summary: &Summary, metric: &str) -> Vec<Group> {
    let point = |row: &RunRow| {
        let (x, y) = row.metric("val_loss").zip(row.metric(metric))?;
        let record = row.evaluation.as_ref()?;
        let error = record.metrics.get(metric)?.standard_error;
        Some((x, y, error.unwrap_or(0.0)))
    };
    let group = |set: &Comparable| Group {
        label: name(set),
        points: set.rows(summary).filter_map(point).collect(),
    };
    let groups = comparable(summary).iter().map(group).collect::<Vec<_>>();
    groups
        .into_iter()
        .filter(|group| !group.points.is_empty())
        .collect()
}

/// What a group's runs share, in short.
fn name(set: &Comparable) -> String {
    let word = |pair: &String| match pair.split_once('=') {
        Some((key, value)) => format!("{} = {value}", short(key)),
        None => pair.clone(),
    };
    let words: Vec<_> = set.shared.iter().map(word).collect();
    match words.is_empty() {
        true => "all runs".into(),
        false => words.join(", "),
    }
}

/// The panel, with a line at `reference`; `None` where no model has both numbers.
pub(super) fn panel(
    summary: &Summary,
    metric: &str,
    y_label: &str,
    log_y: bool,
    reference: Option<(f64, String, Stroke)>,
) -> Option<Panel<'static>> {
    let groups = groups(summary, metric);
    let all = || groups.iter().flat_map(|group| &group.points);
    let many = all().next().map(|_| all().count() > MANY)?;
    // Losses lie in groups far apart by nature: only what diverged is left out.
    let x = scale(all().map(|p| p.0), None, (false, 1000.0));
    let line = reference.as_ref().map(|(y, _, _)| *y);
    let ends = all().flat_map(|p| [p.1 - p.2, p.1 + p.2]);
    let y = scale(ends, line, (log_y, FLATTENED));
    let mut layers: Vec<_> = groups
        .iter()
        .enumerate()
        .flat_map(|(i, group)| {
            let color = series_color(i);
            let radius = if many { 3.6 } else { 5.0 };
            let points = group.points.iter().map(|p| (p.0, p.1));
            let mut joined: Vec<_> = points.clone().collect();
            joined.sort_by(|a, b| a.0.total_cmp(&b.0));
            let line = Layer::new(Line::new(joined, Stroke::solid(color.tint(0.35), 1.2)));
            let dots = Dots::new(points, (series_marker(i), radius), color)
                .with_errors(
                    group.points.iter().map(|p| p.2),
                    Stroke::solid(color.tint(0.6), 1.4),
                )
                .pinned();
            let dots = Layer::new(dots);
            let dots = match groups.len() > MOST_NAMES {
                true => dots,
                false => dots.label(group.label.clone()),
            };
            [line.depth(-1), dots]
        })
        .collect();
    layers.extend(
        reference
            .map(|(y, label, stroke)| Layer::new(Across::at_y(y, stroke)).label(label).depth(-1)),
    );
    Some(Panel {
        x: Axis::new(x, "validation loss"),
        y: Axis::new(y, y_label),
        layers,
        ..Panel::default()
    })
}

/// The scale of one axis: all values but those that would flatten the others, and the reference line wherever it lies.
fn scale(
    values: impl Iterator<Item = f64>,
    line: Option<f64>,
    (log, flattened): (bool, f64),
) -> Option<Scale> {
    let transform = |v: f64| if log { v.ln() } else { v };
    let back = |v: f64| if log { v.exp() } else { v };
    let (low, high) = range_without_outliers(values.map(transform), flattened)?;
    Scale::covering([back(low), back(high)].into_iter().chain(line), log, 0.06)
}

/// What a figure says of the groups: how losses and metric correlate within and over them.
pub(super) fn correlation_note(found: &[Found], metric: &str) -> String {
    let mut names = found.iter().filter(|row| row.scope == Scope::Group);
    let first = names.next().map(|row| &row.group);
    let is_one_group = names.all(|row| Some(&row.group) == first);
    let groups = match within_groups(found, metric) {
        None => return "too few settings in each group for a correlation".into(),
        Some((1, rho)) if is_one_group => format!("Spearman's ρ {rho}"),
        Some((1, rho)) => format!("Spearman's ρ {rho} within the one group of 3 settings or more"),
        Some((n, range)) => format!("Spearman's ρ within {n} groups {range}"),
    };
    let combined = of_scope(found, Scope::Combined, metric);
    let combined = combined.map(|c| format!(" · combined {:.2}", c.rho));
    // A minus as wide as in the labels of the axes.
    (groups + &combined.unwrap_or_default()).replace('-', "−")
}
