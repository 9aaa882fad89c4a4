//! What the numbers of a run tell of its network: which change would help it.

use crate::{
    evaluation::verdict::{Validation, best_before, dearest_timesteps, keeps_errors},
    experiment::{
        ExperimentConfig, MetricsRecord,
        run::record::{BoundTerm, EvalRecord},
    },
};

/// Least number of steps that a network of this kind needs, by experience.
const FEW_STEPS: usize = 500;

/// An excess loss that fell to less than this part over the second half of the training would fall on.
const FALLING: f64 = 0.7;

/// What is known of a network's error.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct NetworkSigns {
    /// How far it has come to knowing its training points alone.
    pub(crate) memorised: Option<f64>,
    /// Its loss above that of a perfect network on its training points and on new ones, where it is far better on the
    /// former.
    pub(crate) fits_points: Option<(f64, f64)>,
    /// The best validation, if it was much better then.
    pub(crate) better_before: Option<Validation>,
    /// Most of what its error costs is at the noisier half of the timesteps, or its first step multiplies it.
    pub(crate) errs_near_noise: bool,
    /// Most of what its error costs is at timesteps that the loss hardly counts.
    pub(crate) is_starved: bool,
    /// The training was shorter than networks of this kind need.
    pub(crate) is_short: bool,
    /// Its loss was still falling.
    pub(crate) is_falling: bool,
}

impl NetworkSigns {
    pub(crate) fn of(
        config: &ExperimentConfig,
        record: &EvalRecord,
        bound: &[BoundTerm],
        training: &[MetricsRecord],
    ) -> Self {
        let half = config.process.num_timesteps / 2;
        let is_dear = dearest_timesteps(bound).is_some_and(|(low, _)| low > half);
        let first_step = record.first_step.filter(|_| keeps_errors(config));
        Self {
            memorised: record.memorised,
            fits_points: fits_points(record),
            better_before: best_before(training, record.step),
            errs_near_noise: is_dear || first_step.is_some(),
            is_starved: is_starved(config, bound),
            is_short: record.step < FEW_STEPS,
            is_falling: is_falling(training, record.step),
        }
    }
}

/// A timestep whose weight is below this part of the mean weight is hardly counted.
const STARVED: f64 = 0.1;

/// Whether more than half of the nats that the network's error costs are paid at timesteps that the loss hardly
/// counts.
fn is_starved(config: &ExperimentConfig, bound: &[BoundTerm]) -> bool {
    let schedule = config.process.build();
    let prediction = config.model.prediction();
    let weight = |t| {
        config
            .train
            .loss_weight
            .weight(prediction, schedule.level(t))
    };
    let total = schedule.num_timesteps();
    let mean = (1..=total).map(weight).sum::<f64>() / total as f64;
    let (mut starved, mut all) = (0.0, 0.0);
    for term in bound {
        all += term.nats;
        if weight(term.t) < STARVED * mean {
            starved += term.nats;
        }
    }
    starved > 0.5 * all
}

/// An excess on the training points below this part of that on new ones is due to the points.
const FITTED: f64 = 0.5;

fn fits_points(record: &EvalRecord) -> Option<(f64, f64)> {
    let known = record.training_excess?;
    let excess = record.metrics.get("excess_loss")?.value?;
    (known < FITTED * excess).then_some((known, excess))
}

/// Whether the excess loss was falling still, up to `step`.
fn is_falling(training: &[MetricsRecord], step: usize) -> bool {
    let excess = |record: &MetricsRecord| Some((record.step, record.excess_loss?));
    let before = training.iter().filter_map(excess);
    let before: Vec<_> = before.filter(|(at, _)| *at <= step).collect();
    let middle = before.iter().find(|(at, _)| 2 * at >= step);
    match (middle, before.last()) {
        (Some((middle, then)), Some((last, now))) => middle < last && *now < FALLING * then,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::testing::{config, record};

    fn training(excess: &[f64]) -> Vec<MetricsRecord> {
        let line = |(i, excess): (usize, &f64)| MetricsRecord {
            step: 500 * (i + 1),
            epoch: 1.0,
            train_loss: 0.1,
            val_loss: 0.1,
            loss_floor: None,
            excess_loss: Some(*excess),
            learning_rate: 0.1,
        };
        excess.iter().enumerate().map(line).collect()
    }

    fn bound(nats: [f64; 4]) -> Vec<BoundTerm> {
        let term = |(i, nats): (usize, f64)| BoundTerm {
            t: i + 2,
            nats,
            standard_error: 0.0,
        };
        nats.into_iter().enumerate().map(term).collect()
    }

    #[test]
    fn what_costs_near_noise_is_told_by_the_bound_and_by_the_first_step() {
        let text = "[process]\nnum_timesteps = 5\n";
        let mut record = record();
        record.first_step = None;
        let errs = |record: &EvalRecord, nats, text: &str| {
            NetworkSigns::of(&config(text), record, &bound(nats), &[]).errs_near_noise
        };
        assert!(errs(&record, [0.0, 0.1, 0.0, 0.9], text));
        assert!(!errs(&record, [0.5, 0.1, 0.0, 0.4], text));
        record.first_step = Some(crate::experiment::run::record::FirstStep { t: 4.0, gain: 30.0 });
        // Noise makes up for the error of the first step.
        assert!(!errs(&record, [0.5, 0.1, 0.0, 0.4], text));
        let ddim = format!("{text}[sampler]\nkind = \"ddim\"\n");
        assert!(errs(&record, [0.5, 0.1, 0.0, 0.4], &ddim));
    }

    /// Of the noise, min-SNR-γ counts the clean timesteps next to nothing, and of x0 the noisy ones.
    #[test]
    fn what_the_loss_starves_is_told_by_its_weight_and_the_bound() {
        let starves = |prediction: &str, weight: &str, nats| {
            let text = format!(
                "[process]\nnum_timesteps = 5\nschedule = \"cosine\"\n[model]\nprediction = \"{prediction}\"\n\
                 [train]\nloss_weight = {weight}\n"
            );
            NetworkSigns::of(&config(&text), &record(), &bound(nats), &[]).is_starved
        };
        let (clean, noisy) = ([0.9, 0.0, 0.0, 0.1], [0.1, 0.0, 0.0, 0.9]);
        let weight = "{ kind = \"min_snr\", gamma = 0.01 }";
        assert!(starves("noise", weight, clean) && !starves("noise", weight, noisy));
        let weight = "{ kind = \"min_snr\", gamma = 5.0 }";
        assert!(starves("x0", weight, noisy) && !starves("x0", weight, clean));
        for nats in [clean, noisy] {
            assert!(!starves("noise", "\"uniform\"", nats));
        }
    }

    #[test]
    fn a_training_was_short_by_its_steps_and_its_loss_fell_by_its_validations() {
        let mut record = record();
        record.step = 2000;
        let signs = |record: &EvalRecord, excess: &[f64]| {
            NetworkSigns::of(&config(""), record, &[], &training(excess))
        };
        assert!(signs(&record, &[0.9, 0.4, 0.3, 0.2]).is_falling);
        assert!(!signs(&record, &[0.9, 0.22, 0.21, 0.2]).is_falling);
        assert!(!signs(&record, &[]).is_falling);
        assert!(!signs(&record, &[]).is_short);
        record.step = 499;
        assert!(signs(&record, &[]).is_short);
    }
}
