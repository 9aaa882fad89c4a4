//! Whether a lower validation loss means samples nearer to the truth.

use super::{
    reference::{named, reference},
    row::SweepFigure,
    scatter::{correlation_note, panel},
};
use crate::{
    experiment::sweep::summary::Summary,
    figure::{Chart, NOISE_FLOOR_LINE},
    report::{figure::Picture, sweep::correlations::Found},
};

pub(super) const FIGURE: SweepFigure = SweepFigure {
    name: "loss_vs_w1.png",
    caption: "The distance to the truth against the validation loss",
    help: "One point a run, a colour for each group of comparable runs, which a line joins: its Wasserstein-1 distance to the exact distribution. In more than one dimension it is the sliced one. The grey \
           dashed line is the noise floor, which perfect samples show. The note gives Spearman's rank correlation within the groups.",
    render: |summary, found| FIGURE.once(render(summary, found)),
};

fn render<'a>(summary: &'a Summary, found: &[Found]) -> Option<Picture<'a>> {
    // In more than one dimension the distance of all directions at once.
    let has_joint = reference(summary, "sliced_w1").is_some();
    let (metric, y_label) = match has_joint {
        true => ("sliced_w1", "sliced W1 (data units)"),
        false => ("w1", "W1 to the exact distribution"),
    };
    let floor = reference(summary, metric).and_then(|value| value.noise_floor);
    let line = floor.map(|floor| (floor, named("noise floor", floor), NOISE_FLOOR_LINE));
    Some(Picture::Chart(Chart {
        title: "Distance to the truth against the validation loss".into(),
        subtitle: "one point a run · one colour a group of comparable runs".into(),
        panels: vec![panel(summary, metric, y_label, true, line)?],
        heights: vec![640.0],
        note: correlation_note(found, metric),
        ..Chart::default()
    }))
}
