//! The exact reverse kernel.

use super::Step;
use crate::{
    rng::Generator,
    target::{Mixture, Posterior},
};

/// x_u ~ q(x_u | x_t): what the Gaussian steps of all other samplers stand for. It needs the density
/// of the data and no network, and has no discretisation error at any number of steps.
#[derive(Debug, Clone)]
pub(crate) struct ExactKernel {
    data: Mixture,
}

impl ExactKernel {
    /// The kernel of data of the law `data` (standardised units).
    pub(crate) fn new(data: Mixture) -> Self {
        Self { data }
    }

    /// q(x_u | x_t) of a step: x_t = A x_u + √V z is a noisy view of x_u.
    pub(crate) fn of(&self, step: &Step) -> Posterior {
        let (to, transition) = (step.to.level, &step.transition);
        let law = self.data.diffused(to.signal, to.noise);
        Posterior::new(&law, transition.gain, transition.variance.sqrt())
    }

    /// Draws x_u for each point of `x` (`[n, d]`).
    pub(super) fn draw(&self, x: &mut [f64], step: &Step, rng: &mut Generator) {
        if step.transition.gain == 0.0 {
            // x_t says nothing of x_u.
            let to = step.to.level;
            let law = self.data.diffused(to.signal, to.noise);
            return x.copy_from_slice(law.sample(x.len() / law.dim(), rng).values());
        }
        let posterior = self.of(step);
        let mut drawn = vec![0.0; posterior.dim()];
        for x in x.chunks_exact_mut(posterior.dim()) {
            posterior.sample(&posterior.responsibilities(x), x, rng, &mut drawn);
            x.copy_from_slice(&drawn);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        diffusion::{NoiseSchedule, ReverseProcess, ScheduleConfig, Start, sampler::*},
        distance::wasserstein::{one_sample_floor, sorted, to_law},
        rng::Seed,
        target::{Component, Gaussian, Mixture, UniformBox},
        truth::BayesDenoiser,
    };

    fn data() -> Mixture {
        let gaussian =
            |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
        let uniform = Component::Uniform(UniformBox::new(vec![0.2], vec![1.0]).unwrap());
        Mixture::new(
            vec![0.3, 0.4, 0.3],
            vec![gaussian(-1.2, 0.3), gaussian(1.3, 0.5), uniform],
        )
    }

    fn w1(kind: SamplerKind, schedule: &NoiseSchedule, num_steps: usize, n: usize) -> f64 {
        let (data, config) = (
            data(),
            SamplerConfig {
                kind,
                num_steps: Some(num_steps),
                levels: Levels::default(),
                start: Start::Standard,
            },
        );
        let sampler = config.build(schedule, &[], Some(&data));
        let bayes = BayesDenoiser::new(&data, schedule);
        let process = ReverseProcess::new(&sampler, &bayes, n, Seed(4));
        to_law(&sorted(process.samples().unwrap().axis(0)), &data)
    }

    #[test]
    fn it_draws_the_data_in_any_number_of_steps() {
        let schedule = ScheduleConfig::Cosine.build(100).unwrap();
        let n = 20_000;
        for num_steps in [1, 2, 7, 100] {
            // W1 of perfect samples is the floor with a spread of about a third of it.
            let distance = w1(SamplerKind::Exact, &schedule, num_steps, n);
            assert!(
                distance < 2.5 * one_sample_floor(&data(), n),
                "{num_steps}: {distance}"
            );
        }
    }

    #[test]
    fn the_best_gaussian_variance_has_the_variance_of_the_exact_kernel() {
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(10).unwrap());
        let variance = variance::StepVariance::new(
            ReverseVariance::Bayes,
            &(0..=10).map(|t| schedule.instant(t)).collect::<Vec<_>>(),
            Some(&data),
        );
        for t in 2..=10 {
            let step = Step::new(schedule.instant(t), schedule.instant(t - 1));
            let exact = ExactKernel::new(data.clone()).of(&step).mmse().value;
            let found = variance.std_dev(&step).powi(2);
            assert!((found / exact - 1.0).abs() < 1e-9, "t={t}: {found} {exact}");
        }
    }
}
