//! Samples from the same noise by fewer steps.

use super::draws::draws;
use crate::{
    evaluation::run::Evaluation,
    report::{figure::Picture, run::figures::row::RunFigure},
};

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "steps.png",
    caption: "Samples from the same noise by fewer steps",
    help: "The same noise through fewer and fewer steps of the sampler. Where W1, the distance to the exact law, stays \
           near that of as many perfect samples, fewer steps are enough.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref();
    let view = view.filter(|view| view.by_steps.len() > 1)?;
    let title = "The same noise through fewer steps of the sampler";
    let chart = draws(
        evaluation,
        view,
        title,
        &view.by_steps,
        |_, draw| match draw.numbers.num_steps {
            1 => "1 step".into(),
            n => format!("{n} steps"),
        },
    );
    Some(Picture::Chart(chart))
}
