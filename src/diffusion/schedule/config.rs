//! The forward process as a configuration gives it: `[process]`.

use super::{Frame, NoiseSchedule, ScheduleError};
use crate::settings::{Default, Key, Kind, Range, Section, SettingError};
use serde::Serialize;

/// Most timesteps a process may have.
pub(crate) const MAX_TIMESTEPS: usize = 100_000;

/// The forward process: `[process]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ProcessConfig {
    /// T, the number of noise levels above the data.
    pub num_timesteps: usize,
    /// How the noise grows over them.
    pub schedule: ScheduleConfig,
    /// Whether the levels of a variance-preserving schedule are stretched until nothing is left of the
    /// data at T (Lin et al. 2024).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub zero_terminal_snr: bool,
}

/// How the noise grows. τ = t/T, and S(x) = 1/(1 + e^{−x}).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScheduleConfig {
    /// β from `beta_start` to `beta_end` in T equal steps, the same ends whatever T (Ho et al. 2020).
    Linear {
        /// β_1.
        beta_start: f64,
        /// β_T.
        beta_end: f64,
    },
    /// The same with both ends times 1000/T, so that the end of the process depends little on T.
    LinearRescaled {
        /// β_1 at T = 1000.
        beta_start: f64,
        /// β_T at T = 1000.
        beta_end: f64,
    },
    /// √β from `√beta_start` to `√beta_end` in T equal steps.
    Quadratic {
        /// β_1.
        beta_start: f64,
        /// β_T.
        beta_end: f64,
    },
    /// β = S(x)(`beta_end` − `beta_start`) + `beta_start` for x from −6 to 6 in T equal steps (Xu et al.
    /// 2022, GeoDiff).
    BetaSigmoid {
        /// About β_1.
        beta_start: f64,
        /// About β_T.
        beta_end: f64,
    },
    /// ᾱ_t = f(t)/f(0), f(t) = cos²(((t/T + 0.008)/1.008)·π/2), β clipped at 0.999
    /// (Nichol & Dhariwal 2021, eq. 17).
    Cosine,
    /// The same with β clipped at both ends, to [1e-4, 0.9999].
    CosineClipped,
    /// The same formula over T + 1 nodes of which the last, where nothing is left, is missing: ᾱ_t =
    /// f(t)/f(0) with f of t/(T + 1), and no clip. A table of N nodes 0..N−1 that counts the data, with
    /// ᾱ_0 = 1 and β_0 = 0, is this process with T = N − 1. Its node 0 holds no noise to predict, and is
    /// level 0 here.
    CosineOpen,
    /// ᾱ(τ) = (S(e) − S((s + (e − s)τ)/k))/(S(e) − S(s)) with s = `start`/k, e = `end`/k and k =
    /// `temperature`, so that ᾱ(0) = 1 and ᾱ(1) = 0; β clipped at 0.999 (Jabri et al. 2023).
    AlphaBarSigmoid {
        /// Where on S the data is.
        start: f64,
        /// Where on S the noise is.
        end: f64,
        /// How gentle S is.
        temperature: f64,
    },
    /// Continuous VP, ᾱ(τ) = exp(−β_min τ − ½(β_max − β_min)τ²), discretised by the ratios
    /// β_i = 1 − ᾱ(i/T)/ᾱ((i−1)/T): valid for every T, with the same ᾱ_T (Song et al. 2021).
    Vp {
        /// β_min, the rate of noise at τ = 0.
        beta_min: f64,
        /// β_max, the rate of noise at τ = 1.
        beta_max: f64,
    },
    /// Variance exploding, σ(τ) = `sigma_max` e^{`rate` (τ − 1)} (Song & Ermon 2019).
    Ve {
        /// σ_T.
        sigma_max: f64,
        /// ln(σ_T/σ(0)).
        rate: f64,
    },
    /// Variance exploding, σ(τ) = `sigma_max` √τ.
    VeSqrt {
        /// σ_T.
        sigma_max: f64,
    },
    /// Variance exploding, σ(τ) = `sigma_max` τ² + `sigma_min`.
    VeQuadratic {
        /// σ(0).
        sigma_min: f64,
        /// σ_T − σ(0).
        sigma_max: f64,
    },
    /// Variance exploding, σ(τ) = `sigma_max` S(`rate` (2τ − 1)).
    VeSigmoid {
        /// The limit of σ.
        sigma_max: f64,
        /// How steep S is.
        rate: f64,
    },
    /// Variance exploding, σ_t^{1/ρ} in equal steps from `sigma_min` to `sigma_max` (Karras et al. 2022,
    /// eq. 5).
    Karras {
        /// σ_1.
        sigma_min: f64,
        /// σ_T.
        sigma_max: f64,
        /// ρ.
        rho: f64,
    },
    /// Rectified flow, a = 1 − τ and s = τ: nothing is left of the data at T (Liu et al. 2023; Lipman et
    /// al. 2023).
    Flow,
}

/// Both ends of β.
const BETAS: &[Key] = &[
    Key::number(
        "beta_start",
        1e-4,
        Range::open(0.0, 1.0),
        "β at the first timestep.",
    ),
    Key::number(
        "beta_end",
        0.02,
        Range::open(0.0, 1.0),
        "β at the last timestep.",
    ),
];

const RATE: Range = Range::half_open(0.0, 1e6);
const SIGMA: Range = Range::open(0.0, 1e6);

const fn sigma(name: &'static str, default: f64, help: &'static str) -> Key {
    Key::number(name, default, SIGMA, help).unit("that of the standardised data")
}

const fn steepness(help: &'static str) -> Key {
    Key::number("rate", 5.0, Range::open(0.0, 50.0), help)
}

/// The schedules, in the order of messages. τ = t/T, and S(x) = 1/(1 + e^{−x}).
const KINDS: &[Kind] = &[
    Kind::new(
        "linear",
        "β grows from `beta_start` to `beta_end` in T equal steps, with the same ends whatever T is.",
    )
    .source("Ho et al. 2020, section 4")
    .keys(BETAS),
    Kind::new(
        "linear_rescaled",
        "`linear` with both ends times 1000/T, so that the end of the process depends little on T.",
    )
    .source("Nichol & Dhariwal 2021")
    .keys(BETAS),
    Kind::new(
        "quadratic",
        "√β grows from √`beta_start` to √`beta_end` in T equal steps.",
    )
    .keys(BETAS),
    Kind::new(
        "beta_sigmoid",
        "β grows along a sigmoid: S(x)(`beta_end` − `beta_start`) + `beta_start`, x from −6 to 6 in T equal steps.",
    )
    .source("Xu et al. 2022, GeoDiff")
    .keys(BETAS),
    Kind::new(
        "cosine",
        "ᾱ_t = f(t)/f(0) with f(t) = cos²(((t/T + 0.008)/1.008)·π/2). β is clipped at 0.999.",
    )
    .source("Nichol & Dhariwal 2021, eq. 17"),
    Kind::new("cosine_clipped", "`cosine` with β clipped at both ends, to [1e-4, 0.9999]."),
    Kind::new(
        "cosine_open",
        "`cosine` over T + 1 nodes without the last one, where nothing is left, and without a clip.",
    ),
    Kind::new(
        "alpha_bar_sigmoid",
        "ᾱ falls from 1 to 0 along a sigmoid between `start` and `end`. β is clipped at 0.999.",
    )
    .source("Jabri et al. 2023")
    .keys(&[
        Key::number(
            "start",
            -3.0,
            Range::closed(-20.0, 20.0),
            "Where on the sigmoid the data is.",
        ),
        Key::number(
            "end",
            3.0,
            Range::closed(-20.0, 20.0),
            "Where on the sigmoid the noise is.",
        ),
        Key::number(
            "temperature",
            1.0,
            Range::closed(0.01, 100.0),
            "How gentle the sigmoid is: both `start` and `end` are divided by it.",
        ),
    ]),
    Kind::new(
        "vp",
        "Continuous variance-preserving process, ᾱ(τ) = exp(−β_min τ − ½(β_max − β_min)τ²), for every T alike.",
    )
    .source("Song et al. 2021, eq. 11")
    .keys(&[
        Key::number("beta_min", 0.1, RATE, "Rate of the noise at τ = 0."),
        Key::number("beta_max", 20.0, RATE, "Rate of the noise at τ = 1."),
    ]),
    Kind::new("ve", "Variance exploding: σ(τ) = `sigma_max` e^{`rate` (τ − 1)}.")
        .source("Song & Ermon 2019")
        .keys(&[
            sigma("sigma_max", 1.0, "σ at the last timestep."),
            steepness("ln(σ_T/σ(0)), how far σ grows."),
        ]),
    Kind::new("ve_sqrt", "Variance exploding: σ(τ) = `sigma_max` √τ.")
        .keys(&[sigma("sigma_max", 1.0, "σ at the last timestep.")]),
    Kind::new(
        "ve_quadratic",
        "Variance exploding: σ(τ) = `sigma_max` τ² + `sigma_min`.",
    )
    .keys(&[
        sigma("sigma_min", 1e-4, "σ at τ = 0."),
        sigma("sigma_max", 1.0, "How much σ grows from τ = 0 to τ = 1."),
    ]),
    Kind::new(
        "ve_sigmoid",
        "Variance exploding: σ(τ) = `sigma_max` S(`rate` (2τ − 1)).",
    )
    .keys(&[
        sigma("sigma_max", 1.0, "The limit that σ grows towards."),
        steepness("How steep the sigmoid is."),
    ]),
    Kind::new(
        "karras",
        "Variance exploding: σ_t^{1/ρ} grows in equal steps from `sigma_min` to `sigma_max`.",
    )
    .source("Karras et al. 2022, eq. 5")
    .keys(&[
        sigma("sigma_min", 0.002, "σ at the first timestep."),
        sigma("sigma_max", 80.0, "σ at the last timestep."),
        Key::number(
            "rho",
            7.0,
            Range::positive(),
            "ρ: larger values put more of the levels near the data.",
        ),
    ]),
    Kind::new(
        "flow",
        "Rectified flow: signal 1 − τ and noise τ. Nothing is left of the data at T.",
    )
    .source("Liu et al. 2023; Lipman et al. 2023"),
];

const SCHEDULE: &[Key] = &[Key::kind(
    KINDS,
    Default::Name("cosine"),
    "Which function of t the noise follows.",
)];

impl ProcessConfig {
    /// The table of `[process]`.
    pub(crate) const KEYS: &[Key] = &[
        Key::count(
            "num_timesteps",
            100,
            (1, MAX_TIMESTEPS),
            "T, the number of noise levels above the data.",
        ),
        Key::table("schedule", SCHEDULE, "How the noise grows over the timesteps.")
            .example("\"linear_rescaled\""),
        Key::flag(
            "zero_terminal_snr",
            false,
            "Whether the levels of a variance-preserving schedule are stretched until nothing is left of the data at T.",
        )
        .source("Lin et al. 2024"),
    ];

    /// Reads `[process]`.
    pub(crate) fn read(mut section: Section) -> Result<Self, SettingError> {
        let config = Self {
            num_timesteps: section.count("num_timesteps")?,
            schedule: ScheduleConfig::read(section.section("schedule")?)?,
            zero_terminal_snr: section.flag("zero_terminal_snr")?,
        };
        let impossible = |key, error: ScheduleError| SettingError {
            hint: Some(error.hint.into()),
            ..section.error(key, format!("is impossible: {error}"))
        };
        let plain = config.schedule.build(config.num_timesteps);
        plain.map_err(|error| impossible("schedule", error))?;
        let whole = config.try_build();
        whole.map_err(|error| impossible("zero_terminal_snr", error))?;
        section.finish()?;
        Ok(config)
    }

    /// The levels, checked when the configuration was read.
    pub(crate) fn build(&self) -> NoiseSchedule {
        self.try_build().expect("checked when it was read")
    }

    fn try_build(&self) -> Result<NoiseSchedule, ScheduleError> {
        let schedule = self.schedule.build(self.num_timesteps)?;
        if !self.zero_terminal_snr {
            return Ok(schedule);
        }
        let error = |problem: &str, hint| ScheduleError {
            kind: self.schedule.kind(),
            num_timesteps: self.num_timesteps,
            problem: problem.into(),
            hint,
        };
        match schedule.frame() {
            Frame::VariancePreserving if self.num_timesteps > 1 => {
                Ok(schedule.with_zero_terminal_snr())
            }
            Frame::VariancePreserving => Err(error(
                "has no level between the data and pure noise",
                "two timesteps are enough",
            )),
            _ => Err(error(
                "is not variance preserving",
                "`flow` leaves nothing of the data at T by itself, and `ve` and `karras` never do",
            )),
        }
    }
}

impl ScheduleConfig {
    fn read(mut section: Section) -> Result<Self, SettingError> {
        let config = match section.kind()? {
            kind @ ("linear" | "linear_rescaled" | "quadratic" | "beta_sigmoid") => {
                let beta_start = section.float("beta_start")?;
                let beta_end = section.float("beta_end")?;
                match kind {
                    "linear" => Self::Linear {
                        beta_start,
                        beta_end,
                    },
                    "linear_rescaled" => Self::LinearRescaled {
                        beta_start,
                        beta_end,
                    },
                    "quadratic" => Self::Quadratic {
                        beta_start,
                        beta_end,
                    },
                    _ => Self::BetaSigmoid {
                        beta_start,
                        beta_end,
                    },
                }
            }
            "cosine" => Self::Cosine,
            "cosine_clipped" => Self::CosineClipped,
            "cosine_open" => Self::CosineOpen,
            "alpha_bar_sigmoid" => Self::AlphaBarSigmoid {
                start: section.float("start")?,
                end: section.float("end")?,
                temperature: section.float("temperature")?,
            },
            "vp" => Self::Vp {
                beta_min: section.float("beta_min")?,
                beta_max: section.float("beta_max")?,
            },
            "ve" => Self::Ve {
                sigma_max: section.float("sigma_max")?,
                rate: section.float("rate")?,
            },
            "ve_sqrt" => Self::VeSqrt {
                sigma_max: section.float("sigma_max")?,
            },
            "ve_quadratic" => Self::VeQuadratic {
                sigma_min: section.float("sigma_min")?,
                sigma_max: section.float("sigma_max")?,
            },
            "ve_sigmoid" => Self::VeSigmoid {
                sigma_max: section.float("sigma_max")?,
                rate: section.float("rate")?,
            },
            "karras" => Self::Karras {
                sigma_min: section.float("sigma_min")?,
                sigma_max: section.float("sigma_max")?,
                rho: section.float("rho")?,
            },
            _ => Self::Flow,
        };
        section.finish()?;
        Ok(config)
    }

    /// The schedule's name, as a configuration gives it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Linear { .. } => KINDS[0].name,
            Self::LinearRescaled { .. } => KINDS[1].name,
            Self::Quadratic { .. } => KINDS[2].name,
            Self::BetaSigmoid { .. } => KINDS[3].name,
            Self::Cosine => KINDS[4].name,
            Self::CosineClipped => KINDS[5].name,
            Self::CosineOpen => KINDS[6].name,
            Self::AlphaBarSigmoid { .. } => KINDS[7].name,
            Self::Vp { .. } => KINDS[8].name,
            Self::Ve { .. } => KINDS[9].name,
            Self::VeSqrt { .. } => KINDS[10].name,
            Self::VeQuadratic { .. } => KINDS[11].name,
            Self::VeSigmoid { .. } => KINDS[12].name,
            Self::Karras { .. } => KINDS[13].name,
            Self::Flow => KINDS[14].name,
        }
    }
}

/// One of each kind.
#[cfg(test)]
pub(super) const EVERY: [ScheduleConfig; 15] = [
    ScheduleConfig::Linear {
        beta_start: 1e-4,
        beta_end: 0.02,
    },
    ScheduleConfig::LinearRescaled {
        beta_start: 1e-4,
        beta_end: 0.02,
    },
    ScheduleConfig::Quadratic {
        beta_start: 1e-4,
        beta_end: 0.02,
    },
    ScheduleConfig::BetaSigmoid {
        beta_start: 1e-4,
        beta_end: 0.02,
    },
    ScheduleConfig::Cosine,
    ScheduleConfig::CosineClipped,
    ScheduleConfig::CosineOpen,
    ScheduleConfig::AlphaBarSigmoid {
        start: -3.0,
        end: 3.0,
        temperature: 1.0,
    },
    ScheduleConfig::Vp {
        beta_min: 0.1,
        beta_max: 20.0,
    },
    ScheduleConfig::Ve {
        sigma_max: 1.0,
        rate: 5.0,
    },
    ScheduleConfig::VeSqrt { sigma_max: 1.0 },
    ScheduleConfig::VeQuadratic {
        sigma_min: 1e-4,
        sigma_max: 1.0,
    },
    ScheduleConfig::VeSigmoid {
        sigma_max: 1.0,
        rate: 5.0,
    },
    ScheduleConfig::Karras {
        sigma_min: 0.002,
        sigma_max: 80.0,
        rho: 7.0,
    },
    ScheduleConfig::Flow,
];
