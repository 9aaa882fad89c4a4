//! The sampler as a configuration gives it: `[sampler]`.

use super::{
    ExactKernel, Method, ReverseVariance, Sampler,
    ddim::Ddim,
    ddpm::{Ddpm, DdpmX0},
    variance::StepVariance,
};
use crate::{
    diffusion::{Instant, NoiseSchedule, Start, instants, spaced_timesteps},
    settings::{Range, Section, SettingError},
    target::Mixture,
};
use serde::Serialize;

/// Which sampler draws the samples: `[sampler]`.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplerConfig {
    /// How one step is taken.
    pub kind: SamplerKind,
    /// Number of steps, spread evenly over 1..=T; all T levels if it is absent.
    pub num_steps: Option<usize>,
    /// Where it starts.
    pub start: Start,
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
    /// Draws from q(x_u | x_t), which the known density of the data gives; the network is not asked.
    Exact,
}

impl SamplerKind {
    /// Whether it can only be built for data whose density is known.
    pub fn needs_density(&self) -> bool {
        match self {
            Self::Ddpm { variance } | Self::DdpmX0 { variance, .. } => {
                *variance == ReverseVariance::Bayes
            }
            Self::Ddim { .. } => false,
            Self::Exact => true,
        }
    }
}

impl SamplerConfig {
    /// Reads `[sampler]` for a process of `num_timesteps` levels, and data with or without a density.
    pub fn read(
        mut section: Section,
        num_timesteps: usize,
        density_is_known: bool,
    ) -> Result<Self, SettingError> {
        let kinds = ["ddpm", "ddpm_x0", "ddim", "exact"];
        let kind = match section.kind(&kinds, Some("ddpm"))? {
            "ddpm" => SamplerKind::Ddpm {
                variance: section.choice("variance", ReverseVariance::Beta)?,
            },
            "ddpm_x0" => SamplerKind::DdpmX0 {
                variance: section.choice("variance", ReverseVariance::Beta)?,
                clip_x0: section.flag("clip_x0", false)?,
            },
            "ddim" => SamplerKind::Ddim {
                eta: section.float("eta", 0.0, Range::closed(0.0, 1.0))?,
            },
            _ => SamplerKind::Exact,
        };
        if kind.needs_density() && !density_is_known {
            let (key, value) = match kind {
                SamplerKind::Exact => ("kind", "exact"),
                _ => ("variance", "bayes"),
            };
            let message = format!("is {value:?}, which needs data whose density is known");
            return Err(SettingError {
                hint: Some(
                    "data from a file has none; `variance = \"posterior\"` does without".into(),
                ),
                ..section.error(key, message)
            });
        }
        let num_steps = match section.is_word("num_steps", "all") {
            true => None,
            false => section.optional_count("num_steps", 1, num_timesteps)?,
        };
        let start = section.choice("start", Start::default())?;
        if start.needs_density() && !density_is_known {
            return Err(SettingError {
                hint: Some("data from a file has none; `start = \"standard\"` does without".into()),
                ..section.error("start", "needs data whose density is known")
            });
        }
        section.finish()?;
        Ok(Self {
            kind,
            num_steps,
            start,
        })
    }

    /// How many steps it takes through a process of `num_timesteps` levels.
    pub fn steps(&self, num_timesteps: usize) -> usize {
        self.num_steps.unwrap_or(num_timesteps)
    }

    /// The sampler of the levels of `schedule`; `data_range` holds the smallest and largest value of
    /// each axis of the training data and `data` its law, both in standardised units.
    ///
    /// # Panics
    /// If it needs the law and there is none: [`SamplerConfig::read`] refuses that.
    pub fn build(
        &self,
        schedule: &NoiseSchedule,
        data_range: &[(f64, f64)],
        data: Option<&Mixture>,
    ) -> Sampler {
        let instants = self.instants(schedule);
        let variance = |kind| StepVariance::new(kind, &instants, data);
        let method = match self.kind {
            SamplerKind::Ddpm { variance: kind } => Method::gaussian(Ddpm {
                variance: variance(kind),
            }),
            SamplerKind::DdpmX0 {
                variance: kind,
                clip_x0,
            } => Method::gaussian(DdpmX0 {
                variance: variance(kind),
                clip: clip_x0.then(|| data_range.to_vec()),
            }),
            SamplerKind::Ddim { eta } => Method::gaussian(Ddim { eta }),
            SamplerKind::Exact => {
                let data = data.expect("checked when the configuration was read");
                Method::Exact(ExactKernel::new(data.clone()))
            }
        };
        let start = self.start.law(schedule, data);
        Sampler::new(method, instants, start)
    }

    /// The instants it visits, ascending from the data.
    pub fn instants(&self, schedule: &NoiseSchedule) -> Vec<Instant> {
        let num_timesteps = schedule.num_timesteps();
        instants(
            schedule,
            &spaced_timesteps(num_timesteps, self.steps(num_timesteps)),
        )
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
            SamplerKind::Exact => match self.num_steps {
                Some(n) => format!("exact reverse kernel ({n} steps)"),
                None => "exact reverse kernel".into(),
            },
        }
    }
}
