//! A moment of the process: a timestep, or a time between two of them, with its noise level.

use super::NoiseLevel;

/// A time in [0, T] and the noise level there. Training knows whole timesteps alone; a sampler may stop
/// between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Instant {
    /// The time: 0 for the data, 1..=T at the timesteps.
    pub t: f64,
    /// The noise level at that time.
    pub level: NoiseLevel,
}

impl Instant {
    /// The data.
    pub const DATA: Self = Self {
        t: 0.0,
        level: NoiseLevel::DATA,
    };

    /// The timestep, if it is one.
    pub fn timestep(self) -> Option<usize> {
        (self.t.fract() == 0.0).then_some(self.t as usize)
    }

    /// The index of the streams of random numbers that belong to this instant: its timestep, or the bits
    /// of a time between two, which are far above any timestep.
    pub fn stream(self) -> u64 {
        self.timestep().map_or(self.t.to_bits(), |t| t as u64)
    }

    /// Whether this is the data.
    pub fn is_data(self) -> bool {
        self.t == 0.0
    }
}

/// The timesteps that `num_steps` steps over a process of T levels visit, ascending from 0 to T and
/// as evenly spaced as whole numbers allow.
pub(crate) fn spaced_timesteps(num_timesteps: usize, num_steps: usize) -> Vec<usize> {
    let n = num_steps.clamp(1, num_timesteps);
    (0..=n)
        .map(|i| (2 * i * num_timesteps + n) / (2 * n))
        .collect()
}
