//! The log-density of chosen points.

use super::parts::{in_data_units, truth};
use crate::{
    evaluation::run::Evaluation,
    experiment::run::record::ChosenPoint,
    figure::{
        Axis, Chart, Dots, Field, GENERATED, Layer, Line, Map, Marker, NOISE_FLOOR, Panel, Scale,
        Shades, Strip, Stroke, TRUTH, Ticks, Words,
    },
    report::{figure::Picture, run::figures::row::RunFigure},
    text::number,
};
use std::borrow::Cow;

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "probability.png",
    caption: "The log-density of chosen points",
    help: "The map is the exact density, darker where it is higher, with numbered points. The right panel has a row for \
           each point: the dark dot is ln p of the data, the blue diamond ln p under the model's probability flow, in nats. \
           For a perfect model the two are equal. Points far below the others are pinned to the edge.",
    render,
};

/// Log-densities farther below the highest are pinned to the edge, in nats.
const DEEPEST: f64 = 12.0;

/// Magnitudes of ln p above this are only known roughly.
const ROUGH: f64 = 1000.0;

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let density = view.density.as_ref()?;
    let first = view.chosen.first()?;
    let words = view.chosen.iter().enumerate();
    let words = words.map(|(i, c)| ((c.at[0], c.at[1]), format!("{}", i + 1)));
    let exponentials: Vec<_> = density.values.iter().map(|ln_p| ln_p.exp()).collect();
    let shades = Shades::from_zero(&exponentials);
    let strip = Strip::new(shades, "density", &exponentials);
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
        .chain([Layer::new(Words(words.collect())).depth(2)])
        .collect();
    let told = match first.class {
        Some(_) => " given the class of the nearest test point",
        None => "",
    };
    let title = "Log-density of chosen points over the exact density";
    let heading = "exact density and the chosen points".to_string();
    let mut chart = Chart {
        columns: 2,
        note: format!(
            "ln p in nats{told}, of the data / of what the probability flow of the model draws. \
             1 to 4 are test points from unlikely to likely, 5 is the middle, 6 and 7 lie off the data"
        ),
        ..in_data_units(evaluation, view, title, [(heading, layers)])
    };
    // The places off the data lie in the corners of the square.
    let whole = Panel::plane(Some(view.window), [const { String::new() }; 2], vec![]);
    chart.panels[0].x.scale = whole.x.scale;
    chart.panels[0].y.scale = whole.y.scale;
    chart.remarks.clear();
    chart.panels[0].strip = Some(strip);
    chart.panels.push(rows(&view.chosen));
    Some(Picture::Chart(chart))
}

/// A row for each point, the first at the top.
fn rows(chosen: &[ChosenPoint]) -> Panel<'static> {
    let row = |i: usize| (chosen.len() - i) as f64;
    let of = |ln_p: fn(&ChosenPoint) -> Option<f64>| -> Vec<(f64, f64)> {
        let all = chosen.iter().enumerate();
        all.filter_map(|(i, c)| Some((ln_p(c)?, row(i)))).collect()
    };
    let (data, model) = (of(|c| c.ln_p), of(|c| c.model_ln_p));
    let all = || data.iter().chain(&model).map(|p| p.0);
    let highest = all().fold(f64::NEG_INFINITY, f64::max);
    let x = Scale::covering(all().filter(|x| *x >= highest - DEEPEST), false, 0.08);
    let between = chosen.iter().enumerate().filter_map(|(i, c)| {
        let ends = vec![(c.ln_p?, row(i)), (c.model_ln_p?, row(i))];
        Some(Layer::new(Line::new(ends, Stroke::solid(NOISE_FLOOR, 1.4))))
    });
    // Where both lie on one place, the larger one is seen around the other.
    let dots = |points, marker, radius, color| Dots::new(points, (marker, radius), color).pinned();
    let names = chosen.iter().enumerate();
    let names = names.map(|(i, c)| (row(i), format!("{}:  {}", i + 1, label(c))));
    let y = Axis::new(Scale::linear(0.4, chosen.len() as f64 + 0.6), "");
    let marks = [
        Layer::new(dots(data, Marker::Circle, 8.0, TRUTH)).label("ln p of the data"),
        Layer::new(dots(model, Marker::Diamond, 5.0, GENERATED)).label("ln p under the model"),
    ];
    Panel {
        heading: "ln p: data / model".into(),
        x: Axis::new(x, "ln p (nats)"),
        y: y.ticks(Ticks::Names(names.collect())),
        layers: between.chain(marks).collect(),
        ..Panel::default()
    }
}

/// Both log-densities of a point in words.
fn label(chosen: &ChosenPoint) -> String {
    let short = |value: f64| match value {
        deep if deep < -ROUGH => format!("< {}", number(-ROUGH)),
        value => format!("{value:.2}").replace('-', "−"),
    };
    let class = chosen.class.as_ref();
    format!(
        "{}{} / {}",
        class.map_or(String::new(), |class| format!("class {class}: ")),
        chosen.ln_p.map_or("−∞".into(), short),
        chosen.model_ln_p.map_or("–".into(), short),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(ln_p: Option<f64>, model_ln_p: Option<f64>) -> ChosenPoint {
        ChosenPoint {
            at: [0.0, 0.0],
            class: None,
            ln_p,
            model_ln_p,
        }
    }

    #[test]
    fn far_points_have_words_and_do_not_stretch_the_axis() {
        let chosen = [
            point(Some(0.24), Some(-0.28)),
            point(Some(-2.81), Some(-1.08)),
            point(Some(-594.29), Some(-23.9)),
            point(None, Some(-2.4e6)),
        ];
        let panel = rows(&chosen);
        let x = panel.x.scale.expect("an axis");
        assert!(
            x.low > -5.0 && x.low < -2.81 && x.high > 0.24 && x.high < 1.0,
            "{x:?}"
        );
        let Ticks::Names(names) = panel.y.ticks else {
            panic!("names");
        };
        let words: Vec<_> = names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(words[0], "1:  0.24 / −0.28");
        assert_eq!(words[2], "3:  −594.29 / −23.90");
        assert_eq!(words[3], "4:  −∞ / < −1000");
        assert!(
            names.windows(2).all(|pair| pair[0].0 > pair[1].0),
            "the first is at the top"
        );
    }
}
