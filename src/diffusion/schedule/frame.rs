//! How signal and noise go together, and what has no schedule.

use crate::diffusion::NoiseLevel;

/// How signal and noise go together: one level for each ratio σ = s/a.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// a² + s² = 1 (Ho et al. 2020).
    VariancePreserving,
    /// a = 1 (Song & Ermon 2019).
    VarianceExploding,
    /// a + s = 1, straight paths from data to noise (Lipman et al. 2023; Liu et al. 2023).
    Straight,
}

impl Frame {
    /// The level with s/a = `ratio` (infinite where no signal is left).
    pub(super) fn level(self, ratio: f64) -> NoiseLevel {
        let (signal, noise) = match self {
            // 1/√(1 + σ²), and the same divided by 1/σ, each without cancellation.
            Self::VariancePreserving => {
                (ratio.hypot(1.0).recip(), ratio.recip().hypot(1.0).recip())
            }
            Self::VarianceExploding => (1.0, ratio),
            Self::Straight => ((1.0 + ratio).recip(), (1.0 + ratio.recip()).recip()),
        };
        NoiseLevel { signal, noise }
    }
}

/// A schedule that does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("schedule `{kind}` with num_timesteps = {num_timesteps} {problem}")]
pub struct ScheduleError {
    /// The schedule's name.
    pub kind: &'static str,
    /// T.
    pub num_timesteps: usize,
    /// What is wrong.
    pub problem: String,
    /// What to use instead.
    pub hint: &'static str,
}
