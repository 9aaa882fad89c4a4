//! Denoising: the network answers what was mixed (Ho et al. 2020, eq. 14).

use super::contract::{Floor, NoFloor, Noised, Objective};
use crate::{
    diffusion::{LossWeightConfig, NoiseLevel, NoiseSchedule, Prediction},
    error::Result,
    truth::{self, Part},
};

/// The target is what `prediction` says of x0 and ε. The floor is the loss of the Bayes denoiser.
#[derive(Debug, Clone)]
pub struct Denoising {
    /// What the output stands for.
    pub prediction: Prediction,
    /// w.
    pub weight: LossWeightConfig,
}

impl Objective for Denoising {
    fn target(&self, points: &Noised, target: &mut [f32]) -> Result<()> {
        let rows = target.chunks_exact_mut(points.dim());
        for (target, point) in rows.zip(points.points()) {
            let mixed = point.x0.iter().zip(point.noise);
            for (target, (x0, noise)) in target.iter_mut().zip(mixed) {
                *target = self.prediction.target(*x0, *noise, point.at.level) as f32;
            }
        }
        Ok(())
    }

    fn weight(&self, level: NoiseLevel) -> f64 {
        self.weight.weight(self.prediction, level)
    }

    fn floor(&self, parts: &[Part], schedule: &NoiseSchedule) -> Floor {
        match parts {
            [] => Err(NoFloor::UNKNOWN_DENSITY),
            parts => Ok(truth::loss_floor(
                parts,
                schedule,
                self.prediction,
                &self.weight,
            )),
        }
    }
}
