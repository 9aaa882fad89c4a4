//! What the network is asked to predict.

use super::NoiseLevel;
use crate::settings::{Choice, Kind};
use serde::Serialize;

/// The parameterisation: which quantity the network's output stands for.
///
/// Each is defined at every level (a, s), and any of them with x_t = a x0 + s ε gives both x0 and ε. Only
/// at a level without signal (a = 0) the noise says nothing of x0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Prediction {
    /// ε, the noise (Ho et al. 2020).
    Noise,
    /// x0, the data.
    X0,
    /// v = (a ε − s x0)/√(a² + s²): with a² + s² = 1 that of Salimans & Ho (2022). With a = 1 and the
    /// input scaled it is, but for its sign, the preconditioned target of Karras et al. (2022, Table 1)
    /// for data of unit variance.
    V,
    /// u = ε − x0, the velocity of a straight path (Lipman et al. 2023; Liu et al. 2023).
    Velocity,
}

impl Choice for Prediction {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new("noise", "ε, the noise.").source("Ho et al. 2020"),
            Self::Noise,
        ),
        (Kind::new("x0", "x0, the data."), Self::X0),
        (
            Kind::new(
                "v",
                "v = (a ε − s x0)/√(a² + s²), with signal a and noise s.",
            )
            .source("Salimans & Ho 2022"),
            Self::V,
        ),
        (
            Kind::new("velocity", "u = ε − x0, the velocity of a straight path.")
                .source("Lipman et al. 2023; Liu et al. 2023"),
            Self::Velocity,
        ),
    ];
}

impl Prediction {
    /// What a perfect network would be shown as the answer, for one coordinate.
    pub fn target(self, x0: f64, noise: f64, level: NoiseLevel) -> f64 {
        match self {
            Self::Noise => noise,
            Self::X0 => x0,
            Self::V => (level.signal * noise - level.noise * x0) / level.norm(),
            Self::Velocity => noise - x0,
        }
    }

    /// ε̂ from the network's output at x_t, for one coordinate.
    pub fn to_noise(self, output: f64, x_t: f64, level: NoiseLevel) -> f64 {
        let NoiseLevel { signal, noise } = level;
        match self {
            Self::Noise => output,
            Self::X0 => (x_t - signal * output) / noise,
            Self::V => {
                let norm = level.norm();
                (signal * output + noise * x_t / norm) / norm
            }
            Self::Velocity => (x_t + signal * output) / (signal + noise),
        }
    }

    /// x̂0 from the network's output at x_t, for one coordinate; not finite for a predicted noise at a
    /// level without signal.
    pub fn to_x0(self, output: f64, x_t: f64, level: NoiseLevel) -> f64 {
        let NoiseLevel { signal, noise } = level;
        match self {
            Self::Noise => (x_t - noise * output) / signal,
            Self::X0 => output,
            Self::V => {
                let norm = level.norm();
                (signal * x_t / norm - noise * output) / norm
            }
            Self::Velocity => (x_t - noise * output) / (signal + noise),
        }
    }

    /// The network's output that stands for ε̂ at x_t: the inverse of [`to_noise`](Self::to_noise), for
    /// levels with a signal.
    pub fn output_of_noise(self, noise: f64, x_t: f64, level: NoiseLevel) -> f64 {
        let norm = level.norm();
        match self {
            Self::Noise => noise,
            Self::X0 => (x_t - level.noise * noise) / level.signal,
            Self::V => (norm * noise - level.noise * x_t / norm) / level.signal,
            Self::Velocity => ((level.signal + level.noise) * noise - x_t) / level.signal,
        }
    }

    /// The network's output that stands for x̂0 at x_t: the inverse of [`to_x0`](Self::to_x0).
    pub fn output_of_x0(self, x0: f64, x_t: f64, level: NoiseLevel) -> f64 {
        let NoiseLevel { signal, noise } = level;
        self.target(x0, (x_t - signal * x0) / noise, level)
    }

    /// How much a squared error of the output weighs as a squared error of ε̂: (dε̂/d output)².
    pub fn noise_error_factor(self, level: NoiseLevel) -> f64 {
        match self {
            Self::Noise => 1.0,
            Self::X0 => level.snr(),
            Self::V => (level.signal / level.norm()).powi(2),
            Self::Velocity => (level.signal / (level.signal + level.noise)).powi(2),
        }
    }

    /// The same as a squared error of x̂0: (dx̂0/d output)², also where no signal is left.
    pub fn x0_error_factor(self, level: NoiseLevel) -> f64 {
        match self {
            Self::Noise => level.snr().recip(),
            Self::X0 => 1.0,
            Self::V => (level.noise / level.norm()).powi(2),
            Self::Velocity => (level.noise / (level.signal + level.noise)).powi(2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Variance preserving, exploding, straight, and something else.
    const LEVELS: [(f64, f64); 5] = [(0.6, 0.8), (1.0, 3.0), (0.7, 0.3), (0.3, 1.9), (1.0, 0.05)];

    #[test]
    fn the_right_answer_gives_back_noise_and_data_in_every_parameterisation_and_frame() {
        let (x0, noise) = (1.7, -0.4);
        for (signal, s) in LEVELS {
            let level = NoiseLevel { signal, noise: s };
            let x_t = signal * x0 + s * noise;
            for (_, prediction) in Prediction::NAMES {
                let output = prediction.target(x0, noise, level);
                let close = |a: f64, b: f64| (a - b).abs() < 1e-13 * (1.0 + 1.0 / s);
                assert!(close(prediction.to_noise(output, x_t, level), noise));
                assert!(close(prediction.to_x0(output, x_t, level), x0));
                assert!(close(prediction.output_of_noise(noise, x_t, level), output));
                assert!(close(prediction.output_of_x0(x0, x_t, level), output));
                let h = 1e-3;
                let slope = (prediction.to_noise(output + h, x_t, level) - noise) / h;
                let factor = prediction.noise_error_factor(level);
                assert!(
                    (slope.powi(2) / factor - 1.0).abs() < 1e-9,
                    "{prediction:?}"
                );
                let slope = (prediction.to_x0(output + h, x_t, level) - x0) / h;
                let factor = prediction.x0_error_factor(level);
                assert!(
                    (slope.powi(2) / factor - 1.0).abs() < 1e-9,
                    "{prediction:?}"
                );
            }
        }
    }

    #[test]
    fn without_signal_all_but_the_noise_still_tell_the_data() {
        let level = NoiseLevel {
            signal: 0.0,
            noise: 1.0,
        };
        let (x0, noise) = (0.9, 1.3);
        for (_, prediction) in Prediction::NAMES {
            let output = prediction.target(x0, noise, level);
            assert_eq!(prediction.to_noise(output, noise, level), noise);
            let found = prediction.to_x0(output, noise, level);
            assert_eq!(*prediction == Prediction::Noise, !found.is_finite());
        }
    }

    #[test]
    fn v_without_a_frame_is_the_preconditioned_target() {
        // Karras et al. 2022, Table 1, with σ_data = 1: F = (x0 − c_skip x)/c_out.
        let (x0, noise, sigma) = (0.3, -1.2, 2.5);
        let level = NoiseLevel {
            signal: 1.0,
            noise: sigma,
        };
        let square = 1.0 + sigma * sigma;
        let (c_skip, c_out) = (1.0 / square, sigma / f64::sqrt(square));
        let exact = (x0 - c_skip * (x0 + sigma * noise)) / c_out;
        assert!((Prediction::V.target(x0, noise, level) + exact).abs() < 1e-15);
    }
}
