//! Real and generated points, apart and together.

use super::parts::{SHOWN, data, generated, in_window, with_truth};
use crate::{
    evaluation::{density_map::ln_density, recording::first, run::Evaluation},
    experiment::Split,
    figure::{Chart, Field, Window, plane_window},
    report::{
        figure::Picture,
        run::figures::{
            row::RunFigure,
            shown::Shown,
            words::{joined, with_floor},
        },
    },
};
use std::borrow::Cow;

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "samples.png",
    caption: "Real and generated points",
    help: "Test data in orange, generated samples in blue, and both together; a darker colour means more points. The \
           dark lines enclose 50 % and 95 % of the exact mass, where the density is known.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let density = view.density.as_ref().map(Cow::Borrowed);
    let shown = Shown::of_run(evaluation);
    Some(picture(&shown, view.shown, density))
}

/// The same of samples that are not those of a run, in two dimensions.
pub(in crate::report::run::figures) fn of_given<'a>(shown: &Shown) -> Option<Picture<'a>> {
    if shown.samples.dim() != 2 {
        return None;
    }
    let test = shown.dataset.split(Split::Test);
    let window = plane_window(&[test.values()], &[shown.samples.values()])?;
    let density = shown.dataset.density.as_ref();
    let density = density
        .filter(|law| law.has_density())
        .map(|law| Cow::Owned(ln_density(law, window.squared())));
    Some(picture(shown, window, density))
}

fn picture<'a>(shown: &Shown, window: Window, density: Option<Cow<'a, Field>>) -> Picture<'a> {
    let real = first(shown.dataset.split(Split::Test), SHOWN);
    let found = first(shown.samples, SHOWN);
    let (real_name, found_name) = ("test data", shown.name);
    let panels = [
        (
            format!("{} test points", real.len() / 2),
            with_truth(data(real.clone(), real_name), density.clone()),
        ),
        (
            format!("{} {found_name}", found.len() / 2),
            with_truth(generated(found.clone(), found_name), density),
        ),
        (
            "both".into(),
            vec![data(real, real_name), generated(found, found_name)],
        ),
    ];
    let (subject, title) = (shown.subject.clone(), format!("Test data and {found_name}"));
    let chart = Chart {
        note: joined([
            with_floor(shown.record, "sliced_w1", "sliced W1"),
            with_floor(shown.record, "transport", "transport W1"),
        ]),
        ..in_window(
            (window, shown.dataset),
            subject,
            shown.samples,
            title,
            panels,
        )
    };
    Picture::Chart(chart.with_shared_axes())
}
