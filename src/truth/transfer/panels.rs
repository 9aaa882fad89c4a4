//! A smooth density at the Gauss–Legendre nodes of panels.

use crate::target::quadrature::{self, NODES};

/// Points of quadrature on consecutive panels, and how far each is moved by the next step.
#[derive(Debug, Clone, Default)]
pub(super) struct Panels {
    /// Ascending nodes, [`NODES`] a panel.
    pub(super) x: Vec<f64>,
    /// Their weights.
    pub(super) weight: Vec<f64>,
    /// What the next step makes of every node.
    pub(super) moved: Vec<f64>,
}

/// Most rounds of halving: a panel becomes at most 2¹⁰ times finer.
const MAX_ROUNDS: usize = 10;

impl Panels {
    /// Panels between `edges`, halved until the outcome of `step` varies by at most `max_change`
    /// within each and there are `max_nodes` nodes at most.
    pub(super) fn new(
        edges: &[f64],
        max_change: f64,
        max_nodes: usize,
        mut step: impl FnMut(&mut [f64]),
    ) -> Self {
        let mut pending: Vec<_> = edges.windows(2).map(|pair| (pair[0], pair[1])).collect();
        let mut settled: Vec<(f64, f64, Vec<f64>)> = vec![];
        for round in 0.. {
            let mut moved: Vec<f64> = pending.iter().flat_map(|p| abscissae(*p)).collect();
            step(&mut moved);
            let mut coarse = vec![];
            let room = settled.len() + pending.len() < max_nodes / NODES;
            for ((low, high), moved) in pending.iter().zip(moved.chunks_exact(NODES)) {
                let (least, most) = extent(moved);
                if most - least > max_change && round < MAX_ROUNDS && room {
                    let middle = 0.5 * (low + high);
                    coarse.extend([(*low, middle), (middle, *high)]);
                } else {
                    settled.push((*low, *high, moved.to_vec()));
                }
            }
            if coarse.is_empty() {
                break;
            }
            pending = coarse;
        }
        settled.sort_by(|a, b| a.0.total_cmp(&b.0));
        let rule = quadrature::legendre_rule();
        let mut panels = Self::default();
        for (low, high, moved) in settled {
            panels.x.extend(abscissae((low, high)));
            let weights = rule.iter().rev().map(|(_, w)| 0.5 * (high - low) * w);
            panels.weight.extend(weights);
            panels.moved.extend(moved);
        }
        panels
    }

    /// F and 1 − F at every node, each summed from its own end so that both keep their digits.
    pub(super) fn cdf(&self, density: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let share = integration_matrix();
        let mass: Vec<_> = density
            .iter()
            .zip(&self.weight)
            .map(|(p, w)| p * w)
            .collect();
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

/// The nodes of one panel, ascending.
fn abscissae((low, high): (f64, f64)) -> impl Iterator<Item = f64> {
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    let rule = quadrature::legendre_rule();
    rule.into_iter().rev().map(move |(z, _)| middle + half * z)
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

    #[test]
    fn the_cdf_has_its_digits_in_both_tails() {
        let panels = Panels::new(&equal_edges(-9.0, 9.0, 2.0), f64::INFINITY, 10_000, |_| {});
        let density: Vec<_> = panels.x.iter().map(|x| normal_pdf(*x)).collect();
        let (lower, upper) = panels.cdf(&density);
        for ((x, lower), upper) in panels.x.iter().zip(&lower).zip(&upper) {
            assert!((lower - normal_cdf(*x)).abs() < 1e-11, "{x}");
            assert!((upper - normal_cdf(-x)).abs() < 1e-11, "{x}");
        }
        let deep = panels.x.iter().position(|x| *x > -6.0).unwrap();
        let exact = normal_cdf(panels.x[deep]);
        assert!((lower[deep] / exact - 1.0).abs() < 1e-4);
    }

    #[test]
    fn panels_are_halved_where_the_step_is_steep() {
        let steep = |x: &mut [f64]| x.iter_mut().for_each(|x| *x = (50.0 * *x).tanh());
        let panels = Panels::new(&equal_edges(-1.0, 1.0, 0.5), 0.2, 10_000, steep);
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
}
