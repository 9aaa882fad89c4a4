//! Heun's method in σ = s/a, plain and with churn (Karras et al. 2022, Algorithms 1 and 2).

use super::{GaussianStep, PathStep, Step};
use crate::{
    diffusion::{Denoised, Denoiser, Instant, NoiseSchedule},
    error::Result,
    rng::{self, Generator},
};

/// With y = x/a the probability flow is dy/dσ = ε̂: an Euler step, then the mean of the slopes at both
/// ends. The steps into the data, and from a level without signal, are Euler's alone.
pub(super) struct Heun;

impl GaussianStep for Heun {
    fn mean(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser) -> Result<()> {
        let (from, to) = (step.from.level, step.to.level);
        let here = Denoised::new(denoiser, x, step.from)?;
        for ((x, x0), noise) in x.iter_mut().zip(&here.x0).zip(&here.noise) {
            *x = to.signal * x0 + to.noise * noise;
        }
        if step.is_last() || step.from.level.signal == 0.0 {
            return Ok(());
        }
        let mut there = vec![0.0; x.len()];
        denoiser.predict_noise(x, step.to, &mut there)?;
        let half = 0.5 * to.signal * (to.noise_ratio() - from.noise_ratio());
        for ((x, here), there) in x.iter_mut().zip(&here.noise).zip(&there) {
            *x += half * (there - here);
        }
        Ok(())
    }

    fn std_dev(&self, _: &Step) -> f64 {
        0.0
    }
}

/// How much noise is added before a step of Heun's method, and where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Churn {
    /// S_churn, of all steps together.
    pub amount: f64,
    /// S_tmin, the smallest σ with churn.
    pub min: f64,
    /// S_tmax, the largest σ with churn.
    pub max: f64,
    /// S_noise, the standard deviation of the noise that is added, of which 1 is right.
    pub noise: f64,
}

/// Noise that lifts σ to σ(1 + γ), then a step of Heun's method from there. Unlike in Algorithm 2, σ is never
/// lifted above σ_T, which the network has not seen, so the first step has no churn.
pub(super) struct ChurnedHeun {
    pub(super) churn: Churn,
    pub(super) num_steps: usize,
    pub(super) schedule: NoiseSchedule,
}

impl ChurnedHeun {
    /// The instant that noise lifts a step's start to.
    fn lifted(&self, from: Instant) -> Instant {
        let ratio = from.level.noise_ratio();
        let Churn {
            amount, min, max, ..
        } = self.churn;
        if !(min..=max).contains(&ratio) || amount == 0.0 || ratio.is_infinite() {
            return from;
        }
        let gamma = (amount / self.num_steps as f64).min(std::f64::consts::SQRT_2 - 1.0);
        self.schedule.at_ratio(ratio * (1.0 + gamma))
    }
}

impl PathStep for ChurnedHeun {
    fn advance(
        &self,
        x: &mut [f64],
        _: &mut [f64],
        step: &Step,
        denoiser: &dyn Denoiser,
        rng: &mut Generator,
    ) -> Result<()> {
        let lifted = self.lifted(step.from);
        let (low, high) = (step.from.level, lifted.level);
        let square = high.noise_ratio().powi(2) - low.noise_ratio().powi(2);
        if lifted.t > step.from.t && square > 0.0 {
            let mut z = vec![0.0; x.len()];
            rng::fill_normal(rng, &mut z);
            let gain = high.signal / low.signal;
            let std_dev = high.signal * square.sqrt() * self.churn.noise;
            for (x, z) in x.iter_mut().zip(&z) {
                *x = gain * *x + std_dev * z;
            }
        }
        Heun.mean(x, &Step::new(lifted, step.to), denoiser)
    }

    fn is_deterministic(&self) -> bool {
        false
    }
}
