//! The figures of a run of two-dimensional data.

mod by_class;
mod density;
mod field;
mod probability;
mod process;
mod samples;
mod walks;

use crate::{
    evaluation::{plane::view::PlaneView, run::Evaluation},
    figure::{Field, FigureError, Layer, PlaneFigure, PlanePanel, Role},
    metric::most_probable,
    report::run::figures::all::{Render, subject},
    target::Mixture,
};

type Picture = Option<Result<Vec<u8>, FigureError>>;

/// The figures, by file name.
pub(crate) const FIGURES: &[(&str, Render)] = &[
    ("samples.png", samples::samples),
    ("density.png", density::density),
    ("summary.png", samples::summary),
    ("forward.png", process::forward),
    ("reverse.png", process::reverse),
    ("recovered.png", process::recovered),
    ("field.png", field::field),
    ("trajectories.png", walks::trajectories),
    ("seeds.png", walks::seeds),
    ("steps.png", walks::steps),
    ("classes.png", by_class::classes),
    ("probability.png", probability::probability),
];

/// Points of a panel, at most.
const SHOWN: usize = 10_000;

/// Classes that colours can tell apart.
const CLASSES: usize = 10;

const STANDARDIZED: &str = " (standardised)";

fn labels(unit: &str) -> [String; 2] {
    [format!("x1{unit}"), format!("x2{unit}")]
}

/// A figure of panels in the data's own units.
fn in_data_units<'a>(evaluation: &Evaluation, view: &PlaneView, title: String) -> PlaneFigure<'a> {
    PlaneFigure {
        title,
        subtitle: subject(evaluation),
        panels: vec![],
        columns: 3,
        window: Some(view.window),
        labels: labels(""),
        roles: vec![],
        note: String::new(),
    }
}

fn contours(field: Option<&Field>) -> impl Iterator<Item = Layer<'_>> {
    field.into_iter().map(Layer::Contours)
}

fn cloud<'a>(
    heading: &str,
    points: &'a [f64],
    role: Role,
    density: Option<&'a Field>,
) -> PlanePanel<'a> {
    PlanePanel {
        heading: heading.into(),
        layers: std::iter::once(Layer::Cloud(points, role))
            .chain(contours(density))
            .collect(),
        ..PlanePanel::default()
    }
}

fn roles(data: &str, generated: &str) -> Vec<(Role, String)> {
    vec![
        (Role::Data, data.into()),
        (Role::Generated, generated.into()),
    ]
}

/// The most probable class of a place in standardised units, if there are few enough to tell apart.
fn class_of(evaluation: &Evaluation, law: Option<&Mixture>, x: [f64; 2]) -> Option<usize> {
    let classes = evaluation.trained.dataset.num_classes();
    let law = law.filter(|_| (2..=CLASSES).contains(&classes))?;
    most_probable(law, &x).map(|class| class as usize)
}
