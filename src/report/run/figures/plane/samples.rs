//! Real and generated points, and the whole run on one page.

use crate::{
    evaluation::{recording::first, run::Evaluation},
    experiment::Split,
    figure::{Layer, PlaneFigure, PlanePanel, Role, SummaryFigure, SummaryLine, SummaryPanel},
    report::run::figures::{
        all::{metric, with_floor},
        plane::{Picture, SHOWN, cloud, in_data_units, roles},
    },
};

pub(crate) fn samples(evaluation: &Evaluation) -> Picture {
    let view = evaluation.material.plane.as_ref()?;
    let real = first(evaluation.trained.dataset.split(Split::Test), SHOWN);
    let found = first(&evaluation.samples, SHOWN);
    let density = view.density.as_ref();
    let both = PlanePanel {
        heading: "both".into(),
        layers: vec![
            Layer::Cloud(&real, Role::Data),
            Layer::Cloud(&found, Role::Generated),
        ],
        ..PlanePanel::default()
    };
    let distances = [("sliced_w1", "sliced W1"), ("transport", "transport W1")];
    let distances = distances.iter().filter_map(|(name, label)| {
        Some(format!(
            "{label} {}",
            with_floor(&metric(evaluation, name))?
        ))
    });
    let figure = PlaneFigure {
        panels: vec![
            cloud(
                &format!("{} test points", real.len() / 2),
                &real,
                Role::Data,
                density,
            ),
            cloud(
                &format!("{} generated samples", found.len() / 2),
                &found,
                Role::Generated,
                density,
            ),
            both,
        ],
        roles: roles("test data", "generated samples"),
        note: distances.collect::<Vec<_>>().join(" · "),
        ..in_data_units(evaluation, view, "Real and generated points".into())
    };
    Some(figure.render())
}

pub(crate) fn summary(evaluation: &Evaluation) -> Picture {
    let view = evaluation.material.plane.as_ref()?;
    let real = first(evaluation.trained.dataset.split(Split::Test), SHOWN);
    let found = first(&evaluation.samples, SHOWN);
    let density = view.density.as_ref();
    let plane = PlaneFigure {
        panels: vec![
            cloud("real", &real, Role::Data, density),
            cloud("generated", &found, Role::Generated, density),
        ],
        roles: roles("test data", "generated samples"),
        note: [
            ("sliced_w1", "sliced W1"),
            ("histogram_overlap", "histogram overlap"),
        ]
        .iter()
        .filter_map(|(name, label)| {
            Some(format!(
                "{label} {}",
                with_floor(&metric(evaluation, name))?
            ))
        })
        .collect::<Vec<_>>()
        .join(" · "),
        ..in_data_units(
            evaluation,
            view,
            format!(
                "{}: data, samples, training and schedule",
                evaluation.trained.run.config.name
            ),
        )
    };
    let figure = SummaryFigure {
        plane,
        curves: curves(evaluation),
    };
    Some(figure.render())
}

/// Loss, β, α and ᾱ; where the process does not preserve variance, the noise in place of β and α.
fn curves(evaluation: &Evaluation) -> Vec<SummaryPanel> {
    let records = &evaluation.tables.training;
    let line = |label: &str, is_truth, points: Vec<(f64, f64)>| SummaryLine {
        label: label.into(),
        is_truth,
        points,
    };
    let mut losses = vec![
        line(
            "training loss",
            false,
            records
                .iter()
                .map(|r| (r.step as f64, r.train_loss))
                .collect(),
        ),
        line(
            "validation loss",
            false,
            records
                .iter()
                .map(|r| (r.step as f64, r.val_loss))
                .collect(),
        ),
    ];
    if let (Some(floor), Some(last)) = (metric(evaluation, "val_loss").truth, records.last()) {
        losses.push(line(
            "irreducible loss",
            true,
            vec![(0.0, floor), (last.step as f64, floor)],
        ));
    }
    let levels = evaluation.trained.schedule.levels();
    let table = |f: &dyn Fn(usize) -> f64, from: usize| -> Vec<(f64, f64)> {
        (from..levels.len()).map(|t| (t as f64, f(t))).collect()
    };
    let schedule = |heading: &str, points: Vec<(f64, f64)>, log_y| SummaryPanel {
        heading: heading.into(),
        x_label: "timestep t".into(),
        lines: vec![line("", false, points)],
        log_y,
    };
    let preserving = levels
        .iter()
        .all(|l| (l.signal.powi(2) + l.noise.powi(2) - 1.0).abs() < 1e-6);
    let mut panels = vec![SummaryPanel {
        heading: "loss".into(),
        x_label: "step".into(),
        lines: losses,
        log_y: false,
    }];
    if preserving {
        let beta = |t: usize| 1.0 - (levels[t].signal / levels[t - 1].signal).powi(2);
        panels.extend([
            schedule("βₜ, the variance that a step adds", table(&beta, 1), false),
            schedule(
                "αₜ = 1 − βₜ, what a step keeps",
                table(&|t| 1.0 - beta(t), 1),
                false,
            ),
            schedule(
                "ᾱₜ, what is left of the data",
                table(&|t| levels[t].signal.powi(2), 0),
                false,
            ),
        ]);
    } else {
        let ratio = |t: usize| levels[t].noise / levels[t].signal;
        panels.extend([
            schedule("σₜ = sₜ/aₜ, noise to signal", table(&ratio, 1), true),
            schedule(
                "aₜ, what is left of the data",
                table(&|t| levels[t].signal, 0),
                false,
            ),
            schedule("sₜ, the noise", table(&|t| levels[t].noise, 0), false),
        ]);
    }
    panels
}
