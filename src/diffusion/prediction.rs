//! What the network is asked to predict.

use super::NoiseLevel;
use crate::settings::Choice;
use serde::Serialize;

/// The parameterisation: which quantity the network's output stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Prediction {
    /// ε, the noise (Ho et al. 2020).
    Noise,
    /// x0, the data.
    X0,
    /// v = a ε − s x0 (Salimans & Ho 2022), for levels with a² + s² = 1.
    V,
}

impl Choice for Prediction {
    const NAMES: &'static [(&'static str, Self)] =
        &[("noise", Self::Noise), ("x0", Self::X0), ("v", Self::V)];
}

impl Prediction {
    /// What a perfect network would be shown as the answer, for one coordinate.
    pub fn target(self, x0: f64, noise: f64, level: NoiseLevel) -> f64 {
        match self {
            Self::Noise => noise,
            Self::X0 => x0,
            Self::V => level.signal * noise - level.noise * x0,
        }
    }

    /// ε̂ from the network's output at x_t, for one coordinate.
    pub fn to_noise(self, output: f64, x_t: f64, level: NoiseLevel) -> f64 {
        match self {
            Self::Noise => output,
            Self::X0 => (x_t - level.signal * output) / level.noise,
            Self::V => level.signal * output + level.noise * x_t,
        }
    }

    /// The network's output that stands for ε̂ at x_t: the inverse of [`to_noise`](Self::to_noise).
    pub fn from_noise(self, noise: f64, x_t: f64, level: NoiseLevel) -> f64 {
        match self {
            Self::Noise => noise,
            Self::X0 => (x_t - level.noise * noise) / level.signal,
            Self::V => (noise - level.noise * x_t) / level.signal,
        }
    }

    /// How much a squared error of the output weighs as a squared error of ε̂: (dε̂/d output)².
    pub fn noise_error_factor(self, level: NoiseLevel) -> f64 {
        match self {
            Self::Noise => 1.0,
            Self::X0 => level.snr(),
            Self::V => level.signal.powi(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_answer_gives_back_the_noise_in_every_parameterisation() {
        let level = NoiseLevel {
            signal: 0.6,
            noise: 0.8,
        };
        let (x0, noise) = (1.7, -0.4);
        let x_t = level.signal * x0 + level.noise * noise;
        for (_, prediction) in Prediction::NAMES {
            let output = prediction.target(x0, noise, level);
            assert!((prediction.to_noise(output, x_t, level) - noise).abs() < 1e-15);
            let back = prediction.from_noise(noise, x_t, level);
            assert!((back - output).abs() < 1e-15);
            let h = 1e-3;
            let slope = (prediction.to_noise(output + h, x_t, level) - noise) / h;
            assert!((slope.powi(2) - prediction.noise_error_factor(level)).abs() < 1e-12);
        }
    }
}
