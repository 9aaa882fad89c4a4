//! DDIM (Song, Meng & Ermon 2021).

use super::{Sampler, Step};
use crate::{
    diffusion::Denoiser,
    rng::{self, Generator},
};

/// x_u = a_u x̂0 + √(s_u² − σ²) ε̂ + σ z with σ² = η² β̃ (Song, Meng & Ermon 2021, eqs. 12 and 16).
pub(super) struct Ddim {
    pub(super) eta: f64,
}

impl Sampler for Ddim {
    fn step(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser, rng: &mut Generator) {
        let mut predicted_noise = vec![0.0; x.len()];
        denoiser.predict_noise(x, step.from, &mut predicted_noise);
        let (from, to) = (step.transition.from, step.transition.to);
        let variance = self.eta.powi(2) * step.transition.posterior_variance();
        let std_dev = variance.sqrt();
        let direction = (to.noise.powi(2) - variance).max(0.0).sqrt();
        let mut z = vec![0.0; x.len()];
        if std_dev > 0.0 {
            rng::fill_normal(rng, &mut z);
        }
        for ((x, predicted), z) in x.iter_mut().zip(&predicted_noise).zip(&z) {
            let predicted_x0 = (*x - from.noise * predicted) / from.signal;
            *x = to.signal * predicted_x0 + direction * predicted + std_dev * z;
        }
    }
}
