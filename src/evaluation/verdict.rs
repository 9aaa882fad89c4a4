//! What an evaluation has to say of its run: what is to blame for the error of the samples, with its numbers.

use crate::{
    diffusion::sampler::SamplerKind,
    experiment::{
        ExperimentConfig,
        run::record::{
            AttributionRecord, Blamed, BoundTerm, ByCause, EvalRecord, FirstStep, TimestepLoss,
        },
    },
    metric::{Judgement, METRICS, Metric},
    target::Estimate,
};

/// The fraction of a sum that a range of timesteps is named for.
pub(crate) const MOST: f64 = 0.8;

/// The verdict on a run.
pub(crate) enum Verdict {
    /// Without sampling noise the error is below what as many perfect samples show.
    Indistinguishable(Unblamed),
    /// No cause of the error is beyond its own uncertainty.
    NothingStandsOut(Unblamed),
    /// One cause dominates.
    Blame(Blame),
}

/// An error that is put down to no cause.
pub(crate) struct Unblamed {
    pub(crate) num_samples: usize,
    /// W1 without sampling noise.
    pub(crate) w1: Estimate,
    /// What as many perfect samples show.
    pub(crate) sample_floor: f64,
    /// Whether W1 is the mean over several axes.
    pub(crate) is_along_axes: bool,
    /// Metrics that see a difference all the same, where W1 does not see all.
    pub(crate) beyond_noise: Vec<&'static str>,
}

/// The cause that dominates.
pub(crate) struct Blame {
    pub(crate) cause: Cause,
    /// Its share of W1.
    pub(crate) share: Estimate,
    /// W1 without sampling noise.
    pub(crate) w1: Estimate,
    /// A cause whose share may be as large.
    pub(crate) rival: Option<Blamed>,
}

/// What is known of the cause that dominates.
pub(crate) enum Cause {
    Prior {
        terminal_signal: f64,
        /// W1 of q_T to the law that sampling starts from.
        w1: Option<f64>,
    },
    Network {
        /// The first and last timestep of the shortest range that holds [`MOST`] of the excess loss.
        worst_timesteps: Option<(usize, usize)>,
        /// The first step of a sampler that draws no noise to make up for its error.
        first_step: Option<FirstStep>,
    },
    Discretisation {
        num_steps: usize,
        sampler: String,
        /// Whether the process has more timesteps than that.
        has_more_timesteps: bool,
    },
}

impl Verdict {
    /// The verdict of a record; `None` where nothing is known of the law of the samples.
    pub(crate) fn of(
        config: &ExperimentConfig,
        record: &EvalRecord,
        losses: &[TimestepLoss],
    ) -> Option<Self> {
        let attribution = record.attribution.as_ref()?;
        let w1 = total(attribution);
        let (share, cause): (fn(&ByCause<f64>) -> f64, _) = match attribution.verdict {
            Blamed::SampleSize => return Some(Self::without_blame(record, attribution)),
            Blamed::Prior => (
                |of| of.prior,
                Cause::Prior {
                    terminal_signal: record.terminal_signal,
                    w1: record.prior_w1,
                },
            ),
            Blamed::Network => (
                |of| of.network,
                Cause::Network {
                    worst_timesteps: worst_timesteps(losses),
                    first_step: record.first_step.filter(|_| !draws_noise(config)),
                },
            ),
            Blamed::Discretisation => (
                |of| of.discretisation,
                Cause::Discretisation {
                    num_steps: record.num_sampling_steps,
                    sampler: record.sampler.clone(),
                    has_more_timesteps: record.num_sampling_steps < config.process.num_timesteps,
                },
            ),
        };
        let errors = attribution.standard_errors.as_ref();
        Some(Self::Blame(Blame {
            cause,
            share: Estimate {
                value: share(&attribution.shares),
                standard_error: errors.map_or(0.0, |errors| share(&errors.shares)),
            },
            w1,
            rival: attribution.rival,
        }))
    }

    fn without_blame(record: &EvalRecord, attribution: &AttributionRecord) -> Self {
        let w1 = total(attribution);
        // Along the axes, or in all classes together, not all can be seen.
        let is_all = record.axes.is_empty() && record.classes.is_empty();
        let unblamed = Unblamed {
            num_samples: record.num_samples,
            w1,
            sample_floor: attribution.sample_floor,
            is_along_axes: !record.axes.is_empty(),
            beyond_noise: if is_all { vec![] } else { beyond_noise(record) },
        };
        if w1.value < attribution.sample_floor {
            Self::Indistinguishable(unblamed)
        } else {
            Self::NothingStandsOut(unblamed)
        }
    }
}

fn total(attribution: &AttributionRecord) -> Estimate {
    let total = attribution.total();
    Estimate {
        value: total.w1,
        standard_error: total.standard_error.unwrap_or_default(),
    }
}

/// The metrics of the samples that no perfect model would show.
fn beyond_noise(record: &EvalRecord) -> Vec<&'static str> {
    let judged = METRICS.iter().filter(|metric| metric.name() != "val_loss");
    let is_beyond = |metric: &&&dyn Metric| {
        let value = record.metrics.get(metric.name());
        let judgement = value.and_then(|value| value.judgement(metric.larger_is_better()));
        judgement.is_some_and(|judgement| judgement != Judgement::Indistinguishable)
    };
    judged
        .filter(is_beyond)
        .map(|metric| metric.name())
        .collect()
}

/// A sampler without noise keeps the error of its first step: nothing on the way makes up for it.
fn draws_noise(config: &ExperimentConfig) -> bool {
    match config.sampler.kind {
        SamplerKind::Ddim { eta } => eta > 0.0,
        SamplerKind::Euler { noise } => noise > 0.0,
        SamplerKind::Heun { s_churn, .. } => s_churn > 0.0,
        SamplerKind::DpmSolverPp2m | SamplerKind::Rk45 { .. } => false,
        SamplerKind::Ddpm { .. } | SamplerKind::DdpmX0 { .. } | SamplerKind::Exact => true,
    }
}

/// The shortest range of timesteps that holds most of the excess loss.
fn worst_timesteps(losses: &[TimestepLoss]) -> Option<(usize, usize)> {
    let excess: Vec<_> = losses.iter().map(|loss| loss.excess).collect();
    let (low, high) = most(&excess)?;
    Some((losses[low].t, losses[high].t))
}

/// The shortest range of timesteps that holds most of the nats.
pub(crate) fn dearest_timesteps(terms: &[BoundTerm]) -> Option<(usize, usize)> {
    let nats: Vec<_> = terms.iter().map(|term| term.nats).collect();
    let (low, high) = most(&nats)?;
    Some((terms[low].t, terms[high].t))
}

/// The first and last index of the shortest run of terms that holds most of their sum.
fn most(terms: &[f64]) -> Option<(usize, usize)> {
    let sum: f64 = terms.iter().sum();
    if sum <= 0.0 {
        return None;
    }
    let wanted = MOST * sum;
    let (mut low, mut held, mut best) = (0, 0.0, None::<(usize, usize)>);
    for (high, term) in terms.iter().enumerate() {
        held += term;
        while low < high && held - terms[low] >= wanted {
            held -= terms[low];
            low += 1;
        }
        if held >= wanted && best.is_none_or(|(a, b)| high - low < b - a) {
            best = Some((low, high));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_timesteps_are_the_shortest_range_with_most_of_the_excess() {
        let loss = |(i, excess): (usize, &f64)| TimestepLoss {
            t: i + 1,
            floor: 0.0,
            floor_standard_error: 0.0,
            loss: *excess,
            excess: *excess,
            excess_standard_error: 0.0,
        };
        let losses: Vec<_> = [1.0, 1.0, 40.0, 45.0, 3.0, 10.0]
            .iter()
            .enumerate()
            .map(loss)
            .collect();
        assert_eq!(worst_timesteps(&losses), Some((3, 4)));
        assert_eq!(worst_timesteps(&[]), None);
    }
}
