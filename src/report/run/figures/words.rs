//! Words and curves that figures of a run have in common.

use crate::{
    diffusion::Prediction, evaluation::run::Evaluation, metric::MetricValue, target::Mixture,
    text::significant,
};

/// Points of a density curve.
const CURVE_POINTS: usize = 600;

/// Mass on either side that a density curve leaves out.
const CURVE_TAIL: f64 = 2e-4;

/// What all figures of a run are about: data, schedule, sampler.
pub(super) fn subject(evaluation: &Evaluation) -> String {
    let config = &evaluation.trained.run.config;
    format!(
        "{} · {} schedule, T = {} · {}-prediction · {} · seed {}",
        config.name,
        config.process.schedule.kind(),
        config.process.num_timesteps,
        match config.model.prediction() {
            Prediction::Noise => "ε",
            Prediction::X0 => "x0",
            Prediction::V => "v",
            Prediction::Velocity => "velocity",
        },
        evaluation.record.sampler,
        config.seed,
    )
}

/// A metric's value, truth and noise floor.
pub(super) fn metric(evaluation: &Evaluation, name: &str) -> MetricValue {
    let found = evaluation.record.metrics.get(name);
    found.copied().unwrap_or_default()
}

/// A metric's name and value with its noise floor, where it has both.
pub(super) fn with_floor(evaluation: &Evaluation, name: &str, label: &str) -> Option<String> {
    let found = metric(evaluation, name);
    Some(beside_floor(label, found.value?, found.noise_floor?))
}

/// A value beside its noise floor.
pub(super) fn beside_floor(label: &str, value: f64, floor: f64) -> String {
    format!(
        "{label} {} (noise floor {})",
        significant(value),
        significant(floor)
    )
}

/// What there is of some remarks.
pub(super) fn joined(remarks: impl IntoIterator<Item = Option<String>>) -> String {
    let found: Vec<_> = remarks.into_iter().flatten().collect();
    found.join(" · ")
}

/// The name of an axis of the data.
pub(super) fn axis_name(dim: usize, k: usize) -> String {
    match dim {
        1 => "x".into(),
        _ => format!("x{}", k + 1),
    }
}

/// A law's density over where nearly all of its mass is.
pub(crate) fn curve(law: &Mixture) -> Vec<(f64, f64)> {
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
