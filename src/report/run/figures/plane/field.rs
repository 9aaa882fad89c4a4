//! What the denoiser answers over the plane.

use crate::{
    evaluation::{plane::answers::Answers, run::Evaluation},
    figure::{Field, Layer, PlaneFigure, PlanePanel, Shades},
    report::run::figures::{
        all::subject,
        plane::{Picture, STANDARDIZED, contours, labels},
    },
    text::written,
};

pub(crate) fn field(evaluation: &Evaluation) -> Picture {
    let view = evaluation.material.plane.as_ref()?;
    let rows: Vec<_> = view.answers.iter().map(answer_row).collect();
    let columns = rows.first()?.len();
    let figure = PlaneFigure {
        title: "The denoiser's answer over the plane: |ε̂|, and the direction of −ε̂".into(),
        subtitle: subject(evaluation),
        panels: rows.into_iter().flatten().collect(),
        columns,
        window: None,
        labels: labels(STANDARDIZED),
        roles: vec![],
        note: "an arrow points along the score ∇ ln qₜ = −ε/s, towards where the data is; its length goes with the root of \
               |ε|. The square of the error, integrated over the plane, is d times the excess loss at t in units of ε"
            .into(),
    };
    Some(figure.render())
}

fn answer_row(answers: &Answers) -> Vec<PlanePanel<'_>> {
    let exact = answers.exact_size.as_ref();
    let largest = |field: &Field| field.values.iter().copied().fold(0.0, f64::max);
    let shades = match exact {
        Some(exact) => Shades::UpTo(largest(exact)),
        None => Shades::FromZero,
    };
    let t = match answers.class {
        Some(class) => format!("{}, class {class}", written(answers.t)),
        None => written(answers.t),
    };
    let panel = |heading: String, field, shades| PlanePanel {
        heading,
        window: Some(answers.size.window),
        layers: vec![Layer::Map {
            field,
            shades,
            smooth: true,
        }],
        ..PlanePanel::default()
    };
    let mut row = vec![];
    if let Some(exact) = exact {
        let mut panel = panel(format!("exact, t = {t}"), exact, shades);
        panel.layers.push(Layer::Arrows(&answers.exact_arrows));
        row.push(panel);
    }
    let mut learned = panel(format!("learned, t = {t}"), &answers.size, shades);
    learned.layers.push(Layer::Arrows(&answers.arrows));
    row.push(learned);
    if let Some(error) = &answers.error {
        let mut panel = panel(format!("|ε̂ − ε*| √qₜ, t = {t}"), error, Shades::FromZero);
        panel.layers.extend(contours(answers.ln_density.as_ref()));
        row.push(panel);
    }
    row
}
