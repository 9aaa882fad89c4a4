//! Which part of the error comes from where: prior, network, discretisation, or sample size.

use super::{
    BayesDenoiser, OutputLaw, Precision, PriorMismatch,
    transfer::{Dynamics, FlowLimit, Sampling, StochasticLimit, has_law},
};
use crate::{
    diffusion::{
        Denoiser, Instant, NoiseSchedule, Start, StartLaw,
        sampler::{Method, Sampler, Step},
    },
    metric::wasserstein::one_sample_floor,
    target::Mixture,
};
use rayon::prelude::*;

/// A prior that is no further from q_T than this, in standardised units, counts as the right one where
/// [`Precision::Fast`] is wanted.
const NEGLIGIBLE_MISMATCH: f64 = 1e-5;

/// What can be wrong with a sampler besides the number of its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Sampling does not start from q_T.
    Prior,
    /// The network is not the Bayes denoiser.
    Network,
    /// The steps are not those of the exact reverse process.
    Discretisation,
}

impl Cause {
    /// All of them, in the order of the bits of [`Attribution::cells`].
    pub const ALL: [Self; 3] = [Self::Prior, Self::Network, Self::Discretisation];

    fn bit(self) -> usize {
        match self {
            Self::Prior => 1,
            Self::Network => 2,
            Self::Discretisation => 4,
        }
    }
}

/// What dominates the error of a run's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// W1 of the noise-free law is below what perfect samples of that number show on average: more
    /// samples would have to be drawn before anything else can be seen.
    SampleSize,
    /// The largest share of W1 of the noise-free law.
    Of(Cause),
}

/// One combination of causes, each as in the run or removed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// W1 of the noise-free law to the data, in standardised units.
    pub w1: f64,
    /// KL(data ‖ law) in nats.
    pub kl_forward: f64,
    /// KL(law ‖ data) in nats.
    pub kl_reverse: f64,
}

/// The noise-free W1 of all eight combinations of causes, and what follows from them.
///
/// *Prior* removed: the process starts from q_T. *Network* removed: the Bayes denoiser. *Discretisation*
/// removed: not many steps but the limit of infinitely many, which is known. With the Bayes denoiser it
/// is the exact reverse kernel of the ancestral samplers, or for deterministic ones the exact
/// probability flow, in one dimension the monotone map from q_t to q_u. A network is only known at the
/// levels it was trained on, so its limit takes all T of them, and at each a step whose law has the
/// exact shape with the mean that the network's error moves it to. DDIM with 0 < η < 1 is compared with
/// the ancestral limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// By the sum of the bits of the causes that are as in the run: 1 prior, 2 network,
    /// 4 discretisation. Cell 0 is the data itself, cell 7 the run.
    pub cells: [Cell; 8],
    /// The expected W1 of as many perfect samples as the run draws, in standardised units.
    pub sample_floor: f64,
}

impl Attribution {
    /// The attribution for a run that draws `num_samples` samples with `sampler`, for data of the law
    /// `data` (standardised units), and the law of the run itself; `network` is `None` where the Bayes
    /// denoiser is in its place. `None` in more than one dimension, where the noise-free laws are not
    /// known, and for samplers that draw noise within their steps.
    pub fn of_run(
        data: &Mixture,
        schedule: &NoiseSchedule,
        sampler: &Sampler,
        network: Option<&dyn Denoiser>,
        num_samples: usize,
        precision: Precision,
    ) -> Option<(Self, OutputLaw)> {
        if data.dim() != 1 || !has_law(sampler) {
            return None;
        }
        let all: Vec<_> = (0..=schedule.num_timesteps())
            .map(|t| schedule.instant(t))
            .collect();
        let bayes = BayesDenoiser::new(data, schedule);
        let ends = [all[0], all[all.len() - 1]];
        let kind = Kind::of(sampler);
        let exact_start = Start::Exact.law(schedule, Some(data));
        // Causes that the run does not have are not computed twice.
        let is_right = || match sampler.start() {
            StartLaw::Prior { .. } => {
                PriorMismatch::new(data, schedule, Start::Standard).w1 < NEGLIGIBLE_MISMATCH
            }
            law => *law == exact_start,
        };
        let prior = match precision == Precision::Fast && is_right() {
            true => 0,
            false => Cause::Prior.bit(),
        };
        let others = match (kind, network) {
            (Kind::Exact, _) => 0,
            (_, None) => Cause::Discretisation.bit(),
            _ => Cause::Network.bit() | Cause::Discretisation.bit(),
        };
        let present = prior | others;
        let law_of = |index: usize| {
            let as_run = |cause: Cause| index & cause.bit() != 0;
            let start = match prior == 0 || as_run(Cause::Prior) {
                true => sampler.start(),
                false => &exact_start,
            };
            let network = network.filter(|_| as_run(Cause::Network));
            let denoiser = network.unwrap_or(&bayes);
            let law = |dynamics: &dyn Dynamics, instants: &[Instant]| {
                let with_error = index == present;
                OutputLaw::of(data, dynamics, instants, start, precision, with_error)
            };
            if as_run(Cause::Discretisation) || kind == Kind::Exact {
                return law(&Sampling { sampler, denoiser }, sampler.instants());
            }
            // Without a network's error the kernels of all levels compose to one.
            let levels = if network.is_some() { &all[..] } else { &ends };
            let denoiser = network;
            match kind {
                Kind::Flow => law(&FlowLimit { data, denoiser }, levels),
                _ => law(&StochasticLimit { data, denoiser }, levels),
            }
        };
        let mut laws: Vec<_> = (0..8usize)
            .into_par_iter()
            .map(|index| (index & !present == 0).then(|| law_of(index)))
            .collect();
        let cell = |index: usize| laws[index & present].as_ref().map(Cell::of);
        let cells: Option<Vec<_>> = (0..8).map(cell).collect();
        let found = Self {
            cells: cells?.try_into().ok()?,
            sample_floor: one_sample_floor(data, num_samples),
        };
        Some((found, laws[present].take()?))
    }

    /// W1 of the run's noise-free law.
    pub fn total(&self) -> Cell {
        self.cells[7]
    }

    /// W1 with this cause alone, all others removed.
    pub fn alone(&self, cause: Cause) -> f64 {
        self.cells[cause.bit()].w1
    }

    /// W1 of the run with this cause removed.
    pub fn without(&self, cause: Cause) -> f64 {
        self.cells[7 - cause.bit()].w1
    }

    /// The main effect of a cause: what it adds to W1, on average over the four combinations of the
    /// others (the contrast of a 2³ factorial design).
    pub fn main_effect(&self, cause: Cause) -> f64 {
        let added = |i: usize| self.cells[i | cause.bit()].w1 - self.cells[i].w1;
        let others = (0..8).filter(|i| i & cause.bit() == 0);
        others.map(added).sum::<f64>() / 4.0
    }

    /// How much more two causes add to W1 together than one by one, on average over the third;
    /// negative where they cancel.
    pub fn interaction(&self, a: Cause, b: Cause) -> f64 {
        let w1 = |i: usize| self.cells[i].w1;
        let both = a.bit() | b.bit();
        let excess = |i: usize| w1(i | both) - w1(i | a.bit()) - w1(i | b.bit()) + w1(i);
        (0..8).filter(|i| i & both == 0).map(excess).sum::<f64>() / 2.0
    }

    /// The share of a cause in the run's W1: what it adds when the causes come in one after the
    /// other, averaged over all orders (Shapley 1953). The shares sum to W1 of the run.
    pub fn share(&self, cause: Cause) -> f64 {
        let added = |i: usize| {
            let before = (i as u32).count_ones();
            // |S|!(2 − |S|)!/3!
            let weight = if before == 1 { 1.0 / 6.0 } else { 1.0 / 3.0 };
            weight * (self.cells[i | cause.bit()].w1 - self.cells[i].w1)
        };
        (0..8).filter(|i| i & cause.bit() == 0).map(added).sum()
    }

    /// What dominates.
    pub fn verdict(&self) -> Verdict {
        if self.total().w1 < self.sample_floor {
            return Verdict::SampleSize;
        }
        let by_share = |a: &Cause, b: &Cause| self.share(*a).total_cmp(&self.share(*b));
        let largest = Cause::ALL.into_iter().max_by(by_share);
        Verdict::Of(largest.expect("there are three causes"))
    }
}

impl Cell {
    fn of(law: &OutputLaw) -> Self {
        Self {
            w1: law.distances.w1,
            kl_forward: law.distances.kl_forward,
            kl_reverse: law.distances.kl_reverse,
        }
    }
}

/// Which limit a sampler has for infinitely many steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The reverse process.
    Stochastic,
    /// The probability flow.
    Flow,
    /// It is its own.
    Exact,
}

impl Kind {
    fn of(sampler: &Sampler) -> Self {
        let gaussian = match sampler.method() {
            Method::Gaussian(gaussian) => gaussian,
            Method::Exact(_) => return Self::Exact,
            Method::Path(path) if path.is_deterministic() => return Self::Flow,
            Method::Path(_) => return Self::Stochastic,
        };
        let noisy = |pair: &[Instant]| gaussian.std_dev(&Step::new(pair[1], pair[0])) > 0.0;
        let instants = sampler.instants();
        // A single step is deterministic with every sampler: it ends at the data.
        if instants.len() == 2 || instants.windows(2).any(noisy) {
            Self::Stochastic
        } else {
            Self::Flow
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{
            SamplerConfig, ScheduleConfig,
            sampler::{Levels, ReverseVariance, SamplerKind},
        },
        target::{Component, Gaussian},
    };

    fn data() -> Mixture {
        let gaussian =
            |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
        Mixture::new(
            vec![0.3, 0.7],
            vec![gaussian(-1.4, 0.25), gaussian(0.7, 0.15)],
        )
    }

    /// The Bayes denoiser with a constant error.
    struct Biased(BayesDenoiser, f64);

    impl Denoiser for Biased {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) {
            self.0.predict_noise(x, at, predicted_noise);
            predicted_noise
                .iter_mut()
                .for_each(|noise| *noise += self.1);
        }
    }

    fn attribution(
        schedule: &NoiseSchedule,
        kind: SamplerKind,
        steps: usize,
        bias: f64,
    ) -> Attribution {
        let data = data();
        let config = SamplerConfig {
            kind,
            num_steps: Some(steps),
            levels: Levels::default(),
            start: Start::Standard,
        };
        let sampler = config.build(schedule, &[], Some(&data));
        let network = Biased(BayesDenoiser::new(&data, schedule), bias);
        let precision = Precision::Fine;
        let network = Some(&network as &dyn Denoiser);
        Attribution::of_run(&data, schedule, &sampler, network, 1_000_000, precision)
            .unwrap()
            .0
    }

    const DDPM: SamplerKind = SamplerKind::Ddpm {
        variance: ReverseVariance::Posterior,
    };
    const DDIM: SamplerKind = SamplerKind::Ddim { eta: 0.0 };

    #[test]
    fn each_cause_is_found_where_it_is_the_only_one() {
        let cosine = ScheduleConfig::Cosine.build(60).unwrap();
        let linear = ScheduleConfig::Linear {
            beta_start: 1e-4,
            beta_end: 0.02,
        };
        let short = linear.build(60).unwrap();
        for kind in [DDPM, DDIM] {
            for (schedule, steps, bias, cause) in [
                (&short, 60, 0.0, Cause::Prior),
                (&cosine, 60, 0.3, Cause::Network),
                (&cosine, 4, 0.0, Cause::Discretisation),
            ] {
                let found = attribution(schedule, kind.clone(), steps, bias);
                assert_eq!(found.verdict(), Verdict::Of(cause), "{kind:?} {found:?}");
                let shares: f64 = Cause::ALL.iter().map(|c| found.share(*c)).sum();
                assert!((shares - found.total().w1 + found.cells[0].w1).abs() < 1e-14);
                assert!(found.cells[0].w1 < 1e-5, "{found:?}");
                if bias == 0.0 {
                    assert!(
                        found.share(Cause::Network).abs() < 1e-5,
                        "{kind:?} {found:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_perfect_run_is_limited_by_its_samples() {
        let schedule = ScheduleConfig::Cosine.build(60).unwrap();
        let mut found = attribution(&schedule, SamplerKind::Exact, 60, 0.4);
        assert_eq!(found.verdict(), Verdict::SampleSize, "{found:?}");
        // The exact kernel asks no network.
        assert!(found.share(Cause::Network) == 0.0 && found.share(Cause::Discretisation) == 0.0);
        found.sample_floor = 0.0;
        assert_eq!(found.verdict(), Verdict::Of(Cause::Prior));
    }

    #[test]
    fn the_limit_is_what_many_steps_come_to() {
        // With the same kind of error at every level the run of T steps nears its own limit as T grows.
        let gap = |t: usize, kind: &SamplerKind| {
            let config = ScheduleConfig::Vp {
                beta_min: 0.1,
                beta_max: 20.0,
            };
            let found = attribution(&config.build(t).unwrap(), kind.clone(), t, 0.05);
            found.share(Cause::Discretisation).abs()
        };
        for kind in [DDPM, DDIM] {
            let (coarse, fine) = (gap(50, &kind), gap(200, &kind));
            assert!(fine < 0.5 * coarse, "{kind:?}: {coarse} {fine}");
        }
    }

    #[test]
    fn the_effects_are_those_of_a_factorial_design() {
        let cell = |w1| Cell {
            w1,
            kl_forward: 0.0,
            kl_reverse: 0.0,
        };
        // w1 = 1·prior + 2·network + 4·discretisation + 3·prior·network.
        let value = |i: usize| i as f64 + if i & 3 == 3 { 3.0 } else { 0.0 };
        let found = Attribution {
            cells: std::array::from_fn(|i| cell(value(i))),
            sample_floor: 0.1,
        };
        assert_eq!(found.main_effect(Cause::Prior), 2.5);
        assert_eq!(found.interaction(Cause::Prior, Cause::Network), 3.0);
        assert_eq!(found.interaction(Cause::Prior, Cause::Discretisation), 0.0);
        assert!((found.share(Cause::Network) - 3.5).abs() < 1e-14);
        assert_eq!(
            (found.alone(Cause::Prior), found.without(Cause::Prior)),
            (1.0, 6.0)
        );
    }
}
