//! Noise schedules: which levels a process of T steps goes through.

use super::NoiseLevel;
use crate::settings::{Range, Section, SettingError};
use serde::Serialize;
use std::f64::consts::FRAC_PI_2;

/// Most timesteps a process may have.
const MAX_TIMESTEPS: usize = 100_000;

/// β is clipped here at the noisy end of the cosine schedule (Nichol & Dhariwal 2021).
const COSINE_MAX_BETA: f64 = 0.999;

/// Offset that keeps the first steps of the cosine schedule from vanishing (Nichol & Dhariwal 2021).
const COSINE_OFFSET: f64 = 0.008;

/// The forward process: `[process]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProcessConfig {
    /// T, the number of noise levels above the data.
    pub num_timesteps: usize,
    /// How the noise grows over them.
    pub schedule: ScheduleConfig,
}

/// How the noise grows: β_1..β_T of a variance-preserving process.
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
    /// ᾱ_t = f(t)/f(0), f(t) = cos²(((t/T + 0.008)/1.008)·π/2), β clipped at 0.999
    /// (Nichol & Dhariwal 2021, eq. 17).
    Cosine,
    /// Continuous VP, ᾱ(τ) = exp(−β_min τ − ½(β_max − β_min)τ²), discretised by the ratios
    /// β_i = 1 − ᾱ(i/T)/ᾱ((i−1)/T): valid for every T, with the same ᾱ_T (Song et al. 2021).
    Vp {
        /// β_min, the rate of noise at τ = 0.
        beta_min: f64,
        /// β_max, the rate of noise at τ = 1.
        beta_max: f64,
    },
}

const KINDS: [&str; 5] = ["linear", "linear_rescaled", "quadratic", "cosine", "vp"];

/// A schedule that does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "schedule `{kind}` with num_timesteps = {num_timesteps} has β_{t} = {beta}, outside (0, 1)"
)]
pub struct ScheduleError {
    /// The schedule's name.
    pub kind: &'static str,
    /// T.
    pub num_timesteps: usize,
    /// The first timestep with an impossible β.
    pub t: usize,
    /// That β.
    pub beta: f64,
}

impl ScheduleError {
    /// What to use instead.
    pub fn hint(&self) -> &'static str {
        match self.kind {
            "vp" => {
                "β_min + β_max must be above 0 and β_max/num_timesteps not extreme; the usual values are 0.1 and 20"
            }
            _ => "`cosine` and `vp` are valid for every num_timesteps",
        }
    }
}

impl ProcessConfig {
    /// Reads `[process]`.
    pub fn read(mut section: Section) -> Result<Self, SettingError> {
        let num_timesteps = section.count("num_timesteps", 100, 1, MAX_TIMESTEPS)?;
        let schedule = ScheduleConfig::read(section.section("schedule")?)?;
        let config = Self {
            num_timesteps,
            schedule,
        };
        config
            .schedule
            .build(num_timesteps)
            .map_err(|error| SettingError {
                hint: Some(error.hint().into()),
                ..section.error("schedule", format!("is impossible: {error}"))
            })?;
        section.finish()?;
        Ok(config)
    }

    /// The levels, checked when the configuration was read.
    pub fn build(&self) -> NoiseSchedule {
        self.schedule
            .build(self.num_timesteps)
            .expect("checked when it was read")
    }
}

impl ScheduleConfig {
    fn read(mut section: Section) -> Result<Self, SettingError> {
        let beta = Range::open(0.0, 1.0);
        let rate = Range::half_open(0.0, 1e6);
        let ends = |section: &mut Section| -> Result<(f64, f64), SettingError> {
            let start = section.float("beta_start", 1e-4, beta)?;
            let end = section.float("beta_end", 0.02, beta)?;
            Ok((start, end))
        };
        let config = match section.kind(&KINDS, Some("cosine"))? {
            "linear" => {
                let (beta_start, beta_end) = ends(&mut section)?;
                Self::Linear {
                    beta_start,
                    beta_end,
                }
            }
            "linear_rescaled" => {
                let (beta_start, beta_end) = ends(&mut section)?;
                Self::LinearRescaled {
                    beta_start,
                    beta_end,
                }
            }
            "quadratic" => {
                let (beta_start, beta_end) = ends(&mut section)?;
                Self::Quadratic {
                    beta_start,
                    beta_end,
                }
            }
            "cosine" => Self::Cosine,
            _ => Self::Vp {
                beta_min: section.float("beta_min", 0.1, rate)?,
                beta_max: section.float("beta_max", 20.0, rate)?,
            },
        };
        section.finish()?;
        Ok(config)
    }

    /// The schedule's name, as a configuration gives it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Linear { .. } => KINDS[0],
            Self::LinearRescaled { .. } => KINDS[1],
            Self::Quadratic { .. } => KINDS[2],
            Self::Cosine => KINDS[3],
            Self::Vp { .. } => KINDS[4],
        }
    }

    /// The levels of a process of `num_timesteps` steps.
    ///
    /// # Errors
    /// If a β falls outside (0, 1).
    pub fn build(&self, num_timesteps: usize) -> Result<NoiseSchedule, ScheduleError> {
        let betas = self.betas(num_timesteps);
        match betas.iter().position(|beta| !(*beta > 0.0 && *beta < 1.0)) {
            Some(i) => Err(ScheduleError {
                kind: self.kind(),
                num_timesteps,
                t: i + 1,
                beta: betas[i],
            }),
            None => Ok(NoiseSchedule::from_betas(&betas)),
        }
    }

    fn betas(&self, num_timesteps: usize) -> Vec<f64> {
        let total = num_timesteps as f64;
        match *self {
            Self::Linear {
                beta_start,
                beta_end,
            } => linspace(beta_start, beta_end, num_timesteps),
            Self::LinearRescaled {
                beta_start,
                beta_end,
            } => {
                let scale = 1000.0 / total;
                // A single step goes all the way to the end of the process.
                let start = if num_timesteps == 1 {
                    beta_end
                } else {
                    beta_start
                };
                linspace(scale * start, scale * beta_end, num_timesteps)
            }
            Self::Quadratic {
                beta_start,
                beta_end,
            } => {
                let roots = linspace(beta_start.sqrt(), beta_end.sqrt(), num_timesteps);
                roots.iter().map(|root| root * root).collect()
            }
            Self::Cosine => {
                let f = |t: usize| {
                    let tau = (t as f64 / total + COSINE_OFFSET) / (1.0 + COSINE_OFFSET);
                    (tau * FRAC_PI_2).cos().powi(2)
                };
                (1..=num_timesteps)
                    .map(|t| (1.0 - f(t) / f(t - 1)).min(COSINE_MAX_BETA))
                    .collect()
            }
            Self::Vp { beta_min, beta_max } => {
                let ln_alpha_bar =
                    |tau: f64| -beta_min * tau - 0.5 * (beta_max - beta_min) * tau * tau;
                let ln_alpha = |t: usize| {
                    ln_alpha_bar(t as f64 / total) - ln_alpha_bar((t - 1) as f64 / total)
                };
                (1..=num_timesteps).map(|t| -ln_alpha(t).exp_m1()).collect()
            }
        }
    }
}

/// `n` equally spaced numbers from `start` to `end`; `start` alone if n = 1.
fn linspace(start: f64, end: f64, n: usize) -> Vec<f64> {
    let step = (end - start) / (n.max(2) - 1) as f64;
    (0..n).map(|i| start + step * i as f64).collect()
}

/// The levels t = 0..=T of a process; level 0 is the data.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseSchedule {
    levels: Vec<NoiseLevel>,
    betas: Vec<f64>,
}

impl NoiseSchedule {
    /// The variance-preserving levels of β_1..β_T, with ᾱ_t = ∏(1 − β_i) (Ho et al. 2020, eq. 4).
    ///
    /// 1 − ᾱ_t is computed without cancellation, so the first levels keep their digits.
    pub fn from_betas(betas: &[f64]) -> Self {
        let mut ln_alpha_bar = 0.0;
        let mut levels = vec![NoiseLevel::DATA];
        for beta in betas {
            ln_alpha_bar += (-beta).ln_1p();
            levels.push(NoiseLevel {
                signal: (0.5 * ln_alpha_bar).exp(),
                noise: (-f64::exp_m1(ln_alpha_bar)).sqrt(),
            });
        }
        let betas = std::iter::once(0.0).chain(betas.iter().copied()).collect();
        Self { levels, betas }
    }

    /// T.
    pub fn num_timesteps(&self) -> usize {
        self.levels.len() - 1
    }

    /// Level t, for t in 0..=T.
    pub fn level(&self, t: usize) -> NoiseLevel {
        self.levels[t]
    }

    /// The levels 0..=T.
    pub fn levels(&self) -> &[NoiseLevel] {
        &self.levels
    }

    /// β_t; β_0 = 0.
    pub fn beta(&self, t: usize) -> f64 {
        self.betas[t]
    }

    /// ᾱ_t = a_t²; ᾱ_0 = 1. Also known as `alphas_cumprod`.
    pub fn alpha_bar(&self, t: usize) -> f64 {
        self.levels[t].signal.powi(2)
    }

    /// The last level, from which sampling starts.
    pub fn terminal(&self) -> NoiseLevel {
        self.levels[self.num_timesteps()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: [ScheduleConfig; 5] = [
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
        ScheduleConfig::Cosine,
        ScheduleConfig::Vp {
            beta_min: 0.1,
            beta_max: 20.0,
        },
    ];

    #[test]
    fn every_schedule_loses_signal_and_gains_noise_at_every_step() {
        for config in &EVERY {
            for num_timesteps in [1, 2, 10, 21, 50, 1000] {
                let Ok(schedule) = config.build(num_timesteps) else {
                    assert!(matches!(config, ScheduleConfig::LinearRescaled { .. }));
                    assert!(num_timesteps <= 20);
                    continue;
                };
                assert_eq!(schedule.num_timesteps(), num_timesteps);
                assert_eq!(schedule.level(0), NoiseLevel::DATA);
                for pair in schedule.levels().windows(2) {
                    assert!(pair[1].signal < pair[0].signal && pair[1].noise > pair[0].noise);
                    let norm = pair[1].signal.powi(2) + pair[1].noise.powi(2);
                    assert!((norm - 1.0).abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    fn an_impossible_schedule_names_its_first_beta() {
        let error = EVERY[1].build(20).unwrap_err();
        assert_eq!((error.t, error.num_timesteps), (20, 20));
        assert!((error.beta - 1.0).abs() < 1e-15);
    }

    #[test]
    fn linear_keeps_its_ends_and_its_known_terminal_signal() {
        let schedule = EVERY[0].build(50).unwrap();
        assert!(
            (schedule.beta(1) - 1e-4).abs() < 1e-18 && (schedule.beta(50) - 0.02).abs() < 1e-17
        );
        let product: f64 = (1..=50).map(|t| 1.0 - schedule.beta(t)).product();
        assert!((schedule.alpha_bar(50) - product).abs() < 1e-15);
        assert!((schedule.terminal().signal - 0.776).abs() < 5e-4);
    }

    #[test]
    fn cosine_follows_its_formula_below_the_clip() {
        let schedule = EVERY[3].build(100).unwrap();
        let f = |t: f64| (((t / 100.0 + 0.008) / 1.008) * FRAC_PI_2).cos().powi(2);
        for t in [1, 17, 50, 98] {
            let exact = f(t as f64) / f(0.0);
            assert!((schedule.alpha_bar(t) - exact).abs() < 1e-14);
        }
        assert!((schedule.beta(100) - 0.999).abs() < 1e-15);
    }

    #[test]
    fn vp_ends_at_the_same_signal_for_every_number_of_steps() {
        for num_timesteps in [1, 3, 20, 1000] {
            let terminal = EVERY[4].build(num_timesteps).unwrap().terminal();
            assert!((terminal.signal.ln() + 5.025).abs() < 1e-12);
        }
    }

    #[test]
    fn the_first_noise_level_keeps_its_digits() {
        let schedule = NoiseSchedule::from_betas(&[1e-12]);
        assert!((schedule.level(1).noise / 1e-6 - 1.0).abs() < 1e-12);
    }
}
