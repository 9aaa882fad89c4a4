//! The Bayes denoiser: what a perfect network would predict.

use crate::{
    diffusion::{Denoiser, Instant, NoiseLevel, NoiseSchedule},
    error::Result,
    target::Mixture,
};
use std::borrow::Cow;

/// ε*(x, t) = E[ε | x_t = x] = −s_t ∇ ln q_t(x), for data whose density is known.
#[derive(Debug, Clone)]
pub(crate) struct BayesDenoiser {
    data: Mixture,
    /// q_t for t = 0..=T, with its level.
    laws: Vec<(NoiseLevel, Mixture)>,
    mean: Vec<f64>,
}

impl BayesDenoiser {
    /// The exact denoiser of data of the law `data` (standardised units).
    pub(crate) fn new(data: &Mixture, schedule: &NoiseSchedule) -> Self {
        let data = data.united();
        let law = |level: &NoiseLevel| (*level, data.diffused(level.signal, level.noise));
        Self {
            laws: schedule.levels().iter().map(law).collect(),
            mean: (0..data.dim()).map(|k| data.mean(k)).collect(),
            data,
        }
    }

    /// q_t.
    fn law(&self, at: Instant) -> Cow<'_, Mixture> {
        let known = at.timestep().and_then(|t| self.laws.get(t));
        match known {
            Some((level, law)) if *level == at.level => Cow::Borrowed(law),
            _ => Cow::Owned(self.data.diffused(at.level.signal, at.level.noise)),
        }
    }
}

impl Denoiser for BayesDenoiser {
    fn dim(&self) -> usize {
        self.data.dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        let (law, d) = (self.law(at), self.dim());
        for (x, out) in x.chunks_exact(d).zip(predicted_noise.chunks_exact_mut(d)) {
            for (out, score) in out.iter_mut().zip(law.score(x)) {
                *out = -at.level.noise * score;
            }
        }
        Ok(())
    }

    /// E[x0 | x_t]; without signal, E x0.
    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        if at.level.signal == 0.0 {
            for out in predicted_x0.chunks_exact_mut(self.dim()) {
                out.copy_from_slice(&self.mean);
            }
            return Ok(());
        }
        self.predict_noise(x, at, predicted_x0)?;
        for (out, x) in predicted_x0.iter_mut().zip(x) {
            *out = (x - at.level.noise * *out) / at.level.signal;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{ReverseProcess, ScheduleConfig, Start, sampler::*},
        distance::wasserstein::{one_sample_floor, sorted, to_law},
        rng::Seed,
        target::{Component, Gaussian, Posterior, UniformBox},
    };

    /// A function and its slope.
    type WithSlope = [fn(f64) -> f64; 2];

    fn data() -> Mixture {
        let gaussian =
            |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
        let uniform = Component::Uniform(UniformBox::new(vec![0.2], vec![1.0]).unwrap());
        Mixture::new(
            vec![0.3, 0.4, 0.3],
            vec![gaussian(-1.2, 0.3), gaussian(1.3, 0.5), uniform],
        )
    }

    #[test]
    fn it_is_the_slope_of_the_diffused_density() {
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(20).unwrap());
        let bayes = BayesDenoiser::new(&data, &schedule);
        for t in [1, 5, 12, 20] {
            let level = schedule.level(t);
            let law = data.diffused(level.signal, level.noise);
            for x in [-2.5, -0.4, 0.3, 1.1, 4.0] {
                let h = 1e-5;
                let slope = (law.ln_pdf(&[x + h]) - law.ln_pdf(&[x - h])) / (2.0 * h);
                let mut noise = [0.0];
                bayes
                    .predict_noise(&[x], schedule.instant(t), &mut noise)
                    .unwrap();
                let error = (noise[0] + level.noise * slope).abs();
                assert!(error < 1e-6 * slope.abs().max(1.0), "t={t} x={x}: {error}");
            }
        }
    }

    #[test]
    fn it_is_the_posterior_mean_and_orthogonal_to_everything_known() {
        // ε* = (x − a E[x0 | x])/s, and E[(ε − ε*) f(x_t)] = 0: E[ε f(x_t)] by Stein's identity is
        // s E f', so E[ε* f] must be the same.
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(20).unwrap());
        let bayes = BayesDenoiser::new(&data, &schedule);
        let epsilon = |x: f64, t: usize| {
            let mut noise = [0.0];
            bayes
                .predict_noise(&[x], schedule.instant(t), &mut noise)
                .unwrap();
            noise[0]
        };
        for t in [1, 6, 14, 20] {
            let level = schedule.level(t);
            let posterior = Posterior::new(&data, level.signal, level.noise);
            for x in [-1.5, 0.2, 1.1, 3.0] {
                let (mean, _) = posterior.moments(&[x]);
                let exact = (x - level.signal * mean[0]) / level.noise;
                assert!((epsilon(x, t) - exact).abs() < 1e-9, "t={t} x={x}");
            }
            let law = posterior.marginal();
            let functions: [WithSlope; 3] = [
                [|x| x, |_| 1.0],
                [|x| x.sin(), |x| x.cos()],
                [|x| (-x * x).exp(), |x| -2.0 * x * (-x * x).exp()],
            ];
            for [f, slope] in functions {
                let known = law.expectation(|x| epsilon(x[0], t) * f(x[0])).value;
                let stein = level.noise * law.expectation(|x| slope(x[0])).value;
                assert!((known - stein).abs() < 1e-9, "t={t}: {known} {stein}");
            }
        }
    }

    #[test]
    fn a_product_density_is_denoised_axis_by_axis() {
        let schedule = ScheduleConfig::Cosine.build(20).unwrap();
        let square = UniformBox::new(vec![-1.0, 0.5], vec![0.5, 2.0]).unwrap();
        let gaussian = Gaussian::diagonal(vec![0.3, -1.0], &[0.4, 0.8]).unwrap();
        for component in [Component::Uniform(square), Component::Gaussian(gaussian)] {
            let data = Mixture::new(vec![1.0], vec![component]);
            let bayes = BayesDenoiser::new(&data, &schedule);
            let (x, mut noise) = ([0.7, -0.2], [0.0; 2]);
            bayes
                .predict_noise(&x, schedule.instant(7), &mut noise)
                .unwrap();
            for axis in 0..2 {
                let mut one = [0.0];
                let denoiser = BayesDenoiser::new(&data.axis(axis), &schedule);
                denoiser
                    .predict_noise(&[x[axis]], schedule.instant(7), &mut one)
                    .unwrap();
                assert!((noise[axis] - one[0]).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn many_steps_with_it_reproduce_the_data() {
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(1000).unwrap());
        let bayes = BayesDenoiser::new(&data, &schedule);
        let variance = ReverseVariance::Posterior;
        let sampler = SamplerConfig {
            kind: SamplerKind::Ddpm { variance },
            num_steps: None,
            levels: Levels::default(),
            start: Start::Standard,
        };
        let sampler = sampler.build(&schedule, &[], None);
        let n = 4000;
        let process = ReverseProcess::new(&sampler, &bayes, n, Seed(1));
        let samples = sorted(process.samples().unwrap().axis(0));
        // W1 of perfect samples is the floor with a spread of about a third of it.
        assert!(to_law(&samples, &data) < 2.5 * one_sample_floor(&data, n));
    }
}
