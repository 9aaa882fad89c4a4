//! Interpolation of a function of one dimension by a polynomial on an interval.

use std::{f64::consts::PI, sync::LazyLock};

/// Degree of the polynomials.
const DEGREE: usize = 16;

/// Nodes of an interval, both of its ends among them.
pub(super) const NODES: usize = DEGREE + 1;

/// The polynomial through the values of a function at the Chebyshev nodes of an interval.
#[derive(Debug, Clone)]
pub(super) struct Polynomial {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Coefficients of T_0 to T_16.
    coefficients: [f64; NODES],
    /// Those of the derivative.
    slopes: [f64; NODES],
}

/// The Chebyshev nodes of an interval, ascending (Trefethen 2013, chapter 2).
pub(super) fn nodes(low: f64, high: f64) -> impl Iterator<Item = f64> {
    let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
    (0..NODES).map(move |j| match j {
        0 => low,
        DEGREE => high,
        _ => middle - half * (PI * j as f64 / DEGREE as f64).cos(),
    })
}

impl Polynomial {
    /// Through `values` at [`nodes`].
    pub(super) fn through(low: f64, high: f64, values: &[f64]) -> Self {
        let of = |row: &[f64; NODES]| row.iter().zip(values).map(|(w, v)| w * v).sum();
        let coefficients: [f64; NODES] = TRANSFORM.each_ref().map(of);
        let mut slopes = [0.0; NODES];
        let scale = 2.0 / (high - low);
        for k in (1..NODES).rev() {
            let above = if k + 1 < NODES { slopes[k + 1] } else { 0.0 };
            slopes[k - 1] = above + 2.0 * k as f64 * coefficients[k];
        }
        slopes[0] *= 0.5;
        slopes.iter_mut().for_each(|slope| *slope *= scale);
        Self {
            low,
            high,
            coefficients,
            slopes,
        }
    }

    /// The value at `x`.
    pub(super) fn at(&self, x: f64) -> f64 {
        sum(&self.coefficients, self.place(x))
    }

    /// The derivative at `x`.
    pub(super) fn slope(&self, x: f64) -> f64 {
        sum(&self.slopes, self.place(x))
    }

    fn place(&self, x: f64) -> f64 {
        (2.0 * x - self.low - self.high) / (self.high - self.low)
    }

    /// What the polynomial leaves of the function, about: its two highest coefficients.
    pub(super) fn unresolved(&self) -> f64 {
        self.coefficients[DEGREE].abs() + self.coefficients[DEGREE - 1].abs()
    }
}

/// Rows that make coefficients of values: c_k = (2/N) Σ″ f_j cos(kjπ/N), the first and last halved.
static TRANSFORM: LazyLock<[[f64; NODES]; NODES]> = LazyLock::new(|| {
    let end = |j: usize| {
        if j == 0 || j == DEGREE { 0.5 } else { 1.0 }
    };
    std::array::from_fn(|k| {
        std::array::from_fn(|j| {
            // The nodes ascend, so that node j is −cos(jπ/N).
            let angle = PI * ((k * (DEGREE - j)) % (2 * DEGREE)) as f64 / DEGREE as f64;
            2.0 / DEGREE as f64 * end(k) * end(j) * angle.cos()
        })
    })
});

/// Σ c_k T_k(u), by Clenshaw's recurrence.
fn sum(coefficients: &[f64; NODES], u: f64) -> f64 {
    let (mut above, mut here) = (0.0, 0.0);
    for c in coefficients[1..].iter().rev() {
        (above, here) = (here, c + 2.0 * u * here - above);
    }
    coefficients[0] + u * here - above
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_and_its_slope_are_exact_and_a_kink_is_seen() {
        let cubic = |x: f64| 1.0 - 2.0 * x + 0.5 * x.powi(3);
        let values: Vec<_> = nodes(-0.5, 2.0).map(cubic).collect();
        let found = Polynomial::through(-0.5, 2.0, &values);
        for x in [-0.5, 0.1, 1.3, 2.0] {
            assert!((found.at(x) - cubic(x)).abs() < 1e-14);
            assert!((found.slope(x) + 2.0 - 1.5 * x * x).abs() < 1e-13);
        }
        assert!(found.unresolved() < 1e-15);
        let values: Vec<_> = nodes(-0.5, 2.0).map(|x| (x - 0.3).abs()).collect();
        assert!(Polynomial::through(-0.5, 2.0, &values).unresolved() > 1e-3);
    }
}
