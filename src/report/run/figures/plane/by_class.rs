//! The classes of data and samples.

use crate::{
    evaluation::run::Evaluation,
    experiment::Split,
    figure::{Layer, PlaneFigure, PlanePanel, Role},
    points::Points,
    report::run::figures::plane::{Picture, SHOWN, in_data_units},
};

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

pub(crate) fn classes(evaluation: &Evaluation) -> Picture {
    let view = evaluation.material.plane.as_ref()?;
    let shown = view.classes.as_ref()?;
    let classes = shown.shares.len();
    let test = evaluation.trained.dataset.split(Split::Test);
    let labels = test.labels()?.iter().take(SHOWN);
    let real = by_class(labels.map(|label| Some(*label)), test, classes);
    let samples = &evaluation.samples;
    let found = by_class(shown.of_samples.iter().copied(), samples, classes);
    fn layers(parts: &[Vec<f64>]) -> Vec<Layer<'_>> {
        parts
            .iter()
            .enumerate()
            .map(|(class, points)| Layer::Cloud(points, Role::Class(class)))
            .collect()
    }
    let panel = |heading: &str, parts| PlanePanel {
        heading: heading.into(),
        layers: layers(parts),
        ..PlanePanel::default()
    };
    let how = match samples.labels() {
        Some(_) => "samples by the class that was asked for",
        None => "samples by their most probable class",
    };
    let name = |class: usize| {
        let share = shown.shares[class];
        format!(
            "class {class}: {:.1} % of the samples, {:.1} % of the data",
            100.0 * share.samples,
            100.0 * share.data.unwrap_or(f64::NAN)
        )
    };
    let figure = PlaneFigure {
        panels: vec![
            panel("test points by their class", &real),
            panel(how, &found),
        ],
        columns: 2,
        roles: (0..classes)
            .map(|class| (Role::Class(class), name(class)))
            .collect(),
        ..in_data_units(
            evaluation,
            view,
            "Classes of the data and of the samples".into(),
        )
    };
    Some(figure.render())
}
