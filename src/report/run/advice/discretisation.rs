//! What helps against steps that are too long.

use super::{
    remedy::{Remedy, plain},
    trials,
};
use crate::{
    diffusion::{
        Frame, MAX_TIMESTEPS,
        sampler::{Levels, ReverseVariance, SamplerKind},
    },
    experiment::{ExperimentConfig, run::record::EvalRecord},
};

pub(super) fn remedies(config: &ExperimentConfig, record: &EvalRecord) -> Vec<Remedy> {
    let tried = trials::best(record, false);
    let mut found: Vec<_> = tried.into_iter().collect();
    found.extend(more_steps(config));
    // What was tried is advised where it is better, and not otherwise.
    let own = of_sampler(config).filter(|_| record.alternatives.iter().all(trials::is_start));
    found.extend(own.filter(|own| !trials::were_tried(record, &own.set)));
    found
}

fn more_steps(config: &ExperimentConfig) -> Option<Remedy> {
    let total = config.process.num_timesteps;
    let steps = config.sampler.steps(total);
    let words = "take more steps";
    match config.sampler.kind {
        SamplerKind::Exact => None,
        SamplerKind::Rk45 { tolerance } => Remedy::new(
            config,
            "allow a smaller error in a step",
            format!("sampler.tolerance={}", plain(tolerance / 10.0)),
        ),
        _ if steps < total => {
            let more = (2 * steps).min(total);
            Remedy::new(config, words, format!("sampler.num_steps={more}"))
        }
        _ if config.sampler.num_steps.is_none() && 2 * total <= MAX_TIMESTEPS => Remedy::new(
            config,
            "use more timesteps",
            format!("process.num_timesteps={}", 2 * total),
        ),
        _ if total > 1 => Remedy::new(config, words, format!("sampler.num_steps={}", 2 * steps)),
        _ => None,
    }
}

/// What else a sampler has to set.
fn of_sampler(config: &ExperimentConfig) -> Option<Remedy> {
    let is_even = config.sampler.levels == Levels::Uniform;
    let is_exploding = config.process.build().frame() == Frame::VarianceExploding;
    let (words, set) = match config.sampler.kind {
        SamplerKind::Ddpm { variance } | SamplerKind::DdpmX0 { variance, .. }
            if variance != ReverseVariance::Bayes =>
        {
            ("take the best reverse variance", "sampler.variance=bayes")
        }
        SamplerKind::Ddim { eta } if eta > 0.0 => ("add no noise", "sampler.eta=0"),
        SamplerKind::Euler { noise } if noise > 0.0 => ("add no noise", "sampler.noise=0"),
        SamplerKind::Heun { s_churn, .. } if s_churn > 0.0 => ("add no noise", "sampler.s_churn=0"),
        SamplerKind::Heun { .. } if is_even && !is_exploding => {
            ("space the levels in σ", "sampler.levels=karras")
        }
        SamplerKind::DpmSolverPp2m if is_even => ("space the levels in λ", "sampler.levels=lambda"),
        _ => return None,
    };
    Remedy::new(config, words, set)
}
