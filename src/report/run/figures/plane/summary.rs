//! A run of two-dimensional data on one page: real and generated points, the loss, and the schedule.

use super::parts::{SHOWN, data, generated, in_data_units, with_truth};
use crate::{
    evaluation::{recording::first, run::Evaluation},
    experiment::Split,
    figure::{Axis, Chart, Layer, Line, Panel, Scale, Stroke, series_color},
    report::{
        figure::Picture,
        run::figures::{
            loss::loss_panel,
            row::RunFigure,
            schedule::preserves_variance,
            words::{joined, with_floor},
        },
        time_axis::time_axis,
    },
};
use std::borrow::Cow;

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "summary.png",
    caption: "Data, samples, training and schedule",
    help: "The run on one page. The first panels show test data and generated samples, with lines around 50 % \
           and 95 % of the exact mass. The others show the loss above the irreducible loss, and what the noise \
           schedule does at each timestep.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let real = first(evaluation.trained.dataset.split(Split::Test), SHOWN);
    let found = first(&evaluation.samples, SHOWN);
    let density = || view.density.as_ref().map(Cow::Borrowed);
    let panels = [
        (
            "real".into(),
            with_truth(data(real, "test data"), density()),
        ),
        (
            "generated".into(),
            with_truth(generated(found, "generated samples"), density()),
        ),
    ];
    let title = format!(
        "{}: data, samples, training and schedule",
        evaluation.trained.run.config.name
    );
    let chart = in_data_units(evaluation, view, title, panels);
    let mut chart = Chart {
        note: joined([
            with_floor(&evaluation.record, "sliced_w1", "sliced W1"),
            with_floor(&evaluation.record, "histogram_overlap", "histogram overlap"),
        ]),
        ..chart.with_shared_axes()
    };
    chart.panels.push(loss_panel(evaluation).titled("loss", ""));
    chart.panels.extend(schedule(evaluation));
    Some(Picture::Chart(chart))
}

/// β, α and ᾱ; where the process does not preserve variance, the noise in place of β and α.
fn schedule(evaluation: &Evaluation) -> [Panel<'static>; 3] {
    let levels = evaluation.trained.schedule.levels();
    let panel = |heading: &str, log, first: usize, value: &dyn Fn(usize) -> f64| {
        let points: Vec<_> = (first..levels.len())
            .map(|t| (t as f64, value(t)))
            .collect();
        let values = points.iter().map(|p| p.1);
        let y = match log {
            true => Scale::covering(values, true, 0.05),
            false => Scale::from_zero(values),
        };
        let stroke = Stroke::solid(series_color(0), 1.8);
        Panel {
            heading: heading.into(),
            x: time_axis(points.iter().map(|p| p.0)),
            y: Axis::new(y, ""),
            layers: vec![Layer::new(Line::new(points, stroke))],
            ..Panel::default()
        }
    };
    let signal = |t: usize| levels[t].signal;
    let noise = |t: usize| levels[t].noise;
    if preserves_variance(&evaluation.trained.schedule) {
        let beta = |t: usize| 1.0 - (signal(t) / signal(t - 1)).powi(2);
        [
            panel("βₜ, the variance that a step adds", false, 1, &beta),
            panel("αₜ = 1 − βₜ, what a step keeps", false, 1, &|t| {
                1.0 - beta(t)
            }),
            panel("ᾱₜ, what is left of the data", false, 0, &|t| {
                signal(t).powi(2)
            }),
        ]
    } else {
        let ratio = |t: usize| noise(t) / signal(t);
        [
            panel("σₜ = sₜ/aₜ, noise to signal", true, 1, &ratio),
            panel("aₜ, what is left of the data", false, 0, &signal),
            panel("sₜ, the noise", false, 0, &noise),
        ]
    }
}
