//! Adam and AdamW on the flat vector of weights, with clipping and EMA in the same pass.

use super::Parameters;
use crate::settings::{Range, Section, SettingError};
use serde::Serialize;

/// The optimizer: `train.optimizer`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OptimizerConfig {
    /// Adam (Kingma & Ba 2015).
    Adam {
        /// Decay of the mean of gradients.
        beta1: f64,
        /// Decay of the mean of squared gradients.
        beta2: f64,
        /// Added to the root of the latter.
        epsilon: f64,
    },
    /// AdamW: decoupled weight decay (Loshchilov & Hutter 2019).
    AdamW {
        /// Decay of the mean of gradients.
        beta1: f64,
        /// Decay of the mean of squared gradients.
        beta2: f64,
        /// Added to the root of the latter.
        epsilon: f64,
        /// Weights shrink by this fraction times the learning rate every step.
        weight_decay: f64,
    },
}

impl OptimizerConfig {
    /// Reads `train.optimizer`.
    pub fn read(mut section: Section) -> Result<Self, SettingError> {
        let decay = Range::half_open(0.0, 1.0);
        let kind = section.kind(&["adam", "adam_w"], Some("adam"))?;
        let beta1 = section.float("beta1", 0.9, decay)?;
        let beta2 = section.float("beta2", 0.999, decay)?;
        let epsilon = section.float("epsilon", 1e-8, Range::positive())?;
        let config = match kind {
            "adam" => Self::Adam {
                beta1,
                beta2,
                epsilon,
            },
            _ => {
                let weight_decay =
                    section.float("weight_decay", 0.01, Range::half_open(0.0, f64::INFINITY))?;
                Self::AdamW {
                    beta1,
                    beta2,
                    epsilon,
                    weight_decay,
                }
            }
        };
        section.finish()?;
        Ok(config)
    }
}

/// Moments of the gradient, one pair a weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Adam {
    /// Running mean of the gradient.
    pub first_moment: Parameters,
    /// Running mean of its square.
    pub second_moment: Parameters,
}

/// What one update needs besides the gradient.
#[derive(Debug, Clone, Copy)]
pub(super) struct Update {
    /// Step, from 0.
    pub(super) step: usize,
    /// Learning rate of this step.
    pub(super) learning_rate: f64,
    /// Factor on the gradient: 1, or below where its norm is clipped.
    pub(super) gradient_scale: f64,
    /// Decay of the moving average of the weights at this step.
    pub(super) ema_decay: f64,
}

impl Adam {
    /// No gradient seen yet.
    pub fn new(parameters: &Parameters) -> Self {
        Self {
            first_moment: parameters.zeros_like(),
            second_moment: parameters.zeros_like(),
        }
    }

    /// One step, in one pass over the weights; `ema`, if there is one, follows them.
    pub(super) fn update(
        &mut self,
        config: &OptimizerConfig,
        update: Update,
        gradient: &[f32],
        parameters: &mut Parameters,
        ema: Option<&mut Parameters>,
    ) {
        let (beta1, beta2, epsilon, weight_decay) = match *config {
            OptimizerConfig::Adam {
                beta1,
                beta2,
                epsilon,
            } => (beta1, beta2, epsilon, 0.0),
            OptimizerConfig::AdamW {
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => (beta1, beta2, epsilon, weight_decay),
        };
        let t = update.step as i32 + 1;
        let step_size = (update.learning_rate / (1.0 - beta1.powi(t))) as f32;
        let root_correction = (1.0 / (1.0 - beta2.powi(t)).sqrt()) as f32;
        let keep = (1.0 - update.learning_rate * weight_decay) as f32;
        let scale = update.gradient_scale as f32;
        let (beta1, beta2, epsilon) = (beta1 as f32, beta2 as f32, epsilon as f32);
        let moments = self
            .first_moment
            .values_mut()
            .iter_mut()
            .zip(self.second_moment.values_mut());
        for ((w, g), (m, v)) in parameters
            .values_mut()
            .iter_mut()
            .zip(gradient)
            .zip(moments)
        {
            let g = scale * g;
            *m = beta1 * *m + (1.0 - beta1) * g;
            *v = beta2 * *v + (1.0 - beta2) * g * g;
            *w = keep * *w - step_size * *m / (v.sqrt() * root_correction + epsilon);
        }
        if let Some(ema) = ema {
            let mix = (1.0 - update.ema_decay) as f32;
            for (average, w) in ema.values_mut().iter_mut().zip(parameters.values()) {
                *average += mix * (w - *average);
            }
        }
    }
}

/// √Σg², accumulated in f64.
pub(super) fn global_norm(gradient: &[f32]) -> f64 {
    gradient
        .iter()
        .map(|g| f64::from(*g).powi(2))
        .sum::<f64>()
        .sqrt()
}
