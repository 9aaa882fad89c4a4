//! The log-density of chosen points.

use super::parts::{in_data_units, truth};
use crate::{
    evaluation::run::Evaluation,
    experiment::run::record::ChosenPoint,
    figure::{Chart, Field, Layer, Map, Shades, Strip, Words},
    report::{figure::Picture, run::figures::row::RunFigure},
};
use std::borrow::Cow;

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "probability.png",
    caption: "The log-density of chosen points",
    help: "The map is the exact density, darker where it is higher. Each chosen point shows ln p of the data \
           and ln p under the model's probability flow, in nats. For a perfect model the two are equal.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let density = view.density.as_ref()?;
    let first = view.chosen.first()?;
    let words = view.chosen.iter();
    let words = words.map(|c| ((c.at[0], c.at[1]), label(c))).collect();
    let exponentials: Vec<_> = density.values.iter().map(|ln_p| ln_p.exp()).collect();
    let shades = Shades::from_zero(&exponentials);
    let map = Map {
        field: Cow::Owned(Field::new(
            density.window,
            density.columns,
            density.rows,
            exponentials,
        )),
        shades,
        smooth: true,
    };
    let layers = [Layer::new(map)]
        .into_iter()
        .chain(truth(Some(Cow::Borrowed(density))))
        .chain([Layer::new(Words(words)).depth(2)])
        .collect();
    let told = match first.class {
        Some(_) => " given the class of the nearest test point",
        None => "",
    };
    let title = "Log-density of chosen points over the exact density";
    let mut chart = Chart {
        columns: 1,
        note: format!(
            "ln p in nats{told}: of the data / of what the probability flow of the model draws. \
             Four test points from unlikely to likely, the middle, and two places off the data"
        ),
        ..in_data_units(evaluation, view, title, [(String::new(), layers)])
    };
    chart.panels[0].strip = Some(Strip {
        shades,
        label: String::new(),
    });
    Some(Picture::Chart(chart))
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
