//! What the first step of sampling does to the error of a network.

use crate::{
    diffusion::{NoiseSchedule, Prediction, sampler::SamplerKind},
    experiment::ExperimentConfig,
};

/// Amplification of the network's error on the first step that is worth a word.
const AMPLIFIED: f64 = 5.0;

/// Where the first step of sampling goes, and what it multiplies the error of a predicted noise by, if
/// that is much. A solver that chooses its own steps has no first step that is known before. In
/// x_u = (x_t − V/s ε̂)/A, A is small if the process ends almost without signal.
pub(crate) fn amplification(
    config: &ExperimentConfig,
    schedule: &NoiseSchedule,
) -> Option<(f64, f64)> {
    let has_known_steps = !matches!(
        config.sampler.kind,
        SamplerKind::Exact | SamplerKind::Rk45 { .. }
    );
    let asks_a_network = config.model.network().is_some() && has_known_steps;
    if config.model.prediction() != Prediction::Noise || !asks_a_network {
        return None;
    }
    let visited = config.sampler.instants(schedule);
    let next = visited[visited.len() - 2];
    let gain = next.level.signal / schedule.terminal().signal;
    (gain > AMPLIFIED).then_some((next.t, gain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::config::toml_source;

    #[test]
    fn a_solver_that_chooses_its_steps_has_no_known_first_step() {
        let gain = |sampler: &str| {
            let text = format!(
                "[data]\nkind = \"moons\"\n[process]\nnum_timesteps = 40\nschedule = \"cosine\"\n\
                 [sampler]\nkind = \"{sampler}\"\n"
            );
            let table = toml_source::parse_text(&text, "a").unwrap();
            let config = ExperimentConfig::from_table(&table, "a").unwrap();
            amplification(&config, &config.process.build())
        };
        assert!(gain("ddim").is_some_and(|(t, gain)| t == 39.0 && gain > AMPLIFIED));
        assert_eq!(gain("rk45"), None);
    }
}
