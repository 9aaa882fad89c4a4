//! What helps against a wrong start.

use super::{
    remedy::{Remedy, plain},
    trials,
};
use crate::{
    diffusion::{ScheduleConfig, Start},
    experiment::{ExperimentConfig, run::record::EvalRecord},
};

/// No schedule takes so large a noise.
const LARGEST_NOISE: f64 = 1e6;

pub(super) fn remedies(config: &ExperimentConfig, record: &EvalRecord) -> Vec<Remedy> {
    let tried = trials::best(record, true);
    let mut found: Vec<_> = tried.into_iter().collect();
    found.extend(more_noise(config));
    let start = match config.sampler.start {
        Start::Standard => Some(("start from a normal law with the moments of q_T", "matched")),
        Start::Matched => Some(("start from q_T itself", "exact")),
        Start::Exact => None,
    };
    let start = start
        .and_then(|(words, start)| Remedy::new(config, words, format!("sampler.start={start}")));
    found.extend(start.filter(|start| !trials::were_tried(record, &start.set)));
    found
}

/// A process that ends nearer to noise.
fn more_noise(config: &ExperimentConfig) -> Option<Remedy> {
    let raised = |key: &str, value: f64| {
        let words = "raise the noise at the end of the process";
        let set = format!("process.schedule.{key}={}", plain(value));
        (value < LARGEST_NOISE)
            .then(|| Remedy::new(config, words, set))
            .flatten()
    };
    match &config.process.schedule {
        ScheduleConfig::Ve { sigma_max, .. }
        | ScheduleConfig::VeSqrt { sigma_max }
        | ScheduleConfig::VeQuadratic { sigma_max, .. }
        | ScheduleConfig::VeSigmoid { sigma_max, .. }
        | ScheduleConfig::Karras { sigma_max, .. } => raised("sigma_max", 4.0 * sigma_max),
        ScheduleConfig::Vp { beta_max, .. } => raised("beta_max", 2.0 * beta_max),
        ScheduleConfig::Linear { .. }
        | ScheduleConfig::LinearRescaled { .. }
        | ScheduleConfig::Quadratic { .. }
        | ScheduleConfig::BetaSigmoid { .. } => Remedy::new(
            config,
            "end the process nearer to noise",
            "process.schedule=cosine",
        ),
        ScheduleConfig::Cosine
        | ScheduleConfig::CosineClipped
        | ScheduleConfig::CosineOpen
        | ScheduleConfig::AlphaBarSigmoid { .. }
        | ScheduleConfig::Flow => None,
    }
}
