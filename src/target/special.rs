//! The normal distribution's functions, accurate in the tails.

use super::exponential::{exp_of_sum, polynomial};
use std::{
    f64::consts::{FRAC_1_SQRT_2, PI},
    sync::{Arc, Mutex, PoisonError},
};

/// ln √(2π).
pub(crate) const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_7;

/// φ(z), the standard normal density.
pub(crate) fn normal_pdf(z: f64) -> f64 {
    (-0.5 * z * z - LN_SQRT_2PI).exp()
}

/// Φ(z), the standard normal distribution function, to full relative precision in the lower tail.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
}

/// (1 + 2x) exp(x²) erfc(x) for x ≥ 0, as a polynomial in (x − 3)/(x + 3) (the variable of Shepherd & Laframboise
/// 1981): interpolation at the Chebyshev nodes, to a relative 5e-17.
const SCALED_ERFC: [f64; 25] = [
    1.253_008_058_269_729_6,
    -0.135_621_106_124_581_17,
    -0.047_562_294_353_450_87,
    0.129_645_158_702_760_6,
    -0.119_273_663_415_306_99,
    0.068_308_027_343_978_48,
    -0.023_770_514_918_645_888,
    0.002_529_391_816_066_239,
    0.001_888_690_359_156_155_3,
    -0.000_779_832_272_108_399_1,
    -0.000_105_159_799_815_011_77,
    0.000_125_099_352_355_631_07,
    4.949_484_992_570_595e-6,
    -2.010_056_793_122_922_7e-5,
    -7.315_105_164_159_062e-7,
    3.472_414_602_875_686e-6,
    3.568_383_915_399_220_4e-7,
    -6.166_496_077_604_353e-7,
    -1.416_006_494_026_598_7e-7,
    1.018_700_060_007_288_5e-7,
    4.180_784_698_845_582e-8,
    -1.332_636_481_300_383_4e-8,
    -8.500_397_929_772_615e-9,
    9.885_798_831_139_365e-10,
    8.864_219_016_427_092e-10,
];

/// erfc(x) to a relative 1e-15, or to 1e-308. From 1.25 on one exponential takes the place of the two of `libm`.
fn erfc(x: f64) -> f64 {
    let size = x.abs();
    // Neither is true of what is not a number.
    if size < 1.25 {
        return libm::erfc(x);
    }
    // Beyond, it is 0.
    let size = if size > 40.0 { 40.0 } else { size };
    let scaled = polynomial((size - 3.0) / (size + 3.0), SCALED_ERFC);
    // x² in two parts: that of the upper half of its digits is exact.
    let upper = f64::from_bits(size.to_bits() & !0xffff_ffff);
    let tail =
        exp_of_sum(-upper * upper, (upper - size) * (upper + size)) * scaled / (1.0 + 2.0 * size);
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// ln Φ(z), finite far below where Φ itself underflows.
pub(crate) fn ln_normal_cdf(z: f64) -> f64 {
    if z > -30.0 {
        return normal_cdf(z).ln();
    }
    // Mills ratio by its asymptotic series; at |z| ≥ 30 the first term left out is below 2e-12.
    let w = 1.0 / (z * z);
    let series = 1.0 - w * (1.0 - 3.0 * w * (1.0 - 5.0 * w * (1.0 - 7.0 * w)));
    -0.5 * z * z - LN_SQRT_2PI - (-z).ln() + series.ln()
}

/// ln[Φ(b) − Φ(a)] for a < b, without cancellation in either tail.
pub(crate) fn ln_normal_interval(a: f64, b: f64) -> f64 {
    // Φ(b) − Φ(a) = Φ(−a) − Φ(−b): work in the tail where both values are small.
    let (low, high) = if a + b > 0.0 { (-b, -a) } else { (a, b) };
    if high > -30.0 {
        return (normal_cdf(high) - normal_cdf(low)).ln();
    }
    let (ln_low, ln_high) = (ln_normal_cdf(low), ln_normal_cdf(high));
    ln_high + (-(ln_low - ln_high).exp()).ln_1p()
}

/// [φ(b) − φ(a)]/[Φ(b) − Φ(a)] for a < b, also where both differences underflow.
pub(crate) fn normal_interval_slope(a: f64, b: f64) -> f64 {
    let nearest = if a + b > 0.0 { -a } else { b };
    if nearest > -30.0 {
        let (low, high) = if a + b > 0.0 { (-b, -a) } else { (a, b) };
        return (normal_pdf(b) - normal_pdf(a)) / (normal_cdf(high) - normal_cdf(low));
    }
    let ln_mass = ln_normal_interval(a, b);
    let ratio = |z: f64| (-0.5 * z * z - LN_SQRT_2PI - ln_mass).exp();
    ratio(b) - ratio(a)
}

/// Φ⁻¹(p) for p in (0, ½], to nearly full relative precision down to the smallest p: the rational
/// approximation of Acklam (2003), error 1e-9, and one step of Halley's method.
///
/// For p above ½ use −Φ⁻¹(1 − p), with 1 − p in all its digits.
pub(crate) fn normal_lower_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let horner = |c: &[f64], x: f64| c.iter().fold(0.0, |sum, c| sum * x + c);
    let z = if p > 0.02425 {
        let q = p - 0.5;
        q * horner(&A, q * q) / horner(&B, q * q)
    } else {
        let q = (-2.0 * p.ln()).sqrt();
        horner(&C, q) / horner(&D, q)
    };
    // (Φ − p)/φ through the logarithm, so that neither underflows.
    let error = (ln_normal_cdf(z) - p.ln()).exp_m1() * (p.ln() + 0.5 * z * z + LN_SQRT_2PI).exp();
    z - error / (1.0 + 0.5 * z * error)
}

/// ∫_{−∞}^z Φ = zΦ(z) + φ(z).
pub(crate) fn normal_cdf_integral(z: f64) -> f64 {
    z * normal_cdf(z) + normal_pdf(z)
}

/// ∫_{−∞}^z (wΦ(w) + φ(w)) dw = ½[(z² + 1)Φ(z) + zφ(z)].
pub(crate) fn normal_cdf_double_integral(z: f64) -> f64 {
    0.5 * ((z * z + 1.0) * normal_cdf(z) + z * normal_pdf(z))
}

/// ln Σ exp(v), without overflow; −∞ for no values, NaN if one of them is.
pub(crate) fn ln_sum_exp(values: &[f64]) -> f64 {
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY {
        return values.iter().copied().find(|v| v.is_nan()).unwrap_or(top);
    }
    top + values.iter().map(|v| (v - top).exp()).sum::<f64>().ln()
}

/// ln n!.
pub(crate) fn ln_factorial(n: f64) -> f64 {
    libm::lgamma(n + 1.0)
}

/// E|B − np| for B ~ Bin(n, p): the mean absolute deviation of a binomial (De Moivre's identity,
/// 2(1−p)^{n−m} p^{m+1} (m+1) C(n, m+1) with m = ⌊np⌋; Diaconis & Zabell 1991).
pub(crate) struct BinomialDeviation {
    n: usize,
    /// ln k! for every k up to n.
    ln_factorials: Arc<Vec<f64>>,
}

/// Most n whose logarithms of factorials are kept.
const MOST_KEPT: usize = 100_000;

impl BinomialDeviation {
    pub(crate) fn of(n: usize) -> Self {
        // Hundreds of floors in a row are for the same n.
        static LAST: Mutex<Option<Arc<Vec<f64>>>> = Mutex::new(None);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.as_ref().filter(|known| known.len() > n.min(MOST_KEPT));
        let ln_factorials = known.cloned().unwrap_or_else(|| {
            let all = (0..=n.min(MOST_KEPT)).map(|k| ln_factorial(k as f64));
            Arc::new(all.collect())
        });
        *last = Some(Arc::clone(&ln_factorials));
        Self { n, ln_factorials }
    }

    /// Of this p.
    pub(crate) fn at(&self, p: f64) -> f64 {
        if p <= 0.0 || p >= 1.0 {
            return 0.0;
        }
        let n = self.n as f64;
        let m = (n * p).floor().min(n - 1.0);
        let ln_choose =
            self.ln_factorial(n) - self.ln_factorial(m + 1.0) - self.ln_factorial(n - m - 1.0);
        let ln_powers = (n - m) * (-p).ln_1p() + (m + 1.0) * p.ln();
        2.0 * (m + 1.0) * (ln_choose + ln_powers).exp()
    }

    fn ln_factorial(&self, k: f64) -> f64 {
        let known = self.ln_factorials.get(k as usize).copied();
        known.unwrap_or_else(|| ln_factorial(k))
    }
}

/// The mean of the half-normal distribution, E|Z| = √(2/π).
pub(crate) fn half_normal_mean() -> f64 {
    (2.0 / PI).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logarithm_of_the_tail_is_continuous_where_the_series_takes_over() {
        let (above, below) = (ln_normal_cdf(-30.0 + 1e-9), ln_normal_cdf(-30.0));
        assert!((above - below - 3e-8).abs() < 1e-9, "{above} {below}");
        // scipy.special.log_ndtr(-40) = -804.6084420137538
        assert!((ln_normal_cdf(-40.0) + 804.608_442_013_753_8).abs() < 1e-9);
    }

    #[test]
    fn the_error_function_has_its_stated_accuracy() {
        // The function of libm errs by less than one unit.
        for i in 0..400_000 {
            let x = -6.5 + 8.25e-5 * f64::from(i);
            let (found, exact) = (erfc(x), libm::erfc(x));
            let error = (found - exact).abs();
            assert!(error <= 1e-15 * exact + 1e-308, "{x}: {found} {exact}");
        }
        // By mpmath.
        for (x, exact) in [
            (1.3, 6.599_205_505_934_755e-2),
            (5.0, 1.537_459_794_428_035e-12),
            (20.0, 5.395_865_611_607_901e-176),
            (26.0, 5.663_192_408_856_143e-296),
        ] {
            assert!((erfc(x) / exact - 1.0).abs() < 1e-15, "{x}: {}", erfc(x));
        }
        assert_eq!((erfc(f64::INFINITY), erfc(f64::NEG_INFINITY)), (0.0, 2.0));
        assert!(erfc(f64::NAN).is_nan() && erfc(40.0) == 0.0);
    }

    #[test]
    fn intervals_in_both_tails_agree_by_symmetry() {
        for (a, b) in [(-50.0, -49.0), (8.0, 9.0), (-1.0, 2.0), (30.0, 31.0)] {
            let (left, right) = (ln_normal_interval(a, b), ln_normal_interval(-b, -a));
            assert!(
                (left - right).abs() < 1e-12 * left.abs().max(1.0),
                "{a} {b}"
            );
        }
        let central = (normal_cdf(2.0) - normal_cdf(-1.0)).ln();
        assert!((ln_normal_interval(-1.0, 2.0) - central).abs() < 1e-14);
    }

    #[test]
    fn the_slope_of_an_interval_is_continuous_where_it_would_underflow() {
        for (a, b) in [(-32.0, -30.0), (30.0, 32.0), (-90.0, -30.0)] {
            let at = |shift: f64| normal_interval_slope(a + shift, b + shift);
            let (inside, outside) = (at(-1e-9 * b.signum()), at(1e-9 * b.signum()));
            assert!(
                (inside / outside - 1.0).abs() < 1e-9,
                "{a} {b}: {inside} {outside}"
            );
        }
        // mpmath: (φ(2) − φ(−1))/(Φ(2) − Φ(−1)).
        assert!((normal_interval_slope(-1.0, 2.0) + 0.229_637_179_091_329).abs() < 1e-14);
        assert!((normal_interval_slope(-2.0, 1.0) - 0.229_637_179_091_329).abs() < 1e-14);
    }

    #[test]
    fn the_quantile_is_the_inverse_of_the_distribution_function() {
        for i in 0..=370 {
            let z = -0.1 * f64::from(i);
            let found = normal_lower_quantile(normal_cdf(z));
            assert!((found - z).abs() < 1e-13 * (1.0 - z), "{z}: {found}");
        }
    }

    #[test]
    fn the_integrals_have_the_right_derivatives() {
        let h = 1e-5;
        for z in [-3.0, -0.5, 0.0, 1.2, 4.0] {
            let slope = |f: fn(f64) -> f64| (f(z + h) - f(z - h)) / (2.0 * h);
            assert!((slope(normal_cdf_integral) - normal_cdf(z)).abs() < 1e-9);
            assert!((slope(normal_cdf_double_integral) - normal_cdf_integral(z)).abs() < 1e-9);
        }
    }

    #[test]
    fn the_binomial_deviation_equals_its_definition() {
        for (n, p) in [
            (1usize, 0.3f64),
            (5, 0.5),
            (12, 0.05),
            (30, 0.9),
            (7, 3.0 / 7.0),
        ] {
            let mut pmf = (1.0 - p).powi(n as i32);
            let mut sum = 0.0;
            for k in 0..=n {
                sum += pmf * (k as f64 - n as f64 * p).abs();
                pmf *= (n - k) as f64 / (k + 1) as f64 * p / (1.0 - p);
            }
            let exact = BinomialDeviation::of(n).at(p);
            assert!((exact - sum).abs() < 1e-12, "n={n} p={p}: {exact} {sum}");
        }
    }
}
