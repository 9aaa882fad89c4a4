//! DDIM (Song, Meng & Ermon 2021).

use super::{GaussianStep, Step};
use crate::diffusion::Denoiser;

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
    fn mean(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser) {
        let mut predicted_noise = vec![0.0; x.len()];
        denoiser.predict_noise(x, step.from, &mut predicted_noise);
        let (from, to) = (step.transition.from, step.transition.to);
        let direction = (to.noise.powi(2) - self.variance(step)).max(0.0).sqrt();
        for (x, predicted) in x.iter_mut().zip(&predicted_noise) {
            let predicted_x0 = (*x - from.noise * predicted) / from.signal;
            *x = to.signal * predicted_x0 + direction * predicted;
        }
    }

    fn std_dev(&self, step: &Step) -> f64 {
        self.variance(step).sqrt()
    }
}
