//! What the denoiser answers over the plane.

use super::parts::{standardized_axes, truth};
use crate::{
    evaluation::{plane::answers::Answers, run::Evaluation},
    figure::{Arrows, Chart, Field, Layer, Map, Panel, Shades, Strip},
    report::{
        figure::Picture,
        run::figures::{row::RunFigure, words::subject},
    },
    text::written,
};
use std::borrow::Cow;

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "field.png",
    caption: "What the denoiser answers over the plane, and the exact answer",
    help: "Each row is one timestep: the size of the exact noise prediction, of the learned one, and of their \
           difference weighted by the root of the density. An arrow points along the score, towards where the \
           data is. Dark blue means large, white nothing; a bar that ends with > has one colour for all beyond.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let axes = standardized_axes(&evaluation.trained.dataset);
    let rows = view.answers.iter().map(|answers| row(answers, &axes));
    let rows: Vec<_> = rows.collect();
    // Where nothing exact stands beside the learned answers, these stand beside each other.
    let columns = match rows.first()?.len() {
        1 => rows.len(),
        several => several,
    };
    let error = match view.answers.iter().any(|answers| answers.error.is_some()) {
        true => {
            ". The square of the error, integrated over the plane, is d times the excess loss at t in units of ε"
        }
        false => "",
    };
    let chart = Chart {
        title: "The denoiser's answer over the plane: |ε̂|, and the direction of −ε̂".into(),
        subtitle: subject(evaluation),
        panels: rows.into_iter().flatten().collect(),
        columns,
        note: format!(
            "an arrow points along the score ∇ ln qₜ = −ε/s, towards where the data is; its length goes with the root of |ε|{error}"
        ),
        ..Chart::default()
    };
    Some(Picture::Chart(chart.with_shared_axes()))
}

/// The fraction of the mass where the data is, for the colours of the answers.
const MASS: f64 = 0.99;

/// The largest value where the data is. Far from it the exact answer is as large as one likes, and colours for that
/// would leave the learned one white.
fn largest_within(field: &Field, ln_density: &Field) -> Option<f64> {
    if field.values.len() != ln_density.values.len() {
        return None;
    }
    let level = *ln_density.levels(&[MASS]).first()?;
    let cells = field.values.iter().zip(&ln_density.values);
    let within = cells
        .filter(|(_, ln_p)| **ln_p >= level)
        .map(|(value, _)| *value);
    Some(within.fold(0.0, f64::max)).filter(|largest| *largest > 0.0)
}

/// The panels of one timestep.
fn row<'a>(answers: &'a Answers, axes: &[String; 2]) -> Vec<Panel<'a>> {
    let exact = answers.exact_size.as_ref();
    let largest = |field: &Field| field.values.iter().copied().fold(0.0, f64::max);
    let shades = match exact {
        Some(exact) => {
            let where_data_is = answers.ln_density.as_ref();
            let within = where_data_is.and_then(|ln_density| largest_within(exact, ln_density));
            Shades::up_to(within.unwrap_or_else(|| largest(exact)))
        }
        None => Shades::from_zero(&answers.size.values),
    };
    let t = match answers.class {
        Some(class) => format!("{}, class {class}", written(answers.t)),
        None => written(answers.t),
    };
    let mut row = vec![];
    if let Some(exact) = exact {
        let arrows = Layer::new(Arrows((&answers.exact_arrows).into()));
        let heading = format!("exact, t = {t}");
        row.push(panel([&heading, "|ε*|"], axes, exact, shades, [arrows]));
    }
    let arrows = Layer::new(Arrows((&answers.arrows).into()));
    row.push(panel(
        [&format!("learned, t = {t}"), "|ε̂|"],
        axes,
        &answers.size,
        shades,
        [arrows],
    ));
    if let Some(error) = &answers.error {
        let lines = truth(answers.ln_density.as_ref().map(Cow::Borrowed));
        let shades = Shades::from_zero(&error.values);
        row.push(panel(
            [&format!("error, t = {t}"), "|ε̂ − ε*| √qₜ"],
            axes,
            error,
            shades,
            lines,
        ));
    }
    row
}

/// A map under this heading; the second name is that of its colours.
fn panel<'a>(
    [heading, name]: [&str; 2],
    axes: &[String; 2],
    field: &'a Field,
    shades: Shades,
    over: impl IntoIterator<Item = Layer<'a>>,
) -> Panel<'a> {
    let map = Layer::new(Map {
        field: Cow::Borrowed(field),
        shades,
        smooth: true,
    });
    let layers = std::iter::once(map).chain(over).collect();
    Panel {
        heading: heading.into(),
        strip: Some(Strip::new(shades, name, &field.values)),
        ..Panel::plane(Some(field.window), axes.clone(), layers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Window;

    #[test]
    fn colours_go_as_far_as_the_data() {
        let window = Window {
            x: (-8.0, 8.0),
            y: (-8.0, 8.0),
        };
        let over = |value: fn(f64) -> f64| {
            let centers = window.centers(80, 80);
            let values = centers.chunks_exact(2).map(|x| value(x[0].hypot(x[1])));
            Field::new(window, 80, 80, values.collect())
        };
        // |ε*| of a normal law is the distance r, and 99 % of its mass lie within r = 3.03.
        let found = largest_within(&over(|r| r), &over(|r| -0.5 * r * r)).expect("data");
        assert!((found - 3.03).abs() < 0.15, "{found}");
    }
}
