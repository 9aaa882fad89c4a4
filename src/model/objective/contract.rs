//! What training asks of an objective.

use crate::{
    diffusion::{Instant, NoiseLevel, NoiseSchedule},
    error::Result,
    truth::{LossFloor, Part},
};

/// What a network is trained for. Its loss is the mean over points and coordinates of
/// w(t) ‖output − target‖², and without the weight in validation.
pub trait Objective: std::fmt::Debug + Sync {
    /// Writes what the network should answer about noised points into `target` (`[n, d]`).
    fn target(&self, points: &Noised, target: &mut [f32]) -> Result<()>;

    /// w, the weight of a point's loss in training at a level.
    fn weight(&self, level: NoiseLevel) -> f64;

    /// The smallest loss that a network could have, timestep by timestep and with the weight, on points
    /// of the laws `parts` (standardised units; empty where the density is not known).
    fn floor(&self, parts: &[Part], schedule: &NoiseSchedule) -> Floor;
}

/// The floor of a loss, or why there is none.
pub(crate) type Floor = std::result::Result<LossFloor, NoFloor>;

/// Why a loss has no floor that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoFloor(pub &'static str);

impl NoFloor {
    /// The data may have any law.
    pub const UNKNOWN_DENSITY: Self = Self("the density of the data is not known");
}

/// Some points of a batch in standardised units, `[n, d]` each, as they were noised.
#[derive(Debug, Clone, Copy)]
pub struct Noised<'a> {
    /// The process.
    pub schedule: &'a NoiseSchedule,
    /// Their timesteps, `[n]`.
    pub timesteps: &'a [usize],
    /// The points before.
    pub x0: &'a [f64],
    /// ε.
    pub noise: &'a [f64],
    /// a x0 + s ε.
    pub x_t: &'a [f64],
}

/// One of them, `[d]` each.
#[derive(Debug, Clone, Copy)]
pub struct NoisedPoint<'a> {
    pub at: Instant,
    pub x0: &'a [f64],
    pub noise: &'a [f64],
    pub x_t: &'a [f64],
}

impl<'a> Noised<'a> {
    /// Their dimension d.
    pub fn dim(&self) -> usize {
        self.x0.len() / self.timesteps.len()
    }

    /// One after the other.
    pub fn points(&self) -> impl Iterator<Item = NoisedPoint<'a>> + use<'a> {
        let (schedule, d) = (self.schedule, self.dim());
        let rows = self.x0.chunks_exact(d).zip(self.noise.chunks_exact(d));
        let rows = rows.zip(self.x_t.chunks_exact(d)).zip(self.timesteps);
        rows.map(move |(((x0, noise), x_t), t)| NoisedPoint {
            at: schedule.instant(*t),
            x0,
            noise,
            x_t,
        })
    }
}
