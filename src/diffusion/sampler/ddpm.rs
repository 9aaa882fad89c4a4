//! Ancestral sampling: DDPM through the predicted noise, and through the predicted x0.

use super::{GaussianStep, Step, variance::StepVariance};
use crate::diffusion::Denoiser;

/// x_u = (x_t − V/s_t · ε̂)/A + σ z (Ho et al. 2020, eq. 11), no noise into the data.
pub(super) struct Ddpm {
    pub(super) variance: StepVariance,
}

impl GaussianStep for Ddpm {
    fn mean(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser) {
        let mut predicted_noise = vec![0.0; x.len()];
        denoiser.predict_noise(x, step.from, &mut predicted_noise);
        let transition = &step.transition;
        let weight = transition.variance / transition.from.noise;
        for (x, predicted) in x.iter_mut().zip(&predicted_noise) {
            *x = (*x - weight * predicted) / transition.gain;
        }
    }

    fn std_dev(&self, step: &Step) -> f64 {
        self.variance.std_dev(step)
    }
}

/// x_u = c_t x_t + c_0 x̂0 + σ z (Ho et al. 2020, eq. 7), no noise into the data.
pub(super) struct DdpmX0 {
    pub(super) variance: StepVariance,
    /// Smallest and largest x̂0 along each axis.
    pub(super) clip: Option<Vec<(f64, f64)>>,
}

impl GaussianStep for DdpmX0 {
    fn mean(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser) {
        let mut predicted_noise = vec![0.0; x.len()];
        denoiser.predict_noise(x, step.from, &mut predicted_noise);
        let (transition, level) = (&step.transition, step.transition.from);
        let (c_t, c_0) = (transition.posterior_x_t(), transition.posterior_x0());
        for (i, (x, predicted)) in x.iter_mut().zip(&predicted_noise).enumerate() {
            let mut predicted_x0 = (*x - level.noise * predicted) / level.signal;
            if let Some(clip) = &self.clip {
                let (low, high) = clip[i % clip.len()];
                predicted_x0 = predicted_x0.clamp(low, high);
            }
            *x = c_t * *x + c_0 * predicted_x0;
        }
    }

    fn std_dev(&self, step: &Step) -> f64 {
        self.variance.std_dev(step)
    }
}
