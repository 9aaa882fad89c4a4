//! Samplers: how to walk from the prior back to the data.

mod ddim;
mod ddpm;
mod reverse;

pub use ddpm::ReverseVariance;
pub use reverse::{ReverseProcess, ReverseState, spaced_timesteps};

use super::Transition;
use crate::{
    diffusion::Denoiser,
    rng::Generator,
    settings::{Range, Section, SettingError},
};
use ddim::Ddim;
use ddpm::{Ddpm, DdpmX0};
use serde::Serialize;

/// One step of a sampler: a block of points at level t goes to level u < t.
pub trait Sampler: Sync {
    /// Moves the points `x` (`[n, d]`) from `step.transition.from` to `step.transition.to`.
    ///
    /// `rng` belongs to this step and this block of points alone.
    fn step(&self, x: &mut [f64], step: &Step, denoiser: &dyn Denoiser, rng: &mut Generator);
}

/// Where a step starts and ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Timestep t that the step leaves, in 1..=T.
    pub from: usize,
    /// Timestep u < t that it reaches.
    pub to: usize,
    /// The kernel between the two levels.
    pub transition: Transition,
}

impl Step {
    /// Whether the step ends at the data, where no noise is added.
    pub fn is_last(&self) -> bool {
        self.to == 0
    }
}

/// Which sampler draws the samples: `[sampler]`.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplerConfig {
    /// How one step is taken.
    pub kind: SamplerKind,
    /// Number of steps, spread evenly over 1..=T; all T levels if it is absent.
    pub num_steps: Option<usize>,
}

/// The step that a sampler takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SamplerKind {
    /// Ancestral sampling through ε̂ (Ho et al. 2020, Algorithm 2).
    Ddpm {
        /// Variance of a step.
        variance: ReverseVariance,
    },
    /// The same through x̂0 (Ho et al. 2020, eq. 7).
    DdpmX0 {
        /// Variance of a step.
        variance: ReverseVariance,
        /// Whether x̂0 is clipped to the range of the training data.
        clip_x0: bool,
    },
    /// DDIM (Song, Meng & Ermon 2021): η = 0 is deterministic, η = 1 is DDPM with the posterior variance.
    Ddim {
        /// η.
        eta: f64,
    },
}

impl SamplerConfig {
    /// Reads `[sampler]` for a process of `num_timesteps` levels.
    pub fn read(mut section: Section, num_timesteps: usize) -> Result<Self, SettingError> {
        let kind = match section.kind(&["ddpm", "ddpm_x0", "ddim"], Some("ddpm"))? {
            "ddpm" => SamplerKind::Ddpm {
                variance: section.choice("variance", ReverseVariance::Beta)?,
            },
            "ddpm_x0" => SamplerKind::DdpmX0 {
                variance: section.choice("variance", ReverseVariance::Beta)?,
                clip_x0: section.flag("clip_x0", false)?,
            },
            _ => SamplerKind::Ddim {
                eta: section.float("eta", 0.0, Range::closed(0.0, 1.0))?,
            },
        };
        let num_steps = match section.is_word("num_steps", "all") {
            true => None,
            false => section.optional_count("num_steps", 1, num_timesteps)?,
        };
        section.finish()?;
        Ok(Self { kind, num_steps })
    }

    /// The sampler; `data_range` holds the smallest and largest value of each axis of the training
    /// data, in standardised units.
    pub fn build(&self, data_range: &[(f64, f64)]) -> Box<dyn Sampler> {
        match self.kind {
            SamplerKind::Ddpm { variance } => Box::new(Ddpm { variance }),
            SamplerKind::DdpmX0 { variance, clip_x0 } => Box::new(DdpmX0 {
                variance,
                clip: clip_x0.then(|| data_range.to_vec()),
            }),
            SamplerKind::Ddim { eta } => Box::new(Ddim { eta }),
        }
    }

    /// A short name with its parameters, for titles and tables.
    pub fn label(&self) -> String {
        let steps = self
            .num_steps
            .map(|n| format!(", {n} steps"))
            .unwrap_or_default();
        match &self.kind {
            SamplerKind::Ddpm { variance } => format!("DDPM ({variance} variance{steps})"),
            SamplerKind::DdpmX0 { variance, clip_x0 } => {
                let clip = if *clip_x0 { ", clipped x0" } else { "" };
                format!("DDPM-x0 ({variance} variance{clip}{steps})")
            }
            SamplerKind::Ddim { eta } => format!("DDIM (η = {eta}{steps})"),
        }
    }
}
