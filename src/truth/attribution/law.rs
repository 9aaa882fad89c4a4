//! The cells of the attribution from exact laws, in one dimension.

use super::{Attribution, Cause, Factorial, Subject, kind::Kind};
use crate::{
    diffusion::{Instant, NoiseSchedule, Start, StartLaw},
    distance::wasserstein::one_sample_floor,
    error::Result,
    memo::Memo,
    target::Mixture,
    truth::{
        BayesDenoiser, OutputLaw, Precision, PriorMismatch,
        transfer::{Dynamics, FlowLimit, StochasticLimit, can_be_resolved, has_law, w1_of},
    },
};
use rayon::prelude::*;

/// A prior that is no further from q_T than this, in standardised units, counts as the right one where
/// [`Precision::Fast`] is wanted.
const NEGLIGIBLE_MISMATCH: f64 = 1e-5;

/// What W1 of a combination without a network depends on.
#[derive(PartialEq)]
struct Perfect {
    data: Mixture,
    schedule: NoiseSchedule,
    instants: Vec<Instant>,
    start: StartLaw,
    sampler: String,
    precision: Precision,
    index: usize,
    present: usize,
}

/// W1 of combinations with a perfect network, of the latest settings: the runs of a sweep share them.
static PERFECT: Memo<Perfect, f64> = Memo::new(128);

impl Attribution {
    /// The attribution of a run (standardised units), and the law of the run itself. `None` in more than
    /// one dimension and where classes are told, where the noise-free laws are not known, and for samplers
    /// that draw noise within their steps.
    pub(crate) fn by_law(
        subject: &Subject,
        precision: Precision,
    ) -> Result<Option<(Self, OutputLaw)>> {
        let Subject {
            data,
            schedule,
            sampler,
            network,
            classes,
            num_samples,
        } = *subject;
        if data.dim() != 1 || classes.is_some() || !has_law(sampler) || !can_be_resolved(data) {
            return Ok(None);
        }
        let all = 0..=schedule.num_timesteps();
        let all: Vec<_> = all.map(|t| schedule.instant(t)).collect();
        let bayes = BayesDenoiser::new(data, schedule);
        let ends = [all[0], all[all.len() - 1]];
        let kind = Kind::of(sampler);
        let exact_start = Start::Exact.law(schedule, Some(data));
        // Causes that the run does not have are not computed twice.
        let prior = match precision == Precision::Fast && starts_right(subject, &exact_start) {
            true => 0,
            false => Cause::Prior.bit(),
        };
        let present = prior | other_causes(kind, network.is_some());
        let w1_of_cell = |index: usize| -> Result<f64> {
            let as_run = |cause: Cause| index & cause.bit() != 0;
            let start = match prior == 0 || as_run(Cause::Prior) {
                true => sampler.start(),
                false => &exact_start,
            };
            let network = network.filter(|_| as_run(Cause::Network));
            let denoiser = network.unwrap_or(&bayes);
            let w1 = |dynamics: Dynamics, instants: &[Instant]| {
                w1_of(data, &dynamics, instants, start, precision)
            };
            if as_run(Cause::Discretisation) || kind == Kind::Exact {
                let dynamics = Dynamics::of_sampler(sampler, denoiser, data);
                return w1(dynamics, sampler.instants());
            }
            // Without a network's error the kernels of all levels compose to one.
            let levels = if network.is_some() { &all[..] } else { &ends };
            let denoiser = network;
            match kind {
                Kind::Flow => w1(Dynamics::steps(FlowLimit { data, denoiser }), levels),
                _ => w1(Dynamics::steps(StochasticLimit { data, denoiser }), levels),
            }
        };
        // The run itself is the cell with every cause that there is.
        let run = || {
            let denoiser = network.unwrap_or(&bayes);
            OutputLaw::of_sampler(data, sampler, denoiser, precision)
        };
        let other = |index: usize| -> Result<Option<f64>> {
            if index & !present != 0 || index == present {
                return Ok(None);
            }
            match index & Cause::Network.bit() {
                0 => Perfect::new(subject, precision, index, present).shared(|| w1_of_cell(index)),
                _ => w1_of_cell(index).map(Some),
            }
        };
        let others = || -> Result<Vec<_>> { (0..8).into_par_iter().map(other).collect() };
        let (law, w1) = rayon::join(run, others);
        let (law, w1) = (law?, w1?);
        let cell = |index: usize| match index & present {
            index if index == present => law.as_ref().map(|law| law.distances.w1.value),
            index => w1[index],
        };
        let cells: Option<Vec<_>> = (0..8).map(cell).collect();
        let cells = cells.and_then(|cells| cells.try_into().ok());
        let found = cells.map(|cells| Self {
            cells: Factorial(cells),
            sample_floor: one_sample_floor(data, num_samples),
            sampled: None,
        });
        Ok(found.zip(law))
    }
}

impl Perfect {
    fn new(subject: &Subject, precision: Precision, index: usize, present: usize) -> Self {
        Self {
            data: subject.data.clone(),
            schedule: subject.schedule.clone(),
            instants: subject.sampler.instants().to_vec(),
            start: subject.sampler.start().clone(),
            sampler: subject.sampler.identity().to_string(),
            precision,
            index,
            present,
        }
    }

    /// What `w1` gives, or has given before.
    fn shared(self, w1: impl Fn() -> Result<f64>) -> Result<Option<f64>> {
        Ok(Some(*PERFECT.try_of(self, |_| w1())?))
    }
}

/// The causes beside the prior that a run has.
fn other_causes(kind: Kind, has_network: bool) -> usize {
    match (kind, has_network) {
        (Kind::Exact, _) => 0,
        (_, false) => Cause::Discretisation.bit(),
        _ => Cause::Network.bit() | Cause::Discretisation.bit(),
    }
}

/// Whether sampling starts from the law of the process at T, but for what is negligible.
fn starts_right(subject: &Subject, exact: &StartLaw) -> bool {
    match subject.sampler.start() {
        StartLaw::Prior { .. } => {
            let mismatch = PriorMismatch::new(subject.data, subject.schedule, Start::Standard);
            mismatch.w1 < NEGLIGIBLE_MISMATCH
        }
        law => law == exact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{
            Denoiser, NoiseSchedule, SamplerConfig, ScheduleConfig,
            sampler::{Levels, ReverseVariance, SamplerKind},
        },
        target::{Component, Gaussian, Mixture},
        truth::Verdict,
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

        fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
            self.0.predict_noise(x, at, predicted_noise)?;
            predicted_noise
                .iter_mut()
                .for_each(|noise| *noise += self.1);
            Ok(())
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
        let subject = Subject {
            data: &data,
            schedule,
            sampler: &sampler,
            network: Some(&network),
            classes: None,
            num_samples: 1_000_000,
        };
        Attribution::by_law(&subject, Precision::Fine)
            .unwrap()
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
                let shares: f64 = Cause::ALL.iter().map(|c| found.cells.share(*c)).sum();
                assert!((shares - found.cells.total() + found.cells.0[0]).abs() < 1e-14);
                assert!(found.cells.0[0] < 1e-5, "{found:?}");
                if bias == 0.0 {
                    assert!(
                        found.cells.share(Cause::Network).abs() < 1e-5,
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
        assert!(
            found.cells.share(Cause::Network) == 0.0
                && found.cells.share(Cause::Discretisation) == 0.0
        );
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
            found.cells.share(Cause::Discretisation).abs()
        };
        for kind in [DDPM, DDIM] {
            let (coarse, fine) = (gap(50, &kind), gap(200, &kind));
            assert!(fine < 0.5 * coarse, "{kind:?}: {coarse} {fine}");
        }
    }
}
