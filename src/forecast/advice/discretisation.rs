//! What even a perfect network gets wrong, and which change helps.

use crate::{
    diffusion::{
        ProcessConfig, SamplerConfig, ScheduleConfig,
        sampler::{Levels, ReverseVariance, SamplerKind},
    },
    error::Result,
    experiment::{Dataset, ExperimentConfig},
    forecast::{
        advice::{
            entry::{Advice, Severity},
            process::keeps_its_betas,
        },
        facts::{Description, PerfectFacts},
        sampling,
    },
    text::{significant, with_digits},
};
use std::time::{Duration, Instant};

/// How long alternatives to a sampler are tried.
const PATIENCE: Duration = Duration::from_secs(3);

/// What even a perfect network gets wrong, and the first alternative that does not.
pub(crate) fn discretisation(
    config: &ExperimentConfig,
    dataset: &Dataset,
    found: &Description,
) -> Result<Option<Advice>> {
    let perfect = found.sampler.perfect_network;
    let Some(perfect) = perfect.filter(|perfect| perfect.w1_floors >= 1.0) else {
        return Ok(None);
    };
    let better = best_alternative(config, dataset, perfect)?;
    let instead = better
        .as_ref()
        .map_or_else(String::new, |(set, w1, floors)| {
            format!(
                ". With {set} it would reach {} ({} noise floors)",
                significant(*w1),
                with_digits(*floors, 2)
            )
        });
    Ok(Some(Advice {
        code: "discretisation",
        severity: Severity::Warning,
        message: format!(
            "even a perfect network would reach W1 = {}, {} noise floors of {} samples, with {} and T = \
             {}{instead}",
            significant(perfect.w1),
            with_digits(perfect.w1_floors, 2),
            found.sampler.num_samples,
            found.sampler.sampler,
            config.process.num_timesteps,
        ),
        value: perfect.w1,
        set: better.map(|(set, ..)| set),
    }))
}

/// What could be set instead, with the process and the sampler that follow.
struct Alternative {
    set: String,
    process: ProcessConfig,
    sampler: SamplerConfig,
}

impl Alternative {
    fn of_process(set: String, process: ProcessConfig, config: &ExperimentConfig) -> Self {
        Self {
            set,
            process,
            sampler: config.sampler.clone(),
        }
    }

    fn of_sampler(set: String, sampler: SamplerConfig, config: &ExperimentConfig) -> Self {
        Self {
            set,
            process: config.process.clone(),
            sampler,
        }
    }
}

/// What is tried, the likeliest remedy first.
fn alternatives(config: &ExperimentConfig) -> Vec<Alternative> {
    let (process, sampler) = (&config.process, &config.sampler);
    let of_kind = |set: String, kind: SamplerKind| {
        let sampler = SamplerConfig {
            kind,
            ..sampler.clone()
        };
        Alternative::of_sampler(set, sampler, config)
    };
    let mut found = vec![];
    if keeps_its_betas(&process.schedule) {
        let ends_at_prior = ProcessConfig {
            schedule: ScheduleConfig::Cosine,
            ..process.clone()
        };
        let set = "process.schedule=cosine".to_string();
        found.push(Alternative::of_process(set, ends_at_prior, config));
    }
    for (name, variance) in [
        ("posterior", ReverseVariance::Posterior),
        ("beta", ReverseVariance::Beta),
        ("bayes", ReverseVariance::Bayes),
    ] {
        let changed = match &sampler.kind {
            SamplerKind::Ddpm { .. } => SamplerKind::Ddpm { variance },
            SamplerKind::DdpmX0 { clip_x0, .. } => SamplerKind::DdpmX0 {
                variance,
                clip_x0: *clip_x0,
            },
            _ => continue,
        };
        if changed != sampler.kind {
            found.push(of_kind(format!("sampler.variance={name}"), changed));
        }
    }
    if !matches!(sampler.kind, SamplerKind::Ddim { .. }) {
        found.push(of_kind(
            "sampler.kind=ddim".into(),
            SamplerKind::Ddim { eta: 0.0 },
        ));
    }
    for (name, levels) in [("lambda", Levels::Lambda), ("uniform", Levels::Uniform)] {
        if sampler.kind.solves_in_sigma() && sampler.levels != levels {
            let spaced = SamplerConfig {
                levels,
                ..sampler.clone()
            };
            let set = format!("sampler.levels={name}");
            found.push(Alternative::of_sampler(set, spaced, config));
        }
    }
    if sampler.num_steps.is_some() {
        let all = SamplerConfig {
            num_steps: None,
            ..sampler.clone()
        };
        found.push(Alternative::of_sampler(
            "sampler.num_steps=all".into(),
            all,
            config,
        ));
    }
    for factor in [2, 5, 20] {
        let longer = ProcessConfig {
            num_timesteps: factor * process.num_timesteps,
            ..process.clone()
        };
        if longer.schedule.build(longer.num_timesteps).is_ok() {
            let set = format!("process.num_timesteps={}", longer.num_timesteps);
            found.push(Alternative::of_process(set, longer, config));
        }
    }
    found
}

/// The alternative with the smallest W1 of a perfect network: what to set, W1, and noise floors. The first
/// below a noise floor is good enough.
fn best_alternative(
    config: &ExperimentConfig,
    dataset: &Dataset,
    perfect: PerfectFacts,
) -> Result<Option<(String, f64, f64)>> {
    let begun = Instant::now();
    let mut best: Option<(String, f64, f64)> = None;
    for alternative in alternatives(config) {
        if begun.elapsed() > PATIENCE {
            break;
        }
        let (schedule, samples) = (alternative.process.build(), config.eval.num_samples);
        let sampler = &alternative.sampler;
        let facts = sampling::perfect_sampler(dataset, &schedule, sampler, samples)?;
        let Some(facts) = facts else {
            continue;
        };
        let beats = best.as_ref().map_or(0.8 * perfect.w1, |(_, w1, _)| *w1);
        if facts.w1 < beats {
            best = Some((alternative.set, facts.w1, facts.w1_floors));
        }
        if best.as_ref().is_some_and(|(.., floors)| *floors < 1.0) {
            break;
        }
    }
    Ok(best)
}
