//! Both processes at chosen times, and points noised and recovered.

use crate::{
    evaluation::{
        density_map::ln_density, plane::recovery::Recovered, recording::Stage, run::Evaluation,
    },
    figure::{PlaneFigure, PlanePanel, Role},
    report::run::figures::{
        all::subject,
        plane::{Picture, STANDARDIZED, cloud, labels, roles},
        window::{need_own_windows, window_of},
    },
    text::{significant, written},
};
use rayon::prelude::*;

/// Panels of one process at all stages, in the order of time.
fn process(
    evaluation: &Evaluation,
    title: &str,
    role: (Role, &str),
    points: impl Fn(&Stage) -> &[f64],
    backwards: bool,
) -> Picture {
    evaluation.material.plane.as_ref()?;
    let stages = &evaluation.material.recording.stages;
    let window = window_of(stages)?;
    let own = need_own_windows(stages);
    let shown = |stage: &Stage| stage.window().filter(|_| own).unwrap_or(window);
    let fields: Vec<_> = stages
        .par_iter()
        .map(|stage| {
            let law = stage.law.as_ref().filter(|law| law.has_density())?;
            Some(ln_density(law, shown(stage)))
        })
        .collect();
    let mut panels: Vec<_> = stages
        .iter()
        .zip(&fields)
        .map(|(stage, field)| {
            let heading = format!("t = {}", written(stage.at.t));
            PlanePanel {
                window: Some(shown(stage)),
                ..cloud(&heading, points(stage), role.0, field.as_ref())
            }
        })
        .collect();
    // They were seen on the way back.
    if !backwards {
        panels.reverse();
    }
    let figure = PlaneFigure {
        title: title.into(),
        subtitle: subject(evaluation),
        columns: match panels.len() {
            n @ ..=5 => n,
            6 => 3,
            7 | 8 => 4,
            _ => 5,
        },
        panels,
        window: Some(window),
        labels: labels(STANDARDIZED),
        roles: vec![(role.0, role.1.into())],
        note: String::new(),
    };
    Some(figure.render())
}

pub(crate) fn forward(evaluation: &Evaluation) -> Picture {
    let role = (Role::Data, "test points, noised");
    process(
        evaluation,
        "The forward process: data become noise",
        role,
        |stage| &stage.forward,
        false,
    )
}

pub(crate) fn reverse(evaluation: &Evaluation) -> Picture {
    let role = (Role::Generated, "reverse process");
    process(
        evaluation,
        "The reverse process: noise becomes samples",
        role,
        |stage| &stage.reverse,
        true,
    )
}

pub(crate) fn recovered(evaluation: &Evaluation) -> Picture {
    let view = evaluation.material.plane.as_ref()?;
    let mut panels = vec![];
    for recovered in &view.recovered {
        panels.extend(recovered_row(recovered));
    }
    let error = view
        .recovered
        .iter()
        .map(|r| r.numbers.largest_error.unwrap_or(f64::INFINITY))
        .fold(0.0, f64::max);
    let columns = panels.len() / view.recovered.len().max(1);
    let figure = PlaneFigure {
        title: "Data, noised and recovered in one step".into(),
        subtitle: subject(evaluation),
        columns,
        panels,
        window: None,
        labels: labels(STANDARDIZED),
        roles: roles(
            "test data, noised",
            match columns {
                3 => "x̂0, learned",
                _ => "x̂0 = E[x0 given xₜ], learned and exact",
            },
        ),
        note: format!(
            "rms: root of the mean square distance per axis to the original. No denoiser recovers the points, since xₜ does not \
             say which noise was added: the exact mean has the least rms. With the noise that was added, the largest error is {}",
            significant(error)
        ),
    };
    Some(figure.render())
}

fn recovered_row(recovered: &Recovered) -> Vec<PlanePanel<'_>> {
    let numbers = recovered.numbers;
    let rms = |rms: Option<f64>| format!("rms {}", rms.map_or("–".into(), significant));
    let panel = |heading: String, points, role, note| PlanePanel {
        note,
        ..cloud(&heading, points, role, None)
    };
    let t = written(numbers.t);
    let mut row = vec![
        panel(
            "original".into(),
            &recovered.original,
            Role::Data,
            String::new(),
        ),
        panel(
            format!("noised, t = {t}"),
            &recovered.noised,
            Role::Data,
            rms(numbers.rms_noised),
        ),
        panel(
            "recovered".into(),
            &recovered.estimate,
            Role::Generated,
            rms(numbers.rms_estimate),
        ),
    ];
    if let Some(bayes) = &recovered.bayes {
        row.push(panel(
            "exact mean".into(),
            bayes,
            Role::Generated,
            rms(numbers.rms_exact),
        ));
    }
    row
}
