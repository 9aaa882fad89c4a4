//! A smooth density at the Gauss–Legendre nodes of panels.

use crate::{
    error::Result,
    target::quadrature::{self, NODES},
};
use std::sync::LazyLock;

/// A density at points of quadrature on consecutive panels, and how far each is moved by the next step.
#[derive(Debug, Clone, Default)]
pub(super) struct Panels {
    /// Ascending nodes, [`NODES`] a panel.
    pub(super) x: Vec<f64>,
    /// Their weights.
    pub(super) weight: Vec<f64>,
    /// The density there.
    pub(super) density: Vec<f64>,
    /// What the next step makes of every node; empty where nobody asked.
    pub(super) moved: Vec<f64>,
}

/// How finely panels resolve the outcome of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolution {
    /// The outcome varies by at most this within a panel.
    pub(super) max_change: f64,
    /// Mass times what of the outcome a polynomial does not follow is at most this on a panel: where a
    /// network has kinks, the rule for smooth functions fails.
    pub(super) max_error: f64,
    /// Most nodes there are, but for a round of halving.
    pub(super) max_nodes: usize,
}

/// Most rounds of halving: a panel becomes at most 2¹⁰ times finer.
const MAX_ROUNDS: usize = 10;

/// A panel that is not settled yet.
struct Candidate {
    low: f64,
    high: f64,
    /// The largest density on it, of its parent's nodes if it has one.
    height: f64,
}

impl Panels {
    /// A density on the panels between `edges`.
    pub(super) fn new(edges: &[f64], density: impl Fn(&[f64]) -> Vec<f64>) -> Self {
        let (x, weight): (Vec<_>, Vec<_>) = edges
            .windows(2)
            .flat_map(|pair| abscissae(pair[0], pair[1]))
            .unzip();
        Self {
            density: density(&x),
            x,
            weight,
            moved: vec![],
        }
    }

    /// The same on panels that are halved until they resolve the outcome of `step`.
    pub(super) fn resolving(
        edges: &[f64],
        density: impl Fn(&[f64]) -> Vec<f64>,
        mut step: impl FnMut(&mut [f64]) -> Result<()>,
        resolution: Resolution,
    ) -> Result<Self> {
        let coarse = Self::new(edges, &density);
        let heights = coarse.density.chunks_exact(NODES).map(|p| extent(p).1);
        let mut pending: Vec<_> = edges
            .windows(2)
            .zip(heights)
            .map(|(pair, height)| Candidate {
                low: pair[0],
                high: pair[1],
                height,
            })
            .collect();
        let mut settled: Vec<(f64, f64, Vec<f64>)> = vec![];
        for round in 0.. {
            let nodes = |c: &Candidate| abscissae(c.low, c.high).map(|(x, _)| x);
            let mut moved: Vec<f64> = pending.iter().flat_map(nodes).collect();
            step(&mut moved)?;
            let room = settled.len() + pending.len() < resolution.max_nodes / NODES;
            let mut halves = vec![];
            for (panel, moved) in pending.iter().zip(moved.chunks_exact(NODES)) {
                if round < MAX_ROUNDS && room && !panel.is_resolved(moved, resolution) {
                    halves.extend(panel.halves());
                } else {
                    settled.push((panel.low, panel.high, moved.to_vec()));
                }
            }
            if halves.is_empty() {
                break;
            }
            pending = halves;
        }
        settled.sort_by(|a, b| a.0.total_cmp(&b.0));
        let moved = settled.iter().flat_map(|panel| panel.2.clone()).collect();
        if settled.len() + 1 == edges.len() {
            return Ok(Self { moved, ..coarse });
        }
        let last = settled[settled.len() - 1].1;
        let edges: Vec<_> = settled.iter().map(|panel| panel.0).chain([last]).collect();
        Ok(Self {
            moved,
            ..Self::new(&edges, density)
        })
    }

    /// The mass that each node stands for.
    pub(super) fn masses(&self) -> Vec<f64> {
        let pairs = self.density.iter().zip(&self.weight);
        pairs.map(|(p, w)| p * w).collect()
    }

    /// F and 1 − F at every node, each summed from its own end so that both keep their digits.
    pub(super) fn cdf(&self) -> (Vec<f64>, Vec<f64>) {
        let share = integration_matrix();
        let mass = self.masses();
        let within = |panel: &[f64], i: usize| -> f64 {
            panel.iter().zip(&share[i]).map(|(m, s)| m * s).sum()
        };
        let mut lower = vec![];
        let mut before = 0.0;
        for panel in mass.chunks_exact(NODES) {
            lower.extend((0..NODES).map(|i| before + within(panel, i)));
            before += panel.iter().sum::<f64>();
        }
        let mut upper = vec![];
        let mut after = 0.0;
        for panel in mass.chunks_exact(NODES).rev() {
            let total: f64 = panel.iter().sum();
            upper.extend((0..NODES).rev().map(|i| after + total - within(panel, i)));
            after += total;
        }
        upper.reverse();
        (lower, upper)
    }
}

impl Candidate {
    fn is_resolved(&self, moved: &[f64], resolution: Resolution) -> bool {
        let (least, most) = extent(moved);
        let mass = self.height * (self.high - self.low);
        most - least <= resolution.max_change && mass * unresolved(moved) <= resolution.max_error
    }

    fn halves(&self) -> [Self; 2] {
        let middle = 0.5 * (self.low + self.high);
        [(self.low, middle), (middle, self.high)].map(|(low, high)| Self { low, high, ..*self })
    }
}

/// What a polynomial of degree 15 through the nodes of a panel leaves of a function. It is the size of
/// its two highest Legendre coefficients, times by how much they are smaller than those of half the
/// degree. That says how the coefficients go on: of a smooth function geometrically, past a kink as a
/// power.
fn unresolved(values: &[f64]) -> f64 {
    type Rows = [[f64; NODES]; 2];
    static MIDDLE_AND_HIGHEST: LazyLock<[Rows; 2]> = LazyLock::new(|| {
        let rule = quadrature::legendre_rule();
        let row = |n: usize| {
            std::array::from_fn(|i| {
                let (z, weight) = rule[NODES - 1 - i];
                (n as f64 + 0.5) * weight * legendre(z)[n]
            })
        };
        [NODES / 2, NODES].map(|n| [row(n - 2), row(n - 1)])
    });
    let size = |rows: &Rows| -> f64 {
        let coefficient =
            |row: &[f64; NODES]| row.iter().zip(values).map(|(w, v)| w * v).sum::<f64>();
        rows.iter().map(|row| coefficient(row).abs()).sum()
    };
    let [middle, highest] = MIDDLE_AND_HIGHEST.each_ref().map(size);
    highest * (highest / middle.max(f64::MIN_POSITIVE)).min(1.0)
}

/// Least and largest value.
pub(super) fn extent(values: &[f64]) -> (f64, f64) {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let widen = |(low, high): (f64, f64), v: &f64| (low.min(*v), high.max(*v));
    values.iter().fold(start, widen)
}

/// Edges of equal panels of at most `width` from `low` to `high`.
pub(super) fn equal_edges(low: f64, high: f64, width: f64) -> Vec<f64> {
    let n = ((high - low) / width).ceil().max(1.0);
    let edge = |i: usize| low + (high - low) * i as f64 / n;
    (0..=n as usize).map(edge).collect()
}

/// The nodes of one panel, ascending, with their weights.
fn abscissae(low: f64, high: f64) -> impl Iterator<Item = (f64, f64)> {
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    let rule = quadrature::legendre_rule();
    rule.into_iter()
        .rev()
        .map(move |(z, w)| (middle + half * z, half * w))
}

/// `[i][k]`: the share of node k's mass (weight times density) that lies below node i of its panel,
/// ∫_{−1}^{z_i} ℓ_k/w_k for the Lagrange polynomials ℓ_k.
///
/// From ℓ_k = w_k Σ_n (n + ½) P_n(z_k) P_n and (2n + 1)∫P_n = P_{n+1} − P_{n−1}.
fn integration_matrix() -> [[f64; NODES]; NODES] {
    let rule = quadrature::legendre_rule();
    let z = |i: usize| rule[NODES - 1 - i].0;
    let polynomials: [[f64; NODES + 1]; NODES] = std::array::from_fn(|i| legendre(z(i)));
    std::array::from_fn(|i| {
        std::array::from_fn(|k| {
            let term = |n: usize| {
                0.5 * polynomials[k][n] * (polynomials[i][n + 1] - polynomials[i][n - 1])
            };
            0.5 * (1.0 + z(i)) + (1..NODES).map(term).sum::<f64>()
        })
    })
}

/// P_0(z)..P_NODES(z).
fn legendre(z: f64) -> [f64; NODES + 1] {
    let mut p = [1.0; NODES + 1];
    p[1] = z;
    for n in 1..NODES {
        let k = n as f64;
        p[n + 1] = ((2.0 * k + 1.0) * z * p[n] - k * p[n - 1]) / (k + 1.0);
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::special::{normal_cdf, normal_pdf};

    fn normal(x: &[f64]) -> Vec<f64> {
        x.iter().map(|x| normal_pdf(*x)).collect()
    }

    #[test]
    fn the_cdf_has_its_digits_in_both_tails() {
        let panels = Panels::new(&equal_edges(-9.0, 9.0, 2.0), normal);
        let (lower, upper) = panels.cdf();
        for ((x, lower), upper) in panels.x.iter().zip(&lower).zip(&upper) {
            assert!((lower - normal_cdf(*x)).abs() < 1e-11, "{x}");
            assert!((upper - normal_cdf(-x)).abs() < 1e-11, "{x}");
        }
        let deep = panels.x.iter().position(|x| *x > -6.0).unwrap();
        let exact = normal_cdf(panels.x[deep]);
        assert!((lower[deep] / exact - 1.0).abs() < 1e-4);
    }

    const ANY: Resolution = Resolution {
        max_change: f64::INFINITY,
        max_error: f64::INFINITY,
        max_nodes: 10_000,
    };

    #[test]
    fn panels_are_halved_where_the_step_is_steep() {
        let steep = |x: &mut [f64]| {
            x.iter_mut().for_each(|x| *x = (50.0 * *x).tanh());
            Ok(())
        };
        let resolution = Resolution {
            max_change: 0.2,
            ..ANY
        };
        let edges = equal_edges(-1.0, 1.0, 0.5);
        let panels = Panels::resolving(&edges, normal, steep, resolution).unwrap();
        assert!(panels.x.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            panels
                .moved
                .chunks_exact(NODES)
                .all(|m| extent(m).1 - extent(m).0 <= 0.2)
        );
        assert!((panels.weight.iter().sum::<f64>() - 2.0).abs() < 1e-14);
        assert!(panels.x.len() < 40 * NODES);
    }

    #[test]
    fn panels_are_halved_at_a_kink_and_where_there_is_mass() {
        // ∫ φ |x − 0.3| and a kink where φ is 1e-23.
        let kinks = |x: &mut [f64]| {
            x.iter_mut()
                .for_each(|x| *x = (*x - 0.3).abs() + (*x - 10.0).abs());
            Ok(())
        };
        let edges = equal_edges(-12.0, 12.0, 4.0);
        let mean = |max_error: f64| {
            let resolution = Resolution { max_error, ..ANY };
            let panels = Panels::resolving(&edges, normal, kinks, resolution).unwrap();
            let terms = panels.masses().into_iter().zip(&panels.moved);
            (terms.map(|(m, y)| m * y).sum::<f64>(), panels.x.len())
        };
        let exact = 10.0 + 2.0 * normal_pdf(0.3) + 0.3 * (2.0 * normal_cdf(0.3) - 1.0);
        assert!((mean(f64::INFINITY).0 - exact).abs() > 1e-4);
        let (found, nodes) = mean(1e-8);
        assert!((found - exact).abs() < 1e-7, "{found} {exact}");
        assert!(nodes < 6 * NODES + 12 * NODES, "{nodes}");
    }
}
