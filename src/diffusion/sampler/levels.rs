//! Which levels a sampler stops at.

use crate::{
    diffusion::{Instant, NoiseSchedule, karras_sigmas, spaced_timesteps},
    settings::{Choice, Kind},
};
use serde::Serialize;

/// ρ of the spacing of Karras et al. (2022).
const KARRAS_RHO: f64 = 7.0;

/// How the levels of a sampler are spaced: `sampler.levels`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Levels {
    /// Evenly in t, or in λ where a solver in σ would take far too long steps otherwise.
    #[default]
    Auto,
    /// Evenly in t: whole timesteps, or times between 1 and T where there are more steps than timesteps.
    Uniform,
    /// Evenly in σ^{1/7} from timestep T to timestep 1, with σ = s/a (Karras et al. 2022, eq. 5).
    Karras,
    /// Evenly in λ = ln(a/s) from timestep T to timestep 1 (Lu et al. 2022).
    Lambda,
}

impl Choice for Levels {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new(
                "auto",
                "Evenly in t. With another number of steps than timesteps, `heun` and `dpm_solver_pp_2m` take `lambda` where even steps spread normal data by over 2 %, and `lambda` spreads it less.",
            ),
            Self::Auto,
        ),
        (Kind::new("uniform", "Evenly in t."), Self::Uniform),
        (
            Kind::new(
                "karras",
                "Evenly in σ^{1/7} from timestep T to timestep 1, with σ = noise/signal.",
            )
            .source("Karras et al. 2022, eq. 5"),
            Self::Karras,
        ),
        (
            Kind::new(
                "lambda",
                "Evenly in λ = ln(signal/noise) from timestep T to timestep 1.",
            )
            .source("Lu et al. 2022"),
            Self::Lambda,
        ),
    ];
}

impl Levels {
    /// The instants of `num_steps` steps through `schedule`, ascending from the data to T. The last step,
    /// into the data, leaves timestep 1 where the levels are not whole timesteps.
    ///
    /// A level without signal has no finite σ: it is the first, and the others are spaced from T − 1.
    pub(super) fn instants(self, schedule: &NoiseSchedule, num_steps: usize) -> Vec<Instant> {
        let total = schedule.num_timesteps();
        let at = |timesteps: &[usize]| timesteps.iter().map(|t| schedule.instant(*t)).collect();
        let from_data = |above: Vec<Instant>| [vec![Instant::DATA], above].concat();
        match self {
            Self::Auto | Self::Uniform if num_steps <= total => {
                at(&spaced_timesteps(total, num_steps))
            }
            Self::Auto | Self::Uniform => from_data(evenly_to_first(schedule, num_steps)),
            Self::Karras | Self::Lambda => {
                let lost = usize::from(schedule.terminal().signal == 0.0);
                if total <= lost || num_steps <= lost {
                    return at(&[0, total]);
                }
                let ratio = |t: usize| schedule.level(t).noise_ratio();
                let (low, high, n) = (ratio(1), ratio(total - lost), num_steps - lost);
                let ratios = match self {
                    Self::Karras => karras_sigmas(low, high, KARRAS_RHO, n),
                    _ => geometric(low, high, n),
                };
                let mut above: Vec<_> = ratios.iter().map(|r| schedule.at_ratio(*r)).collect();
                if lost == 1 {
                    above.push(schedule.instant(total));
                }
                above.dedup_by(|a, b| a.t == b.t);
                from_data(above)
            }
        }
    }
}

/// `n` instants evenly in t from timestep 1 to T; T alone if n = 1.
pub(super) fn evenly_to_first(schedule: &NoiseSchedule, n: usize) -> Vec<Instant> {
    let last = schedule.num_timesteps();
    if n == 1 || last == 1 {
        return vec![schedule.instant(last)];
    }
    let time = |i: usize| 1.0 + (last - 1) as f64 * i as f64 / (n - 1) as f64;
    (0..n).map(|i| schedule.at(time(i))).collect()
}

/// `n` numbers from `low` to `high` in equal ratios; `high` alone if n = 1.
fn geometric(low: f64, high: f64, n: usize) -> Vec<f64> {
    if n == 1 {
        return vec![high];
    }
    let part = |i: usize| i as f64 / (n - 1) as f64;
    let at = |i: usize| (low.ln() * (1.0 - part(i)) + high.ln() * part(i)).exp();
    let mut ratios: Vec<_> = (0..n).map(at).collect();
    (ratios[0], ratios[n - 1]) = (low, high);
    ratios
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{diffusion::ScheduleConfig, settings::Choice};

    #[test]
    fn levels_go_from_the_end_to_the_data_in_as_many_steps_as_asked() {
        let cosine = ScheduleConfig::Cosine.build(30).unwrap();
        let flow = ScheduleConfig::Flow.build(30).unwrap();
        for schedule in [&cosine, &flow] {
            for (_, levels) in Levels::NAMES {
                for steps in [1, 2, 3, 17, 30, 75] {
                    let visited = levels.instants(schedule, steps);
                    assert_eq!(visited.len(), steps + 1, "{levels:?} {steps}");
                    assert_eq!(visited[0], Instant::DATA);
                    assert_eq!(visited[steps], schedule.instant(30));
                    assert!(
                        visited.windows(2).all(|p| p[0].t < p[1].t),
                        "{levels:?} {steps}"
                    );
                    if !matches!(levels, Levels::Auto | Levels::Uniform) && steps > 2 {
                        assert_eq!(visited[1], schedule.instant(1));
                    }
                }
            }
        }
        let lambda = Levels::Lambda.instants(&cosine, 12);
        let steps = lambda[1..].windows(2);
        let rises: Vec<_> = steps
            .map(|p| p[0].level.log_snr() - p[1].level.log_snr())
            .collect();
        assert!(
            rises
                .iter()
                .all(|rise| (rise / rises[0] - 1.0).abs() < 1e-9)
        );
    }
}
