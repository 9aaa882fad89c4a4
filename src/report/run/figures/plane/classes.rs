//! The classes of data and samples.

use super::parts::{SHOWN, in_data_units, of_class};
use crate::{
    evaluation::run::Evaluation,
    experiment::{Split, run::record::ClassShare},
    figure::{Chart, Layer},
    points::Points,
    report::{figure::Picture, run::figures::row::RunFigure},
};

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "classes.png",
    caption: "The classes of data and samples",
    help: "Test points by their class, and the samples of a class-conditional network by the class that was asked for. \
           The legend compares each class's fraction of the samples with its fraction of the data.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let shown = view.classes.as_ref()?;
    let test = evaluation.trained.dataset.split(Split::Test);
    let real = test.labels()?.iter().take(SHOWN);
    let real = real.map(|label| Some(*label));
    let samples = &evaluation.samples;
    // A network that knows no classes is asked for none.
    samples.labels()?;
    let how = "samples by the class that was asked for";
    let name = |(class, share): (usize, &ClassShare)| {
        format!(
            "class {class}: {:.1} % of the samples, {:.1} % of the data",
            100.0 * share.samples,
            100.0 * share.data.unwrap_or(f64::NAN)
        )
    };
    let names: Vec<_> = shown.shares.iter().enumerate().map(name).collect();
    let layers = |parts: Vec<Vec<f64>>| -> Vec<Layer<'a>> {
        let parts = parts.into_iter().enumerate();
        parts
            .map(|(class, points)| of_class(points, class, &names[class]))
            .collect()
    };
    let found = by_class(shown.of_samples.iter().copied(), samples, names.len());
    let panels = [
        (
            "test points by their class".into(),
            layers(by_class(real, test, names.len())),
        ),
        (how.into(), layers(found)),
    ];
    let title = "Classes of the data and of the samples";
    let chart = Chart {
        columns: 2,
        ..in_data_units(evaluation, view, title, panels)
    };
    Some(Picture::Chart(chart.with_shared_axes()))
}

/// The points of each class, as far as classes are given.
fn by_class(
    labels: impl Iterator<Item = Option<u32>>,
    points: &Points,
    classes: usize,
) -> Vec<Vec<f64>> {
    let mut parts = vec![vec![]; classes];
    for (label, x) in labels.zip(points.rows()) {
        if let Some(part) = label.and_then(|label| parts.get_mut(label as usize)) {
            part.extend_from_slice(x);
        }
    }
    parts
}
