//! Words that figures of a run have in common.

use crate::{
    diffusion::Prediction, evaluation::run::Evaluation, experiment::run::record::EvalRecord,
    metric::MetricValue, text::significant,
};

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
pub(super) fn metric(record: &EvalRecord, name: &str) -> MetricValue {
    let found = record.metrics.get(name);
    found.copied().unwrap_or_default()
}

/// A metric's name and value with its noise floor, where it has both.
pub(super) fn with_floor(record: &EvalRecord, name: &str, label: &str) -> Option<String> {
    let found = metric(record, name);
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
