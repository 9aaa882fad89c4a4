//! Whether the steps of a sampler are too long: what it makes of normal data, which is known in closed form.

use super::{Levels, Sampler, SamplerConfig, SamplerKind};
use crate::{
    diffusion::{Denoiser, Instant, NoiseSchedule, Start},
    error::Result,
    rng::{Purpose, Seed},
    text::significant,
};

/// Factor on the standard deviation of normal data from which on steps are too long.
const TOO_LONG: f64 = 1.25;

/// Error of even spacing in t, as |ln| of that factor, up to which no other spacing is looked at.
const GOOD_ENOUGH: f64 = 0.02;

/// What a deterministic sampler makes of N(0, 1) with the exact denoiser of N(0, 1), from the exact law at T.
/// Every step is linear there, so one point tells it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    /// Standard deviation of the samples, of which 1 is right.
    pub std_dev: f64,
    /// σ at both ends of the step that changes it most.
    pub worst: (f64, f64),
}

/// Steps that are too long, and what helps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LongSteps {
    /// What the sampler makes of normal data.
    pub spread: Spread,
    /// What to set instead, and the standard deviation with it.
    pub remedy: Option<(String, f64)>,
}

struct UnitNormal;

impl Denoiser for UnitNormal {
    fn dim(&self) -> usize {
        1
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        for (out, x) in predicted_noise.iter_mut().zip(x) {
            *out = at.level.noise * x / variance(at);
        }
        Ok(())
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        for (out, x) in predicted_x0.iter_mut().zip(x) {
            *out = at.level.signal * x / variance(at);
        }
        Ok(())
    }
}

/// Of x_t, where the data is N(0, 1).
fn variance(at: Instant) -> f64 {
    at.level.signal.powi(2) + at.level.noise.powi(2)
}

impl Spread {
    fn of(sampler: &Sampler) -> Option<Self> {
        let mut rng = Seed(0).stream(Purpose::MonteCarlo, 0, 0);
        let end = sampler.instants().last()?;
        let (mut x, mut memory) = ([variance(*end).sqrt()], [0.0]);
        let mut found = Self {
            std_dev: 1.0,
            worst: (0.0, 0.0),
        };
        let mut largest = 0.0;
        for step in sampler.steps() {
            let drawn = sampler.step(&mut x, &mut memory, &step, &UnitNormal, &mut rng);
            drawn.ok()?;
            let std_dev = x[0].abs() / variance(step.to).sqrt();
            let change = (std_dev / found.std_dev).ln().abs();
            found.std_dev = std_dev;
            if change > largest {
                largest = change;
                found.worst = (step.from.level.noise_ratio(), step.to.level.noise_ratio());
            }
        }
        Some(found)
    }

    /// |ln| of the standard deviation: 0 is right.
    fn error(&self) -> f64 {
        self.std_dev.ln().abs()
    }
}

impl SamplerConfig {
    /// What it makes of normal data; `None` of a sampler that draws noise or chooses its own steps.
    pub(crate) fn spread(&self, schedule: &NoiseSchedule) -> Option<Spread> {
        let noise = match self.kind {
            SamplerKind::Ddim { eta } => eta,
            SamplerKind::Euler { noise } => noise,
            SamplerKind::Heun { s_churn, .. } => s_churn,
            SamplerKind::DpmSolverPp2m => 0.0,
            SamplerKind::Ddpm { .. }
            | SamplerKind::DdpmX0 { .. }
            | SamplerKind::Rk45 { .. }
            | SamplerKind::Exact => return None,
        };
        let standard = Self {
            start: Start::Standard,
            ..self.clone()
        };
        (noise == 0.0)
            .then(|| Spread::of(&standard.build(schedule, &[], None)))
            .flatten()
    }

    fn with_levels(&self, levels: Levels) -> Self {
        Self {
            levels,
            ..self.clone()
        }
    }

    /// How its levels are spaced in `schedule`: of a solver in σ evenly in t or in λ, whichever makes more of
    /// normal data. One that takes as many steps as there are timesteps visits each of them.
    pub(super) fn spacing(&self, schedule: &NoiseSchedule) -> Levels {
        let total = schedule.num_timesteps();
        match self.levels {
            Levels::Auto if self.steps(total) == total => return Levels::Uniform,
            Levels::Auto if self.kind.solves_in_sigma() => {}
            Levels::Auto => return Levels::Uniform,
            chosen => return chosen,
        }
        let mut plain = self.clone();
        if let SamplerKind::Heun { s_churn, .. } = &mut plain.kind {
            *s_churn = 0.0;
        }
        let error = |levels| {
            let spread = plain.with_levels(levels).spread(schedule);
            spread.map_or(f64::INFINITY, |spread| spread.error())
        };
        let even = error(Levels::Uniform);
        match even > GOOD_ENOUGH && error(Levels::Lambda) < even {
            true => Levels::Lambda,
            false => Levels::Uniform,
        }
    }

    /// Whether its steps through `schedule` are far too long, and what helps: another spacing, or else more
    /// steps.
    pub(crate) fn long_steps(&self, schedule: &NoiseSchedule) -> Option<LongSteps> {
        let limit = TOO_LONG.ln();
        let spread = self.spread(schedule)?;
        if spread.error() <= limit {
            return None;
        }
        let named = [
            (Levels::Uniform, "uniform"),
            (Levels::Karras, "karras"),
            (Levels::Lambda, "lambda"),
        ];
        let own = self.spacing(schedule);
        let spaced = named.into_iter().filter(|(levels, _)| *levels != own);
        let spaced = spaced.filter_map(|(levels, name)| {
            let spread = self.with_levels(levels).spread(schedule)?;
            Some((format!("sampler.levels={name}"), spread))
        });
        let best = spaced.min_by(|a, b| a.1.error().total_cmp(&b.1.error()));
        let steps = self.steps(schedule.num_timesteps());
        let longer = [2, 4, 8, 16].into_iter().filter_map(|factor| {
            let num_steps = Some(factor * steps);
            let longer = Self {
                num_steps,
                ..self.clone()
            };
            let spread = longer.spread(schedule)?;
            Some((format!("sampler.num_steps={}", factor * steps), spread))
        });
        let helps = |(_, spread): &(String, Spread)| spread.error() <= limit;
        let remedy = best.into_iter().chain(longer).find(helps);
        Some(LongSteps {
            spread,
            remedy: remedy.map(|(set, spread)| (set, spread.std_dev)),
        })
    }
}

impl LongSteps {
    /// A sentence for a person; `sampler` is its label.
    pub(crate) fn message(&self, sampler: &str) -> String {
        let (from, to) = self.spread.worst;
        let from = match from.is_finite() {
            true => significant(from),
            false => "∞".into(),
        };
        let instead = self
            .remedy
            .as_ref()
            .map_or_else(String::new, |(set, std_dev)| {
                format!(". With {set} it would draw {}", significant(*std_dev))
            });
        format!(
            "steps are far too long: of normal data of standard deviation 1, a perfect network would draw {} with {sampler}. \
             Its worst step goes from noise/signal = {from} to {}{instead}",
            significant(self.spread.std_dev),
            significant(to),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::ScheduleConfig;

    fn heun(levels: Levels, num_steps: usize) -> SamplerConfig {
        SamplerConfig {
            kind: SamplerKind::Heun {
                s_churn: 0.0,
                s_tmin: 0.0,
                s_tmax: 1e9,
                s_noise: 1.0,
            },
            num_steps: Some(num_steps),
            levels,
            start: Start::Standard,
        }
    }

    /// Heun's step for N(0, 1), y ← y(1 + h/2 (e(σ) + e(u)(1 + h e(σ)))), with e(σ) = σ/(1 + σ²).
    #[test]
    fn of_normal_data_the_spread_is_the_product_of_the_steps_in_closed_form() {
        let schedule = ScheduleConfig::Cosine.build(100).unwrap();
        let sampler = heun(Levels::Uniform, 20);
        let visited = sampler.instants(&schedule);
        let slope = |sigma: f64| sigma / (1.0 + sigma * sigma);
        let mut y = (1.0 + visited[20].level.noise_ratio().powi(2)).sqrt();
        for i in (1..20).rev() {
            let (from, to) = (
                visited[i + 1].level.noise_ratio(),
                visited[i].level.noise_ratio(),
            );
            let h = to - from;
            y *= 1.0 + 0.5 * h * (slope(from) + slope(to) * (1.0 + h * slope(from)));
        }
        let last = visited[1].level.noise_ratio();
        let exact = y / (1.0 + last * last);
        let found = sampler.spread(&schedule).unwrap();
        assert!(
            (found.std_dev / exact - 1.0).abs() < 1e-10,
            "{found:?} {exact}"
        );
        assert!(found.worst.0 > 1000.0 && found.worst.1 < 20.0, "{found:?}");
    }

    #[test]
    fn a_solver_in_sigma_spaces_its_steps_by_what_it_makes_of_normal_data() {
        let cosine = ScheduleConfig::Cosine.build(100).unwrap();
        let flow = ScheduleConfig::Flow.build(100).unwrap();
        assert_eq!(heun(Levels::Auto, 20).spacing(&cosine), Levels::Lambda);
        assert_eq!(heun(Levels::Auto, 20).spacing(&flow), Levels::Uniform);
        // As many steps as timesteps: each is visited.
        assert_eq!(heun(Levels::Auto, 100).spacing(&cosine), Levels::Uniform);
        assert_eq!(heun(Levels::Karras, 20).spacing(&flow), Levels::Karras);
        let ddim = SamplerConfig {
            kind: SamplerKind::Ddim { eta: 0.0 },
            ..heun(Levels::Auto, 5)
        };
        assert_eq!(ddim.spacing(&cosine), Levels::Uniform);
    }

    #[test]
    fn long_steps_are_told_with_what_helps_and_short_ones_are_not() {
        let cosine = ScheduleConfig::Cosine.build(100).unwrap();
        let long = heun(Levels::Uniform, 20).long_steps(&cosine).unwrap();
        let (set, std_dev) = long.remedy.clone().unwrap();
        assert_eq!(set, "sampler.levels=lambda");
        assert!((std_dev - 1.0).abs() < 0.1, "{std_dev}");
        assert!(long.message("Heun").contains("noise/signal ="));
        assert_eq!(heun(Levels::Auto, 20).long_steps(&cosine), None);
        assert_eq!(heun(Levels::Uniform, 100).long_steps(&cosine), None);
        // No spacing helps three steps; more steps do.
        let few = heun(Levels::Auto, 3).long_steps(&cosine).unwrap();
        let (set, std_dev) = few.remedy.unwrap();
        assert!(set.starts_with("sampler.num_steps="), "{set}");
        assert!(std_dev < TOO_LONG, "{std_dev}");
        // What draws noise is not known so.
        let noisy = SamplerConfig {
            kind: SamplerKind::Ddim { eta: 1.0 },
            ..heun(Levels::Auto, 1)
        };
        assert_eq!(noisy.long_steps(&cosine), None);
    }
}
