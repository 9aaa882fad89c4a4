//! A weighted mixture of simple components: the law of the data, and of x_t at every noise level.

use super::{Component, Gaussian, eigenvalues::eigenvalues, special};
use crate::{
    points::{Affine, Points},
    rng::{Generator, Purpose, Seed},
};
use rand::RngExt;

/// Steps of gradient ascent, where it starts from, and what that is chosen from, at most.
const MAX_ASCENTS: usize = 200;
const MAX_STARTS: usize = 16;
const MAX_DRAWS: usize = 64;

/// Least width of a panel in standard deviations; sixteen nodes resolve far more.
const MIN_PANEL: f64 = 0.7;

/// Σ w_k p_k: components with weights that sum to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    weights: Vec<f64>,
    ln_weights: Vec<f64>,
    components: Vec<Component>,
    /// The class of every component; empty where the data has no classes.
    classes: Vec<u32>,
    dim: usize,
}

impl Mixture {
    /// A mixture of components of one dimension, each a class of its own; the weights are normalised.
    ///
    /// # Panics
    /// If there is no component, or weights and components do not match.
    pub fn new(weights: Vec<f64>, components: Vec<Component>) -> Self {
        assert_eq!(weights.len(), components.len(), "one weight a component");
        let first = components.first().expect("a mixture has a component");
        let dim = first.dim();
        assert!(components.iter().all(|c| c.dim() == dim), "one dimension");
        // By the largest first, so that no sum overflows.
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let total: f64 = weights.iter().map(|w| w / largest).sum();
        let weights: Vec<f64> = weights.iter().map(|w| w / largest / total).collect();
        Self {
            ln_weights: weights.iter().map(|w| w.ln()).collect(),
            weights,
            classes: (0..components.len() as u32).collect(),
            components,
            dim,
        }
    }

    /// The same law with other components: what it is after a map of x.
    fn with_components(&self, map: impl Fn(&Component) -> Component) -> Self {
        let components: Vec<_> = self.components.iter().map(map).collect();
        Self {
            weights: self.weights.clone(),
            ln_weights: self.ln_weights.clone(),
            classes: self.classes.clone(),
            dim: components[0].dim(),
            components,
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

    /// The class of every component, in their order; empty if there are no classes.
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }

    /// The same law with these classes of the components, or none.
    ///
    /// # Panics
    /// If there are classes, and not one for every component.
    pub fn labelled(self, classes: Vec<u32>) -> Self {
        let count = self.components.len();
        assert!(
            classes.is_empty() || classes.len() == count,
            "a class for every component"
        );
        Self { classes, ..self }
    }

    /// `n` independent draws, labelled by class where there are classes.
    pub fn sample(&self, n: usize, rng: &mut Generator) -> Points {
        let mut values = vec![0.0; n * self.dim];
        let mut labels = Vec::with_capacity(n);
        let mut z = vec![0.0; self.dim];
        for row in values.chunks_exact_mut(self.dim) {
            let k = self.draw_component(rng);
            self.components[k].sample(rng, &mut z, row);
            labels.extend(self.classes.get(k));
        }
        let points = Points::new(values, self.dim);
        if self.classes.is_empty() {
            points
        } else {
            points.with_labels(labels)
        }
    }

    /// `n` draws in the order of the components, each of which has its share of them to within one. They have no
    /// labels.
    pub(crate) fn stratified_sample(&self, n: usize, rng: &mut Generator) -> Points {
        let mut values = vec![0.0; n * self.dim];
        let mut z = vec![0.0; self.dim];
        let (mut k, mut cumulative) = (0, self.weights[0]);
        for (i, row) in values.chunks_exact_mut(self.dim).enumerate() {
            while (i as f64 + 0.5) / n as f64 >= cumulative && k + 1 < self.weights.len() {
                k += 1;
                cumulative += self.weights[k];
            }
            self.components[k].sample(rng, &mut z, row);
        }
        Points::new(values, self.dim)
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

    /// Whether there is a density: a curve of the plane without noise has none.
    pub fn has_density(&self) -> bool {
        self.components.iter().all(Component::has_density)
    }

    /// ln p(x); −∞ outside the support, NaN where there is no density.
    pub fn ln_pdf(&self, x: &[f64]) -> f64 {
        special::ln_sum_exp(&self.ln_joint(x))
    }

    /// p(x).
    pub fn pdf(&self, x: &[f64]) -> f64 {
        self.ln_pdf(x).exp()
    }

    /// ln w_k p_k(x) of every component.
    fn ln_joint(&self, x: &[f64]) -> Vec<f64> {
        let pairs = self.ln_weights.iter().zip(&self.components);
        pairs.map(|(ln_w, c)| ln_w + c.ln_pdf(x)).collect()
    }

    /// Posterior probability r_k(x) of every component; `None` outside the support and where there is no
    /// density.
    pub fn responsibilities(&self, x: &[f64]) -> Option<Vec<f64>> {
        let joint = self.ln_joint(x);
        let total = special::ln_sum_exp(&joint);
        total
            .is_finite()
            .then(|| joint.iter().map(|j| (j - total).exp()).collect())
    }

    /// ∇ ln p(x) = Σ r_k(x) ∇ ln p_k(x); 0 outside the support.
    pub fn score(&self, x: &[f64]) -> Vec<f64> {
        if let [only] = self.components.as_slice() {
            let mut score = vec![0.0; self.dim];
            only.add_score(x, 1.0, &mut score);
            return score;
        }
        self.ln_pdf_and_score(x).1
    }

    /// ln p(x) with ∇ ln p(x), for one look at every component.
    pub fn ln_pdf_and_score(&self, x: &[f64]) -> (f64, Vec<f64>) {
        let mut score = vec![0.0; self.dim];
        let looks = self.components.iter().map(|c| c.ln_pdf_and_known_score(x));
        let (mut joint, known): (Vec<_>, Vec<_>) = looks.unzip();
        joint
            .iter_mut()
            .zip(&self.ln_weights)
            .for_each(|(j, ln_w)| *j += ln_w);
        let total = special::ln_sum_exp(&joint);
        if !total.is_finite() {
            return (total, score);
        }
        for ((joint, known), component) in joint.iter().zip(known).zip(&self.components) {
            let r = (joint - total).exp();
            match known {
                Some(own) => score.iter_mut().zip(own).for_each(|(s, own)| *s += r * own),
                None if r > 0.0 => component.add_score(x, r, &mut score),
                None => {}
            }
        }
        (total, score)
    }

    /// Mean along one axis.
    pub fn mean(&self, axis: usize) -> f64 {
        self.weights
            .iter()
            .zip(&self.components)
            .map(|(w, c)| w * c.mean(axis))
            .sum()
    }

    /// Variance along one axis.
    pub fn variance(&self, axis: usize) -> f64 {
        let mean = self.mean(axis);
        let second = |c: &Component| c.variance(axis) + (c.mean(axis) - mean).powi(2);
        self.weights
            .iter()
            .zip(&self.components)
            .map(|(w, c)| w * second(c))
            .sum()
    }

    /// The law of a·x + s·ε, ε ~ N(0, I): the data at the noise level (a, s).
    pub fn diffused(&self, signal: f64, noise: f64) -> Self {
        let d = self.dim;
        if signal == 0.0 && noise > 0.0 {
            // Nothing is left of a component but the noise; a box of no width has no density.
            let noise =
                Gaussian::diagonal(vec![0.0; d], &vec![noise; d]).expect("a positive variance");
            return self.with_components(|_| Component::Gaussian(noise.clone()));
        }
        self.transformed(&vec![signal; d], &vec![0.0; d], &vec![noise; d])
    }

    /// Its covariance, `[d, d]`.
    pub(crate) fn covariance(&self) -> Vec<f64> {
        let d = self.dim;
        let mean: Vec<_> = (0..d).map(|k| self.mean(k)).collect();
        let mut covariance = vec![0.0; d * d];
        for (weight, component) in self.weights.iter().zip(&self.components) {
            for i in 0..d {
                for j in 0..d {
                    let offset = |k: usize| component.mean(k) - mean[k];
                    let second = component.covariance(i, j) + offset(i) * offset(j);
                    covariance[i * d + j] += weight * second;
                }
            }
        }
        covariance
    }

    /// The variances along the axes of its covariance, in no order.
    pub fn principal_variances(&self) -> Vec<f64> {
        match self.dim {
            1 => vec![self.variance(0)],
            d => eigenvalues(self.covariance(), d),
        }
    }

    /// The normal law with its mean and its covariance.
    pub fn matched_normal(&self) -> Gaussian {
        let mean = (0..self.dim).map(|k| self.mean(k)).collect();
        Gaussian::new(mean, self.covariance())
            .expect("a law with a density has a definite covariance")
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
        self.with_components(|c| c.transformed(scale, shift, noise))
    }

    /// The law of one coordinate.
    pub fn axis(&self, axis: usize) -> Self {
        self.with_components(|c| c.axis(axis))
    }

    /// Whether the density is known to be the product of those of its axes, at every noise level.
    pub fn is_product(&self) -> bool {
        matches!(self.components.as_slice(), [Component::Uniform(_)])
    }

    /// The distribution function F(x), in one dimension.
    pub fn cdf(&self, x: f64) -> f64 {
        self.weighted(|c| c.cdf(x))
    }

    /// 1 − F(x), in one dimension.
    pub fn survival(&self, x: f64) -> f64 {
        self.weighted(|c| c.survival(x))
    }

    /// ∫_{−∞}^x F, in one dimension.
    pub fn cdf_integral(&self, x: f64) -> f64 {
        self.weighted(|c| c.cdf_integral(x))
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

    /// An interval that holds all but a negligible fraction of the mass, in one dimension.
    pub fn support(&self) -> (f64, f64) {
        let points = self.breakpoints();
        (points[0], points[points.len() - 1])
    }

    /// The scale on which the density varies, in one dimension. It is the smallest standard deviation of
    /// a component. Of a noisy box it is that of its noise, of a box without noise its width.
    pub fn smallest_std_dev(&self) -> f64 {
        let std_dev = |c: &Component| match (c.smoothing(0), c.core(0)) {
            (noise, _) if noise > 0.0 => noise,
            (_, (low, high)) => high - low,
        };
        self.components
            .iter()
            .map(std_dev)
            .fold(f64::INFINITY, f64::min)
    }

    /// Where a quadrature over x should start a new panel, sorted, in one dimension: multiples of
    /// the standard deviation around every component, and the ends of every box.
    pub fn breakpoints(&self) -> Vec<f64> {
        let mut points: Vec<_> = self
            .components
            .iter()
            .flat_map(Component::breakpoints)
            .collect();
        points.sort_by(f64::total_cmp);
        points.dedup();
        points
    }

    /// Whether the density jumps: a component has no noise.
    pub fn has_edges(&self) -> bool {
        self.components.iter().any(|c| c.smoothing(0) == 0.0)
    }

    /// The breakpoints without those that are closer together than the scale on which the density of a
    /// law at a noise level varies, in one dimension. They are enough for what varies as the density
    /// does.
    pub fn panel_edges(&self) -> Vec<f64> {
        let all = self.breakpoints();
        if self.has_edges() {
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

    /// max ln p, in nats: the highest peak that gradient ascent finds from the most probable of some draws
    /// (fixed seed) and of the components' means. `None` where there is no density.
    pub fn max_ln_pdf(&self) -> Option<f64> {
        if !self.components.iter().all(Component::has_density) {
            return None;
        }
        let mut rng = Seed(0).stream(Purpose::MonteCarlo, 1, 0);
        let draws = self.sample(MAX_DRAWS, &mut rng);
        let mean = |c: &Component| (0..self.dim).map(|k| c.mean(k)).collect();
        let mut starts: Vec<Vec<f64>> = self.components.iter().map(mean).collect();
        starts.extend(draws.rows().map(<[f64]>::to_vec));
        starts.sort_by(|a, b| self.ln_pdf(b).total_cmp(&self.ln_pdf(a)));
        let ascend = |start: &Vec<f64>| {
            let (mut x, mut top, mut rate) = (start.clone(), self.ln_pdf(start), 1.0);
            for _ in 0..MAX_ASCENTS {
                let score = self.score(&x);
                let next: Vec<_> = x.iter().zip(&score).map(|(x, s)| x + rate * s).collect();
                let ln_pdf = self.ln_pdf(&next);
                if ln_pdf > top {
                    (x, top, rate) = (next, ln_pdf, 1.5 * rate);
                } else {
                    rate *= 0.25;
                }
            }
            top
        };
        let tops = starts.iter().take(MAX_STARTS).map(ascend);
        Some(tops.fold(f64::NEG_INFINITY, f64::max))
    }
}
