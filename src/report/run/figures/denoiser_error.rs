//! Where a denoiser errs: its error over x and t, as far as it counts.

use super::{row::RunFigure, words::subject};
use crate::{
    evaluation::run::Evaluation,
    figure::{Axis, Chart, Field, Layer, Map, Panel, Scale, Shades, Strip, Window},
    report::{figure::Picture, time_axis::time_axis_between},
};
use std::borrow::Cow;

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "denoiser_error.png",
    caption: "Where the learned denoiser errs",
    help: "The map shows the error of the predicted noise at each place x and timestep t, weighted by the root \
           of the density. Orange means too much noise predicted, blue too little, white no error or no data.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let trained = evaluation.trained.run.config.num_steps() > 0;
    let map = evaluation.material.error_map.as_ref().filter(|_| trained)?;
    let ([x0, x1, ..], Some(end), Some(last)) = (&map.x[..], map.x.last(), map.t.last()) else {
        return None;
    };
    let half = 0.5 * (x1 - x0);
    let window = Window {
        // The timesteps shown are evenly spaced from nearly 0 to the last.
        x: (0.5, *last as f64 + 0.5),
        y: (x0 - half, end + half),
    };
    let weighted = |row: usize, column: usize| {
        let at = column * map.x.len() + row;
        map.error[at] * map.density[at].sqrt()
    };
    let cells = (0..map.x.len()).flat_map(|row| (0..map.t.len()).map(move |column| (row, column)));
    let values: Vec<_> = cells.map(|(row, column)| weighted(row, column)).collect();
    let shades = Shades::diverging(&values);
    let strip = Strip::new(shades, "(ε̂ − ε*) · √q_t", &values);
    let panel = Panel {
        x: time_axis_between(window.x.0, window.x.1),
        y: Axis::new(Scale::linear(window.y.0, window.y.1), "x (standardised)"),
        layers: vec![Layer::new(Map {
            field: Cow::Owned(Field::new(window, map.t.len(), map.x.len(), values)),
            shades,
            smooth: false,
        })],
        strip: Some(strip),
        ..Panel::default()
    };
    Some(Picture::Chart(Chart {
        title: "Where the denoiser errs: ε̂ − ε* over x and t, weighted by √q_t(x)".into(),
        subtitle: subject(evaluation),
        panels: vec![panel],
        heights: vec![560.0],
        note: "the square, integrated over x, is the excess loss at t in units of ε; orange: too much noise \
               predicted, blue: too little"
            .into(),
        ..Chart::default()
    }))
}
