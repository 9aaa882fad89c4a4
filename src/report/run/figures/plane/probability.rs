//! The log-density of chosen points.

use crate::{
    evaluation::run::Evaluation,
    experiment::run::record::ChosenPoint,
    figure::{Field, Layer, PlaneFigure, PlanePanel, Shades},
    report::run::figures::plane::{Picture, in_data_units},
};

pub(crate) fn probability(evaluation: &Evaluation) -> Picture {
    let view = evaluation.material.plane.as_ref()?;
    let density = view.density.as_ref()?;
    if view.chosen.is_empty() {
        return None;
    }
    let words: Vec<_> = view.chosen.iter().map(|c| (c.at, label(c))).collect();
    let exponentials = density.values.iter().map(|ln_p| ln_p.exp()).collect();
    let field = Field::new(density.window, density.columns, density.rows, exponentials);
    let panel = PlanePanel {
        heading: String::new(),
        layers: vec![
            Layer::Map {
                field: &field,
                shades: Shades::FromZero,
                smooth: true,
            },
            Layer::Contours(density),
            Layer::Words(&words),
        ],
        ..PlanePanel::default()
    };
    let told = match view.chosen[0].class {
        Some(_) => " given the class of the nearest test point",
        None => "",
    };
    let figure = PlaneFigure {
        panels: vec![panel],
        columns: 1,
        note: format!(
            "ln p in nats{told}: of the data / of what the probability flow of the model draws. \
             Four test points from unlikely to likely, the middle, and two places off the data"
        ),
        ..in_data_units(
            evaluation,
            view,
            "Log-density of chosen points over the exact density".into(),
        )
    };
    Some(figure.render())
}

fn label(chosen: &ChosenPoint) -> String {
    // Far from what the model draws its ln p is only known roughly.
    let number = |value: f64| match value.abs() {
        size if size < 1e3 => format!("{value:.2}").replace('-', "−"),
        size if size.is_finite() => format!("{value:.0e}").replace('-', "−"),
        _ => "−∞".into(),
    };
    let class = chosen.class.as_ref();
    format!(
        "{}{} / {}",
        class.map_or(String::new(), |class| format!("class {class}: ")),
        chosen.ln_p.map_or("−∞".into(), number),
        chosen.model_ln_p.map_or("–".into(), number),
    )
}
