//! How much each timestep counts in the loss.

use super::{NoiseLevel, Prediction};
use crate::settings::{Default, Key, Kind, Range, Section, SettingError};
use serde::Serialize;

/// The weight of a squared error at a noise level.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LossWeightConfig {
    /// Every timestep counts alike, in the units of what the network predicts.
    Uniform,
    /// min(SNR, γ)/SNR on the error of ε̂ (Hang et al. 2023), whatever the network predicts: that is
    /// min(SNR, γ) on the error of x̂0 and min(SNR, γ)/(SNR + 1) on that of v̂.
    MinSnr {
        /// γ.
        gamma: f64,
    },
}

impl LossWeightConfig {
    /// The table of `train.loss_weight`.
    pub(crate) const KEYS: &[Key] = &[Key::kind(
        &[
            Kind::new(
                "uniform",
                "Every timestep counts alike, in the unit of what the network predicts.",
            )
            .source("Ho et al. 2020, eq. 14"),
            Kind::new(
                "min_snr",
                "The error of the noise is weighted with min(SNR, γ)/SNR, whatever the network predicts.",
            )
            .source("Hang et al. 2023")
            .keys(&[Key::number(
                "gamma",
                5.0,
                Range::positive(),
                "γ, the largest signal-to-noise ratio that counts.",
            )]),
        ],
        Default::Name("uniform"),
        "Which function of the timestep weights the squared error.",
    )];

    /// Reads `train.loss_weight`.
    pub fn read(mut section: Section) -> Result<Self, SettingError> {
        let config = match section.kind()? {
            "min_snr" => Self::MinSnr {
                gamma: section.float("gamma")?,
            },
            _ => Self::Uniform,
        };
        section.finish()?;
        Ok(config)
    }

    /// The factor on the squared error of the network's output at `level`.
    pub fn weight(&self, prediction: Prediction, level: NoiseLevel) -> f64 {
        match self {
            Self::Uniform => 1.0,
            Self::MinSnr { gamma } => level.snr().min(*gamma) * prediction.x0_error_factor(level),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn min_snr_is_what_the_paper_states_for_each_parameterisation() {
        let level = NoiseLevel {
            signal: 0.96,
            noise: 0.28,
        };
        let (snr, weight) = (level.snr(), LossWeightConfig::MinSnr { gamma: 5.0 });
        for (prediction, expected) in [
            (Prediction::Noise, 5.0 / snr),
            (Prediction::X0, 5.0),
            (Prediction::V, 5.0 / (snr + 1.0)),
        ] {
            assert!((weight.weight(prediction, level) - expected).abs() < 1e-14);
        }
    }
}
