//! The density of g(X) as the sum over the branches of g, for a map g that need not be monotone.

use super::{
    chebyshev::{self, Polynomial},
    panels::extent,
};
use crate::{
    error::Result,
    target::{Mixture, special::ln_sum_exp},
};
use rayon::prelude::*;

/// Where panels leave more than this, in nats, their own errors do not tell how much.
const ROUGH: f64 = 1e-4;

/// Panels that are halved together.
const AT_ONCE: usize = 16;

/// Mass of the data that may be left beyond the ends of what the law reaches.
pub(super) const UNREACHED: f64 = 1e-12;

/// The law is followed this many times as far as it is wide, and no further.
const FARTHEST: f64 = 1e8;

/// Where steps twice as long have moved g less than before this many times in a row, it has come to an end.
const MAX_SLOWER: usize = 6;

/// The map is constant where it varies by less than this fraction of x and of its value: there the law has
/// an atom.
const CONSTANT: f64 = 1e-13;

/// The mass from which on an atom counts as one.
const ATOM_MASS: f64 = 1e-12;

/// How much larger the relative error of a derivative is than that of the polynomial.
const SLOPE_ERROR: f64 = 16.0;

/// Errors of the map below this fraction of it may be those of single precision, which no panel resolves.
const SINGLE_PRECISION: f64 = 1e-6;

/// Noise above this fraction of the range of a panel would be taken for turns.
const NOISY: f64 = 0.05;

/// Where the slope of a polynomial is looked at for changes of sign, in parts of a panel.
const LOOKS: usize = 32;

/// A density and a map, before they are resolved by panels.
pub(super) struct Carried<'a> {
    /// ln p of X, at any x.
    pub(super) ln_density: &'a (dyn Fn(f64) -> f64 + Sync),
    /// The value from which on that is known.
    pub(super) ln_known: f64,
    /// Edges of the panels to begin with, ascending.
    pub(super) edges: Vec<f64>,
    /// Whether there is nothing of X beyond them.
    pub(super) is_bounded: bool,
    /// g, at some points.
    pub(super) map: &'a (dyn Fn(&mut [f64]) -> Result<()> + Sync),
}

/// How finely branches are resolved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fineness {
    /// The error of ln p that a panel may make, times the mass on it.
    pub(super) tolerance: f64,
    /// Most panels that are halved.
    pub(super) more_panels: usize,
}

/// g and ln p on a panel.
#[derive(Clone)]
struct Panel {
    map: Polynomial,
    ln_density: Polynomial,
    /// Least and largest value of g.
    image: (f64, f64),
    /// The mass of X on the panel, about.
    mass: f64,
    /// The mass of the data on its image.
    of_data: f64,
    /// The error of ln p.
    error: f64,
    /// Whether the map is no smoother on smaller panels.
    is_noise: bool,
}

impl Panel {
    /// The error of ln p, times the mass of the law or the data, whichever is larger.
    fn weighted(&self) -> f64 {
        self.error * self.mass.max(self.of_data)
    }

    /// Whether the map varies by no more than rounding.
    fn is_constant(&self) -> bool {
        let (low, high) = self.image;
        let size = 1.0 + low.abs() + self.map.low.abs().max(self.map.high.abs());
        high - low <= CONSTANT * size
    }

    /// A map that is mostly noise has no branches: it goes straight from end to end.
    fn straighten(&mut self, y: &[f64]) {
        let Polynomial { low, high, .. } = self.map;
        let (from, to) = (y[0], y[y.len() - 1]);
        let line = |x: f64| from + (to - from) * (x - low) / (high - low);
        let values: Vec<_> = chebyshev::nodes(low, high).map(line).collect();
        self.map = Polynomial::through(low, high, &values);
        self.image = (from.min(to), from.max(to));
    }

    fn halves(&self) -> [(f64, f64, f64); 2] {
        let Polynomial { low, high, .. } = self.map;
        let (middle, unresolved) = (0.5 * (low + high), self.map.unresolved());
        [(low, middle, unresolved), (middle, high, unresolved)]
    }
}

/// A part of a panel on which g is monotone.
pub(super) struct Branch {
    panel: usize,
    /// Where it begins and ends.
    x: (f64, f64),
    /// g there.
    y: (f64, f64),
}

/// The law of g(X).
pub(super) struct Branches {
    panels: Vec<Panel>,
    branches: Vec<Branch>,
    ln_known: f64,
    /// Places where the law has an atom, and its mass.
    pub(super) atoms: Vec<(f64, f64)>,
    /// Where panels and branches begin and end: the law may jump or peak there.
    pub(super) breakpoints: Vec<f64>,
    /// The error of ln p that panels leave, averaged over the law.
    pub(super) error_of_law: f64,
    /// The same averaged over the data.
    pub(super) error_of_data: f64,
    /// The mass of X at which g is not a number.
    pub(super) lost: f64,
}

impl Branches {
    /// The branches of a map, resolved where the law or `data` has mass; where that was not reached, those
    /// of half as many halvings too.
    pub(super) fn new(
        carried: &Carried,
        data: &Mixture,
        fineness: Fineness,
    ) -> Result<(Self, Option<Self>)> {
        let mut resolving = Resolving {
            carried,
            data,
            tolerance: fineness.tolerance,
            panels: vec![],
            lost: 0.0,
        };
        resolving.add(&carried.edges)?;
        if !carried.is_bounded {
            resolving.extend()?;
        }
        let half = fineness.more_panels / 2;
        resolving.refine(half)?;
        let (coarse, lost) = (resolving.panels.clone(), resolving.lost);
        resolving.refine(fineness.more_panels - half)?;
        let of = |panels: Vec<Panel>, lost: f64| Self::of_panels(panels, lost, carried.ln_known);
        let found = of(resolving.panels, resolving.lost);
        let is_rough = found.error_of_law.max(found.error_of_data) > ROUGH;
        Ok((found, is_rough.then(|| of(coarse, lost))))
    }

    fn of_panels(mut panels: Vec<Panel>, lost: f64, ln_known: f64) -> Self {
        panels.sort_by(|a, b| a.map.low.total_cmp(&b.map.low));
        let mut found = Self {
            error_of_law: panels.iter().map(|panel| panel.mass * panel.error).sum(),
            error_of_data: panels.iter().map(|panel| panel.of_data * panel.error).sum(),
            ln_known,
            panels: vec![],
            branches: vec![],
            atoms: vec![],
            breakpoints: vec![],
            lost,
        };
        for (index, panel) in panels.iter().enumerate() {
            found.add(index, panel);
        }
        found.panels = panels;
        found
    }

    fn add(&mut self, index: usize, panel: &Panel) {
        let low = panel.image.0;
        if panel.is_constant() {
            if panel.mass > ATOM_MASS {
                self.atoms.push((low, panel.mass));
                self.breakpoints.push(low);
            }
            return;
        }
        let mut cuts = vec![panel.map.low];
        cuts.extend(turns(&panel.map));
        cuts.push(panel.map.high);
        for pair in cuts.windows(2) {
            let y = (panel.map.at(pair[0]), panel.map.at(pair[1]));
            self.breakpoints.extend([y.0, y.1]);
            self.branches.push(Branch {
                panel: index,
                x: (pair[0], pair[1]),
                y,
            });
        }
    }

    /// The branches that reach into an interval.
    pub(super) fn over(&self, low: f64, high: f64) -> Vec<&Branch> {
        let reaches = |branch: &&Branch| {
            let (a, b) = (branch.y.0.min(branch.y.1), branch.y.0.max(branch.y.1));
            a < high && b > low
        };
        self.branches.iter().filter(reaches).collect()
    }

    /// ln p(y) = ln Σ p_X(x)/|g'(x)| over the x with g(x) = y, −∞ where there is none, and whether it is
    /// known. `branches` are those near y.
    pub(super) fn ln_density(&self, y: f64, branches: &[&Branch]) -> (f64, bool) {
        let mut terms: Vec<(f64, f64)> = vec![];
        for branch in branches {
            if (branch.y.0 < y) == (branch.y.1 < y) {
                continue;
            }
            let panel = &self.panels[branch.panel];
            let x = panel.map.solve(branch.x, branch.y, y);
            let (ln_p, slope) = (panel.ln_density.at(x), panel.map.slope(x).abs());
            terms.push((ln_p - slope.max(f64::MIN_POSITIVE).ln(), ln_p));
        }
        let Some(largest) = terms.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0)) else {
            return (f64::NEG_INFINITY, true);
        };
        let ln_p = match terms.as_slice() {
            [only] => only.0,
            _ => ln_sum_exp(&terms.iter().map(|term| term.0).collect::<Vec<_>>()),
        };
        (ln_p, largest.1 >= self.ln_known)
    }
}

impl Polynomial {
    /// The x between `x.0` and `x.1` with the value `value`, where the ends have the values `y`: Newton's
    /// method within a bracket.
    fn solve(&self, x: (f64, f64), y: (f64, f64), value: f64) -> f64 {
        let (mut low, mut high) = x;
        let rises = y.0 < y.1;
        let mut at = x.0 + (x.1 - x.0) * ((value - y.0) / (y.1 - y.0)).clamp(0.0, 1.0);
        for _ in 0..100 {
            let gap = self.at(at) - value;
            if (gap < 0.0) == rises {
                low = at;
            } else {
                high = at;
            }
            let newton = at - gap / self.slope(at);
            let next = match newton > low && newton < high {
                true => newton,
                false => 0.5 * (low + high),
            };
            if (next - at).abs() <= 1e-15 * (self.high - self.low) {
                return next;
            }
            at = next;
        }
        at
    }
}

/// Where the slope of a polynomial changes its sign.
fn turns(map: &Polynomial) -> Vec<f64> {
    let part = |i: usize| i as f64 / LOOKS as f64;
    let place = |i: usize| map.low + (map.high - map.low) * part(i);
    let slopes: Vec<_> = (0..=LOOKS).map(|i| map.slope(place(i))).collect();
    let turn = |i: usize| {
        if (slopes[i] < 0.0) == (slopes[i + 1] < 0.0) {
            return None;
        }
        let (mut low, mut high) = (place(i), place(i + 1));
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if (map.slope(middle) < 0.0) == (slopes[i] < 0.0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(0.5 * (low + high)).filter(|x| *x > map.low && *x < map.high)
    };
    (0..LOOKS).filter_map(turn).collect()
}

/// Panels on their way.
struct Resolving<'a> {
    carried: &'a Carried<'a>,
    data: &'a Mixture,
    tolerance: f64,
    panels: Vec<Panel>,
    lost: f64,
}

impl Resolving<'_> {
    /// Adds the panels between `edges`.
    fn add(&mut self, edges: &[f64]) -> Result<()> {
        let whole = |pair: &[f64]| (pair[0], pair[1], f64::INFINITY);
        let found = self.panels_of(&edges.windows(2).map(whole).collect::<Vec<_>>())?;
        self.panels.extend(found);
        Ok(())
    }

    /// Halves the panels that leave the largest errors, a few at a time.
    fn refine(&mut self, most: usize) -> Result<()> {
        let mut left = most;
        while left > 0 {
            let is_open = |panel: &Panel| !panel.is_noise && panel.weighted() > self.tolerance;
            self.panels.sort_by(|a, b| {
                let of = |panel: &Panel| {
                    if is_open(panel) {
                        panel.weighted()
                    } else {
                        0.0
                    }
                };
                of(a).total_cmp(&of(b))
            });
            let open = self.panels.iter().rev().take_while(|panel| is_open(panel));
            let count = open.take(AT_ONCE.min(left)).count();
            if count == 0 {
                break;
            }
            let taken = self.panels.split_off(self.panels.len() - count);
            let halves: Vec<_> = taken.iter().flat_map(Panel::halves).collect();
            let found = self.panels_of(&halves)?;
            self.panels.extend(found);
            left -= count;
        }
        Ok(())
    }

    /// Panels from one place to another, each with what its parent left unresolved.
    fn panels_of(&mut self, places: &[(f64, f64, f64)]) -> Result<Vec<Panel>> {
        let all = |(low, high, _): &(f64, f64, f64)| chebyshev::nodes(*low, *high);
        let x: Vec<f64> = places.iter().flat_map(all).collect();
        let mut y = x.clone();
        (self.carried.map)(&mut y)?;
        let inwards = |i: usize| {
            // At the ends from within, in case the density jumps there.
            let (low, high, _) = places[i / chebyshev::NODES];
            let inset = 1e-12 * (high - low);
            x[i].clamp(low + inset, high - inset)
        };
        let ln_p: Vec<_> = (0..x.len())
            .into_par_iter()
            .with_min_len(64)
            .map(|i| (self.carried.ln_density)(inwards(i)))
            .collect();
        let values = y
            .chunks_exact(chebyshev::NODES)
            .zip(ln_p.chunks_exact(chebyshev::NODES));
        let mut panels = vec![];
        for (place, (y, ln_p)) in places.iter().zip(values) {
            let (low, high, before) = *place;
            if ln_p.contains(&f64::NEG_INFINITY) {
                continue;
            }
            let mut panel = self.panel(low, high, y, ln_p);
            if panel.error.is_nan() {
                self.lost += panel.mass;
                continue;
            }
            let unresolved = panel.map.unresolved();
            let size = panel.image.0.abs().max(panel.image.1.abs());
            panel.is_noise =
                unresolved > 0.7 * before && unresolved < SINGLE_PRECISION * (1.0 + size);
            if panel.is_noise && unresolved > NOISY * (panel.image.1 - panel.image.0) {
                panel.straighten(y);
            }
            panels.push(panel);
        }
        Ok(panels)
    }

    fn panel(&self, low: f64, high: f64, y: &[f64], ln_p: &[f64]) -> Panel {
        let (map, ln_density) = (
            Polynomial::through(low, high, y),
            Polynomial::through(low, high, ln_p),
        );
        let (image, (least, most)) = (extent(y), extent(ln_p));
        let mass = (most.exp() * (high - low)).min(1.0);
        let of_data = match self.data.cdf(image.1) < 0.5 {
            true => self.data.cdf(image.1) - self.data.cdf(image.0),
            false => self.data.survival(image.0) - self.data.survival(image.1),
        };
        let range = image.1 - image.0;
        let of_map = SLOPE_ERROR * map.unresolved() / range.max(f64::MIN_POSITIVE);
        // Where the map is off by some of its range, x is off by as much of the panel, and ln p too.
        let of_map = of_map * (1.0 + most - least);
        let is_finite = y.iter().all(|y| y.is_finite());
        let mut panel = Panel {
            error: match is_finite {
                true => ln_density.unresolved(),
                false => f64::NAN,
            },
            map,
            ln_density,
            image,
            mass,
            of_data,
            is_noise: false,
        };
        if !panel.is_constant() {
            panel.error += of_map;
        }
        panel
    }

    /// Adds panels beyond the outermost ones until the law reaches the ends of the data. Where g comes to
    /// an end, as the mean of x0 does at the edge of a box, it never does.
    fn extend(&mut self) -> Result<()> {
        let edges = &self.carried.edges;
        let ends = (edges[0], edges[edges.len() - 1]);
        let width = ends.1 - ends.0;
        for (end, outwards) in [(ends.0, -1.0), (ends.1, 1.0)] {
            let (mut at, mut step, mut before, mut slower) = (end, 0.25 * width, 0.0, 0);
            while step < FARTHEST * width
                && slower < MAX_SLOWER
                && self.unreached() > 0.1 * UNREACHED
            {
                let next = at + outwards * step;
                self.add(&[at.min(next), at.max(next)])?;
                let mut y = [at, next];
                (self.carried.map)(&mut y)?;
                let advance = (y[1] - y[0]).abs();
                slower = if advance <= before { slower + 1 } else { 0 };
                (at, step, before) = (next, 2.0 * step, advance);
            }
        }
        Ok(())
    }

    /// The mass of the data beyond the image of the panels.
    fn unreached(&self) -> f64 {
        let images = self.panels.iter().map(|panel| panel.image);
        let start = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) = images.fold(start, |(a, b), (low, high)| (a.min(low), b.max(high)));
        match low < high {
            true => self.data.cdf(low) + self.data.survival(high),
            false => 1.0,
        }
    }
}
