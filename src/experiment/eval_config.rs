//! How a run is evaluated: `[eval]`.

use super::checkpoint::Which;
use crate::settings::{Section, SettingError};
use serde::Serialize;

/// `[eval]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvalConfig {
    /// Samples to draw.
    pub num_samples: usize,
    /// Which checkpoint is evaluated.
    pub checkpoint: Which,
    /// How often every validation point is noised for the validation loss.
    pub val_draws: usize,
    /// Whether `wasserstein.png` has a logarithmic scale.
    pub log_scale: bool,
    /// Whether the law of what the sampler draws is found without samples, and its error attributed, where
    /// that can be done.
    pub exact: bool,
}

impl EvalConfig {
    /// Reads `[eval]`.
    pub fn read(mut section: Section) -> Result<Self, SettingError> {
        let config = Self {
            num_samples: section.count("num_samples", 10_000, 1, 100_000_000)?,
            checkpoint: section.choice("checkpoint", Which::Last)?,
            val_draws: section.count("val_draws", 10, 1, 100_000)?,
            log_scale: section.flag("log_scale", false)?,
            exact: section.flag("exact", true)?,
        };
        section.finish()?;
        Ok(config)
    }
}
