//! Integrals along a curve against a Gaussian: ∫ exp(−½‖w(θ) − x‖²) dθ, in units of its noise.
//!
//! Sixteen Gauss–Legendre nodes on panels that are at most four standard deviations long, so that nodes
//! are at most 0.4 apart. Only panels within reach of x count. The exponent varies too much for sixteen
//! nodes where x is far from the curve, or the noise is tiny. Such a panel is halved until it does not.

use super::Path;
use crate::target::quadrature::{NODES, legendre_rule};

/// Longest panel, in standard deviations.
const LENGTH: f64 = 4.0;

/// Most panels in the table; where the noise is so small that more are needed, they are made as asked.
const MOST: usize = 4096;

/// What a panel's exponent may lie below that of the nearest before it is left out: e^−42 ≈ 6e-19.
const CUTOFF: f64 = 42.0;

/// Half the variation of the exponent over a panel that sixteen nodes integrate to 3e-13, and how many
/// e-folds of unimportance let that grow by a factor of e. The error of the rule for an exponential of
/// that rate K is 2.8e-46 K³³.
const VARIATION: f64 = 10.0;
const E_FOLDS: f64 = 33.0;

/// The shortest panel, as a fraction of the curve: rounding hides what is shorter.
const SHORTEST: f64 = 1e-15;

/// A curve in units of its noise: w_k(θ) = scale_k path_k(θ) + shift_k; the second axis is 0 in one
/// dimension.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Whitened {
    pub path: Path,
    pub scale: [f64; 2],
    pub shift: [f64; 2],
    /// Which coordinate of the path each axis is.
    pub coordinate: [usize; 2],
}

impl Whitened {
    pub(super) fn at(&self, theta: f64) -> [f64; 2] {
        let point = self.path.at(theta);
        [0, 1].map(|k| self.scale[k] * point[self.coordinate[k]] + self.shift[k])
    }

    fn stretch(&self) -> f64 {
        self.scale[0].abs().max(self.scale[1].abs())
    }

    pub(super) fn panel(&self, start: f64, width: f64) -> Panel {
        let (half, middle) = (0.5 * width, start + 0.5 * width);
        let slope = |k: usize| self.scale[k] * self.path.slope(self.coordinate[k], middle);
        let (speed, bend) = self.path.derivative_bounds(start + width);
        Panel {
            start,
            width,
            middle: self.at(middle),
            along: [0, 1].map(|k| half * slope(k)),
            bend: 0.5 * half * half * self.stretch() * bend,
            radius: half * self.stretch() * speed,
        }
    }
}

/// An interval of θ and where its part of the curve is: within `bend` of middle + t·along, t in [−1, 1], and
/// within `radius` of its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Panel {
    pub start: f64,
    pub width: f64,
    pub middle: [f64; 2],
    along: [f64; 2],
    bend: f64,
    pub radius: f64,
}

impl Panel {
    /// Bounds on ½‖w − x‖² over the panel.
    pub(super) fn exponents(&self, x: [f64; 2]) -> (f64, f64) {
        let to = [0, 1].map(|k| x[k] - self.middle[k]);
        let square = |v: [f64; 2]| v[0] * v[0] + v[1] * v[1];
        let (distance, length) = (square(to), square(self.along));
        let slope = (to[0] * self.along[0] + to[1] * self.along[1]).abs();
        // The smallest of ½t²‖along‖² − t·slope on [−1, 1].
        let least = if slope < length {
            -0.5 * slope * slope / length
        } else {
            0.5 * length - slope
        };
        let off = self.bend * (distance.sqrt() + length.sqrt());
        let low = 0.5 * distance + least - off;
        let high = 0.5 * distance + slope + 0.5 * length + off + 0.5 * self.bend * self.bend;
        (low.max(0.0), high)
    }
}

/// The curve and its nodes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panels {
    pub curve: Whitened,
    panels: Vec<Panel>,
    /// Of every panel in turn.
    nodes: Vec<[[f64; 2]; NODES]>,
}

/// Weighted sums over the curve of z = w(θ) − x, with the weights exp(`reference` − ½‖z‖²) of the uniform
/// law of θ.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sums {
    /// The smallest ½‖z‖² met.
    pub reference: f64,
    pub mass: f64,
    pub first: [f64; 2],
    /// Of z_0², z_0 z_1 and z_1².
    pub second: [f64; 3],
}

impl Sums {
    fn none() -> Self {
        Self {
            reference: f64::INFINITY,
            mass: 0.0,
            first: [0.0; 2],
            second: [0.0; 3],
        }
    }

    /// ln of the mean of exp(−½‖z‖²) over θ.
    pub(super) fn ln_mass(&self) -> f64 {
        self.mass.ln() - self.reference
    }

    /// E z.
    pub(super) fn mean(&self) -> [f64; 2] {
        self.first.map(|first| first / self.mass)
    }

    /// Var z_0, Cov, Var z_1.
    pub(super) fn covariance(&self) -> [f64; 3] {
        let [a, b] = self.mean();
        let [aa, ab, bb] = self.second.map(|second| second / self.mass);
        [(aa - a * a).max(0.0), ab - a * b, (bb - b * b).max(0.0)]
    }

    /// Adds a panel of `share` of the interval of θ, whose nodes are `nodes` from x.
    fn add(&mut self, nodes: impl Iterator<Item = [f64; 2]>, share: f64) {
        let mut offsets = [[0.0; 2]; NODES];
        let mut exponents = [0.0; NODES];
        let mut least = f64::INFINITY;
        for ((node, offset), exponent) in nodes.zip(&mut offsets).zip(&mut exponents) {
            *offset = node;
            *exponent = 0.5 * (node[0] * node[0] + node[1] * node[1]);
            least = least.min(*exponent);
        }
        if least < self.reference {
            let smaller = (least - self.reference).exp();
            self.mass *= smaller;
            self.first = self.first.map(|sum| sum * smaller);
            self.second = self.second.map(|sum| sum * smaller);
            self.reference = least;
        }
        let rule = legendre_rule();
        for (((_, weight), [a, b]), exponent) in rule.into_iter().zip(offsets).zip(exponents) {
            let weight = 0.5 * share * weight * (self.reference - exponent).exp();
            self.mass += weight;
            self.first[0] += weight * a;
            self.first[1] += weight * b;
            self.second[0] += weight * a * a;
            self.second[1] += weight * a * b;
            self.second[2] += weight * b * b;
        }
    }
}

impl Panels {
    pub(super) fn new(curve: Whitened) -> Self {
        let spans = curve.path.panels(curve.stretch(), LENGTH, MOST);
        let panels: Vec<_> = spans
            .into_iter()
            .map(|(start, width)| curve.panel(start, width))
            .collect();
        let nodes = panels.iter().map(|panel| nodes_of(&curve, panel));
        Self {
            nodes: nodes.collect(),
            panels,
            curve,
        }
    }

    /// The panels of the table.
    pub(super) fn table(&self) -> &[Panel] {
        &self.panels
    }

    /// The sums at `x`.
    pub(super) fn sums(&self, x: [f64; 2]) -> Sums {
        let mut sums = Sums::none();
        self.visit(x, &mut |panel, nodes| {
            let offsets = nodes.iter().map(|node| [node[0] - x[0], node[1] - x[1]]);
            sums.add(offsets, panel.width / self.curve.path.span());
            sums.reference
        });
        sums
    }

    /// The panels that count at `x`, each with its part of the integral (all relative to the same
    /// reference, so that only their ratios mean something).
    pub(super) fn shares(&self, x: [f64; 2]) -> Vec<(Panel, f64)> {
        let mut found: Vec<(Panel, Sums)> = vec![];
        let mut reference = f64::INFINITY;
        self.visit(x, &mut |panel, nodes| {
            let mut sums = Sums::none();
            let offsets = nodes.iter().map(|node| [node[0] - x[0], node[1] - x[1]]);
            sums.add(offsets, panel.width / self.curve.path.span());
            found.push((*panel, sums));
            reference = reference.min(sums.reference);
            reference
        });
        let share =
            |(panel, sums): (Panel, Sums)| (panel, sums.mass * (reference - sums.reference).exp());
        found.into_iter().map(share).collect()
    }

    /// Calls `add` with every panel within reach of `x` and its nodes, the nearest first; `add` returns
    /// the smallest ½‖z‖² so far.
    fn visit(&self, x: [f64; 2], add: &mut impl FnMut(&Panel, &[[f64; 2]; NODES]) -> f64) {
        let square =
            |panel: &Panel| (panel.middle[0] - x[0]).powi(2) + (panel.middle[1] - x[1]).powi(2);
        let nearest = |(best, at): (usize, f64), (i, panel): (usize, &Panel)| {
            let here = square(panel);
            if here < at { (i, here) } else { (best, at) }
        };
        let all = self.panels.iter().enumerate();
        let (first, _) = all.clone().fold((0, f64::INFINITY), nearest);
        let mut best = f64::INFINITY;
        self.enter(
            &self.panels[first],
            Some(&self.nodes[first]),
            x,
            &mut best,
            add,
        );
        for (i, panel) in all.filter(|(i, _)| *i != first) {
            // (√(2(best + cutoff)) + radius)² without a root for the many that are too far.
            let reach = (2.0 * (best + CUTOFF)).sqrt() + panel.radius;
            if square(panel) < reach * reach {
                self.enter(panel, Some(&self.nodes[i]), x, &mut best, add);
            }
        }
    }

    /// One panel, halved as often as it needs to be.
    fn enter(
        &self,
        panel: &Panel,
        nodes: Option<&[[f64; 2]; NODES]>,
        x: [f64; 2],
        best: &mut f64,
        add: &mut impl FnMut(&Panel, &[[f64; 2]; NODES]) -> f64,
    ) {
        let (least, most) = panel.exponents(x);
        let unimportance = least - *best;
        if unimportance > CUTOFF {
            return;
        }
        // Where nothing is known yet, every panel is as important as can be.
        let allowed = VARIATION * (unimportance.max(0.0) / E_FOLDS).exp();
        if 0.5 * (most - least) > allowed && panel.width > SHORTEST * self.curve.path.span() {
            let half = 0.5 * panel.width;
            let mut halves =
                [panel.start, panel.start + half].map(|start| self.curve.panel(start, half));
            if halves[1].exponents(x).0 < halves[0].exponents(x).0 {
                halves.swap(0, 1);
            }
            for half in &halves {
                self.enter(half, None, x, best, add);
            }
            return;
        }
        *best = match nodes {
            Some(nodes) => add(panel, nodes),
            None => add(panel, &nodes_of(&self.curve, panel)),
        };
    }
}

fn nodes_of(curve: &Whitened, panel: &Panel) -> [[f64; 2]; NODES] {
    let half = 0.5 * panel.width;
    legendre_rule().map(|(z, _)| curve.at(panel.start + half + half * z))
}
