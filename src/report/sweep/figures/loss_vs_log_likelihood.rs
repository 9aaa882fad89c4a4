//! Whether a lower validation loss means more probable samples.

use super::{
    reference::{named, reference},
    row::SweepFigure,
    scatter::{correlation_note, panel},
};
use crate::{
    experiment::sweep::summary::Summary,
    figure::{Chart, TRUTH_LINE},
    report::{figure::Picture, sweep::correlations::Found},
};

pub(super) const FIGURE: SweepFigure = SweepFigure {
    name: "loss_vs_log_likelihood.png",
    caption: "The log-likelihood of the samples against the validation loss",
    help: "One point a run, a colour for each group of comparable runs, which a line joins; a bar is the standard error over the samples. The dark line \
           is the value of perfect samples, −H(p). Runs that would flatten all others are triangles at the edge. The note gives Spearman's rank correlation within the groups.",
    render: |summary, found| FIGURE.once(render(summary, found)),
};

fn render<'a>(summary: &'a Summary, found: &[Found]) -> Option<Picture<'a>> {
    let metric = "log_likelihood";
    let truth = reference(summary, metric).and_then(|value| value.truth);
    let line = truth.map(|h| (h, named("−H(p) =", h) + " (truth)", TRUTH_LINE));
    let y_label = "mean log-likelihood of the samples (nats)";
    Some(Picture::Chart(Chart {
        title: "Does a lower validation loss mean better samples?".into(),
        subtitle: "one point a run · one colour a group of comparable runs · bars: standard error over the samples".into(),
        panels: vec![panel(summary, metric, y_label, false, line)?],
        heights: vec![640.0],
        note: correlation_note(found, metric),
        ..Chart::default()
    }))
}
