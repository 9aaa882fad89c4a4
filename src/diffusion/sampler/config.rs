//! The sampler as a configuration gives it: `[sampler]`.

use super::{
    Churn, ExactKernel, Levels, Method, ReverseVariance, Sampler,
    ddim::Ddim,
    ddpm::{Ddpm, DdpmX0},
    euler::Euler,
    heun::{ChurnedHeun, Heun},
    levels::evenly_to_first,
    multistep::Multistep,
    runge_kutta::RungeKutta,
    variance::StepVariance,
};
use crate::{
    diffusion::{Instant, NoiseSchedule, Start},
    settings::{Default, Domain, Key, Kind, Range, Section, SettingError},
    target::Mixture,
};
use serde::Serialize;

/// Largest weight of guidance, of either sign.
const MAX_GUIDANCE: f64 = 1000.0;

/// Most steps of a sampler.
const MAX_STEPS: usize = 100_000;

/// Which sampler draws the samples: `[sampler]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SamplerConfig {
    /// How one step is taken.
    pub kind: SamplerKind,
    /// Number of steps; all T levels if it is absent, and the ends alone for a solver that chooses its
    /// own.
    pub num_steps: Option<usize>,
    /// How the levels between which it steps are spaced.
    pub levels: Levels,
    /// Where it starts.
    pub start: Start,
}

/// The step that a sampler takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum SamplerKind {
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
    /// Euler's method on the probability flow in the time of the process, or with λ > 0 on the stochastic
    /// equation with the same marginals.
    Euler {
        /// λ, how much of the noise of the reverse process there is: 1 for all of it.
        noise: f64,
    },
    /// Heun's method in σ = s/a (Karras et al. 2022, Algorithm 2), with churn if `s_churn` is above 0.
    Heun {
        /// S_churn.
        s_churn: f64,
        /// S_tmin.
        s_tmin: f64,
        /// S_tmax.
        s_tmax: f64,
        /// S_noise.
        s_noise: f64,
    },
    /// DPM-Solver++(2M) (Lu et al. 2022, Algorithm 2).
    #[serde(rename = "dpm_solver_pp_2m")]
    DpmSolverPp2m,
    /// The probability flow by the adaptive method of Dormand & Prince (1980), each sample with steps of
    /// its own; `num_steps` only says at how many instants it is looked at.
    Rk45 {
        /// Error allowed in a step, relative to 1 + |x|.
        tolerance: f64,
    },
    /// Draws from q(x_u | x_t), which the known density of the data gives; the network is not asked.
    Exact,
}

impl SamplerKind {
    /// Its name in a configuration.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ddpm { .. } => "ddpm",
            Self::DdpmX0 { .. } => "ddpm_x0",
            Self::Ddim { .. } => "ddim",
            Self::Euler { .. } => "euler",
            Self::Heun { .. } => "heun",
            Self::DpmSolverPp2m => "dpm_solver_pp_2m",
            Self::Rk45 { .. } => "rk45",
            Self::Exact => "exact",
        }
    }

    /// Whether it can only be built for data whose density is known.
    pub(crate) fn needs_density(&self) -> bool {
        match self {
            Self::Ddpm { variance } | Self::DdpmX0 { variance, .. } => {
                *variance == ReverseVariance::Bayes
            }
            Self::Ddim { .. }
            | Self::Euler { .. }
            | Self::Heun { .. }
            | Self::DpmSolverPp2m
            | Self::Rk45 { .. } => false,
            Self::Exact => true,
        }
    }

    /// Whether its steps are of high order in σ or ln σ, which a step over many orders of σ spoils.
    pub(crate) fn solves_in_sigma(&self) -> bool {
        matches!(self, Self::Heun { .. } | Self::DpmSolverPp2m)
    }
}

const VARIANCE: Key = Key::choice::<ReverseVariance>(
    "variance",
    "beta",
    "Variance of the noise that each step adds.",
);

const CHURN_TIME: Range = Range::closed(0.0, 1e9);

/// The samplers, in the order of messages.
const KINDS: &[Kind] = &[
    Kind::new("ddpm", "Ancestral sampling through the predicted noise.")
        .source("Ho et al. 2020, Algorithm 2")
        .keys(&[VARIANCE]),
    Kind::new("ddpm_x0", "Ancestral sampling through the predicted data x0.")
        .source("Ho et al. 2020, eq. 7")
        .keys(&[
            VARIANCE,
            Key::flag(
                "clip_x0",
                false,
                "Whether the predicted x0 is clipped to the range of the training data.",
            ),
        ]),
    Kind::new("ddim", "DDIM, which is deterministic unless `eta` is above 0.")
        .source("Song, Meng & Ermon 2021, eq. 12")
        .keys(&[Key::number(
            "eta",
            0.0,
            Range::closed(0.0, 1.0),
            "η: 0 adds no noise, and 1 is DDPM with the posterior variance.",
        )
        .example("0.5")]),
    Kind::new(
        "euler",
        "Euler's method in the time of the process, on the probability flow or on a stochastic equation.",
    )
    .source("Song et al. 2021, eqs. 6 and 13")
    .keys(&[Key::number(
        "noise",
        0.0,
        Range::closed(0.0, 10.0),
        "λ, the fraction of the noise of the reverse process. 0 follows the probability flow.",
    )
    .example("0.1")]),
    Kind::new(
        "heun",
        "Heun's method in σ = noise/signal, with fresh noise at every step if `s_churn` is above 0.",
    )
    .source("Karras et al. 2022, Algorithm 2")
    .keys(&[
        Key::number(
            "s_churn",
            0.0,
            Range::closed(0.0, 1e6),
            "S_churn, the amount of fresh noise, divided over the steps. 0 adds none. Unlike in Algorithm 2, no noise lifts σ above that of t = T.",
        )
        .example("40.0"),
        Key::number(
            "s_tmin",
            0.0,
            CHURN_TIME,
            "S_tmin, the smallest σ at which fresh noise is added.",
        )
        .example("0.05"),
        Key::number(
            "s_tmax",
            1e9,
            CHURN_TIME,
            "S_tmax, the largest σ at which fresh noise is added.",
        )
        .example("50.0"),
        Key::number(
            "s_noise",
            1.0,
            Range::closed(0.0, 10.0),
            "S_noise, the factor on the standard deviation of the fresh noise.",
        )
        .example("1.003"),
    ]),
    Kind::new(
        "dpm_solver_pp_2m",
        "DPM-Solver++(2M), a multistep solver in λ = ln(signal/noise).",
    )
    .source("Lu et al. 2022, Algorithm 2"),
    Kind::new(
        "rk45",
        "The probability flow by an adaptive Runge-Kutta method, with its own steps for each sample.",
    )
    .source("Dormand & Prince 1980")
    .keys(&[Key::number(
        "tolerance",
        1e-4,
        Range::closed(1e-10, 0.1),
        "Error allowed in a step, relative to 1 + |x|.",
    )]),
    Kind::new(
        "exact",
        "Draws from q(x_u | x_t), which the known density of the data gives. The network is not asked.",
    ),
];

impl SamplerConfig {
    /// The table of `[sampler]`.
    pub(crate) const KEYS: &[Key] = &[
        Key::kind(
            KINDS,
            Default::Name("ddpm"),
            "How a step from one noise level to the next is taken.",
        ),
        Key::new(
            "num_steps",
            Domain::Either(&[Domain::Count(1, MAX_STEPS), Domain::Word("all")]),
            Default::Absent("\"all\": every timestep; of `rk45` the two ends"),
            "Number of steps. A solver that chooses its own steps only shows its path at so many instants.",
        )
        .unit("steps")
        .example("10"),
        Key::choice::<Levels>(
            "levels",
            "auto",
            "How the levels between which the sampler steps are spaced.",
        ),
        Key::choice::<Start>("start", "standard", "The law that sampling starts from."),
        Key::number(
            "guidance",
            1.0,
            Range::closed(-MAX_GUIDANCE, MAX_GUIDANCE),
            "Weight of classifier-free guidance towards the class. 1 is none, and 0 ignores the class.",
        )
        .source("Ho & Salimans 2022, eq. 6, whose own weight is this one minus 1")
        .whole_example(
            "[model]\nclass_conditional = true\n\n[train]\nclass_dropout = 0.1\n\n[sampler]\nguidance = 2.0",
        ),
    ];

    /// Reads `[sampler]` for data with or without a density.
    pub(crate) fn read(mut section: Section, density_is_known: bool) -> Result<Self, SettingError> {
        let kind = match section.kind()? {
            "ddpm" => SamplerKind::Ddpm {
                variance: section.choice("variance")?,
            },
            "ddpm_x0" => SamplerKind::DdpmX0 {
                variance: section.choice("variance")?,
                clip_x0: section.flag("clip_x0")?,
            },
            "ddim" => SamplerKind::Ddim {
                eta: section.float("eta")?,
            },
            "euler" => SamplerKind::Euler {
                noise: section.float("noise")?,
            },
            "heun" => {
                let (s_tmin, s_tmax) = (section.float("s_tmin")?, section.float("s_tmax")?);
                if s_tmin > s_tmax {
                    let message = format!("is {s_tmin}, expected at most `s_tmax`, {s_tmax}");
                    return Err(section.error("s_tmin", message));
                }
                SamplerKind::Heun {
                    s_churn: section.float("s_churn")?,
                    s_tmin,
                    s_tmax,
                    s_noise: section.float("s_noise")?,
                }
            }
            "dpm_solver_pp_2m" => SamplerKind::DpmSolverPp2m,
            "rk45" => SamplerKind::Rk45 {
                tolerance: section.float("tolerance")?,
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
        let num_steps = section.optional_count("num_steps")?;
        let levels = section.choice("levels")?;
        let start: Start = section.choice("start")?;
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
            levels,
            start,
        })
    }

    /// How many steps it takes through a process of `num_timesteps` levels.
    pub(crate) fn steps(&self, num_timesteps: usize) -> usize {
        let all = match self.kind {
            SamplerKind::Rk45 { .. } => num_timesteps.min(2),
            _ => num_timesteps,
        };
        self.num_steps.unwrap_or(all)
    }

    /// The sampler of the levels of `schedule`; `data_range` holds the smallest and largest value of
    /// each axis of the training data and `data` its law, both in standardised units.
    ///
    /// # Panics
    /// If it needs the law and there is none: [`SamplerConfig::read`] refuses that.
    pub(crate) fn build(
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
            SamplerKind::Euler { noise } => Method::gaussian(Euler::new(noise, schedule)),
            SamplerKind::Heun { s_churn: 0.0, .. } => Method::gaussian(Heun),
            SamplerKind::Heun {
                s_churn,
                s_tmin,
                s_tmax,
                s_noise,
            } => Method::path(ChurnedHeun {
                churn: Churn {
                    amount: s_churn,
                    min: s_tmin,
                    max: s_tmax,
                    noise: s_noise,
                },
                num_steps: instants.len() - 1,
                schedule: schedule.clone(),
            }),
            SamplerKind::DpmSolverPp2m => Method::path(Multistep),
            SamplerKind::Rk45 { tolerance } => Method::path(RungeKutta {
                tolerance,
                schedule: schedule.clone(),
            }),
            SamplerKind::Exact => {
                let data = data.expect("checked when the configuration was read");
                Method::Exact(ExactKernel::new(data.clone()))
            }
        };
        let start = self.start.law(schedule, data);
        // Numbers are written with all their digits.
        let identity = format!("{:?} {data_range:?}", self.kind);
        Sampler::new(method, instants, start, identity)
    }

    /// The instants it visits, ascending from the data.
    pub(crate) fn instants(&self, schedule: &NoiseSchedule) -> Vec<Instant> {
        let num_steps = self.steps(schedule.num_timesteps());
        let levels = self.spacing(schedule);
        if let (SamplerKind::Rk45 { .. }, Levels::Uniform) = (&self.kind, levels) {
            // It has to arrive at timestep 1, however few instants are looked at.
            let mut above = evenly_to_first(schedule, num_steps);
            above.insert(0, Instant::DATA);
            return above;
        }
        levels.instants(schedule, num_steps)
    }

    /// The same without the number of steps: of a solver that chooses its own, without its tolerance too.
    pub(crate) fn method_label(&self) -> String {
        let bare = Self {
            num_steps: None,
            ..self.clone()
        };
        match bare.kind {
            SamplerKind::Rk45 { .. } => "RK45".into(),
            _ => bare.label(),
        }
    }

    /// A short name with its parameters, for titles and tables.
    pub(crate) fn label(&self) -> String {
        let mut steps = self
            .num_steps
            .map(|n| format!(", {n} steps"))
            .unwrap_or_default();
        match self.levels {
            Levels::Uniform if self.kind.solves_in_sigma() => steps += ", levels even in t",
            Levels::Auto | Levels::Uniform => {}
            Levels::Karras => steps += ", Karras levels",
            Levels::Lambda => steps += ", levels even in λ",
        }
        match self.start {
            Start::Standard => {}
            Start::Matched => steps += ", matched start",
            Start::Exact => steps += ", exact start",
        }
        let alone = steps.strip_prefix(", ").unwrap_or_default();
        let brackets = match alone {
            "" => String::new(),
            alone => format!(" ({alone})"),
        };
        match &self.kind {
            SamplerKind::Ddpm { variance } => format!("DDPM ({variance} variance{steps})"),
            SamplerKind::DdpmX0 { variance, clip_x0 } => {
                let clip = if *clip_x0 { ", clipped x0" } else { "" };
                format!("DDPM-x0 ({variance} variance{clip}{steps})")
            }
            SamplerKind::Ddim { eta } => format!("DDIM (η = {eta}{steps})"),
            SamplerKind::Euler { noise: 0.0 } => format!("Euler{brackets}"),
            SamplerKind::Euler { noise } => format!("stochastic Euler (λ = {noise}{steps})"),
            SamplerKind::Heun { s_churn: 0.0, .. } => format!("Heun{brackets}"),
            SamplerKind::Heun { s_churn, .. } => format!("Heun (churn {s_churn}{steps})"),
            SamplerKind::DpmSolverPp2m => format!("DPM-Solver++(2M){brackets}"),
            SamplerKind::Rk45 { tolerance } => format!("RK45 (tolerance {tolerance}{steps})"),
            SamplerKind::Exact => format!("exact reverse kernel{brackets}"),
        }
    }
}
