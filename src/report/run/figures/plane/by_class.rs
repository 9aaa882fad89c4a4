//! The classes of data and samples.

use crate::{
    evaluation::run::Evaluation,
    experiment::Split,
    figure::{Layer, PlaneFigure, PlanePanel, Role},
    points::Points,
    report::run::figures::plane::{CLASSES, Picture, SHOWN, class_of, in_data_units},
    target::Mixture,
};

/// The points of each class, and the classes' shares.
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

pub(crate) fn classes(evaluation: &Evaluation) -> Picture {
    let planar = evaluation.planar.as_ref()?;
    let classes = evaluation.trained.dataset.num_classes();
    if !(2..=CLASSES).contains(&classes) {
        return None;
    }
    let test = evaluation.trained.dataset.split(Split::Test);
    let real = by_class(
        test.labels()?.iter().map(|label| Some(*label as usize)),
        test,
        classes,
    );
    let density = evaluation.trained.dataset.density.as_ref();
    let samples = &evaluation.samples;
    let found = match samples.labels() {
        Some(labels) => by_class(
            labels.iter().map(|label| Some(*label as usize)),
            samples,
            classes,
        ),
        None => {
            let density = density?;
            let label = |x: &[f64]| class_of(evaluation, Some(density), [x[0], x[1]]);
            by_class(samples.rows().map(label), samples, classes)
        }
    };
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
    let shares = |parts: &[Vec<f64>]| -> Vec<f64> {
        let all: usize = parts.iter().map(Vec::len).sum();
        parts
            .iter()
            .map(|part| part.len() as f64 / all.max(1) as f64)
            .collect()
    };
    let (truth, share) = (
        density.map_or_else(|| shares(&real), Mixture::class_weights),
        shares(&found),
    );
    let name = |class: usize| {
        let wanted = truth.get(class).copied().unwrap_or(f64::NAN);
        format!(
            "class {class}: {:.1} % of the samples, {:.1} % of the data",
            100.0 * share[class],
            100.0 * wanted
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
            planar,
            "Classes of the data and of the samples".into(),
        )
    };
    Some(figure.render())
}
