//! Integrals along a curve against a Gaussian: ∫ exp(−½‖w(θ) − x‖²) dθ, in units of its noise.
//!
//! Sixteen Gauss–Legendre nodes on panels that are at most four standard deviations long, so that nodes
//! are at most 0.4 apart. Only panels within reach of x count. The exponent varies too much for sixteen
//! nodes where x is far from the curve, or the noise is tiny. Such a panel is halved until it does not.

use super::{
    nodes::{Nodes, Weighted},
    panel::{Panel, Whitened},
};

/// Longest panel, in standard deviations.
const LENGTH: f64 = 4.0;

/// Most panels in the table; where the noise is so small that more are needed, they are made as asked.
const MOST: usize = 4096;

/// What a panel's exponent may lie below that of the nearest before it is left out: e^−36 ≈ 2e-16.
const CUTOFF: f64 = 36.0;

/// Half the variation of the exponent over a panel that sixteen nodes integrate to 3e-13, and how many
/// e-folds of unimportance let that grow by a factor of e. The error of the rule for an exponential of
/// that rate K is 2.8e-46 K³³.
const VARIATION: f64 = 10.0;
const E_FOLDS: f64 = 33.0;

/// The shortest panel, as a fraction of the curve: rounding hides what is shorter.
const SHORTEST: f64 = 1e-15;

/// The curve and its nodes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panels {
    pub curve: Whitened,
    panels: Vec<Panel>,
    /// Of every panel in turn.
    nodes: Vec<Nodes>,
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

    /// Adds a panel of `share` of the interval of θ.
    fn add(&mut self, nodes: &Nodes, x: [f64; 2], share: f64) {
        self.add_weighted(nodes.weighted(x, self.reference), share);
    }

    /// The same for the mass alone.
    fn add_mass(&mut self, nodes: &Nodes, x: [f64; 2], share: f64) {
        self.add_weighted(nodes.mass(x, self.reference), share);
    }

    fn add_weighted(&mut self, weighted: Weighted, share: f64) {
        let Weighted {
            least,
            mass,
            first,
            second,
        } = weighted;
        if least < self.reference {
            let smaller = (least - self.reference).exp();
            self.mass *= smaller;
            self.first = self.first.map(|sum| sum * smaller);
            self.second = self.second.map(|sum| sum * smaller);
            self.reference = least;
        }
        let share = 0.5 * share;
        self.mass += share * mass;
        self.first = [0, 1].map(|k| self.first[k] + share * first[k]);
        self.second = [0, 1, 2].map(|k| self.second[k] + share * second[k]);
    }
}

impl Panels {
    pub(super) fn new(curve: Whitened) -> Self {
        let spans = curve.path.panels(curve.stretch(), LENGTH, MOST);
        let panels: Vec<_> = spans
            .into_iter()
            .map(|(start, width)| curve.panel(start, width))
            .collect();
        let nodes = panels.iter().map(|panel| Nodes::of(&curve, panel));
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
            sums.add(nodes, x, panel.width / self.curve.path.span());
            sums.reference
        });
        sums
    }

    /// ln of the mean of exp(−½‖w(θ) − x‖²) over θ.
    pub(super) fn ln_mass(&self, x: [f64; 2]) -> f64 {
        let mut sums = Sums::none();
        self.visit(x, &mut |panel, nodes| {
            sums.add_mass(nodes, x, panel.width / self.curve.path.span());
            sums.reference
        });
        sums.ln_mass()
    }

    /// The panels that count at `x`, each with its part of the integral (all relative to the same
    /// reference, so that only their ratios mean something).
    pub(super) fn shares(&self, x: [f64; 2]) -> Vec<(Panel, f64)> {
        let mut found: Vec<(Panel, Sums)> = vec![];
        let mut reference = f64::INFINITY;
        self.visit(x, &mut |panel, nodes| {
            let mut sums = Sums::none();
            sums.add(nodes, x, panel.width / self.curve.path.span());
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
    fn visit(&self, x: [f64; 2], add: &mut impl FnMut(&Panel, &Nodes) -> f64) {
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
        nodes: Option<&Nodes>,
        x: [f64; 2],
        best: &mut f64,
        add: &mut impl FnMut(&Panel, &Nodes) -> f64,
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
            None => add(panel, &Nodes::of(&self.curve, panel)),
        };
    }
}
