//! Gauss–Legendre quadrature on panels.

use super::Estimate;
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

/// The degrees of the Legendre polynomials that tell how smooth a function is.
const TAIL: std::ops::Range<usize> = 10..NODES;

/// ∫ f over one panel of this width, from the values of f at its nodes in their order. The error is stated
/// as the largest of the last six Legendre coefficients, times half the width. At a kink or a narrow
/// feature the rule errs by less, and a smooth function has none of them.
pub(crate) fn panel(width: f64, values: &[f64]) -> Estimate {
    static POLYNOMIALS: LazyLock<Vec<[f64; NODES]>> =
        LazyLock::new(|| TAIL.map(coefficient_weights).collect());
    let sum = |weights: &[f64; NODES]| weights.iter().zip(values).map(|(w, f)| w * f).sum::<f64>();
    let coefficients = POLYNOMIALS.iter().map(|weights| sum(weights).abs());
    Estimate {
        value: 0.5 * width * sum(&legendre_rule().map(|(_, w)| w)),
        standard_error: 0.5 * width * coefficients.fold(0.0, f64::max),
    }
}

/// What the coefficient of P_k takes of the value at each node: (k + ½) w P_k(z).
fn coefficient_weights(degree: usize) -> [f64; NODES] {
    legendre_rule().map(|(z, w)| (degree as f64 + 0.5) * w * legendre(degree, z).0)
}

/// P_n(z) and P_{n−1}(z), for n of 1 and more.
fn legendre(degree: usize, z: f64) -> (f64, f64) {
    let step = |(p, previous): (f64, f64), k: usize| {
        let k = k as f64;
        (((2.0 * k - 1.0) * z * p - (k - 1.0) * previous) / k, p)
    };
    (2..=degree).fold((z, 1.0), step)
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
            let (p, previous) = legendre(NODES, z);
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

    #[test]
    fn the_stated_error_of_a_panel_is_that_of_its_kinks() {
        for i in 0..195 {
            // No node sees a kink between the last and the end. |z − k| on [−1, 1] has the integral 1 + k².
            let kink = -0.97 + 0.01 * f64::from(i);
            let values = legendre_rule().map(|(z, _)| (z - kink).abs());
            let found = panel(2.0, &values);
            let error = (found.value - (1.0 + kink * kink)).abs();
            assert!(error < found.standard_error, "{kink}: {found:?} {error}");
            assert!(found.standard_error < 0.1, "{kink}: {found:?}");
        }
        let smooth = panel(1.0, &legendre_rule().map(|(z, _)| (0.5 * z).exp()));
        assert!((smooth.value - 2.0 * 0.5f64.sinh()).abs() < 1e-15);
        assert!(smooth.standard_error < 1e-11, "{smooth:?}");
    }
}
