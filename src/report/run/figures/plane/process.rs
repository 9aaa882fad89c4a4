//! One process at chosen times, a panel each.

use super::parts::{count_outside, standardized_axes, truth};
use crate::{
    evaluation::{density_map::ln_density, recording::Stage, run::Evaluation},
    figure::{Chart, Field, Layer, Panel, Window},
    report::run::figures::{window::windows, words::subject},
    text::written,
};
use rayon::prelude::*;
use std::borrow::Cow;

/// Panels of a process at all stages, from the noise to the data: the points of each, as `cloud` shows them.
pub(super) fn process<'a>(
    evaluation: &'a Evaluation<'_>,
    title: &str,
    points: fn(&Stage) -> &[f64],
    cloud: impl Fn(&'a [f64]) -> Layer<'a>,
) -> Option<Chart<'a>> {
    evaluation.material.plane.as_ref()?;
    let stages = &evaluation.material.recording.stages;
    let windows = windows(stages)?;
    let field = |(stage, window): (&Stage, &Window)| {
        let law = stage.law.as_ref().filter(|law| law.has_density())?;
        Some(ln_density(law, *window))
    };
    let shown = stages.par_iter().zip(&windows);
    let fields: Vec<_> = shown.map(field).collect();
    let panel = |((stage, window), field): ((&'a Stage, &Window), Option<Field>)| {
        let layers = truth(field.map(Cow::Owned))
            .into_iter()
            .chain([cloud(points(stage))])
            .collect();
        let note = outside(points(stage), *window).unwrap_or_default();
        Panel::plane(
            Some(*window),
            standardized_axes(&evaluation.trained.dataset),
            layers,
        )
        .titled(format!("t = {}", written(stage.at.t)), note)
    };
    let panels: Vec<_> = stages.iter().zip(&windows).zip(fields).map(panel).collect();
    let is_shared = windows.iter().all(|window| *window == windows[0]);
    Some(Chart {
        title: title.into(),
        subtitle: subject(evaluation),
        columns: match panels.len() {
            n @ ..=5 => n,
            6 => 3,
            7 | 8 => 4,
            _ => 5,
        },
        panels,
        note: match is_shared {
            true => String::new(),
            false => "each panel has axes of its own: noise is much wider than the data".into(),
        },
        ..Chart::default()
    })
}

/// How many points a panel does not show, where that is more than a tail.
fn outside(points: &[f64], window: Window) -> Option<String> {
    let count = count_outside(points, window);
    (TAIL * count > points.len() / 2).then(|| format!("{count} outside"))
}

/// One in so many points outside is a tail: a panel shows 99 % along each axis.
const TAIL: usize = 30;
