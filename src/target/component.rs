//! One component of a mixture: what every kind of it can do.

use super::{Curve, Gaussian, UniformBox};
use crate::rng::{self, Generator};
use rand::RngExt;

/// How many standard deviations of a component an integral covers: Φ(−12) ≈ 2e-33.
const REACH: i32 = 12;

/// How many of them hold the mass in the plane: Φ(−6) ≈ 1e-9.
const COVER: f64 = 6.0;

/// Halvings of the panels towards the ends of a noise-free box, where √(F(1 − F)) has no slope.
const EDGE_HALVINGS: i32 = 20;

/// One component of a mixture.
#[derive(Debug, Clone, PartialEq)]
pub enum Component {
    /// N(μ, Σ).
    Gaussian(Gaussian),
    /// U[l, u], with Gaussian noise on it if there is any, and at noise levels above the data.
    Uniform(UniformBox),
    /// A point on a curve of the plane, with Gaussian noise on it if there is any.
    Curve(Curve),
}

/// Calls the method of whichever component it is.
macro_rules! each {
    ($component:expr, $inner:ident => $call:expr) => {
        match $component {
            Component::Gaussian($inner) => $call,
            Component::Uniform($inner) => $call,
            Component::Curve($inner) => $call,
        }
    };
}

impl Component {
    /// Dimension d.
    pub fn dim(&self) -> usize {
        each!(self, c => c.dim())
    }

    /// One draw into `x`; `z` is room for d normal draws.
    pub(super) fn sample(&self, rng: &mut Generator, z: &mut [f64], x: &mut [f64]) {
        rng::fill_normal(rng, z);
        match self {
            Self::Gaussian(gaussian) => gaussian.shape(z, x),
            Self::Uniform(uniform) => {
                for (k, x) in x.iter_mut().enumerate() {
                    let (low, high) = (uniform.low()[k], uniform.high()[k]);
                    let u: f64 = rng.random();
                    *x = low + u * (high - low) + uniform.noise()[k] * z[k];
                }
            }
            Self::Curve(curve) => curve.shape(z, rng, x),
        }
    }

    /// Whether there is a density: not on a curve of the plane without noise.
    pub fn has_density(&self) -> bool {
        match self {
            Self::Gaussian(_) | Self::Uniform(_) => true,
            Self::Curve(c) => c.has_density(),
        }
    }

    /// ln p_k(x); −∞ outside the support, NaN where there is no density.
    pub(super) fn ln_pdf(&self, x: &[f64]) -> f64 {
        each!(self, c => c.ln_pdf(x))
    }

    /// ∇ ln p_k(x), added to `out` with a weight.
    pub(super) fn add_score(&self, x: &[f64], weight: f64, out: &mut [f64]) {
        each!(self, c => c.add_score(x, weight, out));
    }

    /// ln p_k(x), with ∇ ln p_k(x) where it is known besides, as it is of a curve in the plane.
    pub(super) fn ln_pdf_and_known_score(&self, x: &[f64]) -> (f64, Option<[f64; 2]>) {
        match self {
            Self::Curve(curve) => curve.ln_pdf_and_score(x),
            _ => (self.ln_pdf(x), None),
        }
    }

    /// Mean along one axis.
    pub fn mean(&self, axis: usize) -> f64 {
        match self {
            Self::Gaussian(g) => g.mean()[axis],
            Self::Uniform(u) => u.mean(axis),
            Self::Curve(c) => c.mean(axis),
        }
    }

    /// Variance along one axis.
    pub fn variance(&self, axis: usize) -> f64 {
        match self {
            Self::Gaussian(g) => g.std_dev(axis).powi(2),
            Self::Uniform(u) => u.variance(axis),
            Self::Curve(c) => c.variance(axis),
        }
    }

    /// Covariance of two coordinates.
    pub(super) fn covariance(&self, i: usize, j: usize) -> f64 {
        match self {
            Self::Gaussian(g) => g.covariance()[i * g.dim() + j],
            Self::Uniform(u) if i == j => u.variance(i),
            Self::Uniform(_) => 0.0,
            Self::Curve(c) => c.covariance(i, j),
        }
    }

    /// The standard deviation along one axis of the Gaussian that smooths the density: the scale on
    /// which it varies. 0 for a box or a curve without noise.
    pub fn smoothing(&self, axis: usize) -> f64 {
        match self {
            Self::Gaussian(g) => g.std_dev(axis),
            Self::Uniform(u) => u.noise()[axis],
            Self::Curve(c) => c.noise(axis),
        }
    }

    /// Along one axis, where the component lies but for its smoothing: its mean, or the ends of its box
    /// or curve.
    pub fn core(&self, axis: usize) -> (f64, f64) {
        match self {
            Self::Gaussian(g) => (g.mean()[axis], g.mean()[axis]),
            Self::Uniform(u) => (u.low()[axis], u.high()[axis]),
            Self::Curve(c) => c.range(axis),
        }
    }

    /// The law of diag(scale)·x + shift + N(0, diag(noise²)).
    pub(super) fn transformed(&self, scale: &[f64], shift: &[f64], noise: &[f64]) -> Self {
        match self {
            Self::Gaussian(g) => Self::Gaussian(g.transformed(scale, shift, noise)),
            Self::Uniform(u) => Self::Uniform(u.transformed(scale, shift, noise)),
            Self::Curve(c) => Self::Curve(c.transformed(scale, shift, noise)),
        }
    }

    /// The law of one coordinate.
    pub(super) fn axis(&self, axis: usize) -> Self {
        match self {
            Self::Gaussian(g) => Self::Gaussian(g.axis(axis)),
            Self::Uniform(u) => Self::Uniform(u.axis(axis)),
            Self::Curve(c) => Self::Curve(c.axis(axis)),
        }
    }

    /// The distribution function, in one dimension.
    pub(super) fn cdf(&self, x: f64) -> f64 {
        each!(self, c => c.cdf(x))
    }

    /// 1 − F(x), in one dimension.
    pub(super) fn survival(&self, x: f64) -> f64 {
        each!(self, c => c.survival(x))
    }

    /// ∫_{−∞}^x F, in one dimension.
    pub(super) fn cdf_integral(&self, x: f64) -> f64 {
        each!(self, c => c.cdf_integral(x))
    }

    /// Boxes (centre, half-widths) that hold all but a negligible fraction of the mass, in the plane.
    pub(super) fn cover(&self) -> Vec<([f64; 2], [f64; 2])> {
        if let Self::Curve(curve) = self {
            return curve.cover();
        }
        let ends = [0, 1].map(|axis| (self.core(axis), COVER * self.smoothing(axis)));
        let centre = ends.map(|((low, high), _)| 0.5 * (low + high));
        vec![(
            centre,
            ends.map(|((low, high), reach)| 0.5 * (high - low) + reach),
        )]
    }

    /// The standard deviation along one axis at which the density varies when the others are held: of a
    /// Gaussian, the conditional one.
    pub(super) fn sharpness(&self, axis: usize) -> f64 {
        match self {
            Self::Gaussian(g) => {
                let mut along = vec![0.0; g.dim()];
                along[axis] = 1.0;
                g.precision_times(&along)[axis].sqrt().recip()
            }
            _ => self.smoothing(axis),
        }
    }

    /// Where a quadrature over x should start a new panel, in one dimension: multiples of the standard
    /// deviation around the component, and the ends of a box.
    pub(super) fn breakpoints(&self) -> Vec<f64> {
        let (anchors, sd) = match self {
            Self::Gaussian(g) => (vec![g.mean()[0]], g.std_dev(0)),
            Self::Uniform(u) => (vec![u.low()[0], u.high()[0]], u.noise()[0]),
            Self::Curve(c) => return c.breakpoints(),
        };
        let reach = if sd > 0.0 { REACH } else { 0 };
        let around = |anchor: &f64| {
            let anchor = *anchor;
            (-reach..=reach).map(move |k| anchor + f64::from(k) * sd)
        };
        let mut points: Vec<_> = anchors.iter().flat_map(around).collect();
        if let (Self::Uniform(u), 0) = (self, reach) {
            let (low, high) = (u.low()[0], u.high()[0]);
            for k in 1..=EDGE_HALVINGS {
                let inward = (high - low) * 0.5f64.powi(k);
                points.extend([low + inward, high - inward]);
            }
        }
        points
    }
}
