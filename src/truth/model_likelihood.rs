//! The likelihood that a model gives to data, beside that of the truth.

use super::{OutputLaw, log_likelihood};
use crate::{
    diffusion::{Denoiser, Instant, StartLaw},
    target::{Estimate, Mixture, quadrature},
};

/// A model that cannot be asked about more than this part of the data has no likelihood.
const MAX_UNREACHED: f64 = 0.01;

/// E ln p_θ(x) over the law of the data, with ln p_θ by the deterministic sampler and the exact divergence
/// of every step (see [`log_likelihood`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelLikelihood {
    /// KL(data ‖ model) = E[ln p(x) − ln p_θ(x)] in nats, the same in all units: how far E ln p_θ is below
    /// −H(p). In one dimension by quadrature with its numerical error, else over test points.
    pub kl: Estimate,
    /// ∫p_θ, which must be 1 if p_θ is a density: in one dimension by quadrature, else E p_θ/p over the
    /// test points.
    pub mass: Estimate,
    /// Points at which p_θ was evaluated.
    pub num_points: usize,
    /// Steps of the probability flow.
    pub num_steps: usize,
}

impl ModelLikelihood {
    /// The likelihood of data under the exact law of what a run draws, in one dimension: its own sampler,
    /// step by step, and not the probability flow. `None` where the law gives some of the data none.
    pub fn of_law(law: &OutputLaw) -> Option<Self> {
        let value = law.distances.kl_forward;
        value.is_finite().then_some(Self {
            kl: Estimate {
                value,
                standard_error: law.kl_error,
            },
            mass: Estimate {
                value: law.mass(),
                standard_error: law.mass_error,
            },
            num_points: law.curve.nodes().len(),
            num_steps: law.trajectory.len() - 1,
        })
    }

    /// The likelihood of data of the law `data` under what DDIM with η = 0 draws with `denoiser` from
    /// `start` through `instants` (ascending from the data). `test` holds row-major draws of the data,
    /// used in more than one dimension; all in standardised units. `None` where the sampler cannot be
    /// undone from a noticeable part of the data.
    pub fn new(
        data: &Mixture,
        denoiser: &dyn Denoiser,
        instants: &[Instant],
        start: &StartLaw,
        test: &[f64],
    ) -> Option<Self> {
        let (x, weights): (Vec<_>, Vec<_>) = match data.dim() {
            1 => quadrature::nodes(&data.panel_edges())
                .filter(|(x, w)| w * data.pdf(&[*x]) > NEGLIGIBLE)
                .unzip(),
            d => (
                test.to_vec(),
                vec![(d as f64) / test.len() as f64; test.len() / d],
            ),
        };
        let found = log_likelihood(denoiser, instants, start, &x);
        let rows = x.chunks_exact(data.dim()).zip(&weights).zip(&found);
        let (mut unreached, mut terms) = (0.0, vec![]);
        for ((x, weight), found) in rows {
            let ln_p = data.ln_pdf(x);
            let part = if data.dim() == 1 {
                weight * ln_p.exp()
            } else {
                *weight
            };
            match found {
                Some(found) => terms.push((part, ln_p - found.value, found.error)),
                None => unreached += part,
            }
        }
        if unreached > MAX_UNREACHED || terms.is_empty() {
            return None;
        }
        // Of the part of the data that was reached.
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
        Some(Self {
            kl: mean(&|gap| gap),
            mass: mean(&|gap| (-gap).exp()),
            num_points: found.len(),
            num_steps: instants.len() - 1,
        })
    }
}

/// Nodes of less mass are left out.
const NEGLIGIBLE: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{ScheduleConfig, Start, instants},
        rng::{Purpose, Seed},
        target::{Component, Gaussian},
        truth::BayesDenoiser,
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
            let visited: Vec<_> = (0..=200).collect();
            let start = Start::Standard.law(&schedule, None);
            let mut rng = Seed(3).stream(Purpose::TestData, 0, 0);
            let test = data.sample(200, &mut rng);
            let instants = instants(&schedule, &visited);
            let found =
                ModelLikelihood::new(&data, &bayes, &instants, &start, test.values()).unwrap();
            let slack = 4.0 * found.mass.standard_error + 1e-3;
            assert!((found.mass.value - 1.0).abs() < slack, "{found:?}");
            assert!(
                found.kl.value.abs() < 4.0 * found.kl.standard_error + 0.01,
                "{found:?}"
            );
            // Half as many steps are further from the data.
            let coarse: Vec<_> = (0..=4).map(|i| instants[50 * i]).collect();
            let coarse = ModelLikelihood::new(&data, &bayes, &coarse, &start, test.values());
            assert!(
                coarse.unwrap().kl.value > found.kl.value + 0.01,
                "{coarse:?} {found:?}"
            );
        }
    }
}
