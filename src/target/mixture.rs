//! A weighted mixture of simple components: the law of the data, and of x_t at every noise level.

use super::{Gaussian, UniformBox, quadrature, special};
use crate::{
    points::{Affine, Points},
    rng::{self, Generator, Purpose, Seed},
};
use rand::RngExt;

/// How many standard deviations of every component an integral covers: Φ(−12) ≈ 2e-33.
const REACH: i32 = 12;

/// Least width of a panel in standard deviations; sixteen nodes resolve far more.
const MIN_PANEL: f64 = 0.7;

/// Halvings of the panels towards the ends of a noise-free box, where √(F(1 − F)) has no slope.
const EDGE_HALVINGS: i32 = 20;

/// Draws behind an integral that has no closed form in d ≥ 2.
const MONTE_CARLO_DRAWS: usize = 100_000;

/// One component of a mixture.
#[derive(Debug, Clone, PartialEq)]
pub enum Component {
    /// N(μ, Σ).
    Gaussian(Gaussian),
    /// U[l, u], with Gaussian noise on it at noise levels above the data.
    Uniform(UniformBox),
}

/// Calls the method of whichever component it is.
macro_rules! each {
    ($component:expr, $inner:ident => $call:expr) => {
        match $component {
            Component::Gaussian($inner) => $call,
            Component::Uniform($inner) => $call,
        }
    };
}

/// A number and its standard error, 0 where the number is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl Estimate {
    /// A number that is exact up to rounding.
    pub fn exact(value: f64) -> Self {
        Self {
            value,
            standard_error: 0.0,
        }
    }

    /// The mean of `values`, with the standard error that their variance implies.
    pub fn mean_of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        Self {
            value: mean,
            standard_error: (variance / n).sqrt(),
        }
    }
}

/// Σ w_k p_k: components with weights that sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    weights: Vec<f64>,
    components: Vec<Component>,
    dim: usize,
}

impl Mixture {
    /// A mixture of components of one dimension; the weights are normalised.
    ///
    /// # Panics
    /// If there is no component, or weights and components do not match.
    pub fn new(weights: Vec<f64>, components: Vec<Component>) -> Self {
        assert_eq!(weights.len(), components.len(), "one weight a component");
        let dim = each!(components.first().expect("a mixture has a component"), c => c.dim());
        assert!(
            components.iter().all(|c| each!(c, c => c.dim()) == dim),
            "one dimension"
        );
        // By the largest first, so that no sum overflows.
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let total: f64 = weights.iter().map(|w| w / largest).sum();
        Self {
            weights: weights.iter().map(|w| w / largest / total).collect(),
            components,
            dim,
        }
    }

    /// Dimension d.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Weights of the components; they sum to 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The components.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// `n` independent draws, labelled by component.
    pub fn sample(&self, n: usize, rng: &mut Generator) -> Points {
        let mut values = vec![0.0; n * self.dim];
        let mut labels = Vec::with_capacity(n);
        let mut z = vec![0.0; self.dim];
        for row in values.chunks_exact_mut(self.dim) {
            let k = self.draw_component(rng);
            match &self.components[k] {
                Component::Gaussian(gaussian) => {
                    rng::fill_normal(rng, &mut z);
                    gaussian.shape(&z, row);
                }
                Component::Uniform(uniform) => {
                    rng::fill_normal(rng, &mut z);
                    for (k, x) in row.iter_mut().enumerate() {
                        let (low, high) = (uniform.low()[k], uniform.high()[k]);
                        let u: f64 = rng.random();
                        *x = low + u * (high - low) + uniform.noise()[k] * z[k];
                    }
                }
            }
            labels.push(k as u32);
        }
        Points::new(values, self.dim).with_labels(labels)
    }

    fn draw_component(&self, rng: &mut Generator) -> usize {
        let u: f64 = rng.random();
        let mut cumulative = 0.0;
        let last = self.weights.len() - 1;
        self.weights[..last]
            .iter()
            .position(|w| {
                cumulative += w;
                u < cumulative
            })
            .unwrap_or(last)
    }

    /// ln p(x); −∞ outside the support.
    pub fn ln_pdf(&self, x: &[f64]) -> f64 {
        special::ln_sum_exp(&self.ln_joint(x))
    }

    /// p(x).
    pub fn pdf(&self, x: &[f64]) -> f64 {
        self.ln_pdf(x).exp()
    }

    /// ln w_k p_k(x) of every component.
    fn ln_joint(&self, x: &[f64]) -> Vec<f64> {
        let ln_pdf = |c: &Component| each!(c, c => c.ln_pdf(x));
        self.weights
            .iter()
            .zip(&self.components)
            .map(|(w, c)| w.ln() + ln_pdf(c))
            .collect()
    }

    /// Posterior probability r_k(x) of every component; `None` outside the support.
    pub fn responsibilities(&self, x: &[f64]) -> Option<Vec<f64>> {
        let joint = self.ln_joint(x);
        let total = special::ln_sum_exp(&joint);
        total
            .is_finite()
            .then(|| joint.iter().map(|j| (j - total).exp()).collect())
    }

    /// ∇ ln p(x) = Σ r_k(x) ∇ ln p_k(x); 0 outside the support.
    pub fn score(&self, x: &[f64]) -> Vec<f64> {
        let mut score = vec![0.0; self.dim];
        for (r, component) in self
            .responsibilities(x)
            .iter()
            .flatten()
            .zip(&self.components)
        {
            if *r > 0.0 {
                each!(component, c => c.add_score(x, *r, &mut score));
            }
        }
        score
    }

    /// Mean along one axis.
    pub fn mean(&self, axis: usize) -> f64 {
        self.weights
            .iter()
            .zip(&self.components)
            .map(|(w, c)| w * axis_mean(c, axis))
            .sum()
    }

    /// Variance along one axis.
    pub fn variance(&self, axis: usize) -> f64 {
        let mean = self.mean(axis);
        let second = |c: &Component| axis_variance(c, axis) + (axis_mean(c, axis) - mean).powi(2);
        self.weights
            .iter()
            .zip(&self.components)
            .map(|(w, c)| w * second(c))
            .sum()
    }

    /// The law of a·x + s·ε, ε ~ N(0, I): the data at the noise level (a, s).
    pub fn diffused(&self, signal: f64, noise: f64) -> Self {
        let d = self.dim;
        self.transformed(&vec![signal; d], &vec![0.0; d], &vec![noise; d])
    }

    /// The law of (x − shift)/scale: the data as the network sees it.
    pub fn standardized(&self, affine: &Affine) -> Self {
        let scale: Vec<_> = affine.scale.iter().map(|s| 1.0 / s).collect();
        let shift: Vec<_> = affine
            .shift
            .iter()
            .zip(&scale)
            .map(|(m, s)| -m * s)
            .collect();
        self.transformed(&scale, &shift, &vec![0.0; self.dim])
    }

    fn transformed(&self, scale: &[f64], shift: &[f64], noise: &[f64]) -> Self {
        let transform = |c: &Component| match c {
            Component::Gaussian(g) => Component::Gaussian(g.transformed(scale, shift, noise)),
            Component::Uniform(u) => Component::Uniform(u.transformed(scale, shift, noise)),
        };
        let components = self.components.iter().map(transform).collect();
        Self {
            weights: self.weights.clone(),
            components,
            dim: self.dim,
        }
    }

    /// The law of one coordinate.
    pub fn axis(&self, axis: usize) -> Self {
        let pick = |c: &Component| match c {
            Component::Gaussian(g) => Component::Gaussian(g.axis(axis)),
            Component::Uniform(u) => Component::Uniform(u.axis(axis)),
        };
        let components = self.components.iter().map(pick).collect();
        Self {
            weights: self.weights.clone(),
            components,
            dim: 1,
        }
    }

    /// The distribution function F(x), in one dimension.
    pub fn cdf(&self, x: f64) -> f64 {
        self.weighted(|c| each!(c, c => c.cdf(x)))
    }

    /// 1 − F(x), in one dimension.
    pub fn survival(&self, x: f64) -> f64 {
        self.weighted(|c| each!(c, c => c.survival(x)))
    }

    /// ∫_{−∞}^x F, in one dimension.
    pub fn cdf_integral(&self, x: f64) -> f64 {
        self.weighted(|c| each!(c, c => c.cdf_integral(x)))
    }

    fn weighted(&self, f: impl Fn(&Component) -> f64) -> f64 {
        debug_assert_eq!(self.dim, 1, "a distribution function is of one dimension");
        self.weights
            .iter()
            .zip(&self.components)
            .map(|(w, c)| w * f(c))
            .sum()
    }

    /// The x in `[low, high]` where F(x) = u, by bisection to the last bit, in one dimension.
    pub fn quantile_between(&self, u: f64, mut low: f64, mut high: f64) -> f64 {
        loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                return middle;
            }
            if self.cdf(middle) < u {
                low = middle;
            } else {
                high = middle;
            }
        }
    }

    /// An interval that holds all but a negligible part of the mass, in one dimension.
    pub fn support(&self) -> (f64, f64) {
        let points = self.breakpoints();
        (points[0], points[points.len() - 1])
    }

    /// The scale on which the density varies, in one dimension: the smallest standard deviation of a
    /// component, of a noisy box that of its noise, of a box without noise its width.
    pub fn smallest_std_dev(&self) -> f64 {
        let std_dev = |c: &Component| match c {
            Component::Gaussian(gaussian) => gaussian.std_dev(0),
            Component::Uniform(uniform) if uniform.noise()[0] > 0.0 => uniform.noise()[0],
            Component::Uniform(uniform) => uniform.high()[0] - uniform.low()[0],
        };
        self.components
            .iter()
            .map(std_dev)
            .fold(f64::INFINITY, f64::min)
    }

    /// Where a quadrature over x should start a new panel, sorted, in one dimension: multiples of
    /// the standard deviation around every component, and the ends of every box.
    pub fn breakpoints(&self) -> Vec<f64> {
        let mut points = vec![];
        for component in &self.components {
            let (anchors, sd) = match component {
                Component::Gaussian(g) => (vec![g.mean()[0]], g.std_dev(0)),
                Component::Uniform(u) => (vec![u.low()[0], u.high()[0]], u.noise()[0]),
            };
            for anchor in anchors {
                let reach = if sd > 0.0 { REACH } else { 0 };
                points.extend((-reach..=reach).map(|k| anchor + f64::from(k) * sd));
            }
            if let Component::Uniform(u) = component
                && sd == 0.0
            {
                let (low, high) = (u.low()[0], u.high()[0]);
                for k in 1..=EDGE_HALVINGS {
                    let inward = (high - low) * 0.5f64.powi(k);
                    points.extend([low + inward, high - inward]);
                }
            }
        }
        points.sort_by(f64::total_cmp);
        points.dedup();
        points
    }

    /// The breakpoints without those that are closer together than the scale on which the density of a
    /// law at a noise level varies, in one dimension: enough for what varies as the density does.
    pub fn panel_edges(&self) -> Vec<f64> {
        let all = self.breakpoints();
        let has_edges = |c: &Component| matches!(c, Component::Uniform(u) if u.noise()[0] == 0.0);
        if self.components.iter().any(has_edges) {
            return all;
        }
        let closest = MIN_PANEL * self.smallest_std_dev();
        let mut kept: Vec<f64> = vec![];
        for x in &all {
            if kept.last().is_none_or(|last| x - last >= closest) {
                kept.push(*x);
            }
        }
        kept.extend(all.last());
        kept
    }

    /// ∫ f(x) dx over the support, in one dimension.
    pub fn integrate(&self, f: impl FnMut(f64) -> f64) -> f64 {
        quadrature::integrate(&self.breakpoints(), f)
    }

    /// E f(x): by quadrature in one dimension, by Monte Carlo (fixed seed, error stated) otherwise.
    pub fn expectation(&self, f: impl Fn(&[f64]) -> f64) -> Estimate {
        if self.dim == 1 {
            let term = |x: f64| {
                let p = self.pdf(&[x]);
                if p > 0.0 { p * f(&[x]) } else { 0.0 }
            };
            return Estimate::exact(self.integrate(term));
        }
        let mut rng = Seed(0).stream(Purpose::MonteCarlo, 0, 0);
        let draws = self.sample(MONTE_CARLO_DRAWS, &mut rng);
        Estimate::mean_of(&draws.rows().map(f).collect::<Vec<_>>())
    }

    /// Differential entropy H(p) = −E ln p, in nats.
    pub fn entropy(&self) -> Estimate {
        let expectation = self.expectation(|x| self.ln_pdf(x));
        Estimate {
            value: -expectation.value,
            ..expectation
        }
    }

    /// Var ln p(x), for x ~ p: what the mean log-likelihood of n perfect samples fluctuates by.
    pub fn ln_pdf_variance(&self) -> f64 {
        let mean = -self.entropy().value;
        self.expectation(|x| (self.ln_pdf(x) - mean).powi(2)).value
    }

    /// KL(p ‖ N(0, I)), in nats.
    pub fn kl_to_standard_normal(&self) -> Estimate {
        let ln_prior = |x: &[f64]| {
            x.iter()
                .map(|x| -0.5 * x * x - special::LN_SQRT_2PI)
                .sum::<f64>()
        };
        let ln_ratio = |x: &[f64]| self.ln_pdf(x) - ln_prior(x);
        let plain = self.expectation(ln_ratio);
        if self.dim == 1 {
            return plain;
        }
        // With r = N(x)/p(x), E r = 1, so −ln r − 1 + r has the same mean; it is nowhere negative and
        // nearly free of noise where p is close to N(0, I).
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

fn axis_mean(component: &Component, axis: usize) -> f64 {
    match component {
        Component::Gaussian(g) => g.mean()[axis],
        Component::Uniform(u) => u.mean(axis),
    }
}

fn axis_variance(component: &Component, axis: usize) -> f64 {
    match component {
        Component::Gaussian(g) => g.std_dev(axis).powi(2),
        Component::Uniform(u) => u.variance(axis),
    }
}
