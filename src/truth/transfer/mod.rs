//! The exact law of what a sampler draws, in one dimension: no samples, no noise.
//!
//! A stochastic step takes the density p_t to p_u(y) = ∫ q(y | x) p_t(x) dx. The integral is a sum over
//! the Gauss–Legendre nodes of panels that are as fine as the kernel asks (Nyström's method, whose error
//! falls faster than any power of the panel width where everything is smooth), over the band of nodes
//! that the kernel reaches. A deterministic step moves the nodes of the distribution function, and a
//! step whose noise is too small to be resolved by panels moves them and then adds the noise.

mod curve;
mod distances;
mod dynamics;
mod exact;
mod panels;

pub use curve::LawCurve;
pub use distances::Distances;

use crate::{
    diffusion::{
        Denoiser, Instant, StartLaw,
        sampler::{Method, Sampler, Step},
    },
    target::{Component, Mixture, quadrature},
};
use dynamics::Kernel;
pub(super) use dynamics::{Dynamics, FlowLimit, Sampling, StochasticLimit};
use panels::{Panels, equal_edges};
use rayon::prelude::*;

/// How many standard deviations of a kernel count: φ(8.5) is 2e-16 of the peak.
const REACH: f64 = 8.5;

/// Panels are this many standard deviations of a kernel wide.
const PANEL_WIDTH: f64 = 4.0;

/// Panels are this many times as wide as the scale on which a density varies: the distribution
/// function within a panel is a polynomial of degree 16, which asks for more than the integral does.
const DENSITY_WIDTH: f64 = 2.5;

/// The same where the density becomes a curve, whose cubics ask for more still.
const CURVE_WIDTH: f64 = 0.5;

/// Nodes of a law that is moved, not smoothed.
const CURVE_NODES: usize = 2048;

/// Noise below this part of the whole is added on the curve, once the law is one.
const NARROW_PARTS: f64 = 150.0;

/// No two neighbours of such a law are further apart than this part of the whole.
const CURVE_PARTS: f64 = 1000.0;

/// Most rounds of adding nodes in a step.
const MAX_REFINEMENTS: usize = 24;

/// Where a curve becomes a density, it varies on this part of the whole.
const SMOOTH_PARTS: f64 = 100.0;

/// Mass that may be left outside of an interval.
const NEGLIGIBLE_MASS: f64 = 1e-15;

/// A step that would take more nodes than this is taken on the curve.
const MAX_NODES: usize = 8_000;

/// How finely a law is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// To about 1e-8 of W1 where everything is smooth.
    Fine,
    /// To about 2e-5 in standardised units, far below what any sample shows, in a small part of the time.
    Fast,
}

impl Precision {
    /// How wide panels are for a number of steps, and in the second computation, which tells the error.
    fn coarseness(self, steps: usize) -> [Coarseness; 2] {
        let of = |panels, curve| Coarseness { panels, curve };
        match self {
            Self::Fine => [of(1.0, 1.0), of(2.0, 2.0)],
            Self::Fast => {
                // The longer a step, the more steeply it moves its ends apart.
                let panels = (steps as f64 / 20.0).clamp(2.0, 4.0);
                [of(panels, 1.5), of(panels + 1.0, 2.0)]
            }
        }
    }
}

/// What a reverse process draws, as a law.
#[derive(Debug, Clone)]
pub struct OutputLaw {
    /// The law at t = 0, in standardised units.
    pub curve: LawCurve,
    /// How far it is from the data.
    pub distances: Distances,
    /// Half-width of the numerical error of `distances.w1`: its change when all nodes are farther apart,
    /// twice as far for [`Precision::Fine`].
    pub w1_error: f64,
    /// The same for the larger of the two divergences that are finite.
    pub kl_error: f64,
    /// (t, W1(p_t, q_t)) at every time visited, in standardised units.
    pub trajectory: Vec<(f64, f64)>,
    /// |∫p − 1|, the largest along the way.
    pub mass_error: f64,
}

impl OutputLaw {
    /// The law of what `sampler` draws with `denoiser` (of dimension 1), for data of the law `data`;
    /// `None` for a sampler that draws noise within its steps, whose law no kernel gives.
    pub fn of_sampler(
        data: &Mixture,
        sampler: &Sampler,
        denoiser: &dyn Denoiser,
        precision: Precision,
    ) -> Option<Self> {
        let dynamics = Sampling { sampler, denoiser };
        let (instants, start) = (sampler.instants(), sampler.start());
        has_law(sampler).then(|| Self::of(data, &dynamics, instants, start, precision, true))
    }

    /// The law of some dynamics from `start` through `instants` (ascending from the data); its numerical
    /// errors take as long again, and are 0 if not wanted.
    pub(super) fn of(
        data: &Mixture,
        dynamics: &dyn Dynamics,
        instants: &[Instant],
        start: &StartLaw,
        precision: Precision,
        with_error: bool,
    ) -> Self {
        let run = |coarseness: Coarseness| {
            let process = Process {
                data,
                dynamics,
                coarseness,
            };
            process.run(instants, start)
        };
        let [fine, coarse] = precision.coarseness(instants.len() - 1);
        let coarse = || with_error.then(|| run(coarse).distances);
        let (mut fine, coarse) = rayon::join(|| run(fine), coarse);
        let change = |of: fn(&Distances) -> f64| match &coarse {
            Some(coarse) if of(&fine.distances).is_finite() && of(coarse).is_finite() => {
                (of(&fine.distances) - of(coarse)).abs()
            }
            _ => 0.0,
        };
        let w1_error = change(|d| d.w1);
        let kl_error = change(|d| d.kl_forward).max(change(|d| d.kl_reverse));
        fine.w1_error = w1_error;
        fine.kl_error = kl_error;
        fine
    }
}

/// Whether the law of what a sampler draws can be computed: of all but those that draw noise on the way of
/// a step.
pub(super) fn has_law(sampler: &Sampler) -> bool {
    !matches!(sampler.method(), Method::Path(path) if !path.is_deterministic())
}

/// How many times wider than usual the panels are.
#[derive(Debug, Clone, Copy)]
struct Coarseness {
    /// Of integrals over a kernel.
    panels: f64,
    /// Of curves, and of a density that becomes one: far more demanding, but few.
    curve: f64,
}

/// One computation of an output law.
struct Process<'a> {
    data: &'a Mixture,
    dynamics: &'a dyn Dynamics,
    coarseness: Coarseness,
}

/// A law on the way.
enum State {
    /// A density that can be evaluated anywhere in an interval.
    Density(Density),
    /// Nodes of the distribution function.
    Curve(LawCurve),
}

/// A density on an interval.
struct Density {
    /// The interval outside of which there is nothing.
    ends: (f64, f64),
    /// The scale on which it varies.
    scale: f64,
    /// Places where it jumps, or varies faster than that.
    breakpoints: Vec<f64>,
    /// Its value at a point.
    value: Box<dyn Fn(f64) -> f64 + Sync>,
}

impl Process<'_> {
    fn run(&self, instants: &[Instant], start: &StartLaw) -> OutputLaw {
        let pairs = instants.windows(2).rev();
        let steps: Vec<_> = pairs.map(|pair| Step::new(pair[1], pair[0])).collect();
        let density = Density::of_mixture(start.to_mixture(1));
        if steps
            .first()
            .is_some_and(|step| self.dynamics.kernel(step) == Kernel::Path)
        {
            return self.run_paths(instants, &density);
        }
        let mut state = State::Density(density);
        let (mut trajectory, mut mass_error) = (vec![], 0.0f64);
        for step in &steps {
            let level = step.from.level;
            let law = self.data.diffused(level.signal, level.noise);
            let (w1, next) = match state {
                State::Density(density) => {
                    let (panels, p) = self.resolve(&density, step);
                    let mass: f64 = p.iter().zip(&panels.weight).map(|(p, w)| p * w).sum();
                    mass_error = mass_error.max((mass - 1.0).abs());
                    (
                        w1_of_panels(&panels, &p, &law),
                        self.advance(panels, p, step),
                    )
                }
                State::Curve(curve) => (w1_of_curve(&curve, &law), self.move_curve(curve, step)),
            };
            trajectory.push((step.from.t, w1));
            state = next;
        }
        let curve = match state {
            State::Curve(curve) => curve,
            State::Density(density) => self.curve_of(&density),
        };
        let distances = Distances::new(&curve, self.data);
        trajectory.push((0.0, distances.w1));
        OutputLaw {
            curve,
            distances,
            w1_error: 0.0,
            kl_error: 0.0,
            trajectory,
            mass_error,
        }
    }

    /// The law of paths that are functions of where they start: the start's curve, carried along.
    fn run_paths(&self, instants: &[Instant], start: &Density) -> OutputLaw {
        let nodes = CURVE_NODES as f64 / self.coarseness.curve;
        let mut curve = self.curve_of(start).resampled(nodes as usize);
        let end = |x: &[f64]| self.dynamics.path(x).pop().unwrap_or_default();
        let mut moved = end(curve.nodes());
        for _ in 0..MAX_REFINEMENTS {
            let added = self.torn(&curve, &moved);
            if added.is_empty() || added.len() + moved.len() > MAX_NODES {
                break;
            }
            let ends = end(&added);
            let known = curve.nodes().iter().copied().zip(moved);
            let mut all: Vec<_> = known.chain(added.into_iter().zip(ends)).collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (x, ends): (Vec<_>, Vec<_>) = all.into_iter().unzip();
            (curve, moved) = (curve.at(&x), ends);
        }
        let states = self.dynamics.path(curve.nodes());
        let mut trajectory = vec![];
        let mut last = None;
        for (at, x) in instants.iter().rev().zip(&states) {
            let law = self.data.diffused(at.level.signal, at.level.noise);
            let carried = curve.pushed(x);
            trajectory.push((at.t, w1_of_curve(&carried, &law)));
            last = Some(carried);
        }
        let curve = last.unwrap_or(curve);
        let distances = Distances::new(&curve, self.data);
        if let Some(last) = trajectory.last_mut() {
            last.1 = distances.w1;
        }
        OutputLaw {
            curve,
            distances,
            w1_error: 0.0,
            kl_error: 0.0,
            trajectory,
            mass_error: 0.0,
        }
    }

    /// Places between nodes of a curve that are torn apart when they move to `moved`.
    fn torn(&self, curve: &LawCurve, moved: &[f64]) -> Vec<f64> {
        let (least, most) = panels::extent(moved);
        let limit = self.coarseness.curve * (most - least) / CURVE_PARTS;
        let x = curve.nodes();
        let torn = |i: &usize| (moved[i + 1] - moved[*i]).abs() > limit && curve.is_heavy(*i);
        let between = (0..x.len() - 1).filter(torn);
        between.map(|i| 0.5 * (x[i] + x[i + 1])).collect()
    }

    /// The panels that a step asks for, with the density at their nodes.
    fn resolve(&self, density: &Density, step: &Step) -> (Panels, Vec<f64>) {
        let (low, high) = density.ends;
        let mut width = DENSITY_WIDTH * density.scale;
        let max_change = match self.dynamics.kernel(step) {
            Kernel::Normal { std_dev } if self.is_wide(std_dev, high - low) => {
                width = width.min(PANEL_WIDTH * std_dev);
                PANEL_WIDTH * std_dev
            }
            Kernel::Normal { .. } | Kernel::Path => f64::INFINITY,
            Kernel::Exact { .. } => {
                width = width.min(PANEL_WIDTH * step.transition.variance.sqrt());
                PANEL_WIDTH * exact::std_dev(step)
            }
        };
        let coarseness = match max_change.is_finite() {
            true => self.coarseness.panels,
            false => self.coarseness.curve,
        };
        let mut edges = equal_edges(low, high, coarseness * width);
        edges.extend(&density.breakpoints);
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let outcome = |x: &mut [f64]| {
            // Without a limit nobody asks for the outcome.
            if max_change.is_finite() {
                self.dynamics.outcome(x, step);
            }
        };
        let panels = Panels::new(&edges, coarseness * max_change, 4 * MAX_NODES, outcome);
        let p = density.at(&panels.x);
        (panels, p)
    }

    /// Whether panels can resolve a kernel over a range.
    fn is_wide(&self, std_dev: f64, range: f64) -> bool {
        let nodes = range / (PANEL_WIDTH * std_dev) * quadrature::NODES as f64;
        nodes < MAX_NODES as f64
    }

    /// The law after a step that leaves a density.
    fn advance(&self, panels: Panels, p: Vec<f64>, step: &Step) -> State {
        let range = panels.x[panels.x.len() - 1] - panels.x[0];
        match self.dynamics.kernel(step) {
            Kernel::Normal { std_dev } if std_dev > 0.0 && self.is_wide(std_dev, range) => {
                State::Density(normal_step(&panels, &p, std_dev))
            }
            Kernel::Normal { .. } | Kernel::Path => {
                let (lower, upper) = panels.cdf(&p);
                let kept = |i: &usize| lower[*i] > NEGLIGIBLE_MASS && upper[*i] > NEGLIGIBLE_MASS;
                let kept: Vec<_> = (0..panels.x.len()).filter(kept).collect();
                let of = |v: &[f64]| -> Vec<f64> { kept.iter().map(|i| v[*i]).collect() };
                let curve = LawCurve::through(&of(&panels.x), &of(&lower), &of(&upper));
                if step.is_last() {
                    return self.move_curve(curve, step);
                }
                let nodes = CURVE_NODES as f64 / self.coarseness.curve;
                self.move_curve(curve.resampled(nodes as usize), step)
            }
            Kernel::Exact { shifted } => {
                State::Density(exact::step(self.data, &panels, &p, step, shifted))
            }
        }
    }

    /// The law after a step that leaves a curve.
    fn move_curve(&self, curve: LawCurve, step: &Step) -> State {
        let nodes = curve.nodes();
        let range = nodes[nodes.len() - 1] - nodes[0];
        let std_dev = match self.dynamics.kernel(step) {
            Kernel::Normal { std_dev } if std_dev < range / NARROW_PARTS => std_dev,
            _ => {
                let density = Density {
                    ends: (nodes[0], nodes[nodes.len() - 1]),
                    scale: range / SMOOTH_PARTS,
                    breakpoints: vec![],
                    value: Box::new(move |x| curve.pdf(x)),
                };
                let (panels, p) = self.resolve(&density, step);
                return self.advance(panels, p, step);
            }
        };
        let (curve, moved) = self.refined(curve, step);
        State::Curve(noised(curve.pushed(&moved), std_dev))
    }

    /// The curve with nodes added where a step tears its neighbours apart, and the step's outcome at
    /// all of them. Before the step the law is resolved there, after it it would not be.
    fn refined(&self, curve: LawCurve, step: &Step) -> (LawCurve, Vec<f64>) {
        let mut curve = curve;
        let mut moved = self.moved(&curve, step);
        for _ in 0..MAX_REFINEMENTS {
            let added = self.torn(&curve, &moved);
            let mut finer = [curve.nodes(), &added].concat();
            if added.is_empty() || finer.len() > MAX_NODES {
                break;
            }
            finer.sort_by(f64::total_cmp);
            curve = curve.at(&finer);
            moved = self.moved(&curve, step);
        }
        (curve, moved)
    }

    /// The step's outcome at the nodes of a curve.
    fn moved(&self, curve: &LawCurve, step: &Step) -> Vec<f64> {
        let mut moved = curve.nodes().to_vec();
        self.dynamics.outcome(&mut moved, step);
        moved
    }

    fn curve_of(&self, density: &Density) -> LawCurve {
        let (low, high) = density.ends;
        let mut edges = equal_edges(
            low,
            high,
            self.coarseness.curve * CURVE_WIDTH * density.scale,
        );
        edges.extend(&density.breakpoints);
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let panels = Panels::new(&edges, f64::INFINITY, 0, |_| {});
        let (lower, upper) = panels.cdf(&density.at(&panels.x));
        LawCurve::through(&panels.x, &lower, &upper)
    }
}

impl Density {
    /// Its values at `x`.
    fn at(&self, x: &[f64]) -> Vec<f64> {
        x.par_iter()
            .with_min_len(64)
            .map(|x| (self.value)(*x))
            .collect()
    }

    fn of_mixture(law: Mixture) -> Self {
        Self {
            ends: law.support(),
            scale: smallest_std_dev(&law),
            breakpoints: vec![],
            value: Box::new(move |x| law.pdf(&[x])),
        }
    }
}

/// The scale on which the density of a mixture varies: of a noisy box, that of its noise.
fn smallest_std_dev(law: &Mixture) -> f64 {
    let std_dev = |c: &Component| match (c.smoothing(0), c.core(0)) {
        (noise, _) if noise > 0.0 => noise,
        (_, (low, high)) => high - low,
    };
    law.components()
        .iter()
        .map(std_dev)
        .fold(f64::INFINITY, f64::min)
}

/// A curve with noise on it, if there is any.
fn noised(curve: LawCurve, std_dev: f64) -> LawCurve {
    if std_dev > 0.0 {
        curve.diffused(std_dev)
    } else {
        curve
    }
}

/// p_u(y) = Σ_j w_j p_t(x_j) N(y; m(x_j), σ²) over the nodes within reach of y.
fn normal_step(panels: &Panels, p: &[f64], std_dev: f64) -> Density {
    let atoms = Atoms::new(panels.moved.clone(), masses(panels, p));
    let (low, high) = atoms.ends();
    let (reach, height) = (
        REACH * std_dev,
        (2.0 * std::f64::consts::PI).sqrt() * std_dev,
    );
    let at = move |y: f64| {
        let term = |(m, mass): (&f64, &f64)| mass * (-0.5 * ((y - m) / std_dev).powi(2)).exp();
        atoms.within(y - reach, y + reach).map(term).sum::<f64>() / height
    };
    Density {
        ends: (low - reach, high + reach),
        scale: std_dev,
        breakpoints: vec![],
        value: Box::new(at),
    }
}

/// w_j p(x_j).
fn masses(panels: &Panels, p: &[f64]) -> Vec<f64> {
    p.iter().zip(&panels.weight).map(|(p, w)| p * w).collect()
}

/// Points with masses, in the order of the points.
struct Atoms {
    at: Vec<f64>,
    mass: Vec<f64>,
}

impl Atoms {
    fn new(at: Vec<f64>, mass: Vec<f64>) -> Self {
        let mut order: Vec<_> = (0..at.len()).filter(|i| mass[*i] > 0.0).collect();
        order.sort_by(|a, b| at[*a].total_cmp(&at[*b]));
        Self {
            at: order.iter().map(|i| at[*i]).collect(),
            mass: order.iter().map(|i| mass[*i]).collect(),
        }
    }

    /// Those in `[low, high]`, with their masses.
    fn within(&self, low: f64, high: f64) -> impl Iterator<Item = (&f64, &f64)> {
        let range = self.range(low, high);
        self.at[range.clone()].iter().zip(&self.mass[range])
    }

    fn range(&self, low: f64, high: f64) -> std::ops::Range<usize> {
        let start = self.at.partition_point(|at| *at < low);
        start..start + self.at[start..].partition_point(|at| *at <= high)
    }

    /// The interval that holds all but a negligible mass.
    fn ends(&self) -> (f64, f64) {
        let last = self.at.len() - 1;
        let (mut first, mut end, mut below, mut above) = (0, last, 0.0, 0.0);
        while first < last && below + self.mass[first] < NEGLIGIBLE_MASS {
            below += self.mass[first];
            first += 1;
        }
        while end > first && above + self.mass[end] < NEGLIGIBLE_MASS {
            above += self.mass[end];
            end -= 1;
        }
        (self.at[first], self.at[end])
    }
}

/// ∫|F_p − F_q| with F_p from the density at the nodes of panels, and the exact tails of q beyond.
fn w1_of_panels(panels: &Panels, p: &[f64], law: &Mixture) -> f64 {
    let (lower, _) = panels.cdf(p);
    let inside: f64 = panels
        .x
        .iter()
        .zip(&lower)
        .zip(&panels.weight)
        .map(|((x, lower), weight)| weight * (lower - law.cdf(*x)).abs())
        .sum();
    inside + tails(law, panels.x[0], panels.x[panels.x.len() - 1])
}

/// The same by the trapezoid rule on the nodes of a curve.
fn w1_of_curve(curve: &LawCurve, law: &Mixture) -> f64 {
    let gap = |x: &f64| (*x, (curve.cdf(*x) - law.cdf(*x)).abs());
    let gaps: Vec<_> = curve.nodes().iter().map(gap).collect();
    let inside: f64 = gaps
        .windows(2)
        .map(|pair| 0.5 * (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1))
        .sum();
    inside + tails(law, gaps[0].0, gaps[gaps.len() - 1].0)
}

/// ∫_{−∞}^low F + ∫_high^∞ (1 − F).
fn tails(law: &Mixture, low: f64, high: f64) -> f64 {
    law.cdf_integral(low) + law.mean(0) - high + law.cdf_integral(high)
}

#[cfg(test)]
mod tests;
