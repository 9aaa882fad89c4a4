//! What is wrong with the process: where it ends, and what its timesteps are good for.

use crate::{
    diffusion::{NoiseSchedule, ProcessConfig, ScheduleConfig},
    experiment::config::amplification::amplification,
    experiment::{Dataset, ExperimentConfig, Standardize},
    forecast::{
        advice::entry::{Advice, Severity},
        facts::Description,
    },
    text::{significant, with_digits, without_rounding},
};

/// T of the original linear schedule (Ho et al. 2020), for which its ends were chosen.
const LINEAR_TIMESTEPS: usize = 1000;

/// Terminal signal that is as good as none.
const NO_SIGNAL: f64 = 0.02;

/// Part of the timesteps without anything to learn that is worth a note.
const WASTED: f64 = 0.6;

pub(crate) fn prior(config: &ExperimentConfig, found: &Description) -> Option<Advice> {
    let kl = found.schedule.prior_kl?;
    let keeps_its_signal = found.schedule.terminal_signal == 1.0;
    (kl > crate::truth::PriorMismatch::KL_WARNING).then(|| Advice {
        code: "wrong_prior",
        severity: Severity::Warning,
        message: format!(
            "sampling starts where the forward process never ends: {}, KL(q_T‖{}) = {} nats, \
             W1 = {}. sampler.start=exact starts where it ends",
            found.schedule.terminal,
            found.schedule.start,
            significant(kl),
            found.schedule.prior_w1.map_or("–".into(), significant),
        ),
        value: kl,
        set: match &config.process.schedule {
            ScheduleConfig::Cosine => None,
            // A larger σ_T would be another process.
            _ if keeps_its_signal => Some("sampler.start=exact".into()),
            _ => Some(format!("process.schedule={}", instead_of(&config.process))),
        },
    })
}

/// The ends of β stay where they are when T changes, so the end of the process does not.
pub(crate) fn confounded(config: &ExperimentConfig) -> Option<Advice> {
    let ProcessConfig {
        num_timesteps,
        schedule,
        ..
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
             {num_timesteps}, {} at T = {LINEAR_TIMESTEPS}. Runs that differ in T then differ in both",
            schedule.kind(),
            significant(here),
            significant(there),
        ),
        value: here,
        set: Some(format!("process.schedule={}", instead_of(&config.process))),
    })
}

pub(crate) fn keeps_its_betas(schedule: &ScheduleConfig) -> bool {
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

pub(crate) fn standardisation(config: &ExperimentConfig, dataset: &Dataset) -> Option<Advice> {
    let density = dataset.density.as_ref()?;
    if config.data.standardize != Standardize::None {
        return None;
    }
    let off = |k: usize| {
        let sd = density.variance(k).sqrt();
        sd.ln().abs().max(density.mean(k).abs() / sd)
    };
    let worst = (0..dataset.dim()).max_by(|a, b| off(*a).total_cmp(&off(*b)))?;
    let sd = density.variance(worst).sqrt();
    (off(worst) > 0.5).then(|| Advice {
        code: "not_standardised",
        severity: Severity::Warning,
        message: format!(
            "the network sees the data as it is: along {} its mean is {} and its standard \
             deviation {}, where schedules and networks expect 0 and 1",
            dataset.axes.shown(worst),
            significant(without_rounding(density.mean(worst), sd)),
            significant(sd),
        ),
        value: off(worst),
        set: Some("data.standardize=global".into()),
    })
}

pub(crate) fn amplified(config: &ExperimentConfig, schedule: &NoiseSchedule) -> Option<Advice> {
    let (next, gain) = amplification(config, schedule)?;
    Some(Advice {
        code: "amplified_error",
        severity: Severity::Note,
        message: format!(
            "at t = {} the signal is all but gone (√ᾱ = {}), and the first step of sampling, to t = \
             {}, multiplies the error of a predicted noise by {}",
            schedule.num_timesteps(),
            significant(schedule.terminal().signal),
            significant(next),
            significant(gain),
        ),
        value: gain,
        set: Some("model.prediction=v".into()),
    })
}

/// Steps that are too long whatever the data is.
pub(crate) fn long_steps(config: &ExperimentConfig, schedule: &NoiseSchedule) -> Option<Advice> {
    let long = config.sampler.long_steps(schedule)?;
    Some(Advice {
        code: "long_steps",
        severity: Severity::Warning,
        message: long.message(&config.sampler_label()),
        value: long.spread.std_dev,
        set: long.remedy.map(|(set, _)| set),
    })
}

pub(crate) fn wasted_timesteps(found: &Description) -> Option<Advice> {
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
