//! What an evaluation has to say of its run: first the judgement of all metrics, then what is to blame for the error
//! of the samples, with its numbers.

use crate::{
    diffusion::sampler::SamplerKind,
    evaluation::{judged::Judgements, mode_finding::ModeFinding},
    experiment::{
        ExperimentConfig, MetricsRecord,
        run::record::{
            AttributionRecord, Blamed, BoundTerm, ByCause, EvalRecord, Fault, FirstStep,
            TimestepLoss, ToldRecord,
        },
    },
    target::{Estimate, Mixture},
    truth::{SIGNIFICANT, Subject},
};

/// The fraction of a sum that a range of timesteps is named for.
pub(crate) const MOST: f64 = 0.8;

/// A share that is so large a part of the largest one is nearly as large.
const NEAR: f64 = 0.8;

/// A loss that is so many times that of a constant is that of a training that failed.
const FAILED: f64 = 2.0;

/// What a verdict is made from.
pub(crate) struct Situation<'a> {
    pub(crate) config: &'a ExperimentConfig,
    pub(crate) record: &'a EvalRecord,
    pub(crate) losses: &'a [TimestepLoss],
    /// The validations of the training.
    pub(crate) training: &'a [MetricsRecord],
    /// The density of the data, where it is known.
    pub(crate) density: Option<&'a Mixture>,
    /// The loss of the best constant.
    pub(crate) constant_loss: f64,
}

/// The verdict on a run.
pub(crate) struct Verdict {
    pub(crate) judgements: Judgements,
    /// Whether the samples are held against the law of the data, and not against test points alone.
    pub(crate) is_law_known: bool,
    /// The size at which these can be told from the truth, where there are tests.
    pub(crate) told: Option<ToldRecord>,
    /// What is wrong with the samples.
    pub(crate) faults: Vec<Fault>,
    /// The loss of a training that failed, and that of a constant.
    pub(crate) failed: Option<FailedTraining>,
    pub(crate) modes: ModeFinding,
    pub(crate) num_samples: usize,
    /// Nothing where no cause of the error is known.
    pub(crate) finding: Option<Finding>,
}

/// A network that is worse than a constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FailedTraining {
    /// Nothing where the loss is no number.
    pub(crate) loss: Option<f64>,
    pub(crate) constant: f64,
}

/// What is found of the causes of the error.
pub(crate) enum Finding {
    /// Without sampling noise W1 is below what as many perfect samples show.
    BelowFloor(Unblamed),
    /// No share is beyond its own error.
    WithinErrors(Unblamed, LargestShare),
    /// One cause dominates.
    Blame(Blame),
}

/// An error that is put down to no cause.
pub(crate) struct Unblamed {
    /// W1 without sampling noise.
    pub(crate) w1: Estimate,
    /// What as many perfect samples show.
    pub(crate) sample_floor: f64,
    /// Whether W1 is the mean over several axes.
    pub(crate) is_along_axes: bool,
}

/// The cause with the largest share.
pub(crate) struct LargestShare {
    pub(crate) cause: Blamed,
    pub(crate) share: Estimate,
    /// Whether more samples of the run give more samples of every combination.
    pub(crate) is_limited_by_samples: bool,
}

/// The cause that dominates.
pub(crate) struct Blame {
    pub(crate) cause: Cause,
    /// Its share of W1.
    pub(crate) share: Estimate,
    /// W1 without sampling noise.
    pub(crate) w1: Estimate,
    /// Whether that is a mean over axes.
    pub(crate) is_along_axes: bool,
    /// A cause whose share is nearly as large.
    pub(crate) rival: Option<Rival>,
}

/// A cause whose share is nearly as large as the largest.
#[derive(Clone, Copy)]
pub(crate) struct Rival {
    pub(crate) cause: Blamed,
    pub(crate) share: Estimate,
    /// Whether the errors leave open which of the two is larger.
    pub(crate) is_open: bool,
}

/// What a network was at one validation, and what it is where it is evaluated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Validation {
    pub(crate) step: usize,
    /// The excess loss there.
    pub(crate) excess: f64,
    /// And where it is evaluated.
    pub(crate) now: f64,
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
        /// The best validation, if the network was much better then.
        better_before: Option<Validation>,
    },
    Discretisation {
        num_steps: usize,
        sampler: String,
        /// Whether the sampler chooses its own steps.
        chooses_steps: bool,
    },
}

impl Cause {
    /// Its name.
    pub(crate) fn blamed(&self) -> Blamed {
        match self {
            Self::Prior { .. } => Blamed::Prior,
            Self::Network { .. } => Blamed::Network,
            Self::Discretisation { .. } => Blamed::Discretisation,
        }
    }
}

impl Verdict {
    /// The verdict on a run.
    pub(crate) fn of(run: &Situation) -> Self {
        let record = run.record;
        Self {
            judgements: Judgements::of(record),
            is_law_known: run.density.is_some(),
            told: record.told.clone(),
            faults: record.faults.clone(),
            failed: failed(run),
            modes: run
                .density
                .map(|law| ModeFinding::of(record, law))
                .unwrap_or_default(),
            num_samples: record.num_samples,
            finding: record.attribution.as_ref().map(|found| finding(run, found)),
        }
    }
}

/// A training whose loss is far above that of a constant, or is no number.
fn failed(run: &Situation) -> Option<FailedTraining> {
    run.config.model.network()?;
    let loss = run.record.metrics.get("val_loss")?.value;
    let constant = run.constant_loss;
    let is_failed = loss.is_none_or(|loss| loss > FAILED * constant);
    is_failed.then_some(FailedTraining { loss, constant })
}

fn finding(run: &Situation, attribution: &AttributionRecord) -> Finding {
    let w1 = total(attribution);
    let share = |cause| share(attribution, cause);
    let largest = largest(attribution);
    if attribution.verdict != Blamed::SampleSize {
        let blamed = attribution.verdict;
        return Finding::Blame(Blame {
            cause: cause(run, blamed),
            share: share(blamed),
            w1,
            is_along_axes: !run.record.axes.is_empty(),
            rival: rival(attribution),
        });
    }
    let unblamed = Unblamed {
        w1,
        sample_floor: attribution.sample_floor,
        is_along_axes: !run.record.axes.is_empty(),
    };
    if w1.value < attribution.sample_floor {
        Finding::BelowFloor(unblamed)
    } else {
        let largest = LargestShare {
            cause: largest,
            share: share(largest),
            is_limited_by_samples: attribution
                .num_samples
                .is_some_and(|n| 10 * n >= 9 * run.record.num_samples && n < Subject::MAX_SAMPLES),
        };
        Finding::WithinErrors(unblamed, largest)
    }
}

/// What is known of a cause.
fn cause(run: &Situation, blamed: Blamed) -> Cause {
    let record = run.record;
    match blamed {
        Blamed::Prior => Cause::Prior {
            terminal_signal: record.terminal_signal,
            w1: record.prior_w1,
        },
        Blamed::Network => Cause::Network {
            worst_timesteps: worst_timesteps(run.losses),
            first_step: record.first_step.filter(|_| keeps_errors(run.config)),
            better_before: best_before(run.training, record.step),
        },
        Blamed::Discretisation | Blamed::SampleSize => Cause::Discretisation {
            num_steps: record.num_sampling_steps,
            sampler: record.sampler.clone(),
            chooses_steps: chooses_steps(run.config),
        },
    }
}

/// An excess loss that has grown by this factor since its best validation has done so by more training.
const GROWN: f64 = 1.3;

/// The best validation before the step that is evaluated, if the network was much better then.
pub(crate) fn best_before(training: &[MetricsRecord], step: usize) -> Option<Validation> {
    let excess = |record: &MetricsRecord| Some((record.step, record.excess_loss?));
    let validations = training.iter().filter_map(excess);
    let before = validations.filter(|(at, _)| *at <= step);
    let before: Vec<_> = before.collect();
    let (_, now) = *before.last()?;
    let (step, excess) = *before.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    (now > GROWN * excess).then_some(Validation { step, excess, now })
}

/// The causes that have a share.
pub(crate) const CAUSES: [Blamed; 3] = [Blamed::Prior, Blamed::Network, Blamed::Discretisation];

/// The number of a cause; those of no cause are 0.
pub(crate) fn of_cause(numbers: &ByCause<f64>, cause: Blamed) -> f64 {
    match cause {
        Blamed::Prior => numbers.prior,
        Blamed::Network => numbers.network,
        Blamed::Discretisation => numbers.discretisation,
        Blamed::SampleSize => 0.0,
    }
}

fn share(attribution: &AttributionRecord, cause: Blamed) -> Estimate {
    let errors = attribution.standard_errors.as_ref();
    Estimate {
        value: of_cause(&attribution.shares, cause),
        standard_error: errors.map_or(0.0, |errors| of_cause(&errors.shares, cause)),
    }
}

fn largest(attribution: &AttributionRecord) -> Blamed {
    let share = |cause: &Blamed| of_cause(&attribution.shares, *cause);
    let largest = CAUSES
        .into_iter()
        .max_by(|a, b| share(a).total_cmp(&share(b)));
    largest.unwrap_or(Blamed::SampleSize)
}

/// The cause whose share is nearest to that of the cause that is blamed, where it is nearly as large.
fn rival(attribution: &AttributionRecord) -> Option<Rival> {
    let blamed = share(attribution, attribution.verdict);
    let others = CAUSES.into_iter().filter(|c| *c != attribution.verdict);
    let rivals = others.map(|cause| Rival {
        cause,
        share: share(attribution, cause),
        is_open: attribution.rival == Some(cause),
    });
    let second = rivals.max_by(|a, b| a.share.value.total_cmp(&b.share.value))?;
    (second.is_open || second.share.value > NEAR * blamed.value).then_some(second)
}

/// Whether a share is beyond its own error.
pub(crate) fn is_significant(share: Estimate) -> bool {
    share.value.abs() > SIGNIFICANT * share.standard_error
}

fn total(attribution: &AttributionRecord) -> Estimate {
    let total = attribution.total();
    Estimate {
        value: total.w1,
        standard_error: total.standard_error.unwrap_or_default(),
    }
}

/// Whether a sampler chooses its own steps.
pub(crate) fn chooses_steps(config: &ExperimentConfig) -> bool {
    matches!(config.sampler.kind, SamplerKind::Rk45 { .. })
}

/// A sampler without noise keeps the error of its first step: nothing on the way makes up for it.
pub(crate) fn keeps_errors(config: &ExperimentConfig) -> bool {
    match config.sampler.kind {
        SamplerKind::Ddim { eta } => eta == 0.0,
        SamplerKind::Euler { noise } => noise == 0.0,
        SamplerKind::Heun { s_churn, .. } => s_churn == 0.0,
        SamplerKind::DpmSolverPp2m | SamplerKind::Rk45 { .. } => true,
        SamplerKind::Ddpm { .. } | SamplerKind::DdpmX0 { .. } | SamplerKind::Exact => false,
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
    use crate::evaluation::testing::{config, record};

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

    fn verdict(record: &EvalRecord, constant_loss: f64) -> Verdict {
        Verdict::of(&Situation {
            config: &config(""),
            record,
            losses: &[],
            training: &[],
            density: None,
            constant_loss,
        })
    }

    #[test]
    fn a_loss_far_above_that_of_a_constant_is_a_failed_training() {
        let mut record = record();
        assert_eq!(verdict(&record, 1.0).failed, None);
        let loss = record.metrics.get_mut("val_loss").unwrap();
        loss.value = Some(85.0);
        let failed = verdict(&record, 1.0).failed.unwrap();
        assert_eq!((failed.loss, failed.constant), (Some(85.0), 1.0));
        assert_eq!(verdict(&record, 45.0).failed, None);
        record.metrics.get_mut("val_loss").unwrap().value = None;
        assert_eq!(verdict(&record, 1.0).failed.unwrap().loss, None);
    }

    #[test]
    fn a_near_tie_is_told_without_errors_too() {
        let mut record = record();
        let found = |record: &EvalRecord| match verdict(record, 1.0).finding {
            Some(Finding::Blame(blame)) => blame.rival.map(|rival| (rival.cause, rival.is_open)),
            _ => panic!("no blame"),
        };
        // 57.76 and 55.58 of 113.3.
        assert_eq!(found(&record), Some((Blamed::Discretisation, false)));
        let attribution = record.attribution.as_mut().unwrap();
        attribution.shares.discretisation = 20.0;
        assert!(found(&record).is_none());
        record.attribution.as_mut().unwrap().rival = Some(Blamed::Discretisation);
        assert_eq!(found(&record), Some((Blamed::Discretisation, true)));
    }

    #[test]
    fn below_the_floor_no_cause_is_blamed() {
        let mut record = record();
        let attribution = record.attribution.as_mut().unwrap();
        attribution.verdict = Blamed::SampleSize;
        let found = verdict(&record, 1.0).finding;
        assert!(matches!(found, Some(Finding::WithinErrors(..))));
        record.attribution.as_mut().unwrap().sample_floor = 200.0;
        let found = verdict(&record, 1.0).finding;
        assert!(matches!(found, Some(Finding::BelowFloor(..))));
    }

    #[test]
    fn a_network_that_was_better_before_is_told() {
        let record = record();
        let found = |excess: [f64; 3]| {
            let line = |(i, excess): (usize, f64)| MetricsRecord {
                step: 20 * (i + 1),
                epoch: 1.0,
                train_loss: 0.1,
                val_loss: 0.1,
                loss_floor: None,
                excess_loss: Some(excess),
                learning_rate: 0.1,
            };
            let training: Vec<_> = excess.into_iter().enumerate().map(line).collect();
            best_before(&training, record.step)
        };
        let grown = found([0.2, 0.1, 0.14]).unwrap();
        assert_eq!((grown.step, grown.excess, grown.now), (40, 0.1, 0.14));
        assert_eq!(found([0.2, 0.1, 0.12]), None);
        assert_eq!(found([0.3, 0.2, 0.1]), None);
    }
}
