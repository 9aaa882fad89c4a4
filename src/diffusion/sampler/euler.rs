//! Euler's method in the time of the process, deterministic or with noise.

use super::{GaussianStep, Step};
use crate::{
    diffusion::{Denoised, Denoiser, Instant, NoiseLevel, NoiseSchedule},
    error::Result,
};

/// x_u = x_t − Δ(ȧ x̂0 + ṡ ε̂) − Δ λ² a σ̇ ε̂ + λ √(2 a² σ σ̇ Δ) z, with σ = s/a and Δ = t − u. This is
/// the Euler step of dx = [f x − ½(1 + λ²) g² ∇ln q] dt + λ g dW with the dots at the time that is left
/// (Song et al. 2021, eqs. 6 and 13; Karras et al. 2022, eq. 8). In a variance-exploding process it is dx
/// = −(1 + λ²) σ̇ σ ∇ln q dt + λ √(2σ̇σ) dW.
///
/// The step into the data takes x̂0, since no noise is to be left. The step from a level without signal
/// is deterministic, since σ is infinite there.
pub(super) struct Euler {
    /// λ.
    noise: f64,
    schedule: NoiseSchedule,
}

impl Euler {
    pub(super) fn new(noise: f64, schedule: &NoiseSchedule) -> Self {
        let schedule = schedule.clone();
        Self { noise, schedule }
    }

    /// σ̇ at an instant with signal: dσ/dt = σ d ln σ/dt.
    fn ratio_rate(&self, at: Instant) -> f64 {
        at.level.noise_ratio() * self.schedule.log_ratio_rate(at)
    }

    /// λ, where there is noise.
    fn strength(&self, step: &Step) -> f64 {
        match step.from.level.signal > 0.0 && !step.is_last() {
            true => self.noise,
            false => 0.0,
        }
    }
}

impl GaussianStep for Euler {
    fn mean(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser) -> Result<()> {
        let (from, duration) = (step.from, step.from.t - step.to.t);
        let predicted = Denoised::new(denoiser, x, from)?;
        if step.is_last() {
            x.copy_from_slice(&predicted.x0);
            return Ok(());
        }
        let NoiseLevel { signal, noise } = self.schedule.rate(from);
        let strength = self.strength(step);
        let extra = match strength > 0.0 {
            true => strength.powi(2) * from.level.signal * self.ratio_rate(from),
            false => 0.0,
        };
        for ((x, x0), epsilon) in x.iter_mut().zip(&predicted.x0).zip(&predicted.noise) {
            *x -= duration * (signal * x0 + (noise + extra) * epsilon);
        }
        Ok(())
    }

    fn std_dev(&self, step: &Step) -> f64 {
        let strength = self.strength(step);
        if strength == 0.0 {
            return 0.0;
        }
        let (from, duration) = (step.from, step.from.t - step.to.t);
        let NoiseLevel { signal, noise } = from.level;
        // a² σ = a s.
        strength * (2.0 * signal * noise * self.ratio_rate(from) * duration).sqrt()
    }
}
