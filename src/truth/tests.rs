//! A denoiser that fails: its error comes back from everything that asks it.

use super::*;
use crate::{
    diffusion::{
        ClassDenoiser, Classes, Conditional, Denoiser, Guided, Instant, LossWeightConfig,
        NoiseSchedule, Prediction, Quantity, ReverseProcess, SamplerConfig, ScheduleConfig, Start,
        WithoutClass,
        sampler::{Levels, ReverseVariance, SamplerKind},
    },
    error::{Error, Result},
    rng::Seed,
    target::{Component, Gaussian, Mixture},
};
use std::sync::atomic::{AtomicU64, Ordering};

/// The Bayes denoiser for so many calls, then an error.
struct Breaking {
    bayes: BayesDenoiser,
    calls: AtomicU64,
}

impl Breaking {
    fn after(calls: u64, data: &Mixture, schedule: &NoiseSchedule) -> Self {
        Self {
            bayes: BayesDenoiser::new(data, schedule),
            calls: AtomicU64::new(calls),
        }
    }

    fn call(&self) -> Result<()> {
        let one_less = |calls: u64| calls.checked_sub(1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        match self.calls.fetch_update(set, fetch, one_less) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Unanswered("it has ended".into())),
        }
    }
}

impl Denoiser for Breaking {
    fn dim(&self) -> usize {
        self.bayes.dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        self.call()?;
        self.bayes.predict_noise(x, at, predicted_noise)
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        self.call()?;
        self.bayes.predict_x0(x, at, predicted_x0)
    }
}

impl ClassDenoiser for Breaking {
    fn num_classes(&self) -> usize {
        0
    }

    fn predict_of(
        &self,
        x: &[f64],
        at: Instant,
        _: Classes,
        quantity: Quantity,
        predicted: &mut [f64],
    ) -> Result<()> {
        quantity.of(self, x, at, predicted)
    }
}

fn data(dim: usize) -> Mixture {
    let mode = |mean: f64| {
        Component::Gaussian(Gaussian::diagonal(vec![mean; dim], &vec![0.4; dim]).unwrap())
    };
    Mixture::new(vec![0.4, 0.6], vec![mode(-1.0), mode(0.7)])
}

/// That the work succeeds with a denoiser that never fails, and otherwise returns its error, at its first
/// call and in the middle.
fn fails_alike<T>(
    data: &Mixture,
    schedule: &NoiseSchedule,
    work: impl Fn(&dyn ClassDenoiser) -> Result<T>,
) {
    const ENOUGH: u64 = 1 << 40;
    let whole = Breaking::after(ENOUGH, data, schedule);
    assert!(work(&whole).is_ok());
    let calls = ENOUGH - whole.calls.into_inner();
    assert!(calls > 0, "it was asked");
    for calls in [0, calls / 2] {
        let found = work(&Breaking::after(calls, data, schedule));
        let error = found.err().expect("an error");
        assert_eq!(
            error.to_string(),
            "the denoiser does not answer: it has ended"
        );
        assert_eq!(error.exit_code(), 1);
    }
}

fn samplers() -> [SamplerKind; 6] {
    let variance = ReverseVariance::Posterior;
    [
        SamplerKind::Ddpm { variance },
        SamplerKind::Ddim { eta: 0.0 },
        SamplerKind::Euler { noise: 0.0 },
        SamplerKind::DpmSolverPp2m,
        SamplerKind::Rk45 { tolerance: 1e-2 },
        SamplerKind::Heun {
            s_churn: 0.0,
            s_tmin: 0.0,
            s_tmax: 1e9,
            s_noise: 1.0,
        },
    ]
}

#[test]
fn sampling_and_its_exact_law_and_attribution_return_the_error() {
    let schedule = ScheduleConfig::Cosine.build(4).unwrap();
    for (i, kind) in samplers().into_iter().enumerate() {
        let config = SamplerConfig {
            kind,
            num_steps: None,
            levels: Levels::default(),
            start: Start::Standard,
        };
        for dim in [1, 2] {
            let data = data(dim);
            let sampler = config.build(&schedule, &[], None);
            fails_alike(&data, &schedule, |denoiser| {
                let model = Conditional::new(denoiser, Classes::Same(0));
                let guide = WithoutClass(denoiser);
                let guided = Guided::new(model, &guide, 1.5);
                ReverseProcess::new(&sampler, &guided, 300, Seed(1)).samples()
            });
            let attribute = |network: &dyn Denoiser| {
                let subject = Subject {
                    data: &data,
                    schedule: &schedule,
                    sampler: &sampler,
                    network: Some(network),
                    classes: None,
                    num_samples: 600,
                };
                let cost = NetworkCost {
                    answer: 300.0,
                    answers: 6.0,
                };
                match Attribution::by_law(&subject, Precision::Fast)? {
                    Some((found, _)) => Ok(Some(found)),
                    None => {
                        let found =
                            Attribution::by_samples(&subject, &vec![1.0; dim], cost, Seed(1));
                        Ok(found?.map(|(found, _)| found))
                    }
                }
            };
            // A sampler that draws noise, and one that does not.
            if i < 2 {
                fails_alike(&data, &schedule, |denoiser| attribute(denoiser));
            }
        }
        let data = data(1);
        let sampler = config.build(&schedule, &[], None);
        fails_alike(&data, &schedule, |denoiser| {
            OutputLaw::of_sampler(&data, &sampler, denoiser, Precision::Fast)
        });
    }
}

#[test]
fn no_state_follows_an_error() {
    let (data, schedule) = (data(1), ScheduleConfig::Cosine.build(6).unwrap());
    let config = SamplerConfig {
        kind: SamplerKind::Ddim { eta: 0.0 },
        num_steps: None,
        levels: Levels::default(),
        start: Start::Standard,
    };
    let sampler = config.build(&schedule, &[], None);
    let broken = Breaking::after(2, &data, &schedule);
    let process = ReverseProcess::new(&sampler, &broken, 10, Seed(1));
    let states: Vec<_> = process.map(|state| state.is_ok()).collect();
    assert_eq!(states, [true, true, true, false]);
}

#[test]
fn likelihood_bound_and_excess_return_the_error() {
    let schedule = ScheduleConfig::Cosine.build(6).unwrap();
    for dim in [1, 2] {
        let data = data(dim);
        let start = Start::Standard.law(&schedule, None);
        let x = vec![0.3; 4 * dim];
        fails_alike(&data, &schedule, |denoiser| {
            ModelLikelihood::new(&data, denoiser, &schedule, 4, &start, &x)
        });
        fails_alike(&data, &schedule, |denoiser| {
            bound_at(denoiser, &schedule, &start, &x[..dim], 64, Seed(1))
        });
        let parts = parts(&data, None);
        let (prediction, uniform) = (Prediction::Noise, LossWeightConfig::Uniform);
        fails_alike(&data, &schedule, |denoiser| {
            excess_over_parts(&parts, &schedule, denoiser, prediction, &uniform)
        });
    }
    let data = data(1);
    fails_alike(&data, &schedule, |denoiser| {
        ErrorMap::new(&data, &schedule, denoiser, vec![0.0, 0.5], vec![1, 3, 6])
    });
}
