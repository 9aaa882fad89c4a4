//! What figures of the plane have in common: their layers, axes and units.

use crate::{
    evaluation::{plane::view::PlaneView, run::Evaluation},
    experiment::Dataset,
    figure::{
        Chart, Cloud, Color, Contours, Field, GENERATED, Layer, Marker, Panel, REFERENCE, Window,
        class_color, series_marker,
    },
    points::Points,
    report::run::figures::words::subject,
};
use std::borrow::Cow;

/// Points of a panel, at most.
pub(super) const SHOWN: usize = 10_000;

/// The names of the axes in the data's own units, and in standardised ones.
pub(super) fn data_axes(dataset: &Dataset) -> [String; 2] {
    [0, 1].map(|k| dataset.axes.label(k))
}

pub(super) fn standardized_axes(dataset: &Dataset) -> [String; 2] {
    [0, 1].map(|k| format!("{} (standardised)", dataset.axes.shown(k)))
}

/// A chart of panels in the data's own units.
pub(super) fn in_data_units<'a>(
    evaluation: &Evaluation,
    view: &PlaneView,
    title: impl Into<String>,
    panels: impl IntoIterator<Item = (String, Vec<Layer<'a>>)>,
) -> Chart<'a> {
    let samples = &evaluation.samples;
    let window = (view.shown, &evaluation.trained.dataset);
    in_window(window, subject(evaluation), samples, title, panels)
}

/// The same of samples that are not those of a run, with the data that names the axes.
pub(super) fn in_window<'a>(
    (window, dataset): (Window, &Dataset),
    subject: String,
    samples: &Points,
    title: impl Into<String>,
    panels: impl IntoIterator<Item = (String, Vec<Layer<'a>>)>,
) -> Chart<'a> {
    let panel = |(heading, layers): (String, Vec<Layer<'a>>)| {
        Panel::plane(Some(window), data_axes(dataset), layers).titled(heading, "")
    };
    Chart {
        title: title.into(),
        subtitle: subject,
        remarks: match count_outside(samples.values(), window) {
            0 => vec![],
            n => vec![format!(
                "{n} of {} samples outside the panels",
                samples.len()
            )],
        },
        panels: panels.into_iter().map(panel).collect(),
        columns: 3,
        ..Chart::default()
    }
}

/// How many points (row-major) a window does not show.
pub(super) fn count_outside(points: &[f64], window: Window) -> usize {
    let places = points.chunks_exact(2);
    let is_outside = |x: &&[f64]| window.cell_of([x[0], x[1]], 1, 1).is_none();
    places.filter(is_outside).count()
}

/// Data, or the forward process: orange.
pub(super) fn data<'a>(points: impl Into<Cow<'a, [f64]>>, label: &str) -> Layer<'a> {
    cloud(points, (REFERENCE, Marker::Circle), label)
}

/// Generated samples, or the reverse process: blue.
pub(super) fn generated<'a>(points: impl Into<Cow<'a, [f64]>>, label: &str) -> Layer<'a> {
    cloud(points, (GENERATED, Marker::Circle), label)
}

/// Points of a class, in its colour.
pub(super) fn of_class<'a>(
    points: impl Into<Cow<'a, [f64]>>,
    class: usize,
    label: &str,
) -> Layer<'a> {
    cloud(points, (class_color(class), series_marker(class)), label)
}

fn cloud<'a>(
    points: impl Into<Cow<'a, [f64]>>,
    (color, marker): (Color, Marker),
    label: &str,
) -> Layer<'a> {
    Layer::new(Cloud::new(points, color, marker)).label(label)
}

/// Lines of the exact density, where it is known, in front of the layers of no depth.
pub(super) fn truth<'a>(ln_density: Option<Cow<'a, Field>>) -> Option<Layer<'a>> {
    let label = "exact density: lines around 50 % and 95 % of the mass";
    Some(Layer::new(Contours::new(ln_density?)).label(label).depth(1))
}

/// A layer with lines of the exact density in front of it.
pub(super) fn with_truth<'a>(
    layer: Layer<'a>,
    ln_density: Option<Cow<'a, Field>>,
) -> Vec<Layer<'a>> {
    let lines = truth(ln_density);
    lines.into_iter().chain([layer]).collect()
}
