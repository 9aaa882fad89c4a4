//! Draws from the exact reverse kernel that follow the noise of a Gaussian step wherever they can.

use crate::{
    diffusion::{NoiseLevel, Transition, sampler::Step},
    rng::{self, Generator},
    target::{Gaussian, Look, Mixture, Posterior, special::LN_SQRT_2PI},
};
use rand::RngExt;

/// Most draws for the part of the kernel above the normal law. As many are needed, on average, as the
/// reciprocal of the probability that any is.
const MAX_DRAWS: usize = 10_000;

/// q(x_u | x_t) of one step, by the maximal coupling with the normal law g of the same mean and
/// covariance. x* = E[x_u | x_t] + L z is taken with probability min(1, q(x*)/g(x*)), else a draw from
/// what of q lies above g. What is drawn has the law q exactly. It differs from x* with the least
/// probability that any such rule has: the total variation between q and g, which is small when the step
/// is (Lindvall 2002, ch. I.5).
pub(super) struct PairedKernel<'a> {
    data: &'a Mixture,
    transition: Transition,
    /// q(x0 | x_t); `None` where x_t says nothing of x0.
    posterior: Option<Posterior>,
    /// q_u, `None` if that is the data, whose density may not exist.
    law_to: Option<Mixture>,
}

impl<'a> PairedKernel<'a> {
    pub(super) fn new(data: &'a Mixture, step: &Step) -> Self {
        let NoiseLevel { signal, noise } = step.from.level;
        let to = step.to.level;
        Self {
            data,
            transition: step.transition,
            posterior: (signal > 0.0).then(|| Posterior::new(data, signal, noise)),
            law_to: (!step.is_last()).then(|| data.diffused(to.signal, to.noise)),
        }
    }

    /// Replaces x_t by x_u; `z` is the noise of a Gaussian step. Returns E[x0 | x_t].
    pub(super) fn draw(&self, x: &mut [f64], z: &[f64], rng: &mut Generator) -> Vec<f64> {
        let x_t = x.to_vec();
        let Some(posterior) = &self.posterior else {
            let x0 = self.data.sample(1, rng);
            self.bridge(&x_t, x0.values(), z, x);
            return (0..x.len()).map(|k| self.data.mean(k)).collect();
        };
        let Look {
            ln_pdf: ln_from,
            weights,
            mean,
            covariance,
        } = posterior.look(&x_t);
        let alone = |rng: &mut Generator, x: &mut [f64]| {
            let mut x0 = vec![0.0; x.len()];
            posterior.sample(&weights, &x_t, rng, &mut x0);
            self.draw_alone(&x0, &x_t, rng, x);
        };
        let proposal = self
            .law_to
            .as_ref()
            .zip(self.normal(&x_t, &mean, covariance));
        let Some((law_to, normal)) = proposal else {
            alone(rng, x);
            return mean;
        };
        // ln q/g at x_u, by Bayes' rule q(x_u | x_t) = q_u(x_u) N(x_t; A x_u, V I)/q_t(x_t).
        let ln_ratio =
            |x: &[f64]| law_to.ln_pdf(x) + self.ln_forward(&x_t, x) - ln_from - normal.ln_pdf(x);
        normal.shape(z, x);
        if rng.random::<f64>().ln() < ln_ratio(x) {
            return mean;
        }
        for _ in 0..MAX_DRAWS {
            alone(rng, x);
            if rng.random::<f64>().ln() > -ln_ratio(x) {
                break;
            }
        }
        mean
    }

    /// N(E[x_u | x_t], Cov[x_u | x_t]); `None` where rounding leaves no definite covariance.
    fn normal(&self, x_t: &[f64], x0: &[f64], mut covariance: Vec<f64>) -> Option<Gaussian> {
        let (c_t, c_0) = self.coefficients();
        let mean = x_t.iter().zip(x0).map(|(x, x0)| c_t * x + c_0 * x0);
        covariance.iter_mut().for_each(|c| *c *= c_0 * c_0);
        for c in covariance.iter_mut().step_by(x_t.len() + 1) {
            *c += self.transition.posterior_variance();
        }
        Gaussian::new(mean.collect(), covariance)
    }

    /// A draw with nothing in common: x_u given x_t and `x0`, which was drawn given x_t.
    fn draw_alone(&self, x0: &[f64], x_t: &[f64], rng: &mut Generator, x: &mut [f64]) {
        let mut z = vec![0.0; x.len()];
        rng::fill_normal(rng, &mut z);
        self.bridge(x_t, x0, &z, x);
    }

    /// x_u = c_t x_t + c_0 x0 + √β̃ z.
    fn bridge(&self, x_t: &[f64], x0: &[f64], z: &[f64], x: &mut [f64]) {
        let (c_t, c_0) = self.coefficients();
        let std_dev = self.transition.posterior_variance().sqrt();
        for (k, x) in x.iter_mut().enumerate() {
            *x = c_t * x_t[k] + c_0 * x0[k] + std_dev * z[k];
        }
    }

    fn coefficients(&self) -> (f64, f64) {
        let transition = &self.transition;
        (transition.posterior_x_t(), transition.posterior_x0())
    }

    /// ln N(x_t; A x_u, V I).
    fn ln_forward(&self, x_t: &[f64], x_u: &[f64]) -> f64 {
        let (gain, variance) = (self.transition.gain, self.transition.variance);
        let square: f64 = x_t
            .iter()
            .zip(x_u)
            .map(|(t, u)| (t - gain * u).powi(2))
            .sum();
        let height = 0.5 * variance.ln() + LN_SQRT_2PI;
        -0.5 * square / variance - height * x_t.len() as f64
    }
}
