//! What the error at each timestep costs, in nats of the variational bound.

use super::{row::RunFigure, words::subject};
use crate::{
    evaluation::run::Evaluation,
    figure::{Axis, Chart, GENERATED, Layer, Line, Panel, Scale, Stroke},
    report::{figure::Picture, time_axis::time_axis},
    text::significant,
};

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "bound.png",
    caption: "What the errors at each timestep cost",
    help: "The line shows what the network's error at each timestep adds to the variational bound, in nats, \
           beyond what the Bayes denoiser pays. Where it is highest, a better network helps most.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let terms = &evaluation.tables.bound;
    if evaluation.trained.run.config.num_steps() == 0 || terms.is_empty() {
        return None;
    }
    let nats: Vec<_> = terms
        .iter()
        .map(|term| (term.t as f64, term.nats))
        .collect();
    let y = Scale::covering(nats.iter().map(|p| p.1), true, 0.04);
    let panel = Panel {
        x: time_axis(nats.iter().map(|p| p.0)),
        y: Axis::new(y, "nats of the variational bound"),
        layers: vec![Layer::new(Line::new(
            nats.clone(),
            Stroke::solid(GENERATED, 2.0),
        ))],
        ..Panel::default()
    };
    Some(Picture::Chart(Chart {
        title: "What the network's error at each timestep costs".into(),
        subtitle: subject(evaluation),
        panels: vec![panel],
        heights: vec![460.0],
        note: format!(
            "½ (SNR(t − 1) − SNR(t)) E‖x̂0 − E[x0 | xₜ]‖², above what the Bayes denoiser pays; {} nats together",
            evaluation.record.bound_nats.map_or("–".into(), significant)
        ),
        ..Chart::default()
    }))
}
