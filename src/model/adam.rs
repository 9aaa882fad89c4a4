//! Adam and AdamW on the flat vector of weights, with clipping and EMA in the same pass.

use super::{
    Parameters,
    kernel::{self, AdamPass, SquaredNorm},
};
use crate::settings::{Default, Key, Kind, Range, Section, SettingError};
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
    /// The table of `train.optimizer`.
    pub(crate) const KEYS: &[Key] = &[
        Key::kind(
            &[
                Kind::new("adam", "Adam.").source("Kingma & Ba 2015, Algorithm 1"),
                Kind::new("adam_w", "AdamW: Adam with decoupled weight decay.")
                    .source("Loshchilov & Hutter 2019, Algorithm 2")
                    .keys(&[Key::number(
                        "weight_decay",
                        0.01,
                        Range::half_open(0.0, f64::INFINITY),
                        "Every step shrinks the weights by this fraction times the learning rate.",
                    )]),
            ],
            Default::Name("adam"),
            "Which optimizer it is.",
        ),
        Key::number(
            "beta1",
            0.9,
            Range::half_open(0.0, 1.0),
            "Decay of the running mean of the gradient.",
        ),
        Key::number(
            "beta2",
            0.999,
            Range::half_open(0.0, 1.0),
            "Decay of the running mean of the squared gradient.",
        ),
        Key::number(
            "epsilon",
            1e-8,
            Range::positive(),
            "What is added to the root of the mean squared gradient.",
        ),
    ];

    /// Reads `train.optimizer`.
    pub fn read(mut section: Section) -> Result<Self, SettingError> {
        let kind = section.kind()?;
        let beta1 = section.float("beta1")?;
        let beta2 = section.float("beta2")?;
        let epsilon = section.float("epsilon")?;
        let config = match kind {
            "adam" => Self::Adam {
                beta1,
                beta2,
                epsilon,
            },
            _ => {
                let weight_decay = section.float("weight_decay")?;
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
        kernel::run(AdamPass {
            gradient,
            weights: parameters.values_mut(),
            first_moment: self.first_moment.values_mut(),
            second_moment: self.second_moment.values_mut(),
            ema: ema.map(Parameters::values_mut),
            beta1: beta1 as f32,
            beta2: beta2 as f32,
            // Below it, a weight without a gradient would become 0/0.
            epsilon: (epsilon as f32).max(f32::MIN_POSITIVE),
            step_size: (update.learning_rate / (1.0 - beta1.powi(t))) as f32,
            root_correction: (1.0 / (1.0 - beta2.powi(t)).sqrt()) as f32,
            keep: (1.0 - update.learning_rate * weight_decay) as f32,
            gradient_scale: update.gradient_scale as f32,
            ema_share: (1.0 - update.ema_decay) as f32,
        });
    }
}

/// √Σg², accumulated in f64.
pub(super) fn global_norm(gradient: &[f32]) -> f64 {
    kernel::run(SquaredNorm(gradient)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::MlpConfig,
        rng::{Purpose, Seed, fill_normal},
    };

    /// The papers' algorithms in f64, weight by weight.
    fn textbook(gradients: &[Vec<f64>], decay: f64, clip: f64, ema_decay: f64) -> (f64, f64) {
        let (mut w, mut m, mut v, mut ema) = (0.5, 0.0, 0.0, 0.5);
        for (i, gradient) in gradients.iter().enumerate() {
            let (t, norm) = (
                i as i32 + 1,
                gradient.iter().map(|g| g * g).sum::<f64>().sqrt(),
            );
            let g = gradient[0] * (clip / norm).min(1.0);
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let (m_hat, v_hat) = (m / (1.0 - 0.9f64.powi(t)), v / (1.0 - 0.999f64.powi(t)));
            w -= 0.01 * decay * w;
            w -= 0.01 * m_hat / (v_hat.sqrt() + 1e-8);
            ema = ema_decay * ema + (1.0 - ema_decay) * w;
        }
        (w, ema)
    }

    #[test]
    fn the_fused_pass_is_the_textbook_algorithm() {
        let model = MlpConfig::preset("leaky_fc").unwrap();
        let zeros = Parameters::zeros(&model, 1);
        let n = zeros.len();
        let gradients: Vec<Vec<f64>> = (0..40)
            .map(|step| {
                let mut gradient = vec![0.0; n];
                fill_normal(
                    &mut Seed(1).stream(Purpose::Weights, step, 0),
                    &mut gradient,
                );
                gradient
            })
            .collect();
        let (beta1, beta2, epsilon) = (0.9, 0.999, 1e-8);
        for weight_decay in [0.0, 0.3] {
            let config = match weight_decay {
                0.0 => OptimizerConfig::Adam {
                    beta1,
                    beta2,
                    epsilon,
                },
                _ => OptimizerConfig::AdamW {
                    beta1,
                    beta2,
                    epsilon,
                    weight_decay,
                },
            };
            let mut parameters = zeros.clone();
            parameters.values_mut().fill(0.5);
            let mut ema = parameters.clone();
            let mut adam = Adam::new(&parameters);
            for (step, gradient) in gradients.iter().enumerate() {
                let gradient: Vec<f32> = gradient.iter().map(|g| *g as f32).collect();
                let update = Update {
                    step,
                    learning_rate: 0.01,
                    gradient_scale: (20.0 / global_norm(&gradient)).min(1.0),
                    ema_decay: 0.95,
                };
                adam.update(&config, update, &gradient, &mut parameters, Some(&mut ema));
            }
            let (w, average) = textbook(&gradients, weight_decay, 20.0, 0.95);
            // 40 steps of f32 rounding, a few 1e-7 each.
            assert!((f64::from(parameters.values()[0]) - w).abs() < 5e-6, "{w}");
            assert!(
                (f64::from(ema.values()[0]) - average).abs() < 5e-6,
                "{average}"
            );
        }
    }
}
