//! Integrals over a mixture, and what is made of them: entropy and divergence.

use super::{Estimate, Gaussian, Mixture, grid, quadrature};
use crate::rng::{Purpose, Seed};

/// Draws behind an integral for which there is no quadrature.
const MONTE_CARLO_DRAWS: usize = 100_000;

impl Mixture {
    /// ∫ f(x) dx over the support, in one dimension.
    pub fn integrate(&self, f: impl FnMut(f64) -> f64) -> f64 {
        quadrature::integrate(&self.breakpoints(), f)
    }

    /// E f(x) of a smooth f, if it can be had by quadrature. It can in one dimension, and in the plane where the density
    /// is smooth and the grid not too large.
    pub fn quadrature(&self, f: impl Fn(&[f64]) -> f64) -> Option<Estimate> {
        if self.dim() > 1 {
            return grid::expectation(self, &|x| (self.ln_pdf(x), f(x)));
        }
        let term = |x: f64| {
            let p = self.pdf(&[x]);
            if p > 0.0 { p * f(&[x]) } else { 0.0 }
        };
        Some(Estimate::exact(self.integrate(term)))
    }

    /// E f(x, ∇ ln p(x)) of a smooth f in the plane, for one look at the density and its slope together; `None` where
    /// no quadrature has it.
    pub fn quadrature_with_score(&self, f: impl Fn(&[f64], &[f64]) -> f64) -> Option<Estimate> {
        grid::expectation(self, &|x| {
            let (ln_p, score) = self.ln_pdf_and_score(x);
            (ln_p, f(x, &score))
        })
    }

    /// E f(ln p(x)) of a smooth f, as [`Self::expectation`] finds it, for one look at each density.
    fn expectation_of_ln_pdf(&self, f: impl Fn(f64) -> f64) -> Estimate {
        self.expectation_of_looks(|x| {
            let ln_p = self.ln_pdf(x);
            (ln_p, f(ln_p))
        })
    }

    /// E f(x) of a smooth f, as [`Self::expectation`] finds it, where `look` tells ln p and f at once.
    pub(super) fn expectation_of_looks(&self, look: impl Fn(&[f64]) -> (f64, f64)) -> Estimate {
        let in_plane = (self.dim() > 1).then(|| grid::expectation(self, &look));
        in_plane
            .flatten()
            .unwrap_or_else(|| self.expectation(|x| look(x).1))
    }

    /// E f(x) of a smooth f: by quadrature if that can be, else by Monte Carlo (fixed seed, error stated).
    pub fn expectation(&self, f: impl Fn(&[f64]) -> f64) -> Estimate {
        if let Some(value) = self.quadrature(&f) {
            return value;
        }
        self.drawn(f)
    }

    /// E f(x) by Monte Carlo (fixed seed, error stated), for an f of any kind.
    pub(super) fn drawn(&self, f: impl Fn(&[f64]) -> f64) -> Estimate {
        let mut rng = Seed(0).stream(Purpose::MonteCarlo, 0, 0);
        let draws = self.sample(MONTE_CARLO_DRAWS, &mut rng);
        Estimate::mean_of(&draws.rows().map(f).collect::<Vec<_>>())
    }

    /// Differential entropy H(p) = −E ln p, in nats; `None` where there is no density.
    pub fn entropy(&self) -> Option<Estimate> {
        let expectation = self
            .has_density()
            .then(|| self.expectation_of_ln_pdf(|ln_p| ln_p))?;
        Some(Estimate {
            value: -expectation.value,
            ..expectation
        })
    }

    /// Var ln p(x), for x ~ p: what the mean log-likelihood of n perfect samples fluctuates by; `None` where
    /// there is no density.
    pub fn ln_pdf_variance(&self) -> Option<f64> {
        let mean = -self.entropy()?.value;
        let square = self.expectation_of_ln_pdf(|ln_p| (ln_p - mean).powi(2));
        Some(square.value)
    }

    /// KL(p ‖ N) to a normal law N, in nats.
    pub fn kl_to_normal(&self, normal: &Gaussian) -> Estimate {
        let ln_ratio = |x: &[f64]| self.ln_pdf(x) - normal.ln_pdf(x);
        if let Some(exact) = self.quadrature(ln_ratio) {
            // Where the laws are all but the same, rounding may leave it below 0.
            return Estimate {
                value: exact.value.max(0.0),
                ..exact
            };
        }
        let plain = self.expectation(ln_ratio);
        // With r = N(x)/p(x), E r = 1, so −ln r − 1 + r has the same mean; it is nowhere negative and
        // nearly free of noise where p is close to N.
        let centred = self.expectation(|x| {
            let ln_r = -ln_ratio(x);
            ln_r.exp_m1() - ln_r
        });
        if centred.standard_error < plain.standard_error {
            centred
        } else {
            plain
        }
    }
}
