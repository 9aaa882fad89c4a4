//! The law of x given a noisy view of it, y = a x + s ε, for x of a mixture's law.

use super::{
    Component, Curve, Estimate, Gaussian, Mixture, TruncatedNormal, UniformBox, special::ln_sum_exp,
};
use crate::rng::{self, Generator};
use rand::RngExt;
use std::borrow::Cow;

/// The least probability of a component that changes a digit of a moment.
const NEGLIGIBLE: f64 = 1e-25;

/// q(x | y) for y = a x + s ε, ε ~ N(0, I): again a mixture, Σ r_k(y) q_k(x | y).
///
/// With x the data it is what a denoiser looks at; with x = x_u and (a, s²) = (A, V) it is the exact
/// reverse kernel q(x_u | x_t).
#[derive(Debug, Clone)]
pub(crate) struct Posterior {
    /// The law of y.
    marginal: Mixture,
    parts: Vec<Part>,
    signal: f64,
    noise: f64,
}

/// What is known of x given y.
pub(crate) struct Look {
    /// ln q(y).
    pub(crate) ln_pdf: f64,
    /// r_k(y).
    pub(crate) weights: Vec<f64>,
    /// E[x | y].
    pub(crate) mean: Vec<f64>,
    /// Cov[x | y], row-major.
    pub(crate) covariance: Vec<f64>,
}

/// One component's posterior.
#[derive(Debug, Clone)]
enum Part {
    /// N(m + K(y − a m), P): a Gaussian component. K and the covariance do not depend on y.
    Gaussian {
        mean: Vec<f64>,
        /// K = aΣC⁻¹, C = a²Σ + s²I, row-major.
        gain: Vec<f64>,
        /// N(0, P), P = s²ΣC⁻¹.
        spread: Gaussian,
    },
    /// A box with noise: the place in the box is a truncated normal.
    Uniform(UniformBox),
    /// A curve with noise: the place on it has the density of y given the place.
    Curve {
        /// The law of y, whose places are `signal` times those of x.
        seen: Curve,
        /// How x follows from the place and y, one for each axis.
        axes: Vec<Split>,
    },
}

/// x given a place b and y, along one axis on which x = b + N(0, τ²) and y = a x + s ε: x = c_b b + c_y y +
/// N(0, v).
#[derive(Debug, Clone, Copy)]
struct Split {
    /// c_b = s²/(a²τ² + s²).
    of_place: f64,
    /// c_y = aτ²/(a²τ² + s²).
    of_y: f64,
    /// v = τ²s²/(a²τ² + s²).
    variance: f64,
    /// √(a²τ² + s²), of y given b.
    total: f64,
}

impl Split {
    fn new(inner: f64, signal: f64, noise: f64) -> Self {
        let total = (signal * inner).hypot(noise);
        Self {
            of_place: (noise / total).powi(2),
            of_y: signal * (inner / total).powi(2),
            variance: (inner * noise / total).powi(2),
            total,
        }
    }
}

impl Part {
    fn new(component: &Component, signal: f64, noise: f64) -> Self {
        let gaussian = match component {
            Component::Uniform(uniform) => return Self::Uniform(uniform.clone()),
            Component::Curve(curve) => {
                let d = curve.dim();
                let axis = |k| Split::new(curve.noise(k), signal, noise);
                return Self::Curve {
                    seen: curve.transformed(&vec![signal; d], &vec![0.0; d], &vec![noise; d]),
                    axes: (0..d).map(axis).collect(),
                };
            }
            Component::Gaussian(gaussian) => gaussian,
        };
        let d = gaussian.dim();
        let seen = gaussian.transformed(&vec![signal; d], &vec![0.0; d], &vec![noise; d]);
        // Row i of ΣC⁻¹ is C⁻¹ applied to row i of Σ.
        let ratio: Vec<f64> = gaussian
            .covariance()
            .chunks_exact(d)
            .flat_map(|row| seen.precision_times(row))
            .collect();
        let mut covariance = vec![0.0; d * d];
        for i in 0..d {
            for j in 0..d {
                covariance[i * d + j] = 0.5 * noise * noise * (ratio[i * d + j] + ratio[j * d + i]);
            }
        }
        Self::Gaussian {
            mean: gaussian.mean().to_vec(),
            gain: ratio.iter().map(|r| signal * r).collect(),
            spread: Gaussian::new(vec![0.0; d], covariance)
                .expect("a posterior covariance is positive definite"),
        }
    }
}

/// One axis of a noisy box given y.
struct BoxAxis {
    place: TruncatedNormal,
    split: Split,
    /// c_y y.
    offset: f64,
}

impl BoxAxis {
    fn new(uniform: &UniformBox, axis: usize, signal: f64, noise: f64, y: f64) -> Self {
        let split = Split::new(uniform.noise()[axis], signal, noise);
        let (low, high) = (uniform.low()[axis], uniform.high()[axis]);
        Self {
            // y given b is N(a b, total²).
            place: TruncatedNormal::new(y / signal, split.total / signal, low, high),
            offset: split.of_y * y,
            split,
        }
    }

    /// Mean and variance of x.
    fn moments(&self) -> (f64, f64) {
        let (mean, variance) = self.place.moments();
        (
            self.split.of_place * mean + self.offset,
            self.split.of_place.powi(2) * variance + self.split.variance,
        )
    }
}

impl Posterior {
    /// Of x ~ `prior` given y = `signal` x + `noise` ε; both positive.
    pub(crate) fn new(prior: &Mixture, signal: f64, noise: f64) -> Self {
        let part = |c: &Component| Part::new(c, signal, noise);
        Self {
            marginal: prior.diffused(signal, noise),
            parts: prior.components().iter().map(part).collect(),
            signal,
            noise,
        }
    }

    /// The law of y.
    #[cfg(test)]
    pub(crate) fn marginal(&self) -> &Mixture {
        &self.marginal
    }

    /// Dimension d.
    pub(crate) fn dim(&self) -> usize {
        self.marginal.dim()
    }

    /// E[x | y] and Cov[x | y] (row-major): Σ r_k m_k and Σ r_k (P_k + (m_k − m)(m_k − m)ᵀ).
    #[cfg(test)]
    pub(crate) fn moments(&self, y: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let look = self.look(y);
        (look.mean, look.covariance)
    }

    /// What is known of x given y, for one look at the components.
    pub(crate) fn look(&self, y: &[f64]) -> Look {
        let d = self.dim();
        // A curve tells its density and its moments at once.
        let (joint, mut known): (Vec<_>, Vec<_>) = self
            .parts
            .iter()
            .zip(self.marginal.components())
            .zip(self.marginal.weights())
            .map(|((part, seen_component), weight)| match part {
                Part::Curve { seen, axes } => {
                    let (ln_pdf, place) = seen.ln_pdf_and_place_moments(y);
                    let (mean, covariance) = self.of_place(axes, place, y);
                    let moments = (mean, Cow::Owned(covariance));
                    (weight.ln() + ln_pdf, Some(moments))
                }
                _ => (weight.ln() + seen_component.ln_pdf(y), None),
            })
            .unzip();
        let ln_pdf = ln_sum_exp(&joint);
        // Where every density underflows the components are indistinguishable.
        let weights: Vec<_> = match ln_pdf.is_finite() {
            true => joint.iter().map(|ln| (ln - ln_pdf).exp()).collect(),
            false => self.marginal.weights().to_vec(),
        };
        let parts: Vec<_> = self
            .parts
            .iter()
            .zip(&mut known)
            .zip(&weights)
            .map(|((part, known), weight)| {
                let moments = || known.take().unwrap_or_else(|| self.part_moments(part, y));
                (*weight > NEGLIGIBLE).then(moments)
            })
            .collect();
        let mut mean = vec![0.0; d];
        for (part, weight) in parts.iter().zip(&weights) {
            for (sum, m) in mean.iter_mut().zip(part.iter().flat_map(|(m, _)| m)) {
                *sum += weight * m;
            }
        }
        let mut covariance = vec![0.0; d * d];
        for (part, weight) in parts.iter().zip(&weights) {
            let Some((m, own)) = part else { continue };
            for i in 0..d {
                for j in 0..d {
                    let between = (m[i] - mean[i]) * (m[j] - mean[j]);
                    covariance[i * d + j] += weight * (own[i * d + j] + between);
                }
            }
        }
        Look {
            ln_pdf,
            weights,
            mean,
            covariance,
        }
    }

    /// E tr Cov[x | y]/d over y: the smallest mean squared error of any estimate of x, a coordinate.
    /// By quadrature in one dimension, by Monte Carlo (fixed seed, error stated) otherwise.
    pub(crate) fn mmse(&self) -> Estimate {
        self.marginal.expectation_of_looks(|y| {
            let look = self.look(y);
            let d = self.dim();
            let trace: f64 = look.covariance.iter().step_by(d + 1).sum();
            (look.ln_pdf, trace / d as f64)
        })
    }

    /// One draw of x given y, of which r_k(y) are `weights`.
    pub(crate) fn sample(&self, weights: &[f64], y: &[f64], rng: &mut Generator, x: &mut [f64]) {
        let mut u: f64 = rng.random();
        let chosen = weights.iter().position(|w| {
            u -= w;
            u < 0.0
        });
        // Rounding may leave u at 0 after the last weight.
        let k = chosen.unwrap_or_else(|| largest(weights));
        let mut z = vec![0.0; self.dim()];
        rng::fill_normal(rng, &mut z);
        match &self.parts[k] {
            Part::Gaussian { spread, .. } => {
                spread.shape(&z, x);
                let (mean, _) = self.part_moments(&self.parts[k], y);
                for (x, mean) in x.iter_mut().zip(&mean) {
                    *x += mean;
                }
            }
            Part::Uniform(uniform) => {
                for (axis, x) in x.iter_mut().enumerate() {
                    let part = BoxAxis::new(uniform, axis, self.signal, self.noise, y[axis]);
                    let place = part.place.sample(rng);
                    let split = part.split;
                    *x = split.of_place * place + part.offset + split.variance.sqrt() * z[axis];
                }
            }
            Part::Curve { seen, axes } => {
                seen.sample_place(y, rng, x);
                for (((x, split), y), z) in x.iter_mut().zip(axes).zip(y).zip(&z) {
                    let place = *x / self.signal;
                    *x = split.of_place * place + split.of_y * y + split.variance.sqrt() * z;
                }
            }
        }
    }

    /// r_k(y). Where every density underflows the components are indistinguishable.
    pub(crate) fn responsibilities(&self, y: &[f64]) -> Vec<f64> {
        self.marginal
            .responsibilities(y)
            .unwrap_or_else(|| self.marginal.weights().to_vec())
    }

    /// Mean and covariance of one component's posterior.
    fn part_moments<'a>(&self, part: &'a Part, y: &[f64]) -> (Vec<f64>, Cow<'a, [f64]>) {
        let d = self.dim();
        match part {
            Part::Gaussian { mean, gain, spread } => {
                let innovation: Vec<_> = y
                    .iter()
                    .zip(mean)
                    .map(|(y, m)| y - self.signal * m)
                    .collect();
                let moved = |(m, row): (&f64, &[f64])| {
                    m + row.iter().zip(&innovation).map(|(g, v)| g * v).sum::<f64>()
                };
                let mean = mean.iter().zip(gain.chunks_exact(d)).map(moved);
                (mean.collect(), Cow::Borrowed(spread.covariance()))
            }
            Part::Uniform(uniform) => {
                let (mut mean, mut covariance) = (vec![0.0; d], vec![0.0; d * d]);
                for axis in 0..d {
                    let part = BoxAxis::new(uniform, axis, self.signal, self.noise, y[axis]);
                    (mean[axis], covariance[axis * d + axis]) = part.moments();
                }
                (mean, Cow::Owned(covariance))
            }
            Part::Curve { seen, axes } => {
                let (mean, covariance) = self.of_place(axes, seen.place_moments(y), y);
                (mean, Cow::Owned(covariance))
            }
        }
    }

    /// The moments of x from those of the place on a curve.
    fn of_place(
        &self,
        axes: &[Split],
        (mut mean, mut covariance): (Vec<f64>, Vec<f64>),
        y: &[f64],
    ) -> (Vec<f64>, Vec<f64>) {
        for (i, (mean, split)) in mean.iter_mut().zip(axes).enumerate() {
            *mean = split.of_place * *mean / self.signal + split.of_y * y[i];
        }
        let d = axes.len();
        for (i, row) in covariance.chunks_exact_mut(d).enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                *value *= axes[i].of_place * axes[j].of_place / self.signal.powi(2);
            }
            row[i] += axes[i].variance;
        }
        (mean, covariance)
    }
}

fn largest(weights: &[f64]) -> usize {
    let by_weight = |a: &usize, b: &usize| weights[*a].total_cmp(&weights[*b]);
    (0..weights.len()).max_by(by_weight).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        points::Affine,
        rng::{Purpose, Seed},
        target::quadrature,
    };

    fn gaussian(mean: f64, sd: f64) -> Component {
        Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap())
    }

    fn data() -> Mixture {
        let uniform = Component::Uniform(UniformBox::new(vec![0.2], vec![1.0]).unwrap());
        Mixture::new(
            vec![0.3, 0.4, 0.3],
            vec![gaussian(-1.2, 0.3), gaussian(1.3, 0.5), uniform],
        )
    }

    #[test]
    fn the_mean_rises_at_the_rate_of_the_variance() {
        // dE[x | y]/dy = (a/s²) Var[x | y], for the data and for noisy data (the reverse kernel).
        for prior in [data(), data().diffused(0.9, 0.3)] {
            for (a, s) in [(0.99, 0.1), (0.8, 0.6), (0.1, 0.995)] {
                let posterior = Posterior::new(&prior, a, s);
                for y in [-3.0, -1.0, 0.1, 0.4, 0.95, 2.5] {
                    let h = 1e-4 * s;
                    let mean = |y: f64| posterior.moments(&[y]).0[0];
                    let slope = (mean(y + h) - mean(y - h)) / (2.0 * h);
                    let exact = a / (s * s) * posterior.moments(&[y]).1[0];
                    let error = (slope - exact).abs();
                    assert!(
                        error < 1e-5 * exact.max(1.0),
                        "a={a} y={y}: {slope} {exact}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_mean_is_that_of_the_score() {
        // Tweedie (Robbins 1956): a E[x | y] = y + s² ∇ ln q(y).
        let posterior = Posterior::new(&data(), 0.7, 0.4);
        for y in [-20.0, -1.0, 0.3, 1.4, 30.0] {
            let tweedie = (y + 0.16 * posterior.marginal().score(&[y])[0]) / 0.7;
            let (mean, _) = posterior.moments(&[y]);
            assert!((mean[0] - tweedie).abs() < 1e-10, "{y}: {mean:?} {tweedie}");
        }
    }

    #[test]
    fn the_moments_are_those_of_bayes_rule_by_quadrature() {
        let (a, s) = (0.8, 0.5);
        let prior = data();
        let posterior = Posterior::new(&prior, a, s);
        for y in [-1.5, 0.2, 0.9, 2.0] {
            let weight = |x: f64| prior.pdf(&[x]) * (-0.5 * ((y - a * x) / s).powi(2)).exp();
            let moment =
                |p: i32| quadrature::integrate(&prior.breakpoints(), |x| weight(x) * x.powi(p));
            let mean = moment(1) / moment(0);
            let variance = moment(2) / moment(0) - mean * mean;
            let (found, covariance) = posterior.moments(&[y]);
            assert!((found[0] - mean).abs() < 1e-11 && (covariance[0] - variance).abs() < 1e-11);
        }
    }

    #[test]
    fn one_gaussian_has_its_closed_form_in_two_dimensions() {
        // Σ = [[2, 0.5], [0.5, 1]] seen with a = s = 1: P = Σ(Σ + I)⁻¹ = I − (Σ + I)⁻¹.
        let component = Gaussian::new(vec![1.0, 0.0], vec![2.0, 0.5, 0.5, 1.0]).unwrap();
        let prior = Mixture::new(vec![1.0], vec![Component::Gaussian(component)]);
        let (mean, covariance) = Posterior::new(&prior, 1.0, 1.0).moments(&[2.0, 3.0]);
        let det = 3.0 * 2.0 - 0.25;
        let exact = [1.0 - 2.0 / det, 0.5 / det, 0.5 / det, 1.0 - 3.0 / det];
        for (found, exact) in covariance.iter().zip(exact) {
            assert!((found - exact).abs() < 1e-14, "{covariance:?}");
        }
        let moved = [1.0 + exact[0] + 3.0 * exact[1], exact[2] + 3.0 * exact[3]];
        assert!((mean[0] - moved[0]).abs() < 1e-14 && (mean[1] - moved[1]).abs() < 1e-14);
    }

    #[test]
    fn a_product_of_boxes_is_handled_axis_by_axis_and_moves_with_an_affine_map() {
        let uniform = UniformBox::new(vec![0.0, -1.0], vec![1.0, 2.0]).unwrap();
        let prior = Mixture::new(vec![1.0], vec![Component::Uniform(uniform)]);
        let (a, s, y) = (0.9, 0.4, [0.3, 1.9]);
        let (mean, covariance) = Posterior::new(&prior, a, s).moments(&y);
        for axis in 0..2 {
            let (one, variance) = Posterior::new(&prior.axis(axis), a, s).moments(&[y[axis]]);
            assert!((mean[axis] - one[0]).abs() < 1e-15);
            assert!((covariance[3 * axis] - variance[0]).abs() < 1e-15);
        }
        assert!(covariance[1] == 0.0);
        // x' = (x − b)/c seen through (a, s/c) at y' = (y − a b)/c.
        let affine = Affine {
            shift: vec![0.4; 2],
            scale: vec![2.0; 2],
        };
        let view = Posterior::new(&prior.standardized(&affine), a, s / 2.0);
        let (moved, smaller) = view.moments(&y.map(|y| (y - 0.4 * a) / 2.0));
        assert!((moved[0] - (mean[0] - 0.4) / 2.0).abs() < 1e-14);
        assert!((smaller[0] - covariance[0] / 4.0).abs() < 1e-14);
    }

    #[test]
    fn the_laws_add_up() {
        // E Cov + Cov E = Cov x, and draws of x given y, with y drawn, are draws of x.
        let prior = data();
        let posterior = Posterior::new(&prior, 0.8, 0.5);
        let mean = prior.mean(0);
        let of_means = posterior
            .marginal()
            .expectation(|y| (posterior.moments(y).0[0] - mean).powi(2));
        let total = posterior.mmse().value + of_means.value;
        assert!((total - prior.variance(0)).abs() < 1e-10);
    }

    #[test]
    fn draws_have_the_posterior_moments() {
        for prior in [data(), data().diffused(0.9, 0.2)] {
            let posterior = Posterior::new(&prior, 0.8, 0.5);
            let mut rng = Seed(2).stream(Purpose::TestData, 0, 0);
            for y in [-0.5, 0.6, 1.5] {
                let (mut x, weights) = ([0.0], posterior.look(&[y]).weights);
                let draws: Vec<_> = (0..40_000)
                    .map(|_| {
                        posterior.sample(&weights, &[y], &mut rng, &mut x);
                        x[0]
                    })
                    .collect();
                let (mean, covariance) = posterior.moments(&[y]);
                let found = Estimate::mean_of(&draws);
                assert!((found.value - mean[0]).abs() < 5.0 * found.standard_error);
                let squares: Vec<_> = draws.iter().map(|x| (x - mean[0]).powi(2)).collect();
                let found = Estimate::mean_of(&squares);
                assert!((found.value - covariance[0]).abs() < 5.0 * found.standard_error);
            }
        }
    }
}
