//! The levels of each kind of schedule.

use super::{Frame, NoiseSchedule, ScheduleConfig, ScheduleError};
use std::f64::consts::FRAC_PI_2;

/// β is clipped here at the noisy end of a schedule that would lose everything (Nichol & Dhariwal 2021).
const MAX_BETA: f64 = 0.999;

/// The ends between which the clipped cosine keeps its β.
const CLIPPED_BETAS: (f64, f64) = (1e-4, 0.9999);

/// Offset that keeps the first steps of the cosine schedule from vanishing (Nichol & Dhariwal 2021).
const COSINE_OFFSET: f64 = 0.008;

/// Where the sigmoid of β starts and ends (Xu et al. 2022).
const SIGMOID_REACH: f64 = 6.0;

/// What a kind of schedule is given by.
enum Shape {
    /// β_1..β_T of a variance-preserving process.
    Betas(Vec<f64>),
    /// s/a at t = 1..=T.
    Ratios(Frame, Vec<f64>),
}

impl ScheduleConfig {
    /// The levels of a process of `num_timesteps` steps.
    ///
    /// # Errors
    /// If a β falls outside (0, 1), or the noise does not grow at every step.
    pub fn build(&self, num_timesteps: usize) -> Result<NoiseSchedule, ScheduleError> {
        let error = |problem: String| ScheduleError {
            kind: self.kind(),
            num_timesteps,
            problem,
            hint: self.hint(),
        };
        match self.shape(num_timesteps) {
            Shape::Betas(betas) => match betas.iter().position(|b| !(*b > 0.0 && *b < 1.0)) {
                Some(i) => Err(error(format!(
                    "has β_{} = {}, outside (0, 1)",
                    i + 1,
                    betas[i]
                ))),
                None => Ok(NoiseSchedule::from_betas(&betas)),
            },
            Shape::Ratios(frame, ratios) => {
                let grows = |below: f64, ratio: f64| ratio > below;
                let below = |i: usize| if i == 0 { 0.0 } else { ratios[i - 1] };
                match (0..ratios.len()).find(|i| !grows(below(*i), ratios[*i])) {
                    Some(i) => Err(error(format!(
                        "has s/a = {} at t = {} after {} at t = {i}: the noise has to grow",
                        ratios[i],
                        i + 1,
                        below(i),
                    ))),
                    None => Ok(NoiseSchedule::from_ratios(frame, &ratios)),
                }
            }
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Vp { .. } => {
                "β_min + β_max must be above 0 and β_max/num_timesteps not extreme; the usual values are 0.1 and 20"
            }
            Self::AlphaBarSigmoid { .. } => {
                "`start` must be below `end`; the usual ends are -3 and 3"
            }
            Self::Karras { .. } => "`sigma_min` must be below `sigma_max`, and `rho` not extreme",
            _ => "`cosine` and `vp` are valid for every num_timesteps",
        }
    }

    fn shape(&self, num_timesteps: usize) -> Shape {
        let total = num_timesteps as f64;
        let tau = |t: usize| t as f64 / total;
        let exploding = |sigma: &dyn Fn(f64) -> f64| {
            let ratios = (1..=num_timesteps).map(|t| sigma(tau(t)));
            Shape::Ratios(Frame::VarianceExploding, ratios.collect())
        };
        let betas = match *self {
            Self::Linear {
                beta_start,
                beta_end,
            } => linspace(beta_start, beta_end, num_timesteps),
            Self::LinearRescaled {
                beta_start,
                beta_end,
            } => rescaled(beta_start, beta_end, num_timesteps),
            Self::Quadratic {
                beta_start,
                beta_end,
            } => {
                let roots = linspace(beta_start.sqrt(), beta_end.sqrt(), num_timesteps);
                roots.iter().map(|root| root * root).collect()
            }
            Self::BetaSigmoid {
                beta_start,
                beta_end,
            } => beta_sigmoid(beta_start, beta_end, num_timesteps),
            Self::Cosine => {
                let beta = |beta: f64| beta.min(MAX_BETA);
                ratio_betas(num_timesteps, |t| cosine(tau(t)))
                    .map(beta)
                    .collect()
            }
            Self::CosineClipped => {
                let (low, high) = CLIPPED_BETAS;
                let beta = |beta: f64| beta.clamp(low, high);
                ratio_betas(num_timesteps, |t| cosine(tau(t)))
                    .map(beta)
                    .collect()
            }
            Self::CosineOpen => {
                ratio_betas(num_timesteps, |t| cosine(t as f64 / (total + 1.0))).collect()
            }
            Self::AlphaBarSigmoid {
                start,
                end,
                temperature,
            } => alpha_bar_sigmoid(start, end, temperature, num_timesteps),
            Self::Vp { beta_min, beta_max } => continuous(beta_min, beta_max, num_timesteps),
            Self::Ve { sigma_max, rate } => {
                return exploding(&|tau| sigma_max * (rate * (tau - 1.0)).exp());
            }
            Self::VeSqrt { sigma_max } => return exploding(&|tau| sigma_max * tau.sqrt()),
            Self::VeQuadratic {
                sigma_min,
                sigma_max,
            } => return exploding(&|tau| sigma_max * tau * tau + sigma_min),
            Self::VeSigmoid { sigma_max, rate } => {
                return exploding(&|tau| sigma_max * sigmoid(rate * (2.0 * tau - 1.0)));
            }
            Self::Karras {
                sigma_min,
                sigma_max,
                rho,
            } => {
                let ratios = karras_sigmas(sigma_min, sigma_max, rho, num_timesteps);
                return Shape::Ratios(Frame::VarianceExploding, ratios);
            }
            Self::Flow => {
                // The quotient of whole numbers is infinite at T, where nothing is left.
                let ratio = |t: usize| t as f64 / (num_timesteps - t) as f64;
                let ratios = (1..=num_timesteps).map(ratio);
                return Shape::Ratios(Frame::Straight, ratios.collect());
            }
        };
        Shape::Betas(betas)
    }
}

/// β in a straight line between ends that are meant for a thousand steps.
fn rescaled(beta_start: f64, beta_end: f64, num_timesteps: usize) -> Vec<f64> {
    let scale = 1000.0 / num_timesteps as f64;
    // A single step goes all the way to the end of the process.
    let start = if num_timesteps == 1 {
        beta_end
    } else {
        beta_start
    };
    linspace(scale * start, scale * beta_end, num_timesteps)
}

/// β between its ends along a sigmoid.
fn beta_sigmoid(beta_start: f64, beta_end: f64, num_timesteps: usize) -> Vec<f64> {
    let places = linspace(-SIGMOID_REACH, SIGMOID_REACH, num_timesteps);
    let beta = |x: &f64| sigmoid(*x) * (beta_end - beta_start) + beta_start;
    places.iter().map(beta).collect()
}

/// β of ᾱ along a sigmoid.
fn alpha_bar_sigmoid(start: f64, end: f64, temperature: f64, num_timesteps: usize) -> Vec<f64> {
    let tau = |t: usize| t as f64 / num_timesteps as f64;
    let at = |x: f64| sigmoid(x / temperature);
    let left = |t: usize| at(end) - at(start + (end - start) * tau(t));
    let beta = |beta: f64| beta.min(MAX_BETA);
    ratio_betas(num_timesteps, left).map(beta).collect()
}

/// β of the process in continuous time whose rate rises in a straight line.
fn continuous(beta_min: f64, beta_max: f64, num_timesteps: usize) -> Vec<f64> {
    let tau = |t: usize| t as f64 / num_timesteps as f64;
    let ln_alpha_bar = |tau: f64| -beta_min * tau - 0.5 * (beta_max - beta_min) * tau * tau;
    let ln_alpha = |t: usize| ln_alpha_bar(tau(t)) - ln_alpha_bar(tau(t - 1));
    (1..=num_timesteps).map(|t| -ln_alpha(t).exp_m1()).collect()
}

/// σ_1 < .. < σ_n with σ^{1/ρ} in equal steps from `low` to `high`; `high` alone if n = 1 (Karras et al.
/// 2022, eq. 5).
pub(in crate::diffusion) fn karras_sigmas(low: f64, high: f64, rho: f64, n: usize) -> Vec<f64> {
    if n == 1 {
        return vec![high];
    }
    let roots = linspace(low.powf(rho.recip()), high.powf(rho.recip()), n);
    let mut sigmas: Vec<_> = roots.iter().map(|root| root.powf(rho)).collect();
    // The ends are what they are, not what rounding makes of them.
    (sigmas[0], sigmas[n - 1]) = (low, high);
    sigmas
}

/// β_t = 1 − f(t)/f(t − 1).
fn ratio_betas(num_timesteps: usize, f: impl Fn(usize) -> f64) -> impl Iterator<Item = f64> {
    (1..=num_timesteps).map(move |t| 1.0 - f(t) / f(t - 1))
}

/// cos²(((τ + 0.008)/1.008)·π/2).
fn cosine(tau: f64) -> f64 {
    let tau = (tau + COSINE_OFFSET) / (1.0 + COSINE_OFFSET);
    (tau * FRAC_PI_2).cos().powi(2)
}

fn sigmoid(x: f64) -> f64 {
    (1.0 + (-x).exp()).recip()
}

/// `n` equally spaced numbers from `start` to `end`; `start` alone if n = 1.
fn linspace(start: f64, end: f64, n: usize) -> Vec<f64> {
    let step = (end - start) / (n.max(2) - 1) as f64;
    (0..n).map(|i| start + step * i as f64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::{NoiseLevel, schedule::config::EVERY};

    fn of(kind: &str, num_timesteps: usize) -> NoiseSchedule {
        let config = EVERY.iter().find(|config| config.kind() == kind);
        config.unwrap().build(num_timesteps).unwrap()
    }

    #[test]
    fn every_schedule_loses_signal_or_gains_noise_at_every_step() {
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
                    assert!(pair[1].signal <= pair[0].signal && pair[1].noise > pair[0].noise);
                    let NoiseLevel { signal, noise } = pair[1];
                    let together = match schedule.frame() {
                        Frame::VariancePreserving => signal.hypot(noise),
                        Frame::VarianceExploding => signal,
                        Frame::Straight => signal + noise,
                    };
                    assert!((together - 1.0).abs() < 1e-14, "{}", config.kind());
                }
                for t in 1..=num_timesteps {
                    assert!(schedule.beta(t) > 0.0, "{} {t}", config.kind());
                }
            }
        }
    }

    #[test]
    fn an_impossible_schedule_names_its_first_beta() {
        let error = EVERY[1].build(20).unwrap_err();
        assert_eq!(error.num_timesteps, 20);
        assert!(error.problem.starts_with("has β_20 = 1"), "{error}");
        let karras = ScheduleConfig::Karras {
            sigma_min: 3.0,
            sigma_max: 2.0,
            rho: 7.0,
        };
        let error = karras.build(2).unwrap_err();
        assert!(error.problem.contains("s/a = 2 at t = 2 after 3 at t = 1"));
    }

    #[test]
    fn linear_keeps_its_ends_and_its_known_terminal_signal() {
        let schedule = of("linear", 50);
        assert!(
            (schedule.beta(1) - 1e-4).abs() < 1e-18 && (schedule.beta(50) - 0.02).abs() < 1e-17
        );
        let product: f64 = (1..=50).map(|t| 1.0 - schedule.beta(t)).product();
        assert!((schedule.alpha_bar(50) - product).abs() < 1e-15);
        assert!((schedule.terminal().signal - 0.776).abs() < 5e-4);
    }

    #[test]
    fn cosines_follow_their_formula_and_differ_at_their_ends() {
        let f = |tau: f64| (((tau + 0.008) / 1.008) * FRAC_PI_2).cos().powi(2) / cosine(0.0);
        let schedule = of("cosine", 100);
        for t in [1, 17, 50, 98] {
            assert!((schedule.alpha_bar(t) - f(t as f64 / 100.0)).abs() < 1e-14);
        }
        assert!((schedule.beta(100) - 0.999).abs() < 1e-15);
        // β_1 = 1 − f(1/1000)/f(0) = 4.1e-5 is lifted to 1e-4, and β_T is clipped later.
        let clipped = of("cosine_clipped", 1000);
        assert_eq!((clipped.beta(1), clipped.beta(1000)), (1e-4, 0.9999));
        assert!((clipped.beta(500) - of("cosine", 1000).beta(500)).abs() < 1e-15);
        // The table of 40 nodes that starts with ᾱ = 1: ᾱ_39 = 0.00152.
        let open = of("cosine_open", 39);
        for t in [1, 20, 39] {
            assert!((open.alpha_bar(t) - f(t as f64 / 40.0)).abs() < 1e-14);
        }
        assert!((open.alpha_bar(39) - 0.00152).abs() < 5e-6);
    }

    #[test]
    fn the_two_sigmoids_are_two() {
        // S(−6) = 0.0024726, of β; and of ᾱ half is left half way.
        let beta = of("beta_sigmoid", 101);
        assert!((beta.beta(1) - (1e-4 + 0.0199 * 0.002_472_623_156_634_774)).abs() < 1e-16);
        assert!((beta.beta(51) - 0.5 * 0.0201).abs() < 1e-16);
        let alpha_bar = of("alpha_bar_sigmoid", 100);
        assert!((alpha_bar.alpha_bar(50) - 0.5).abs() < 1e-14);
        assert_eq!(alpha_bar.beta(100), 0.999);
        // (S(3) − S(−1.5))/(S(3) − S(−3)) at τ = 1/4.
        let quarter = (sigmoid(3.0) - sigmoid(-1.5)) / (sigmoid(3.0) - sigmoid(-3.0));
        assert!((alpha_bar.alpha_bar(25) - quarter).abs() < 1e-14);
    }

    #[test]
    fn vp_ends_at_the_same_signal_for_every_number_of_steps() {
        for num_timesteps in [1, 3, 20, 1000] {
            let terminal = of("vp", num_timesteps).terminal();
            assert!((terminal.signal.ln() + 5.025).abs() < 1e-12);
        }
    }

    #[test]
    fn exploding_schedules_have_their_formulas() {
        // e^{5(τ − 1)}: σ from 0.0067 to 1.
        let ve = of("ve", 1000);
        assert!((ve.level(1).noise - (-4.995f64).exp()).abs() < 1e-17);
        assert_eq!((ve.terminal().noise, ve.terminal().signal), (1.0, 1.0));
        // Between timesteps it is exponential as well.
        assert!((ve.at(500.3).level.noise - (5.0 * (0.5003 - 1.0f64)).exp()).abs() < 1e-15);
        assert!((of("ve_sqrt", 100).level(49).noise - 0.7).abs() < 1e-15);
        assert!((of("ve_quadratic", 10).level(5).noise - 0.2501).abs() < 1e-15);
        assert!((of("ve_sigmoid", 10).level(5).noise - 0.5).abs() < 1e-15);
        let karras = of("karras", 18);
        assert_eq!(
            (karras.level(1).noise, karras.terminal().noise),
            (0.002, 80.0)
        );
        // Karras et al. 2022, eq. 5, i = 9 of N = 18, counted from σ_max; t = N − i = 9.
        let (low, high) = (0.002f64.powf(1.0 / 7.0), 80f64.powf(1.0 / 7.0));
        let exact = (high + 9.0 / 17.0 * (low - high)).powi(7);
        assert!((karras.level(9).noise / exact - 1.0).abs() < 1e-13);
    }

    #[test]
    fn the_flow_is_straight_and_ends_without_signal() {
        let flow = of("flow", 8);
        for t in 0..=8 {
            let (level, tau) = (flow.level(t), t as f64 / 8.0);
            assert!((level.noise - tau).abs() < 1e-15);
            assert!((level.signal - (1.0 - tau)).abs() < 1e-15);
        }
        assert_eq!(flow.terminal().signal, 0.0);
        assert_eq!((flow.beta(8), flow.prior_std_dev()), (1.0, 1.0));
    }
}
