//! Samplers that a trained network could be sampled with instead, at as many evaluations.

use crate::{
    diffusion::{NoiseSchedule, Start, sampler::SamplerKind},
    experiment::ExperimentConfig,
};

/// A change of the sampler that the command takes.
pub(crate) struct Candidate {
    /// The settings, each `key=value` as `--set` takes it; none is set already.
    pub(crate) set: Vec<String>,
    /// What follows.
    pub(crate) config: ExperimentConfig,
}

impl Candidate {
    /// The change to these settings but for those that are set already; `None` where it is refused or changes
    /// nothing.
    pub(crate) fn new(config: &ExperimentConfig, settings: &[String]) -> Option<Self> {
        let whole = config.changed(settings)?;
        Some(Self::without_idle(config, settings.to_vec(), whole))
    }

    /// The settings of sampler and evaluation that make `wanted` of the configuration of a run, none where it is that
    /// already; `None` where settings do not.
    pub(crate) fn between(run: &ExperimentConfig, wanted: &ExperimentConfig) -> Option<Self> {
        let mut wanted = wanted.clone();
        // A setting cannot take away a number of steps that is set.
        let steps = &mut wanted.sampler.num_steps;
        if steps.is_none() && run.sampler.num_steps.is_some() {
            *steps = Some(run.process.num_timesteps);
        }
        if wanted == *run {
            return Some(Self {
                set: vec![],
                config: wanted,
            });
        }
        let settings = run.settings_of_samples(&wanted);
        let whole = run.changed(&settings).filter(|whole| *whole == wanted)?;
        Some(Self::without_idle(run, settings, whole))
    }

    fn without_idle(
        config: &ExperimentConfig,
        mut set: Vec<String>,
        whole: ExperimentConfig,
    ) -> Self {
        // What changes nothing beside the others is set already.
        let mut i = 0;
        while i < set.len() {
            let mut fewer = set.clone();
            fewer.remove(i);
            match config.changed(&fewer).as_ref() == Some(&whole) {
                true => set = fewer,
                false => i += 1,
            }
        }
        Self { set, config: whole }
    }
}

/// Other steps that ask the network about `evaluations` times a sample, the likeliest to help first.
pub(crate) fn of_steps(config: &ExperimentConfig, evaluations: f64) -> Vec<Candidate> {
    let schedule = config.process.build();
    let asked = (evaluations.round() as usize).max(1);
    let settings = |kind: &str, more: &[&str]| steps(config, kind, asked, more);
    let own = config.sampler.kind.name();
    let spaced = |levels: &str| settings(own, &[&format!("levels={levels}")]);
    let variance = |name: &str| settings("ddpm", &[&format!("variance={name}")]);
    let wanted = match config.sampler.kind {
        SamplerKind::Ddpm { .. } | SamplerKind::DdpmX0 { .. } => vec![
            variance("bayes"),
            variance("posterior"),
            variance("beta"),
            settings("euler", &["noise=0"]),
            settings("dpm_solver_pp_2m", &["levels=lambda"]),
            settings("ddim", &["eta=0", "levels=lambda"]),
        ],
        SamplerKind::Exact => vec![],
        _ => vec![
            spaced("lambda"),
            settings("euler", &["noise=0"]),
            variance("bayes"),
            settings("dpm_solver_pp_2m", &["levels=lambda"]),
            settings("ddim", &["eta=0", "levels=lambda"]),
            spaced("karras"),
        ],
    };
    let found = wanted.iter().filter_map(|set| Candidate::new(config, set));
    let mut kept: Vec<Candidate> = vec![];
    for candidate in found {
        let is_new = kept.iter().all(|other| other.config != candidate.config);
        if is_new && is_other(config, &candidate.config, &schedule) {
            kept.push(candidate);
        }
    }
    kept
}

/// Another start.
pub(crate) fn of_start(config: &ExperimentConfig) -> Vec<Candidate> {
    let wanted: &[&str] = match config.sampler.start {
        Start::Standard => &["matched", "exact"],
        Start::Matched => &["exact"],
        Start::Exact => &[],
    };
    let of = |start: &&str| Candidate::new(config, &[format!("sampler.start={start}")]);
    wanted.iter().filter_map(of).collect()
}

/// The settings of a kind of sampler that asks the network so often.
fn steps(config: &ExperimentConfig, kind: &str, asked: usize, more: &[&str]) -> Vec<String> {
    let steps = match kind {
        // Two answers a step, and one for the last.
        "heun" => asked.div_ceil(2),
        _ => asked,
    };
    let all = config.process.num_timesteps;
    let of_kind = match kind {
        _ if kind == config.sampler.kind.name() => None,
        _ if config.sampler.num_steps.is_none() && steps == all => None,
        _ => Some(format!("sampler.num_steps={steps}")),
    };
    let more = more.iter().map(|text| format!("sampler.{text}"));
    [format!("sampler.kind={kind}")]
        .into_iter()
        .chain(of_kind)
        .chain(more)
        .collect()
}

/// Whether a sampler visits other levels or steps in another way, and none of its steps is far too long.
fn is_other(now: &ExperimentConfig, other: &ExperimentConfig, schedule: &NoiseSchedule) -> bool {
    let (now, other) = (&now.sampler, &other.sampler);
    let is_same = now.kind == other.kind && now.instants(schedule) == other.instants(schedule);
    !is_same && other.long_steps(schedule).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::config;

    const SAMPLERS: [&str; 8] = [
        "kind = \"ddpm\"",
        "kind = \"ddpm\"\nvariance = \"bayes\"\nnum_steps = 7",
        "kind = \"ddpm_x0\"\nnum_steps = 5",
        "kind = \"ddim\"\neta = 0.5\nlevels = \"karras\"",
        "kind = \"euler\"\nnum_steps = 9",
        "kind = \"heun\"\nlevels = \"uniform\"\nnum_steps = 12",
        "kind = \"dpm_solver_pp_2m\"\nstart = \"matched\"",
        "kind = \"rk45\"",
    ];

    fn asked(config: &ExperimentConfig) -> f64 {
        let steps = config.sampler.steps(config.process.num_timesteps) as f64;
        match config.sampler.kind {
            SamplerKind::Heun { .. } => 2.0 * steps - 1.0,
            SamplerKind::Rk45 { .. } => 44.2,
            _ => steps,
        }
    }

    #[test]
    fn a_candidate_asks_the_network_no_more_often_and_sets_nothing_twice() {
        for text in SAMPLERS {
            let now = config(&format!(
                "[process]\nnum_timesteps = 40\n[sampler]\n{text}\n"
            ));
            let candidates = of_steps(&now, asked(&now));
            assert!(candidates.len() >= 2, "{text}");
            for found in candidates.iter().chain(&of_start(&now)) {
                assert_ne!(found.config.sampler, now.sampler, "{:?}", found.set);
                for i in 0..found.set.len() {
                    let one = &found.set[i..=i];
                    let is_idle = now.changed(one).is_none();
                    let alone = one[0].starts_with("sampler.kind") || found.set.len() == 1;
                    assert!(!(is_idle && alone), "{:?} {text}", found.set);
                }
                let is_steps = !found.set[0].starts_with("sampler.start");
                if is_steps && !matches!(found.config.sampler.kind, SamplerKind::Rk45 { .. }) {
                    assert!(
                        asked(&found.config) <= asked(&now).round(),
                        "{:?} {text}",
                        found.set
                    );
                }
            }
        }
        let exact = config("[sampler]\nkind = \"exact\"\nstart = \"exact\"\n");
        assert!(of_steps(&exact, 0.0).is_empty() && of_start(&exact).is_empty());
    }

    #[test]
    fn the_settings_are_those_that_differ() {
        let now = config("[sampler]\nkind = \"heun\"\nnum_steps = 15\n");
        let sets: Vec<_> = of_steps(&now, 29.0)
            .into_iter()
            .map(|found| found.set.join(" "))
            .collect();
        assert!(
            sets.contains(&"sampler.kind=euler sampler.num_steps=29".to_string()),
            "{sets:?}"
        );
        let now = config("");
        assert_eq!(of_steps(&now, 100.0)[0].set, ["sampler.variance=bayes"]);
    }
}
