//! Gauss–Legendre quadrature on panels.

use std::{f64::consts::PI, sync::LazyLock};

/// Nodes a panel: exact for polynomials of degree 31.
pub(crate) const NODES: usize = 16;

/// ∫ f over the panels between consecutive `breakpoints` (sorted, in the units of x).
///
/// Within a panel f should be smooth; kinks and jumps belong on breakpoints.
pub(crate) fn integrate(breakpoints: &[f64], mut f: impl FnMut(f64) -> f64) -> f64 {
    nodes(breakpoints).map(|(x, weight)| weight * f(x)).sum()
}

/// Nodes and weights (x, w) of the panels between consecutive `breakpoints`.
pub(crate) fn nodes(breakpoints: &[f64]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let rule = legendre_rule();
    breakpoints.windows(2).flat_map(move |panel| {
        let (middle, half) = (0.5 * (panel[0] + panel[1]), 0.5 * (panel[1] - panel[0]));
        rule.into_iter()
            .map(move |(z, w)| (middle + half * z, half * w))
    })
}

/// Nodes (descending) and weights on [−1, 1], by Newton's method on the Legendre polynomial.
pub(crate) fn legendre_rule() -> [(f64, f64); NODES] {
    static RULE: LazyLock<[(f64, f64); NODES]> = LazyLock::new(solve_legendre);
    *RULE
}

fn solve_legendre() -> [(f64, f64); NODES] {
    std::array::from_fn(|i| {
        let mut z = (PI * (i as f64 + 0.75) / (NODES as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..100 {
            let (mut p, mut previous) = (z, 1.0);
            for k in 2..=NODES {
                let k = k as f64;
                (p, previous) = (((2.0 * k - 1.0) * z * p - (k - 1.0) * previous) / k, p);
            }
            slope = NODES as f64 * (z * p - previous) / (z * z - 1.0);
            let step = p / slope;
            z -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        (z, 2.0 / ((1.0 - z * z) * slope * slope))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_up_to_degree_31_are_integrated_exactly() {
        for degree in [0, 1, 2, 7, 30, 31] {
            let exact = (2f64.powi(degree + 1) - (-1f64).powi(degree + 1)) / f64::from(degree + 1);
            let value = integrate(&[-1.0, 2.0], |x| x.powi(degree));
            assert!(
                (value - exact).abs() < 1e-14 * exact.abs().max(1.0),
                "degree {degree}"
            );
        }
    }
}
