//! One computation of an output law: step by step, as a density where panels resolve it and as a curve
//! where they do not.

use super::{
    curve::LawCurve,
    density::{Density, NEGLIGIBLE_MASS, normal_step},
    distances::{w1, w1_of_curve, w1_of_panels},
    dynamics::{Dynamics, Kernel, Paths, Steps},
    ending::Ending,
    exact,
    panels::{self, Panels, Resolution, equal_edges},
    precision::Coarseness,
};
use crate::{
    diffusion::{Instant, StartLaw, sampler::Step},
    error::Result,
    target::{Mixture, quadrature},
};
use std::sync::Arc;

/// Panels are this many standard deviations of a kernel wide.
const PANEL_WIDTH: f64 = 4.0;

/// Panels are this many times as wide as the scale on which a density varies. The distribution function
/// within a panel is a polynomial of degree 16, which asks for more than the integral does.
const DENSITY_WIDTH: f64 = 2.5;

/// The same where the density becomes a curve, whose cubics ask for more still.
const CURVE_WIDTH: f64 = 0.5;

/// Nodes of a law that is moved, not smoothed.
const CURVE_NODES: usize = 2048;

/// Noise below this fraction of the whole is added on the curve, once the law is one.
const NARROW_PARTS: f64 = 150.0;

/// No two neighbours of such a law are further apart than this fraction of the whole.
const CURVE_PARTS: f64 = 1000.0;

/// Most rounds of adding nodes in a step.
const MAX_REFINEMENTS: usize = 24;

/// Where a curve becomes a density, it varies on this fraction of the whole.
const SMOOTH_PARTS: f64 = 100.0;

/// A step that would take more nodes than this is taken on the curve.
const MAX_NODES: usize = 8_000;

/// What one computation has found.
pub(super) struct Computed<'a> {
    /// The law at t = 0.
    pub(super) curve: LawCurve,
    /// W1 from the data.
    pub(super) w1: f64,
    /// (t, W1(p_t, q_t)) at every time visited.
    pub(super) trajectory: Vec<(f64, f64)>,
    /// |∫p − 1|, the largest along the way.
    pub(super) mass_error: f64,
    /// What the divergences follow from.
    pub(super) ending: Ending<'a>,
}

/// One computation of an output law.
pub(super) struct Process<'a> {
    pub(super) data: &'a Mixture,
    pub(super) coarseness: Coarseness,
}

impl Process<'_> {
    /// The law of some dynamics from `start` through `instants`, which ascend from the data.
    pub(super) fn run<'d>(
        &self,
        dynamics: &'d Dynamics,
        instants: &[Instant],
        start: &StartLaw,
    ) -> Result<Computed<'d>> {
        let density = Density::of_mixture(start.to_mixture(1), self.coarseness.tails);
        match dynamics {
            Dynamics::Paths(paths) => self.run_paths(paths, instants, density),
            Dynamics::Steps(steps) => {
                let steps = &**steps;
                let process = self;
                Stepping { process, steps }.run(instants, density)
            }
        }
    }

    /// The law of paths that are functions of where they start: the start's curve, carried along.
    fn run_paths<'d>(
        &self,
        paths: &'d Paths,
        instants: &[Instant],
        start: Density,
    ) -> Result<Computed<'d>> {
        let nodes = CURVE_NODES as f64 / self.coarseness.curve;
        let mut curve = self.curve_of(&start).resampled(nodes as usize);
        let end =
            |x: &[f64]| -> Result<Vec<f64>> { Ok(paths.follow(x)?.pop().unwrap_or_default()) };
        let mut moved = end(curve.nodes())?;
        for _ in 0..MAX_REFINEMENTS {
            let added = self.torn(&curve, &moved);
            if added.is_empty() || added.len() + moved.len() > MAX_NODES {
                break;
            }
            let ends = end(&added)?;
            let (x, ends) = merged([curve.nodes(), &added], [moved, ends]);
            (curve, moved) = (curve.at(&x), ends);
        }
        let states = paths.follow(curve.nodes())?;
        let mut trajectory = vec![];
        let mut last = None;
        for (at, x) in instants.iter().rev().zip(&states) {
            let law = self.data.diffused(at.level.signal, at.level.noise);
            let carried = curve.pushed(x);
            trajectory.push((at.t, w1_of_curve(&carried, &law)));
            last = Some(carried);
        }
        let curve = last.unwrap_or(curve);
        let w1 = w1(&curve, self.data);
        if let Some(last) = trajectory.last_mut() {
            last.1 = w1;
        }
        let map = move |x: &mut [f64]| -> Result<()> {
            let end = paths.follow(x)?.pop();
            x.copy_from_slice(&end.unwrap_or_default());
            Ok(())
        };
        Ok(Computed {
            curve,
            w1,
            trajectory,
            mass_error: 0.0,
            ending: Ending::of_density(start, instants.len() - 1, Box::new(map)).since_the_start(),
        })
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

    /// Edges of panels of at most some width.
    fn edges(&self, density: &Density, width: f64) -> Vec<f64> {
        let (low, high) = density.ends;
        let mut edges = equal_edges(low, high, width);
        edges.extend(&density.breakpoints);
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        edges
    }

    fn curve_of(&self, density: &Density) -> LawCurve {
        let width = self.coarseness.curve * CURVE_WIDTH * density.scale;
        let panels = Panels::new(&self.edges(density, width), |x| density.at(x));
        let (lower, upper) = panels.cdf();
        LawCurve::through(&panels.x, &lower, &upper)
    }
}

/// A process of steps.
struct Stepping<'p, 'd> {
    process: &'p Process<'p>,
    steps: &'d dyn Steps,
}

/// A law on the way.
#[derive(Clone)]
enum State {
    /// A density that can be evaluated anywhere in an interval.
    Density(Density),
    /// Nodes of the distribution function.
    Curve(LawCurve),
}

impl<'d> Stepping<'_, 'd> {
    fn run(&self, instants: &[Instant], density: Density) -> Result<Computed<'d>> {
        let pairs = instants.windows(2).rev();
        let steps: Vec<_> = pairs.map(|pair| Step::new(pair[1], pair[0])).collect();
        let mut state = State::Density(density);
        // The law that noise has smoothed last, and how many steps it has taken by then.
        let mut smoothed = (state.clone(), 0);
        let (mut trajectory, mut mass_error) = (vec![], 0.0f64);
        for (i, step) in steps.iter().enumerate() {
            let level = step.from.level;
            let law = self.process.data.diffused(level.signal, level.noise);
            let (w1, next) = match state {
                State::Density(density) => {
                    let panels = self.resolve(&density, step)?;
                    let mass: f64 = panels.masses().iter().sum();
                    mass_error = mass_error.max((mass - 1.0).abs());
                    (w1_of_panels(&panels, &law), self.advance(panels, step)?)
                }
                State::Curve(curve) => (w1_of_curve(&curve, &law), self.move_curve(curve, step)?),
            };
            trajectory.push((step.from.t, w1));
            state = next;
            if self.steps.kernel(step).is_noisy() {
                smoothed = (state.clone(), i + 1);
            }
        }
        let curve = match state {
            State::Curve(curve) => curve,
            State::Density(density) => self.process.curve_of(&density),
        };
        let w1 = w1(&curve, self.process.data);
        trajectory.push((0.0, w1));
        let (smoothed, taken) = smoothed;
        Ok(Computed {
            curve,
            w1,
            trajectory,
            mass_error,
            ending: match taken {
                0 => self.ending(smoothed, steps).since_the_start(),
                _ => self.ending(smoothed, steps[taken..].to_vec()),
            },
        })
    }

    /// The last law that noise has smoothed, and the steps after it.
    fn ending(&self, smoothed: State, rest: Vec<Step>) -> Ending<'d> {
        let steps = self.steps;
        let count = rest.len();
        let map = move |x: &mut [f64]| rest.iter().try_for_each(|step| steps.outcome(x, step));
        match smoothed {
            State::Density(density) => Ending::of_density(density, count, Box::new(map)),
            State::Curve(curve) => Ending::of_curve(curve, count, Box::new(map)),
        }
    }

    /// The panels that a step asks for, with the density at their nodes.
    fn resolve(&self, density: &Density, step: &Step) -> Result<Panels> {
        let (low, high) = density.ends;
        let mut width = DENSITY_WIDTH * density.scale;
        let max_change = match self.steps.kernel(step) {
            Kernel::Normal { std_dev } if self.is_wide(std_dev, high - low) => {
                width = width.min(PANEL_WIDTH * std_dev);
                Some(PANEL_WIDTH * std_dev)
            }
            Kernel::Normal { .. } => None,
            Kernel::Exact { .. } => {
                width = width.min(PANEL_WIDTH * step.transition.variance.sqrt());
                Some(PANEL_WIDTH * exact::std_dev(step))
            }
        };
        let Some(max_change) = max_change else {
            let edges = self
                .process
                .edges(density, self.process.coarseness.curve * width);
            return Ok(Panels::new(&edges, |x| density.at(x)));
        };
        let edges = self
            .process
            .edges(density, self.process.coarseness.panels * width);
        let resolution = Resolution {
            max_change: self.process.coarseness.panels * max_change,
            max_error: self.process.coarseness.max_error,
            max_nodes: 4 * MAX_NODES,
        };
        let outcome = |x: &mut [f64]| self.steps.outcome(x, step);
        Panels::resolving(&edges, |x| density.at(x), outcome, resolution)
    }

    /// Whether panels can resolve a kernel over a range.
    fn is_wide(&self, std_dev: f64, range: f64) -> bool {
        let nodes = range / (PANEL_WIDTH * std_dev) * quadrature::NODES as f64;
        nodes < MAX_NODES as f64
    }

    /// The law after a step that leaves a density.
    fn advance(&self, panels: Panels, step: &Step) -> Result<State> {
        let range = panels.x[panels.x.len() - 1] - panels.x[0];
        match self.steps.kernel(step) {
            Kernel::Normal { std_dev } if std_dev > 0.0 && self.is_wide(std_dev, range) => Ok(
                State::Density(normal_step(&panels, std_dev, self.process.coarseness.tails)),
            ),
            Kernel::Normal { .. } => {
                let (lower, upper) = panels.cdf();
                let kept = |i: &usize| lower[*i] > NEGLIGIBLE_MASS && upper[*i] > NEGLIGIBLE_MASS;
                let kept: Vec<_> = (0..panels.x.len()).filter(kept).collect();
                let of = |v: &[f64]| -> Vec<f64> { kept.iter().map(|i| v[*i]).collect() };
                let curve = LawCurve::through(&of(&panels.x), &of(&lower), &of(&upper));
                if step.is_last() {
                    return self.move_curve(curve, step);
                }
                let nodes = CURVE_NODES as f64 / self.process.coarseness.curve;
                self.move_curve(curve.resampled(nodes as usize), step)
            }
            Kernel::Exact { shifted } => Ok(State::Density(exact::step(
                self.process.data,
                &panels,
                step,
                shifted,
            ))),
        }
    }

    /// The law after a step that leaves a curve.
    fn move_curve(&self, curve: LawCurve, step: &Step) -> Result<State> {
        let nodes = curve.nodes();
        let range = nodes[nodes.len() - 1] - nodes[0];
        let std_dev = match self.steps.kernel(step) {
            Kernel::Normal { std_dev } if std_dev < range / NARROW_PARTS => std_dev,
            _ => {
                let same = curve.clone();
                let density = Density {
                    ends: (nodes[0], nodes[nodes.len() - 1]),
                    scale: range / SMOOTH_PARTS,
                    breakpoints: vec![],
                    value: Arc::new(move |x| curve.pdf(x)),
                    ln_value: Arc::new(move |x| same.ln_pdf(x)),
                    ln_known: f64::NEG_INFINITY,
                };
                return self.advance(self.resolve(&density, step)?, step);
            }
        };
        let (curve, moved) = self.refined(curve, step)?;
        Ok(State::Curve(noised(curve.pushed(&moved), std_dev)))
    }

    /// The curve with nodes added where a step tears its neighbours apart, and the step's outcome at
    /// all of them. Before the step the law is resolved there, after it it would not be.
    fn refined(&self, curve: LawCurve, step: &Step) -> Result<(LawCurve, Vec<f64>)> {
        let mut curve = curve;
        let outcome = |x: &[f64]| -> Result<Vec<f64>> {
            let mut moved = x.to_vec();
            self.steps.outcome(&mut moved, step)?;
            Ok(moved)
        };
        let mut moved = outcome(curve.nodes())?;
        for _ in 0..MAX_REFINEMENTS {
            let added = self.process.torn(&curve, &moved);
            if added.is_empty() || added.len() + moved.len() > MAX_NODES {
                break;
            }
            let (x, ends) = merged([curve.nodes(), &added], [moved, outcome(&added)?]);
            (curve, moved) = (curve.at(&x), ends);
        }
        Ok((curve, moved))
    }
}

/// Nodes and what becomes of them, with others in their places.
fn merged(x: [&[f64]; 2], ends: [Vec<f64>; 2]) -> (Vec<f64>, Vec<f64>) {
    let [first, second] = x;
    let places = first.iter().chain(second).copied();
    let mut all: Vec<_> = places.zip(ends.into_iter().flatten()).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().unzip()
}

/// A curve with noise on it, if there is any.
fn noised(curve: LawCurve, std_dev: f64) -> LawCurve {
    if std_dev > 0.0 {
        curve.diffused(std_dev)
    } else {
        curve
    }
}
