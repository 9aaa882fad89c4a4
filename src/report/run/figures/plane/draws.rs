//! Several draws of one model, a panel each.

use super::parts::{generated, in_data_units, with_truth};
use crate::{
    evaluation::{
        plane::{draws::Draw, view::PlaneView},
        run::Evaluation,
    },
    figure::Chart,
    report::run::figures::words::joined,
    text::significant,
};
use std::borrow::Cow;

/// A panel for each draw, with its distance to the truth.
pub(super) fn draws<'a>(
    evaluation: &Evaluation,
    view: &'a PlaneView,
    title: &str,
    draws: &'a [Draw],
    heading: impl Fn(usize, &Draw) -> String,
) -> Chart<'a> {
    let count = draws.first().map_or(0, |draw| draw.numbers.num_samples);
    let label = format!("{count} generated samples in each panel");
    let panel = |(index, draw): (usize, &'a Draw)| {
        let cloud = generated(&draw.points, &label);
        (
            heading(index, draw),
            with_truth(cloud, view.density.as_ref().map(Cow::Borrowed)),
        )
    };
    let floor = draws
        .first()
        .and_then(|draw| draw.numbers.noise_floor)
        .map(|floor| {
            format!(
                "W1 to the exact law along each axis, averaged: {count} perfect samples show {}",
                significant(floor)
            )
        });
    let panels = draws.iter().enumerate().map(panel);
    let mut chart = in_data_units(evaluation, view, title, panels);
    for (panel, draw) in chart.panels.iter_mut().zip(draws) {
        let w1 = draw.numbers.w1.map(|w1| format!("W1 {}", significant(w1)));
        panel.note = joined([w1, outside(draw)]);
    }
    // The draws have counts of their own.
    chart.remarks.clear();
    chart.note = floor.unwrap_or_default();
    chart.with_shared_axes()
}

/// How many points of a draw the panels do not show.
fn outside(draw: &Draw) -> Option<String> {
    match draw.numbers.outside {
        // One in a hundred is a tail, and not worth a word.
        few if 100 * few <= draw.numbers.num_samples => None,
        many => Some(format!("{many} outside")),
    }
}
