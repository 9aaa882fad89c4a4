//! A point drawn on a curve of the plane, with Gaussian noise on it: moons, rings and rolls.
//!
//! x = diag(scale) c(θ) + shift + N(0, diag(noise²)), θ uniform on an interval. Its density is
//! ∫ N(x; c(θ), …) dθ, by quadrature along the curve to about twelve digits at every noise level. Without
//! noise a curve of the plane has no density, since it has no area; each of its coordinates still has one.

mod marginal;
mod nodes;
mod panel;
mod panels;
mod path;
mod table;

pub(crate) use path::Path;

use super::special::LN_SQRT_2PI;
use crate::rng::{self, Generator};
use panel::{Panel, Whitened};
use panels::{Panels, Sums};
use rand::RngExt;
use std::sync::{Arc, OnceLock};
use table::Table;

/// Parts of a panel between which a draw on it is made.
const CELLS: usize = 16;

/// Standard deviations around the curve beyond which there is next to nothing: Φ(−6) ≈ 1e-9.
const REACH: f64 = 6.0;

/// The law of a point on a curve plus independent Gaussian noise on each axis, in the plane or, of one
/// coordinate, in one dimension.
#[derive(Debug, Clone)]
pub struct Curve {
    path: Path,
    axes: Vec<Axis>,
    /// What integrals along the curve need; nothing where there is no noise.
    panels: Option<Arc<Panels>>,
    /// The distribution function in one dimension with noise, made when it is first asked for.
    table: Arc<OnceLock<Table>>,
    /// ln of the largest value of the noise's own density.
    ln_height: f64,
}

/// One axis: scale · coordinate + shift + N(0, noise²).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Axis {
    coordinate: usize,
    scale: f64,
    shift: f64,
    noise: f64,
}

impl PartialEq for Curve {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.axes == other.axes
    }
}

impl Curve {
    /// scale ∘ (c(θ) + noise · N(0, I)) + shift, with one scale and one shift for each axis, none of the
    /// scales 0.
    pub fn new(path: Path, scale: [f64; 2], shift: [f64; 2], noise: f64) -> Self {
        let axis = |coordinate: usize| Axis {
            coordinate,
            scale: scale[coordinate],
            shift: shift[coordinate],
            noise: noise * scale[coordinate].abs(),
        };
        Self::with_axes(path, vec![axis(0), axis(1)])
    }

    fn with_axes(path: Path, axes: Vec<Axis>) -> Self {
        let panels = axes.iter().all(|axis| axis.noise > 0.0).then(|| {
            let of = |f: &dyn Fn(&Axis) -> f64| [0, 1].map(|k| axes.get(k).map_or(0.0, f));
            Arc::new(Panels::new(Whitened {
                path,
                scale: of(&|axis| axis.scale / axis.noise),
                shift: of(&|axis| axis.shift / axis.noise),
                coordinate: [0, 1].map(|k| axes.get(k).map_or(0, |axis| axis.coordinate)),
            }))
        });
        Self {
            ln_height: axes.iter().map(|axis| -axis.noise.ln() - LN_SQRT_2PI).sum(),
            path,
            axes,
            panels,
            table: Arc::default(),
        }
    }

    /// Dimension d, 2 or 1.
    pub fn dim(&self) -> usize {
        self.axes.len()
    }

    /// Whether there is a density: not on a curve of the plane without noise.
    pub fn has_density(&self) -> bool {
        self.panels.is_some() || self.dim() == 1
    }

    /// Standard deviation of the noise along an axis.
    pub fn noise(&self, axis: usize) -> f64 {
        self.axes[axis].noise
    }

    /// The smallest and the largest value of one coordinate of the curve itself.
    pub fn range(&self, axis: usize) -> (f64, f64) {
        let values = self.turns(axis).into_iter().map(|(_, x)| x);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        })
    }

    /// Mean along one axis.
    pub fn mean(&self, axis: usize) -> f64 {
        let Axis {
            coordinate,
            scale,
            shift,
            ..
        } = self.axes[axis];
        scale * self.path.mean(coordinate) + shift
    }

    /// Variance along one axis.
    pub fn variance(&self, axis: usize) -> f64 {
        let Axis {
            coordinate,
            scale,
            noise,
            ..
        } = self.axes[axis];
        scale * scale * self.path.variance(coordinate) + noise * noise
    }

    /// Covariance of two coordinates.
    pub fn covariance(&self, i: usize, j: usize) -> f64 {
        if i == j {
            return self.variance(i);
        }
        self.axes[i].scale * self.axes[j].scale * self.path.covariance()
    }

    /// ln of the density; NaN where there is none.
    pub fn ln_pdf(&self, x: &[f64]) -> f64 {
        match &self.panels {
            Some(panels) => self.ln_height + panels.ln_mass(self.whitened(x)),
            None if self.dim() == 1 => self.bare_pdf(x[0]).ln(),
            None => f64::NAN,
        }
    }

    /// ln of the density with its gradient, for one look along the curve; none without noise.
    pub fn ln_pdf_and_score(&self, x: &[f64]) -> (f64, Option<[f64; 2]>) {
        let Some(panels) = &self.panels else {
            return (self.ln_pdf(x), None);
        };
        let sums = panels.sums(self.whitened(x));
        let offset = sums.mean();
        let along = |k: usize| self.axes.get(k).map_or(0.0, |axis| offset[k] / axis.noise);
        let ln_pdf = self.ln_height + sums.ln_mass();
        (ln_pdf, Some([0, 1].map(along)))
    }

    /// ln of the density with the place's mean and covariance, for one look along the curve.
    ///
    /// # Panics
    /// If there is no noise.
    pub fn ln_pdf_and_place_moments(&self, x: &[f64]) -> (f64, (Vec<f64>, Vec<f64>)) {
        let sums = self.noisy().sums(self.whitened(x));
        (self.ln_height + sums.ln_mass(), self.moments_of(&sums, x))
    }

    /// ∇ ln of this component's own density, added to `out` with a weight; 0 without noise.
    pub fn add_score(&self, x: &[f64], weight: f64, out: &mut [f64]) {
        let Some(panels) = &self.panels else { return };
        let offset = panels.sums(self.whitened(x)).mean();
        for ((out, offset), axis) in out.iter_mut().zip(offset).zip(&self.axes) {
            *out += weight * offset / axis.noise;
        }
    }

    /// Mean and covariance (row-major) of the place on the curve given the noisy point `x`.
    ///
    /// # Panics
    /// If there is no noise.
    pub fn place_moments(&self, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        self.moments_of(&self.noisy().sums(self.whitened(x)), x)
    }

    fn moments_of(&self, sums: &Sums, x: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (offset, [aa, ab, bb]) = (sums.mean(), sums.covariance());
        let mean = x.iter().zip(offset).zip(&self.axes);
        let mean = mean
            .map(|((x, offset), axis)| x + axis.noise * offset)
            .collect();
        let covariance = match self.axes.as_slice() {
            [axis] => vec![axis.noise.powi(2) * aa],
            axes => {
                let (n, m) = (axes[0].noise, axes[1].noise);
                vec![n * n * aa, n * m * ab, n * m * ab, m * m * bb]
            }
        };
        (mean, covariance)
    }

    /// A draw of the place on the curve given the noisy point `x`.
    ///
    /// The panel by its fraction of the integral. On it one of equal cells by a bound on the density, and
    /// θ uniformly in it. That is accepted with the density over the bound.
    ///
    /// # Panics
    /// If there is no noise.
    pub fn sample_place(&self, x: &[f64], rng: &mut Generator, place: &mut [f64]) {
        let (panels, x) = (self.noisy(), self.whitened(x));
        let shares = panels.shares(x);
        let panel = shares[rng::pick(rng, shares.iter().map(|(_, share)| *share))].0;
        let theta = draw_on(&panels.curve, &panel, x, rng);
        self.place(theta, place);
    }

    fn place(&self, theta: f64, place: &mut [f64]) {
        let point = self.path.at(theta);
        for (x, axis) in place.iter_mut().zip(&self.axes) {
            *x = axis.scale * point[axis.coordinate] + axis.shift;
        }
    }

    /// One draw, from independent N(0, 1) draws `z` and a uniform one.
    pub fn shape(&self, z: &[f64], rng: &mut Generator, x: &mut [f64]) {
        let u: f64 = rng.random();
        self.place(self.path.from() + u * self.path.span(), x);
        for ((x, z), axis) in x.iter_mut().zip(z).zip(&self.axes) {
            *x += axis.noise * z;
        }
    }

    /// The law of diag(scale)·x + shift + N(0, diag(noise²)).
    pub fn transformed(&self, scale: &[f64], shift: &[f64], noise: &[f64]) -> Self {
        let axis = |(k, axis): (usize, &Axis)| Axis {
            scale: scale[k] * axis.scale,
            shift: scale[k] * axis.shift + shift[k],
            noise: (scale[k] * axis.noise).hypot(noise[k]),
            ..*axis
        };
        Self::with_axes(self.path, self.axes.iter().enumerate().map(axis).collect())
    }

    /// The law of one coordinate.
    pub fn axis(&self, axis: usize) -> Self {
        Self::with_axes(self.path, vec![self.axes[axis]])
    }

    /// Boxes (centre, half-widths) that hold all but a negligible fraction of the mass, in the plane
    /// with noise: one around each panel.
    pub fn cover(&self) -> Vec<([f64; 2], [f64; 2])> {
        let around = |panel: &Panel| {
            let of = |f: &dyn Fn(usize, &Axis) -> f64| [0, 1].map(|k| f(k, &self.axes[k]));
            let centre = of(&|k, axis| axis.noise * panel.middle[k]);
            (centre, of(&|_, axis| axis.noise * (panel.radius + REACH)))
        };
        let table = self.panels.iter().flat_map(|panels| panels.table());
        table.map(around).collect()
    }

    fn noisy(&self) -> &Panels {
        self.panels.as_ref().expect("a curve with noise on it")
    }

    fn whitened(&self, x: &[f64]) -> [f64; 2] {
        [0, 1].map(|k| x.get(k).map_or(0.0, |x| x / self.axes[k].noise))
    }

    fn sums(&self, x: f64) -> Sums {
        self.noisy().sums(self.whitened(&[x]))
    }
}

/// A draw of θ on a panel with the density exp(−½‖w(θ) − x‖²).
fn draw_on(curve: &Whitened, panel: &Panel, x: [f64; 2], rng: &mut Generator) -> f64 {
    let width = panel.width / CELLS as f64;
    let start = |i: usize| panel.start + width * i as f64;
    let bound: [f64; CELLS] = std::array::from_fn(|i| curve.panel(start(i), width).exponents(x).0);
    let least = bound.iter().copied().fold(f64::INFINITY, f64::min);
    loop {
        let i = rng::pick(rng, bound.iter().map(|bound| (least - bound).exp()));
        let theta = start(i) + width * rng.random::<f64>();
        let [a, b] = curve.at(theta);
        let exponent = 0.5 * ((a - x[0]).powi(2) + (b - x[1]).powi(2));
        let accept = (bound[i] - exponent).exp();
        if rng.random::<f64>() < accept {
            return theta;
        }
    }
}

#[cfg(test)]
mod tests;
