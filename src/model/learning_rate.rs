//! The learning rate as a function of the step.

use crate::settings::{Choice, Kind};
use serde::Serialize;
use std::f64::consts::PI;

/// How the learning rate falls after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LearningRateConfig {
    /// Not at all.
    Constant,
    /// In a straight line to 0 at the last step.
    Linear,
    /// Along half a cosine to 0 at the last step (Loshchilov & Hutter 2017).
    Cosine,
}

impl Choice for LearningRateConfig {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new("constant", "The learning rate stays where it is."),
            Self::Constant,
        ),
        (
            Kind::new(
                "linear",
                "The learning rate falls in a straight line to 0 at the last step.",
            ),
            Self::Linear,
        ),
        (
            Kind::new(
                "cosine",
                "The learning rate falls along half a cosine to 0 at the last step.",
            )
            .source("Loshchilov & Hutter 2017"),
            Self::Cosine,
        ),
    ];
}

impl LearningRateConfig {
    /// The factor on the learning rate at `step` (from 0) of `steps`, after a linear warm-up of
    /// `warmup` steps.
    pub fn factor(self, step: usize, steps: usize, warmup: usize) -> f64 {
        if step < warmup {
            return (step + 1) as f64 / warmup as f64;
        }
        let left = steps.saturating_sub(warmup).max(1) as f64;
        let done = ((step - warmup) as f64 / left).min(1.0);
        match self {
            Self::Constant => 1.0,
            Self::Linear => 1.0 - done,
            Self::Cosine => 0.5 * (1.0 + (PI * done).cos()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_warms_up_peaks_at_one_and_falls() {
        for (_, schedule) in LearningRateConfig::NAMES {
            assert_eq!(schedule.factor(0, 100, 10), 0.1);
            assert_eq!(schedule.factor(9, 100, 10), 1.0);
            assert_eq!(schedule.factor(10, 100, 10), 1.0);
        }
        assert!((LearningRateConfig::Linear.factor(55, 100, 10) - 0.5).abs() < 1e-15);
        assert!((LearningRateConfig::Cosine.factor(55, 100, 10) - 0.5).abs() < 1e-15);
        assert!(LearningRateConfig::Cosine.factor(99, 100, 10) < 1e-3);
    }
}
