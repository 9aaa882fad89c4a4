//! DDIM (Song, Meng & Ermon 2021).

use super::{GaussianStep, Step};
use crate::{
    diffusion::{Denoised, Denoiser},
    error::Result,
};

/// x_u = a_u x̂0 + √(s_u² − σ²) ε̂ + σ z with σ² = η² β̃ (Song, Meng & Ermon 2021, eqs. 12 and 16).
pub(super) struct Ddim {
    pub(super) eta: f64,
}

impl Ddim {
    /// σ².
    fn variance(&self, step: &Step) -> f64 {
        self.eta.powi(2) * step.transition.posterior_variance()
    }
}

impl GaussianStep for Ddim {
    fn mean(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser) -> Result<()> {
        let predicted = Denoised::new(denoiser, x, step.from)?;
        let to = step.to.level;
        let direction = (to.noise.powi(2) - self.variance(step)).max(0.0).sqrt();
        for ((x, x0), noise) in x.iter_mut().zip(&predicted.x0).zip(&predicted.noise) {
            *x = to.signal * x0 + direction * noise;
        }
        Ok(())
    }

    fn std_dev(&self, step: &Step) -> f64 {
        self.variance(step).sqrt()
    }
}
