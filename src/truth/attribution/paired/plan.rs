//! Which combinations of causes are sampled, how, and how many samples are worth their time.

use crate::{
    diffusion::{Denoiser, Instant, Start, StartLaw, sampler::BLOCK},
    target::{Component, Mixture},
    truth::{
        PriorMismatch,
        attribution::{Cause, Subject, kind::Kind},
    },
};

/// A prior of which KL(q_T ‖ prior) is no more than this counts as the right one. No set of outcomes then
/// has a probability that is off by more than √(KL/2) = 7e-4 (Pinsker).
const NEGLIGIBLE_KL: f64 = 1e-6;

/// Steps in which the exact flow is followed, at least.
const FLOW_STEPS: usize = 100;

/// Fewest samples that are worth their time, and fewest that are drawn where that is affordable.
const MIN_SAMPLES: usize = 2 * BLOCK;
const ENOUGH_SAMPLES: usize = 16 * BLOCK;

/// What may be spent on all combinations together, in microseconds of one core, about. It is so much in
/// any case, and for a step of the run what the rest of an evaluation takes for it.
const BUDGET: f64 = 6e6;
const BUDGET_OF_STEP: f64 = 2e4;

/// What the Bayes denoiser takes for a point and a component, in the same unit, about.
const GAUSSIAN_COST: f64 = 0.1;
const BOX_COST: f64 = 0.7;
const CURVE_COST: f64 = 2.0;

/// What a draw from the exact kernel takes: so many looks at the components, and besides.
const DRAW_LOOKS: f64 = 2.3;
const DRAW_COST: f64 = 0.7;

/// What a network takes for a point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NetworkCost {
    /// An answer, in microseconds of one core, about.
    pub answer: f64,
    /// Answers that a sample of the run takes.
    pub answers: f64,
}

/// How the combinations of a run are sampled.
pub(super) struct Plan<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) kind: Kind,
    /// The bits of the causes that the run has.
    pub(super) present: usize,
    /// The levels of the limit of infinitely many steps, ascending from the data.
    pub(super) levels: Vec<Instant>,
    /// Steps of the exact flow between two of them.
    pub(super) substeps: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(subject: &Subject<'a>) -> Self {
        let (schedule, sampler) = (subject.schedule, subject.sampler);
        let kind = Kind::of(sampler);
        let prior = match has_right_prior(subject) {
            true => 0,
            false => Cause::Prior.bit(),
        };
        let others = match (kind, subject.network) {
            (Kind::Exact, _) => 0,
            (_, None) => Cause::Discretisation.bit(),
            _ => Cause::Network.bit() | Cause::Discretisation.bit(),
        };
        let present = prior | others;
        // A network's limit takes all levels that it knows; the exact kernels compose.
        let levels: Vec<_> = if present & Cause::Network.bit() != 0 {
            let timesteps = 0..=schedule.num_timesteps();
            timesteps.map(|t| schedule.instant(t)).collect()
        } else {
            sampler.instants().to_vec()
        };
        Self {
            subject: *subject,
            kind,
            present,
            substeps: FLOW_STEPS.div_ceil(levels.len() - 1),
            levels,
        }
    }

    /// The combinations that differ: without discretisation error, and with it.
    pub(super) fn cells(&self) -> [Vec<usize>; 2] {
        let is_limit = |i: &usize| i & Cause::Discretisation.bit() == 0;
        let all = (0..8).filter(|i| i & !self.present == 0);
        let (limits, runs) = all.partition(is_limit);
        [limits, runs]
    }

    /// The network, if it is there in a combination.
    pub(super) fn network_of(&self, index: usize) -> Option<&'a dyn Denoiser> {
        let is_there = index & Cause::Network.bit() != 0;
        self.subject.network.filter(|_| is_there)
    }

    /// As many samples of each combination as are worth their time, a whole number of blocks; `None` where
    /// those are too few to say anything.
    pub(super) fn num_samples(&self, network: NetworkCost) -> Option<usize> {
        let run = self.subject.num_samples;
        let steps = self.subject.sampler.instants().len() - 1;
        let of_samples = run as f64 * network.answers * network.answer;
        let budget = BUDGET.max(BUDGET_OF_STEP * steps as f64).max(of_samples);
        let affordable = (budget / self.cost(network)).min(Subject::MAX_SAMPLES as f64) as usize;
        let wanted = run.max(ENOUGH_SAMPLES).min(affordable) / BLOCK * BLOCK;
        (wanted >= MIN_SAMPLES).then_some(wanted)
    }

    /// How many samples of the run cost as much as one of every combination.
    pub(super) fn worth(&self, network: NetworkCost) -> f64 {
        let answer = match self.subject.network {
            Some(_) => network.answer,
            None => bayes_cost(&self.subject),
        };
        self.cost(network) / (network.answers * answer)
    }

    /// Of one sample of every combination.
    fn cost(&self, network: NetworkCost) -> f64 {
        let bayes = bayes_cost(&self.subject);
        let levels = (self.levels.len() - 1) as f64;
        let exact = match self.kind {
            // Two looks at every step, and one for what the network gets wrong.
            Kind::Flow => (2.0 * self.substeps as f64 + 1.0) * bayes,
            _ => DRAW_LOOKS * bayes + DRAW_COST,
        };
        let [limits, runs] = self.cells();
        let limit = |index: &usize| match self.network_of(*index) {
            Some(_) => levels * (exact + network.answer),
            None => levels * exact,
        };
        let run = |index: &usize| match self.network_of(*index) {
            Some(_) => network.answers * network.answer,
            None => network.answers * bayes,
        };
        limits.iter().map(limit).sum::<f64>() + runs.iter().map(run).sum::<f64>()
    }
}

/// What the Bayes denoiser takes for a point, of its class where that is told.
fn bayes_cost(subject: &Subject) -> f64 {
    let laws = subject.laws();
    laws.iter()
        .map(|part| part.share * cost_of(&part.law))
        .sum()
}

fn cost_of(data: &Mixture) -> f64 {
    let of = |component: &Component| match component {
        Component::Gaussian(_) => GAUSSIAN_COST,
        Component::Uniform(_) => BOX_COST,
        Component::Curve(_) => CURVE_COST,
    };
    data.components().iter().map(of).sum()
}

/// Whether sampling starts from q_T, or so near that no share of the error is due to it.
fn has_right_prior(subject: &Subject) -> bool {
    let Subject { data, schedule, .. } = *subject;
    match subject.sampler.start() {
        StartLaw::Prior { .. } => {
            let kl = PriorMismatch::over(&subject.laws(), schedule, Start::Standard).kl;
            kl.value + 3.0 * kl.standard_error < NEGLIGIBLE_KL
        }
        law => *law == Start::Exact.law(schedule, Some(data)),
    }
}
