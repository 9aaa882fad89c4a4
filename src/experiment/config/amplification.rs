//! What the first step of sampling does to the error of a network.

use crate::{
    diffusion::{NoiseSchedule, Prediction, sampler::SamplerKind},
    experiment::ExperimentConfig,
};

/// Amplification of the network's error on the first step that is worth a word.
const AMPLIFIED: f64 = 5.0;

/// Where the first step of sampling goes, and what it multiplies the error of a predicted noise by, if
/// that is much. In x_u = (x_t − V/s ε̂)/A, A is small if the process ends almost without signal.
pub(crate) fn amplification(
    config: &ExperimentConfig,
    schedule: &NoiseSchedule,
) -> Option<(f64, f64)> {
    let asks_a_network =
        config.model.network().is_some() && config.sampler.kind != SamplerKind::Exact;
    // The tolerance chooses the first step of an adaptive solver.
    let adaptive = matches!(config.sampler.kind, SamplerKind::Rk45 { .. });
    if config.model.prediction() != Prediction::Noise || !asks_a_network || adaptive {
        return None;
    }
    let visited = config.sampler.instants(schedule);
    let next = visited[visited.len() - 2];
    let gain = next.level.signal / schedule.terminal().signal;
    (gain > AMPLIFIED).then_some((next.t, gain))
}
