//! The figures of one run.

use super::{evaluation::Evaluation, output::significant};
use crate::{
    experiment::Split,
    figure::{
        FigureError, HistogramAxis, HistogramFigure, LossFigure, MarginalPanel, MarginalsFigure,
        ScheduleFigure, WassersteinFigure,
    },
    metric::MetricValue,
    target::Mixture,
};

type Render = fn(&Evaluation) -> Result<Vec<u8>, FigureError>;

/// Every figure of a run, by file name.
pub(super) const FIGURES: &[(&str, Render)] = &[
    ("histogram.png", histogram),
    ("wasserstein.png", wasserstein),
    ("marginals.png", marginals),
    ("loss.png", loss),
    ("schedule.png", schedule),
];

/// Points of a density curve.
const CURVE_POINTS: usize = 600;

/// Mass on either side that a density curve leaves out.
const CURVE_TAIL: f64 = 2e-4;

/// What all figures of a run are about: data, schedule, sampler.
fn subject(evaluation: &Evaluation) -> String {
    let config = &evaluation.run.config;
    format!(
        "{} · {} schedule, T = {} · {}-prediction · {} · seed {}",
        config.name,
        config.process.schedule.kind(),
        config.process.num_timesteps,
        match config.model.prediction {
            crate::diffusion::Prediction::Noise => "ε",
            crate::diffusion::Prediction::X0 => "x0",
            crate::diffusion::Prediction::V => "v",
        },
        evaluation.record.sampler,
        config.seed,
    )
}

fn metric(evaluation: &Evaluation, name: &str) -> MetricValue {
    evaluation
        .record
        .metrics
        .get(name)
        .copied()
        .unwrap_or_default()
}

fn with_floor(value: &MetricValue) -> Option<String> {
    let (value, floor) = (value.value?, value.noise_floor?);
    Some(format!(
        "{} (noise floor {})",
        significant(value),
        significant(floor)
    ))
}

fn histogram(evaluation: &Evaluation) -> Result<Vec<u8>, FigureError> {
    let dim = evaluation.samples.dim();
    let columns: Vec<_> = (0..dim).map(|k| evaluation.samples.axis(k)).collect();
    let test: Vec<_> = (0..dim)
        .map(|k| evaluation.dataset.split(Split::Test).axis(k))
        .collect();
    let axis = |k: usize| {
        let law = evaluation
            .dataset
            .density
            .as_ref()
            .map(|density| density.axis(k));
        HistogramAxis {
            label: axis_name(dim, k),
            samples: &columns[k],
            reference: law.is_none().then_some(test[k].as_slice()),
            density: law.map(|law| curve(&law)),
            note: String::new(),
        }
    };
    let mut axes: Vec<_> = (0..dim.min(4)).map(axis).collect();
    let to_exact =
        with_floor(&metric(evaluation, "w1")).map(|text| format!("W1 to the truth {text}"));
    let to_test =
        with_floor(&metric(evaluation, "w1_test")).map(|text| format!("W1 to the test set {text}"));
    let likelihood = metric(evaluation, "log_likelihood");
    let likelihood = likelihood
        .value
        .zip(likelihood.truth)
        .map(|(value, truth)| {
            format!(
                "mean log-likelihood {} (truth {})",
                significant(value),
                significant(truth)
            )
        });
    axes[0].note = [to_exact.or(to_test), likelihood]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ");
    let title = format!(
        "{} generated samples and the true density",
        evaluation.samples.len()
    );
    HistogramFigure {
        title,
        subtitle: subject(evaluation),
        axes,
    }
    .render()
}

fn axis_name(dim: usize, k: usize) -> String {
    if dim == 1 {
        "x".into()
    } else {
        format!("x{}", k + 1)
    }
}

/// A law's density over where nearly all of its mass is.
pub(super) fn curve(law: &Mixture) -> Vec<(f64, f64)> {
    let (low, high) = law.support();
    let low = law.quantile_between(CURVE_TAIL, low, high);
    let high = law.quantile_between(1.0 - CURVE_TAIL, low, high);
    let margin = 0.03 * (high - low);
    let (low, width) = (low - margin, high - low + 2.0 * margin);
    (0..CURVE_POINTS)
        .map(|i| low + width * i as f64 / (CURVE_POINTS - 1) as f64)
        .map(|x| (x, law.pdf(&[x])))
        .collect()
}

fn wasserstein(evaluation: &Evaluation) -> Result<Vec<u8>, FigureError> {
    let points = &evaluation.trajectory;
    let column = |f: fn(&crate::metric::TrajectoryPoint) -> Option<f64>| -> Vec<(usize, f64)> {
        points
            .iter()
            .filter_map(|point| f(point).map(|value| (point.t, value)))
            .collect()
    };
    let exact = column(|point| point.w1_exact);
    let floor = column(|point| point.w1_exact_noise_floor);
    WassersteinFigure {
        title: "Wasserstein-1 distance between the reverse and the forward process".into(),
        subtitle: subject(evaluation),
        against_forward: column(|point| Some(point.w1_forward)),
        floor_forward: column(|point| Some(point.w1_forward_noise_floor)),
        against_exact: (!exact.is_empty()).then_some(exact),
        floor_exact: (!floor.is_empty()).then_some(floor),
        log_scale: evaluation.run.config.eval.log_scale,
    }
    .render()
}

fn marginals(evaluation: &Evaluation) -> Result<Vec<u8>, FigureError> {
    let dim = evaluation.samples.dim();
    let panel = |snapshot: &super::evaluation::Snapshot| {
        let point = evaluation
            .trajectory
            .iter()
            .find(|point| point.t == snapshot.t);
        let note = point.map(|point| {
            let value = point.w1_exact.unwrap_or(point.w1_forward);
            let floor = point
                .w1_exact_noise_floor
                .unwrap_or(point.w1_forward_noise_floor);
            format!("W1 {} (floor {})", significant(value), significant(floor))
        });
        MarginalPanel {
            t: snapshot.t,
            label: format!("t = {}", snapshot.t),
            forward: snapshot.forward.axis(0),
            reverse: snapshot.reverse.axis(0),
            density: snapshot.law.as_ref().map(|law| curve(&law.axis(0))),
            note: note.unwrap_or_default(),
        }
    };
    let axis = if dim == 1 {
        String::new()
    } else {
        " (first axis)".into()
    };
    MarginalsFigure {
        title: format!("Forward and reverse process at chosen timesteps (xₜ standardised, W1 in data units){axis}"),
        subtitle: subject(evaluation),
        panels: evaluation.snapshots.iter().map(panel).collect(),
    }
    .render()
}

fn loss(evaluation: &Evaluation) -> Result<Vec<u8>, FigureError> {
    let records = &evaluation.losses;
    let step = |step: usize| step as f64;
    let best = records
        .iter()
        .min_by(|a, b| a.val_loss.total_cmp(&b.val_loss));
    LossFigure {
        title: "Training and validation loss (validation: one draw of the noise per point)".into(),
        subtitle: subject(evaluation),
        train: records
            .iter()
            .map(|r| (step(r.step), r.train_loss))
            .collect(),
        validation: records.iter().map(|r| (step(r.step), r.val_loss)).collect(),
        best: best.map(|r| (step(r.step), r.val_loss)),
        floor: metric(evaluation, "val_loss").truth,
        excess: records
            .iter()
            .filter_map(|r| Some((step(r.step), r.excess_loss?)))
            .collect(),
    }
    .render()
}

fn schedule(evaluation: &Evaluation) -> Result<Vec<u8>, FigureError> {
    let schedule = &evaluation.schedule;
    let all = 0..=schedule.num_timesteps();
    let kl = evaluation.record.prior_kl;
    ScheduleFigure {
        title: format!(
            "Noise schedule {}, T = {}",
            evaluation.run.config.process.schedule.kind(),
            schedule.num_timesteps()
        ),
        subtitle: String::new(),
        signal: schedule.levels().iter().map(|level| level.signal).collect(),
        noise: schedule.levels().iter().map(|level| level.noise).collect(),
        beta: all.map(|t| schedule.beta(t)).collect(),
        note: format!(
            "at t = T: √ᾱ = {}{}",
            significant(schedule.terminal().signal),
            kl.map_or(String::new(), |kl| format!(
                ", KL(q_T‖N(0, I)) = {} nats",
                significant(kl)
            ))
        ),
    }
    .render()
}
