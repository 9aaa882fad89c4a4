//! What is likely to go wrong, with its number, and the key that changes it.

use super::{
    facts::{Description, PerfectFacts},
    sampling,
};
use crate::{
    command::output::{significant, with_digits},
    diffusion::{
        NoiseSchedule, Prediction, ProcessConfig, SamplerConfig, ScheduleConfig,
        sampler::{ReverseVariance, SamplerKind, spaced_timesteps},
    },
    experiment::{Dataset, ExperimentConfig, Standardize},
};
use serde::Serialize;
use std::time::{Duration, Instant};

/// One warning or note.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Advice {
    /// A stable name.
    pub code: &'static str,
    pub severity: Severity,
    /// One sentence that holds its number.
    pub message: String,
    /// That number.
    pub value: f64,
    /// What to override, as `--set` has it.
    pub set: Option<String>,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Severity {
    /// Results will be wrong, or not mean what they seem to.
    Warning,
    /// Worth knowing.
    Note,
}

/// T of the original linear schedule (Ho et al. 2020), for which its ends were chosen.
const LINEAR_TIMESTEPS: usize = 1000;

/// Terminal signal that is as good as none.
const NO_SIGNAL: f64 = 0.02;

/// Amplification of the network's error on the first step that is worth a note.
const AMPLIFIED: f64 = 5.0;

/// Least number of steps that a network of this kind needs, by experience.
const FEW_STEPS: usize = 500;

/// Part of the timesteps without anything to learn that is worth a note.
const WASTED: f64 = 0.6;

/// Relative standard error of a component's share that is worth a note.
const UNCERTAIN_SHARE: f64 = 0.1;

/// How long alternatives to a sampler are tried.
const PATIENCE: Duration = Duration::from_secs(3);

/// All that there is to say about a configuration.
pub(super) fn of(
    config: &ExperimentConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    found: &Description,
) -> Vec<Advice> {
    let candidates = [
        prior(config, found),
        confounded(config),
        standardisation(config, dataset),
        discretisation(config, dataset, found),
        amplification(config, schedule),
        wasted_timesteps(found),
        batch(config, found),
        few_steps(found),
        warm_up(config, found),
        test_set(found),
        rare_component(found),
    ];
    let mut advice: Vec<_> = candidates.into_iter().flatten().collect();
    advice.sort_by_key(|advice| advice.severity == Severity::Note);
    advice
}

fn prior(config: &ExperimentConfig, found: &Description) -> Option<Advice> {
    let kl = found.schedule.prior_kl?;
    (kl > crate::truth::PriorMismatch::KL_WARNING).then(|| Advice {
        code: "wrong_prior",
        severity: Severity::Warning,
        message: format!(
            "sampling starts where the forward process never ends: √ᾱ_T = {}, KL(q_T‖N(0, I)) = {} nats, \
             W1 = {}",
            significant(found.schedule.terminal_signal),
            significant(kl),
            found.schedule.prior_w1.map_or("–".into(), significant),
        ),
        value: kl,
        set: (config.process.schedule != ScheduleConfig::Cosine)
            .then(|| format!("process.schedule={}", instead_of(&config.process))),
    })
}

/// The ends of β stay where they are when T changes, so the end of the process does not.
fn confounded(config: &ExperimentConfig) -> Option<Advice> {
    let ProcessConfig {
        num_timesteps,
        schedule,
    } = &config.process;
    if !keeps_its_betas(schedule) || *num_timesteps == LINEAR_TIMESTEPS {
        return None;
    }
    let here = schedule.build(*num_timesteps).ok()?.terminal().signal;
    let there = schedule.build(LINEAR_TIMESTEPS).ok()?.terminal().signal;
    Some(Advice {
        code: "confounded_num_timesteps",
        severity: Severity::Warning,
        message: format!(
            "`{}` keeps its β whatever T is, so T changes the terminal signal as well: √ᾱ_T = {} at T = \
             {num_timesteps}, {} at T = {LINEAR_TIMESTEPS}; runs that differ in T then differ in both",
            schedule.kind(),
            significant(here),
            significant(there),
        ),
        value: here,
        set: Some(format!("process.schedule={}", instead_of(&config.process))),
    })
}

fn keeps_its_betas(schedule: &ScheduleConfig) -> bool {
    matches!(
        schedule,
        ScheduleConfig::Linear { .. } | ScheduleConfig::Quadratic { .. }
    )
}

/// A schedule like this one that ends at the prior: of its own shape where T allows it.
fn instead_of(process: &ProcessConfig) -> &'static str {
    let ScheduleConfig::Linear {
        beta_start,
        beta_end,
    } = process.schedule
    else {
        return "cosine";
    };
    let rescaled = ScheduleConfig::LinearRescaled {
        beta_start,
        beta_end,
    };
    let terminal = |levels: NoiseSchedule| levels.terminal().signal;
    match rescaled.build(process.num_timesteps).map(terminal) {
        Ok(signal) if signal < NO_SIGNAL => "linear_rescaled",
        _ => "cosine",
    }
}

fn standardisation(config: &ExperimentConfig, dataset: &Dataset) -> Option<Advice> {
    let density = dataset.density.as_ref()?;
    if config.data.standardize != Standardize::None {
        return None;
    }
    let off = |k: usize| {
        let sd = density.variance(k).sqrt();
        sd.ln().abs().max(density.mean(k).abs() / sd)
    };
    let worst = (0..dataset.dim()).max_by(|a, b| off(*a).total_cmp(&off(*b)))?;
    (off(worst) > 0.5).then(|| Advice {
        code: "not_standardised",
        severity: Severity::Warning,
        message: format!(
            "the network sees the data as it is: along axis {worst} its mean is {} and its standard \
             deviation {}, where schedules and networks expect 0 and 1",
            significant(density.mean(worst)),
            significant(density.variance(worst).sqrt()),
        ),
        value: off(worst),
        set: Some("data.standardize=global".into()),
    })
}

/// What even a perfect network gets wrong, and the first alternative that does not.
fn discretisation(
    config: &ExperimentConfig,
    dataset: &Dataset,
    found: &Description,
) -> Option<Advice> {
    let perfect = found.sampler.perfect_network?;
    if perfect.w1_floors < 1.0 {
        return None;
    }
    let better = best_alternative(config, dataset, perfect);
    let instead = better
        .as_ref()
        .map_or_else(String::new, |(set, w1, floors)| {
            format!(
                "; with {set} it would reach {} ({} noise floors)",
                significant(*w1),
                with_digits(*floors, 2)
            )
        });
    Some(Advice {
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
    })
}

/// The one of some alternatives with the smallest W1 of a perfect network: what to set, W1, and noise
/// floors. The first below a noise floor is good enough.
fn best_alternative(
    config: &ExperimentConfig,
    dataset: &Dataset,
    perfect: PerfectFacts,
) -> Option<(String, f64, f64)> {
    let (process, sampler) = (&config.process, &config.sampler);
    let begun = Instant::now();
    let kind = |set: &str, kind: SamplerKind| {
        let sampler = SamplerConfig {
            kind,
            num_steps: sampler.num_steps,
        };
        (set.to_string(), process.clone(), sampler)
    };
    let mut candidates = vec![];
    if keeps_its_betas(&process.schedule) {
        let ends_at_prior = ProcessConfig {
            schedule: ScheduleConfig::Cosine,
            ..process.clone()
        };
        candidates.push((
            "process.schedule=cosine".to_string(),
            ends_at_prior,
            sampler.clone(),
        ));
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
            candidates.push(kind(&format!("sampler.variance={name}"), changed));
        }
    }
    if !matches!(sampler.kind, SamplerKind::Ddim { .. }) {
        candidates.push(kind("sampler.kind=ddim", SamplerKind::Ddim { eta: 0.0 }));
    }
    if sampler.num_steps.is_some() {
        let all = SamplerConfig {
            num_steps: None,
            ..sampler.clone()
        };
        candidates.push(("sampler.num_steps=all".into(), process.clone(), all));
    }
    for factor in [2, 5, 20] {
        let longer = ProcessConfig {
            num_timesteps: factor * process.num_timesteps,
            ..process.clone()
        };
        if longer.schedule.build(longer.num_timesteps).is_ok() {
            let set = format!("process.num_timesteps={}", longer.num_timesteps);
            candidates.push((set, longer, sampler.clone()));
        }
    }
    let mut best: Option<(String, f64, f64)> = None;
    for (set, process, sampler) in candidates {
        if begun.elapsed() > PATIENCE {
            break;
        }
        let schedule = process.build();
        let samples = config.eval.num_samples;
        let Some(facts) = sampling::perfect_network(dataset, &schedule, &sampler, samples) else {
            continue;
        };
        let beats = best.as_ref().map_or(0.8 * perfect.w1, |(_, w1, _)| *w1);
        if facts.w1 < beats {
            best = Some((set, facts.w1, facts.w1_floors));
        }
        if best.as_ref().is_some_and(|(.., floors)| *floors < 1.0) {
            break;
        }
    }
    best
}

/// x_u = (x_t − V/s ε̂)/A: where A is small, so is what the network's error is divided by.
fn amplification(config: &ExperimentConfig, schedule: &NoiseSchedule) -> Option<Advice> {
    if config.model.prediction != Prediction::Noise || config.sampler.kind == SamplerKind::Exact {
        return None;
    }
    let total = schedule.num_timesteps();
    let visited = spaced_timesteps(total, config.sampler.steps(total));
    let next = visited[visited.len() - 2];
    let gain = schedule.level(next).signal / schedule.terminal().signal;
    (gain > AMPLIFIED).then(|| Advice {
        code: "amplified_error",
        severity: Severity::Note,
        message: format!(
            "at t = {total} the signal is all but gone (√ᾱ = {}), and the first step of sampling, to t = \
             {next}, multiplies the error of a predicted noise by {}",
            significant(schedule.terminal().signal),
            significant(gain),
        ),
        value: gain,
        set: Some("model.prediction=v".into()),
    })
}

fn wasted_timesteps(found: &Description) -> Option<Advice> {
    found.loss.as_ref()?;
    let total = found.schedule.num_timesteps;
    let open = found
        .schedule
        .undecided
        .map_or(0, |(first, last)| last + 1 - first);
    let wasted = 1.0 - open as f64 / total as f64;
    (wasted > WASTED && total > 1).then(|| Advice {
        code: "wasted_timesteps",
        severity: Severity::Note,
        message: format!(
            "at {} of the {total} timesteps x_t either all but determines x0 or says nothing of it ({} % of \
             what is trained and sampled)",
            total - open,
            with_digits(100.0 * wasted, 2),
        ),
        value: wasted,
        set: None,
    })
}

fn batch(config: &ExperimentConfig, found: &Description) -> Option<Advice> {
    let (batch, points) = (config.train.batch_size, found.data.num_train);
    (batch > points).then(|| Advice {
        code: "batch_larger_than_data",
        severity: Severity::Warning,
        message: format!(
            "a batch of {batch} shows each of the {points} training points more than once"
        ),
        value: batch as f64 / points as f64,
        set: Some(format!("train.batch_size={}", (points / 4).max(1))),
    })
}

fn few_steps(found: &Description) -> Option<Advice> {
    let network = &found.network;
    let enough_for_data = found.data.num_train.div_ceil(network.batch_size);
    let enough = FEW_STEPS.max(enough_for_data);
    (network.num_steps < enough).then(|| Advice {
        code: "few_steps",
        severity: Severity::Warning,
        message: format!(
            "{} steps of {} points are {} epochs: {}",
            network.num_steps,
            network.batch_size,
            significant(network.epochs),
            match network.epochs < 1.0 {
                true => "part of the data is never seen",
                false => "too few updates for a network of this kind",
            }
        ),
        value: network.num_steps as f64,
        set: Some(format!(
            "train.steps={}",
            (10 * FEW_STEPS).max(enough_for_data)
        )),
    })
}

fn warm_up(config: &ExperimentConfig, found: &Description) -> Option<Advice> {
    let (warm_up, steps) = (config.train.warmup_steps, found.network.num_steps);
    (2 * warm_up > steps).then(|| Advice {
        code: "long_warm_up",
        severity: Severity::Warning,
        message: format!(
            "the learning rate rises over the first {warm_up} steps, and the training has {steps}"
        ),
        value: warm_up as f64 / steps as f64,
        set: Some(format!("train.warmup_steps={}", steps / 20)),
    })
}

fn test_set(found: &Description) -> Option<Advice> {
    let metric = found.metrics.get("w1_test")?;
    let (samples, test) = (found.sampler.num_samples, found.data.num_test);
    (metric.noise_floor.is_some() && samples > 4 * test).then(|| Advice {
        code: "small_test_set",
        severity: Severity::Note,
        message: format!(
            "{test} test points set the noise floor of w1_test ({}); {samples} samples cannot lower it",
            metric.noise_floor.map_or("–".into(), significant),
        ),
        value: test as f64,
        set: Some(format!("data.num_test={samples}")),
    })
}

fn rare_component(found: &Description) -> Option<Advice> {
    let weights = found.data.components.iter().map(|c| c.weight());
    let (k, weight) = weights.enumerate().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let n = found.sampler.num_samples as f64;
    let error = ((1.0 - weight) / (n * weight)).sqrt();
    (error > UNCERTAIN_SHARE).then(|| Advice {
        code: "rare_component",
        severity: Severity::Note,
        message: format!(
            "component {k} has weight {}: its share of {n} samples is known to ± {} % of itself, and {} \
             training points show it",
            significant(weight),
            with_digits(100.0 * error, 2),
            (weight * found.data.num_train as f64).round(),
        ),
        value: error,
        set: Some(format!(
            "eval.num_samples={}",
            ((1.0 - weight) / (weight * UNCERTAIN_SHARE.powi(2))).ceil()
        )),
    })
}
