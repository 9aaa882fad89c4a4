//! A Gaussian component N(μ, Σ) in any dimension.

use super::special::{LN_SQRT_2PI, normal_cdf, normal_cdf_integral};

/// N(μ, Σ) with its Cholesky factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    mean: Vec<f64>,
    covariance: Vec<f64>,
    /// Lower triangular L with L Lᵀ = Σ, row-major.
    cholesky: Vec<f64>,
    /// Whether Σ is diagonal, so that each coordinate is a matter of its own.
    is_diagonal: bool,
    /// ln det L.
    ln_det: f64,
}

impl Gaussian {
    /// N(`mean`, `covariance`), the covariance row-major `[d, d]`; `None` if it is not symmetric and
    /// positive definite.
    pub fn new(mean: Vec<f64>, covariance: Vec<f64>) -> Option<Self> {
        let d = mean.len();
        assert_eq!(covariance.len(), d * d, "a covariance is [d, d]");
        let symmetric = (0..d).all(|i| {
            (0..i).all(|j| {
                let (a, b) = (covariance[i * d + j], covariance[j * d + i]);
                (a - b).abs() <= 1e-12 * (a.abs() + b.abs())
            })
        });
        if !symmetric {
            return None;
        }
        let is_diagonal = (0..d).all(|i| (0..i).all(|j| covariance[i * d + j] == 0.0));
        let cholesky = match is_diagonal {
            true => roots(&covariance, d),
            false => cholesky(&covariance, d),
        }?;
        Some(Self {
            ln_det: (0..d).map(|i| cholesky[i * d + i].ln()).sum(),
            mean,
            covariance,
            cholesky,
            is_diagonal,
        })
    }

    /// N(`mean`, diag(`std_devs`²)); `None` if a standard deviation is not positive.
    pub fn diagonal(mean: Vec<f64>, std_devs: &[f64]) -> Option<Self> {
        let d = mean.len();
        let mut covariance = vec![0.0; d * d];
        for (k, sd) in std_devs.iter().enumerate() {
            covariance[k * d + k] = sd * sd;
        }
        Self::new(mean, covariance)
    }

    /// Dimension d.
    pub fn dim(&self) -> usize {
        self.mean.len()
    }

    /// Mean μ.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Covariance Σ, row-major.
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    /// Turns independent N(0, 1) draws `z` into a draw of this component: μ + L z.
    pub fn shape(&self, z: &[f64], out: &mut [f64]) {
        let d = self.dim();
        for (i, (out, mean)) in out.iter_mut().zip(&self.mean).enumerate() {
            let first = if self.is_diagonal { i } else { 0 };
            let (row, z) = (&self.cholesky[i * d + first..=i * d + i], &z[first..]);
            *out = mean + row.iter().zip(z).map(|(l, z)| l * z).sum::<f64>();
        }
    }

    /// ln N(x; μ, Σ).
    pub fn ln_pdf(&self, x: &[f64]) -> f64 {
        let square = match self.is_diagonal {
            true => self
                .offsets(x)
                .map(|(offset, root)| (offset / root).powi(2))
                .sum::<f64>(),
            false => self.whiten(x).iter().map(|z| z * z).sum(),
        };
        -0.5 * square - self.ln_det - self.dim() as f64 * LN_SQRT_2PI
    }

    /// x − μ along every axis, with the diagonal of L.
    fn offsets(&self, x: &[f64]) -> impl Iterator<Item = (f64, f64)> {
        let roots = self.cholesky.iter().step_by(self.dim() + 1);
        let offsets = x.iter().zip(&self.mean).map(|(x, mean)| x - mean);
        offsets.zip(roots.copied())
    }

    /// Σ⁻¹(μ − x), the score of this component alone, added to `out` with a weight.
    pub fn add_score(&self, x: &[f64], weight: f64, out: &mut [f64]) {
        if self.is_diagonal {
            for (out, (offset, root)) in out.iter_mut().zip(self.offsets(x)) {
                *out -= weight * (offset / root / root);
            }
            return;
        }
        let offset: Vec<_> = x.iter().zip(&self.mean).map(|(x, m)| x - m).collect();
        for (out, pull) in out.iter_mut().zip(self.precision_times(&offset)) {
            *out -= weight * pull;
        }
    }

    /// Σ⁻¹ v.
    pub fn precision_times(&self, v: &[f64]) -> Vec<f64> {
        let d = self.dim();
        if self.is_diagonal {
            let roots = self.cholesky.iter().step_by(d + 1);
            return v
                .iter()
                .zip(roots)
                .map(|(v, root)| v / root / root)
                .collect();
        }
        let mut z = self.forward_substitute(v.to_vec());
        // Σ⁻¹ = L⁻ᵀ L⁻¹: back substitution with Lᵀ.
        for i in (0..d).rev() {
            let above: f64 = (i + 1..d).map(|j| self.cholesky[j * d + i] * z[j]).sum();
            z[i] = (z[i] - above) / self.cholesky[i * d + i];
        }
        z
    }

    /// L⁻¹(x − μ).
    fn whiten(&self, x: &[f64]) -> Vec<f64> {
        self.forward_substitute(x.iter().zip(&self.mean).map(|(x, m)| x - m).collect())
    }

    /// L⁻¹ v.
    fn forward_substitute(&self, mut v: Vec<f64>) -> Vec<f64> {
        let d = self.dim();
        for i in 0..d {
            let before = dot(&self.cholesky[i * d..i * d + i], &v[..i]);
            v[i] = (v[i] - before) / self.cholesky[i * d + i];
        }
        v
    }

    /// Standard deviation along one axis.
    pub fn std_dev(&self, axis: usize) -> f64 {
        self.covariance[axis * self.dim() + axis].sqrt()
    }

    /// The distribution function, in one dimension.
    pub fn cdf(&self, x: f64) -> f64 {
        normal_cdf((x - self.mean[0]) / self.std_dev(0))
    }

    /// 1 − F(x), in one dimension, to full relative precision in the upper tail.
    pub fn survival(&self, x: f64) -> f64 {
        normal_cdf((self.mean[0] - x) / self.std_dev(0))
    }

    /// ∫_{−∞}^x of the distribution function, in one dimension: σ[zΦ(z) + φ(z)].
    pub fn cdf_integral(&self, x: f64) -> f64 {
        let sd = self.std_dev(0);
        sd * normal_cdf_integral((x - self.mean[0]) / sd)
    }

    /// The law of diag(scale)·x + shift + N(0, diag(noise²)).
    pub fn transformed(&self, scale: &[f64], shift: &[f64], noise: &[f64]) -> Self {
        let d = self.dim();
        let mean = (0..d).map(|i| scale[i] * self.mean[i] + shift[i]).collect();
        let mut covariance = vec![0.0; d * d];
        for i in 0..d {
            for j in 0..d {
                covariance[i * d + j] = scale[i] * scale[j] * self.covariance[i * d + j];
            }
            covariance[i * d + i] += noise[i] * noise[i];
        }
        Self::new(mean, covariance).expect("scaling and noise keep a covariance positive definite")
    }

    /// The law of one coordinate.
    pub fn axis(&self, axis: usize) -> Self {
        let variance = self.covariance[axis * self.dim() + axis];
        Self::new(vec![self.mean[axis]], vec![variance]).expect("a positive variance")
    }
}

/// The same of a diagonal matrix: the roots of its diagonal.
fn roots(matrix: &[f64], d: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; d * d];
    for (root, variance) in l.iter_mut().zip(matrix).step_by(d + 1) {
        if !(*variance > 0.0 && variance.is_finite()) {
            return None;
        }
        *root = variance.sqrt();
    }
    Some(l)
}

/// Lower triangular L with L Lᵀ = `matrix`, if it is positive definite.
fn cholesky(matrix: &[f64], d: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; d * d];
    for i in 0..d {
        for j in 0..=i {
            let rest = matrix[i * d + j] - dot(&l[i * d..i * d + j], &l[j * d..j * d + j]);
            if i == j {
                if !(rest > 0.0 && rest.is_finite()) {
                    return None;
                }
                l[i * d + i] = rest.sqrt();
            } else {
                l[i * d + j] = rest / l[j * d + j];
            }
        }
    }
    Some(l)
}

/// Σ a_i b_i, as four sums that do not wait for each other.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (fours, rest) = a.as_chunks::<4>();
    let (other, other_rest) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in fours.iter().zip(other) {
        for i in 0..4 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f64 = rest.iter().zip(other_rest).map(|(a, b)| a * b).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_of_a_correlated_pair_is_that_of_its_definition() {
        let g = Gaussian::new(vec![1.0, -2.0], vec![2.0, 0.6, 0.6, 1.0]).unwrap();
        let (det, dx, dy) = (2.0 - 0.36, 0.3, -0.8);
        let quadratic = (dx * dx * 1.0 - 2.0 * 0.6 * dx * dy + 2.0 * dy * dy) / det;
        let exact = -0.5 * quadratic - 0.5 * f64::ln(det) - 2.0 * LN_SQRT_2PI;
        assert!((g.ln_pdf(&[1.3, -2.8]) - exact).abs() < 1e-14);
    }

    #[test]
    fn a_matrix_that_is_no_covariance_is_refused() {
        assert!(Gaussian::new(vec![0.0, 0.0], vec![1.0, 2.0, 2.0, 1.0]).is_none());
        assert!(Gaussian::new(vec![0.0, 0.0], vec![1.0, 0.5, 0.4, 1.0]).is_none());
        assert!(Gaussian::diagonal(vec![0.0], &[0.0]).is_none());
    }
}
