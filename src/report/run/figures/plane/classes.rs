//! The classes of data and samples.

use super::parts::{CLASSES, SHOWN, class_of, in_data_units, of_class};
use crate::{
    evaluation::run::Evaluation,
    experiment::Split,
    figure::{Chart, Layer},
    points::Points,
    report::{figure::Picture, run::figures::row::RunFigure},
    target::Mixture,
};

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "classes.png",
    caption: "The classes of data and samples",
    help: "Test points by their class and samples by theirs, a colour for each class. The legend compares each class's \
           fraction of the samples with its fraction of the data.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let planar = evaluation.planar.as_ref()?;
    let classes = evaluation.dataset.num_classes();
    if !(2..=CLASSES).contains(&classes) {
        return None;
    }
    let test = evaluation.dataset.split(Split::Test);
    let real = by_class(labels(test)?, test, classes);
    let density = evaluation.dataset.density.as_ref();
    let samples = &evaluation.samples;
    let (found, how) = match labels(samples) {
        Some(labels) => (
            by_class(labels, samples, classes),
            "samples by the class that was asked for",
        ),
        None => {
            let density = density?;
            let label = |x: &[f64]| class_of(evaluation, Some(density), [x[0], x[1]]);
            (
                by_class(samples.rows().map(label), samples, classes),
                "samples by their most probable class",
            )
        }
    };
    let truth = density.map_or_else(|| fractions(&real), Mixture::class_weights);
    let names: Vec<_> = fractions(&found)
        .iter()
        .enumerate()
        .map(|(class, fraction)| {
            let wanted = truth.get(class).copied().unwrap_or(f64::NAN);
            format!(
                "class {class}: {:.1} % of the samples, {:.1} % of the data",
                100.0 * fraction,
                100.0 * wanted
            )
        })
        .collect();
    let layers = |parts: Vec<Vec<f64>>| -> Vec<Layer<'a>> {
        let parts = parts.into_iter().enumerate();
        parts
            .map(|(class, points)| of_class(points, class, &names[class]))
            .collect()
    };
    let panels = [
        ("test points by their class".into(), layers(real)),
        (how.into(), layers(found)),
    ];
    let title = "Classes of the data and of the samples";
    let chart = Chart {
        columns: 2,
        ..in_data_units(evaluation, planar, title, panels)
    };
    Some(Picture::Chart(chart.with_shared_axes()))
}

fn labels(points: &Points) -> Option<impl Iterator<Item = Option<usize>>> {
    let labels = points.labels()?.iter();
    Some(labels.map(|label| Some(*label as usize)))
}

/// The points of each class.
fn by_class(
    labels: impl Iterator<Item = Option<usize>>,
    points: &Points,
    classes: usize,
) -> Vec<Vec<f64>> {
    let mut parts = vec![vec![]; classes];
    for (label, x) in labels.zip(points.rows()).take(SHOWN) {
        if let Some(part) = label.and_then(|label| parts.get_mut(label)) {
            part.extend_from_slice(x);
        }
    }
    parts
}

/// The fraction of all points that each class has.
fn fractions(parts: &[Vec<f64>]) -> Vec<f64> {
    let all: usize = parts.iter().map(Vec::len).sum();
    let parts = parts.iter();
    parts
        .map(|part| part.len() as f64 / all.max(1) as f64)
        .collect()
}
