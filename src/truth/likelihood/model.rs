//! The likelihood that a model gives to data, beside that of the truth.

use crate::{
    diffusion::{Denoiser, NoiseSchedule, StartLaw},
    error::Result,
    target::{
        Estimate, Mixture, quadrature,
        special::{LN_SQRT_2PI, ln_sum_exp, normal_lower_quantile},
    },
    truth::{LogLikelihood, OutputLaw, log_likelihood},
};

/// A model that cannot be asked about more than this fraction of the data has no likelihood.
const MAX_UNREACHED: f64 = 0.05;

/// ln p_θ with a larger numerical error than this, in nats, is not known. So it is where a point lies
/// beyond what the last step of sampling reaches: there ln p_θ is some −10⁴, and as wrong.
const MAX_ERROR: f64 = 1.0;

/// E ln p_θ(x) over the law of the data, with ln p_θ by the probability flow and its exact divergence (see
/// [`log_likelihood`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ModelLikelihood {
    /// KL(data ‖ model) = E[ln p(x) − ln p_θ(x)] in nats, the same in all units: how far E ln p_θ is below
    /// −H(p). In one dimension by quadrature with its numerical error, else over test points.
    pub kl: Estimate,
    /// ∫p_θ, which must be 1 if p_θ is a density: in one dimension by quadrature, else by
    /// importance sampling from the test points and as many of a wide normal law.
    pub mass: Estimate,
    /// The fraction of the data at which p_θ is next to nothing and its logarithm is not known. The KL
    /// leaves it out.
    pub unreached: f64,
    /// Points at which p_θ was evaluated.
    pub num_points: usize,
    /// Steps of the probability flow.
    pub num_steps: usize,
}

impl ModelLikelihood {
    /// The likelihood of data under the exact law of what a run draws, in one dimension: its own sampler,
    /// step by step, and not the probability flow. `None` where the law gives some of the data none.
    pub(crate) fn of_law(law: &OutputLaw) -> Option<Self> {
        let kl = law.distances.kl_forward;
        kl.value.is_finite().then_some(Self {
            kl,
            mass: Estimate {
                value: law.mass(),
                standard_error: law.mass_error,
            },
            unreached: 0.0,
            num_points: law.curve.nodes().len(),
            num_steps: law.trajectory.len() - 1,
        })
    }

    /// The likelihood of data of the law `data` under what the probability flow of `denoiser` draws from
    /// `start`, followed in `num_steps` steps. `test` holds row-major draws of the data, used in more
    /// than one dimension; all in standardised units. `None` where the data has no density, or the last
    /// step of sampling does not reach a large fraction of it.
    pub(crate) fn new(
        data: &Mixture,
        denoiser: &dyn Denoiser,
        schedule: &NoiseSchedule,
        num_steps: usize,
        start: &StartLaw,
        test: &[f64],
    ) -> Result<Option<Self>> {
        if !data.has_density() {
            return Ok(None);
        }
        let (x, weights): (Vec<_>, Vec<_>) = match data.dim() {
            1 => quadrature::nodes(&data.panel_edges())
                .filter(|(x, w)| w * data.pdf(&[*x]) > NEGLIGIBLE)
                .unzip(),
            d => (
                test.to_vec(),
                vec![(d as f64) / test.len() as f64; test.len() / d],
            ),
        };
        let found = log_likelihood(denoiser, schedule, num_steps, start, &x)?;
        let rows = x.chunks_exact(data.dim()).zip(&weights).zip(&found);
        let (mut unreached, mut terms) = (0.0, vec![]);
        for ((x, weight), found) in rows {
            let ln_p = data.ln_pdf(x);
            let part = if data.dim() == 1 {
                weight * ln_p.exp()
            } else {
                *weight
            };
            match found.filter(|found| found.error <= MAX_ERROR) {
                Some(found) => terms.push((part, ln_p - found.value, found.error)),
                None => unreached += part,
            }
        }
        if unreached > MAX_UNREACHED || terms.is_empty() {
            return Ok(None);
        }
        // Over the fraction of the data that was reached; on the rest there is next to no mass.
        let whole: f64 = terms.iter().map(|(part, ..)| part).sum();
        let mean = |f: &dyn Fn(f64) -> f64| {
            let sum: f64 = terms.iter().map(|(part, gap, _)| part * f(*gap)).sum();
            let value = sum / whole;
            let square = |(part, gap, _): &(f64, f64, f64)| part * (f(*gap) - value).powi(2);
            let variance = terms.iter().map(square).sum::<f64>() / whole;
            let numerical: f64 = terms.iter().map(|(part, _, error)| part * error).sum();
            Estimate {
                value,
                standard_error: match data.dim() {
                    1 => numerical,
                    _ => (variance / terms.len() as f64).sqrt().hypot(numerical),
                },
            }
        };
        let mass = match data.dim() {
            1 => mean(&|gap| (-gap).exp()),
            d => {
                let wide = wide_points(d, found.len());
                let there = log_likelihood(denoiser, schedule, num_steps, start, &wide)?;
                mass(data, &[(&x, &found), (&wide, &there)])
            }
        };
        Ok(Some(Self {
            kl: mean(&|gap| gap),
            mass,
            unreached,
            num_points: found.len(),
            num_steps,
        }))
    }
}

/// Nodes of less mass are left out.
const NEGLIGIBLE: f64 = 1e-9;

/// Standard deviation of the wide law, along each axis: that of standardised data is about 1.
const WIDE: f64 = 2.0;

/// `n` points of N(0, 2² I), evenly: an additive recurrence (Roberts 2018) through the normal quantiles.
fn wide_points(d: usize, n: usize) -> Vec<f64> {
    // The root of x^{d + 1} = x + 1.
    let root = (0..60).fold(2.0, |x: f64, _| (1.0 + x).powf(1.0 / (d as f64 + 1.0)));
    let place = |i: usize, k: usize| (0.5 + i as f64 * root.powi(-(k as i32 + 1))).fract();
    let points = (1..=n).flat_map(|i| (0..d).map(move |k| (i, k)));
    points
        .map(|(i, k)| match place(i, k) {
            u if u > 0.5 => -WIDE * normal_lower_quantile(1.0 - u),
            u => WIDE * normal_lower_quantile(u.max(f64::MIN_POSITIVE)),
        })
        .collect()
}

/// ∫p_θ by importance sampling: half of the points are draws of the data, half of the wide law, so that
/// mass beside the data counts too.
fn mass(data: &Mixture, halves: &[(&Vec<f64>, &Vec<Option<LogLikelihood>>); 2]) -> Estimate {
    let d = data.dim();
    let ln_wide = |x: &[f64]| -> f64 {
        let square: f64 = x.iter().map(|x| (x / WIDE).powi(2)).sum();
        -0.5 * square - d as f64 * (WIDE.ln() + LN_SQRT_2PI)
    };
    let ratio = |(x, found): (&[f64], &Option<LogLikelihood>)| {
        let known = found.filter(|found| found.error <= MAX_ERROR);
        let ln_both = [data.ln_pdf(x), ln_wide(x)];
        known.map_or(0.0, |found| {
            2.0 * (found.value - ln_sum_exp(&ln_both)).exp()
        })
    };
    let points = halves
        .iter()
        .flat_map(|(x, found)| x.chunks_exact(d).zip(*found));
    let ratios: Vec<f64> = points.map(ratio).collect();
    let n = ratios.len() as f64;
    let value = ratios.iter().sum::<f64>() / n;
    let squares: f64 = ratios.iter().map(|ratio| (ratio - value).powi(2)).sum();
    Estimate {
        value,
        standard_error: squares.sqrt() / n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{ScheduleConfig, Start},
        rng::{Purpose, Seed},
        target::{Component, Gaussian},
        truth::{BayesDenoiser, linear_denoiser},
    };

    #[test]
    fn the_bayes_denoiser_is_a_density_near_that_of_the_data() {
        let gaussian = |mean: &[f64]| {
            let sds = vec![0.5; mean.len()];
            Component::Gaussian(Gaussian::diagonal(mean.to_vec(), &sds).unwrap())
        };
        for d in [1, 2] {
            let modes = vec![gaussian(&vec![-0.8; d]), gaussian(&vec![0.8; d])];
            let data = Mixture::new(vec![0.4, 0.6], modes);
            let schedule = ScheduleConfig::Cosine.build(200).unwrap();
            let bayes = BayesDenoiser::new(&data, &schedule);
            let start = Start::Standard.law(&schedule, None);
            let mut rng = Seed(3).stream(Purpose::TestData, 0, 0);
            let test = data.sample(200, &mut rng);
            let of = |denoiser: &dyn Denoiser| {
                let test = test.values();
                ModelLikelihood::new(&data, denoiser, &schedule, 50, &start, test)
                    .unwrap()
                    .unwrap()
            };
            let found = of(&bayes);
            let slack = 4.0 * found.mass.standard_error + 1e-3;
            assert!((found.mass.value - 1.0).abs() < slack, "{found:?}");
            assert!(
                found.kl.value.abs() < 4.0 * found.kl.standard_error + 0.01,
                "{found:?}"
            );
            // A denoiser that knows two moments alone is further from the data.
            let linear = of(&linear_denoiser(&data, &schedule));
            assert!(linear.kl.value > found.kl.value + 0.02, "{linear:?}");
        }
    }
}
