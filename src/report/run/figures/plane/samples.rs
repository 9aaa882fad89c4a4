//! Real and generated points, apart and together.

use super::parts::{SHOWN, data, generated, in_data_units, with_truth};
use crate::{
    evaluation::{recording::first, run::Evaluation},
    experiment::Split,
    figure::Chart,
    report::{
        figure::Picture,
        run::figures::{
            row::RunFigure,
            words::{joined, with_floor},
        },
    },
};

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "samples.png",
    caption: "Real and generated points",
    help: "Test data in orange, generated samples in blue, and both together; a darker colour means more points. The \
           dark lines enclose 50 % and 95 % of the exact mass, where the density is known.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let real = first(evaluation.trained.dataset.split(Split::Test), SHOWN);
    let found = first(&evaluation.samples, SHOWN);
    let density = view.density.as_ref();
    let (real_name, found_name) = ("test data", "generated samples");
    let panels = [
        (
            format!("{} test points", real.len() / 2),
            with_truth(data(real.clone(), real_name), density),
        ),
        (
            format!("{} generated samples", found.len() / 2),
            with_truth(generated(found.clone(), found_name), density),
        ),
        (
            "both".into(),
            vec![data(real, real_name), generated(found, found_name)],
        ),
    ];
    let chart = Chart {
        note: joined([
            with_floor(evaluation, "sliced_w1", "sliced W1"),
            with_floor(evaluation, "transport", "transport W1"),
        ]),
        ..in_data_units(evaluation, view, "Real and generated points", panels)
    };
    Some(Picture::Chart(chart.with_shared_axes()))
}
