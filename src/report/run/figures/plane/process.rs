//! One process at chosen times, a panel each.

use super::parts::{standardized_axes, truth};
use crate::{
    evaluation::{density_map::ln_density, recording::Stage, run::Evaluation},
    figure::{Chart, Field, Layer, Panel},
    report::run::figures::{
        window::{need_own_windows, window_of},
        words::subject,
    },
    text::written,
};
use rayon::prelude::*;
use std::borrow::Cow;

/// Panels of a process at all stages, from the noise to the data; `cloud` says what each shows.
pub(super) fn process<'a>(
    evaluation: &'a Evaluation<'_>,
    title: &str,
    cloud: impl Fn(&'a Stage) -> Layer<'a>,
) -> Option<Chart<'a>> {
    evaluation.material.plane.as_ref()?;
    let stages = &evaluation.material.recording.stages;
    let window = window_of(stages)?;
    let own = need_own_windows(stages);
    let shown = |stage: &Stage| stage.window().filter(|_| own).unwrap_or(window);
    let field = |stage: &Stage| {
        let law = stage.law.as_ref().filter(|law| law.has_density())?;
        Some(ln_density(law, shown(stage)))
    };
    let fields: Vec<_> = stages.par_iter().map(field).collect();
    let panel = |(stage, field): (&'a Stage, Option<Field>)| {
        let layers = truth(field.map(Cow::Owned))
            .into_iter()
            .chain([cloud(stage)])
            .collect();
        Panel::plane(Some(shown(stage)), standardized_axes(), layers)
            .titled(format!("t = {}", written(stage.at.t)), "")
    };
    let panels: Vec<_> = stages.iter().zip(fields).map(panel).collect();
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
        ..Chart::default()
    })
}
