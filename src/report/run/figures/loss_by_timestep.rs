//! The loss against the irreducible one, timestep by timestep, and what is between them.

use super::{
    row::RunFigure,
    words::{metric, subject},
};
use crate::{
    evaluation::run::Evaluation,
    experiment::run::record::TimestepLoss,
    figure::{Axis, Chart, GENERATED, Layer, Line, Panel, Scale, Stroke, TRUTH_LINE},
    report::{figure::Picture, time_axis::time_axis},
    text::significant,
};

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "loss_by_timestep.png",
    caption: "The loss against the best possible one, timestep by timestep",
    help: "The wide blue line is the loss of this denoiser at each timestep, the dark line that of the Bayes \
           denoiser, which is irreducible. The right panel shows their difference, the excess loss, which a \
           better network could remove.",
    render,
};

/// Wide, so that it shows on both sides of the truth where the two agree.
const LOSS: Stroke = Stroke::solid(GENERATED.tint(0.4), 6.0);

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let losses = &evaluation.tables.loss_by_timestep;
    if losses.is_empty() {
        return None;
    }
    let column = |f: fn(&TimestepLoss) -> f64| -> Vec<(f64, f64)> {
        losses.iter().map(|loss| (loss.t as f64, f(loss))).collect()
    };
    let values = |f: fn(&TimestepLoss) -> f64| losses.iter().map(f);
    let panel = |heading: &str, y, layers| Panel {
        heading: heading.into(),
        x: time_axis(losses.iter().map(|loss| loss.t as f64)),
        y: Axis::new(y, "mean squared error"),
        layers,
        ..Panel::default()
    };
    let mut panels = vec![panel(
        "loss",
        Scale::from_zero(values(|loss| loss.floor).chain(values(|loss| loss.loss))),
        vec![
            Layer::new(Line::new(column(|loss| loss.floor), TRUTH_LINE))
                .label("irreducible loss (the Bayes denoiser)")
                .depth(1),
            Layer::new(Line::new(column(|loss| loss.loss), LOSS)).label("this denoiser"),
        ],
    )];
    // A perfect denoiser has no excess, and a logarithmic axis no place for it.
    if values(|loss| loss.excess).any(|excess| excess > 0.0) {
        let line = Line::new(column(|loss| loss.excess), Stroke::solid(GENERATED, 2.0));
        panels.push(panel(
            "excess: loss − irreducible loss",
            Scale::covering(values(|loss| loss.excess), true, 0.04),
            vec![Layer::new(line)],
        ));
    }
    Some(Picture::Chart(Chart {
        title: "Loss and irreducible loss at every timestep, over all x".into(),
        subtitle: subject(evaluation),
        panels,
        heights: vec![500.0],
        note: match metric(&evaluation.record, "excess_loss").value {
            Some(excess) => format!("mean excess over t: {}", significant(excess)),
            None => String::new(),
        },
        ..Chart::default()
    }))
}
