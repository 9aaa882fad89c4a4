//! Ancestral sampling: DDPM through the predicted noise, and through the predicted x0.

use super::{Sampler, Step};
use crate::{
    diffusion::{Denoiser, Transition},
    rng::{self, Generator},
    settings::Choice,
};
use serde::Serialize;
use std::fmt;

/// The variance of a reverse step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReverseVariance {
    /// V (β_t between neighbours): right if the data were N(0, I).
    Beta,
    /// β̃, the variance of q(x_u | x_t, x0): right if the data were one point.
    Posterior,
}

impl Choice for ReverseVariance {
    const NAMES: &'static [(&'static str, Self)] =
        &[("beta", Self::Beta), ("posterior", Self::Posterior)];
}

impl fmt::Display for ReverseVariance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Beta => "beta",
            Self::Posterior => "posterior",
        })
    }
}

impl ReverseVariance {
    /// The variance of the step.
    pub fn of(self, transition: &Transition) -> f64 {
        match self {
            Self::Beta => transition.variance,
            Self::Posterior => transition.posterior_variance(),
        }
    }
}

/// x_u = (x_t − V/s_t · ε̂)/A + σ z (Ho et al. 2020, eq. 11), no noise into the data.
pub(super) struct Ddpm {
    pub(super) variance: ReverseVariance,
}

impl Sampler for Ddpm {
    fn step(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser, rng: &mut Generator) {
        let mut predicted_noise = vec![0.0; x.len()];
        denoiser.predict_noise(x, step.from, &mut predicted_noise);
        let transition = &step.transition;
        let weight = transition.variance / transition.from.noise;
        for (x, predicted) in x.iter_mut().zip(&predicted_noise) {
            *x = (*x - weight * predicted) / transition.gain;
        }
        add_noise(x, step, self.variance.of(transition), rng);
    }
}

/// x_u = c_t x_t + c_0 x̂0 + σ z (Ho et al. 2020, eq. 7), no noise into the data.
pub(super) struct DdpmX0 {
    pub(super) variance: ReverseVariance,
    /// Smallest and largest x̂0 along each axis.
    pub(super) clip: Option<Vec<(f64, f64)>>,
}

impl Sampler for DdpmX0 {
    fn step(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser, rng: &mut Generator) {
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
        add_noise(x, step, self.variance.of(transition), rng);
    }
}

/// Adds N(0, variance) to every coordinate, except on the step to the data.
fn add_noise(x: &mut [f64], step: &Step, variance: f64, rng: &mut Generator) {
    if step.is_last() {
        return;
    }
    let std_dev = variance.sqrt();
    let mut z = vec![0.0; x.len()];
    rng::fill_normal(rng, &mut z);
    for (x, z) in x.iter_mut().zip(&z) {
        *x += std_dev * z;
    }
}
