//! Eigenvalues of a symmetric matrix, by the rotations of Jacobi (1846).

/// Rounds of rotations; each squares what is off the diagonal, so few are enough.
const ROUNDS: usize = 50;

/// The eigenvalues of the symmetric matrix `m` (`[d, d]`, row by row), in no order. A diagonal matrix has its
/// diagonal, to the last bit.
pub(crate) fn eigenvalues(mut m: Vec<f64>, d: usize) -> Vec<f64> {
    for _ in 0..ROUNDS {
        let mut turned = false;
        for p in 0..d {
            for q in p + 1..d {
                turned |= rotate(&mut m, d, p, q);
            }
        }
        if !turned {
            break;
        }
    }
    (0..d).map(|k| m[k * d + k]).collect()
}

/// Turns axes `p` and `q` until nothing is left between them; whether there was anything.
fn rotate(m: &mut [f64], d: usize, p: usize, q: usize) -> bool {
    let (across, scale) = (m[p * d + q], (m[p * d + p] * m[q * d + q]).abs().sqrt());
    if across.abs() <= f64::EPSILON * scale {
        return false;
    }
    let theta = (m[q * d + q] - m[p * d + p]) / (2.0 * across);
    let tan = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cos = 1.0 / tan.hypot(1.0);
    let sin = tan * cos;
    for k in 0..d {
        let (a, b) = (m[k * d + p], m[k * d + q]);
        (m[k * d + p], m[k * d + q]) = (cos * a - sin * b, sin * a + cos * b);
    }
    for k in 0..d {
        let (a, b) = (m[p * d + k], m[q * d + k]);
        (m[p * d + k], m[q * d + k]) = (cos * a - sin * b, sin * a + cos * b);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_the_roots_of_the_characteristic_polynomial() {
        let mut plane = eigenvalues(vec![1.0, 0.995, 0.995, 1.0], 2);
        plane.sort_by(f64::total_cmp);
        assert!((plane[0] - 0.005).abs() < 1e-14 && (plane[1] - 1.995).abs() < 1e-14);
        // 2 − √2, 2 and 2 + √2.
        let mut space = eigenvalues(vec![2.0, -1.0, 0.0, -1.0, 2.0, -1.0, 0.0, -1.0, 2.0], 3);
        space.sort_by(f64::total_cmp);
        let root = std::f64::consts::SQRT_2;
        for (found, exact) in space.iter().zip([2.0 - root, 2.0, 2.0 + root]) {
            assert!((found - exact).abs() < 1e-13, "{space:?}");
        }
        assert_eq!(eigenvalues(vec![0.3, 0.0, 0.0, 0.7], 2), [0.3, 0.7]);
    }
}
