//! Samples from different noise.

use super::draws::draws;
use crate::{
    evaluation::run::Evaluation,
    report::{figure::Picture, run::figures::row::RunFigure},
};

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "seeds.png",
    caption: "Samples from different noise",
    help: "Disjoint parts of the samples, drawn by the same model from different noise. What differs between the panels \
           is chance; the note says which Wasserstein-1 distance as many perfect samples show.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let title = "The same model from different noise: disjoint sets of the samples";
    let chart = draws(evaluation, view, title, &view.by_noise, |index, _| {
        format!("noise {}", index + 1)
    });
    Some(Picture::Chart(chart))
}
