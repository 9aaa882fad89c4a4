//! Several draws of one model, a panel each.

use super::parts::{generated, in_data_units, with_truth};
use crate::{
    evaluation::{
        plane::{Draw, Planar},
        run::Evaluation,
    },
    figure::Chart,
    report::run::figures::words::joined,
    text::significant,
};

/// A panel for each draw, with its distance to the truth.
pub(super) fn draws<'a>(
    evaluation: &Evaluation,
    planar: &'a Planar,
    title: &str,
    draws: &'a [Draw],
    heading: impl Fn(usize, &Draw) -> String,
) -> Chart<'a> {
    let count = draws.first().map_or(0, |draw| draw.points.len() / 2);
    let label = format!("{count} generated samples in each panel");
    let panel = |(index, draw): (usize, &'a Draw)| {
        let cloud = generated(&draw.points, &label);
        (
            heading(index, draw),
            with_truth(cloud, planar.density.as_ref()),
        )
    };
    let floor = planar.drawn_floor.map(|floor| {
        format!(
            "W1 to the exact law along each axis, averaged: {count} perfect samples show {}",
            significant(floor)
        )
    });
    let panels = draws.iter().enumerate().map(panel);
    let mut chart = in_data_units(evaluation, planar, title, panels);
    for (panel, draw) in chart.panels.iter_mut().zip(draws) {
        let w1 = draw.w1.map(|w1| format!("W1 {}", significant(w1)));
        panel.note = joined([w1, outside(planar, draw)]);
    }
    chart.note = floor.unwrap_or_default();
    chart.with_shared_axes()
}

/// How many points of a draw the panels do not show.
fn outside(planar: &Planar, draw: &Draw) -> Option<String> {
    let is_shown = |x: &[f64]| planar.window.cell_of([x[0], x[1]], 1, 1).is_some();
    let places = draw.points.chunks_exact(2);
    match places.filter(|x| !is_shown(x)).count() {
        // One in a hundred is a tail, and not worth a word.
        few if 200 * few <= draw.points.len() => None,
        many => Some(format!("{many} outside")),
    }
}
