//! Nonlinearities with their derivatives, of a register at a time.

use super::math::{exp, normal_cdf, polynomial, reciprocal};
use pulp::Simd;

/// A nonlinearity with its derivative.
pub(super) trait Nonlinearity: Copy {
    /// f(x) and f′(x).
    fn with_slope<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s);
}

/// Slope of leaky ReLU below zero.
pub(in crate::model) const LEAKY_SLOPE: f32 = 0.01;

#[derive(Debug, Clone, Copy)]
pub(super) struct Identity;
#[derive(Debug, Clone, Copy)]
pub(super) struct Relu;
#[derive(Debug, Clone, Copy)]
pub(super) struct LeakyRelu;
#[derive(Debug, Clone, Copy)]
pub(super) struct Gelu;
#[derive(Debug, Clone, Copy)]
pub(super) struct Silu;
#[derive(Debug, Clone, Copy)]
pub(super) struct Tanh;

impl Nonlinearity for Identity {
    #[inline(always)]
    fn with_slope<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
        (x, simd.splat_f32s(1.0))
    }
}

impl Nonlinearity for Relu {
    #[inline(always)]
    fn with_slope<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        // Written so that NaN stays NaN.
        let is_off = simd.less_than_or_equal_f32s(x, zero);
        (
            simd.select_f32s(is_off, zero, x),
            simd.select_f32s(is_off, zero, one),
        )
    }
}

impl Nonlinearity for LeakyRelu {
    #[inline(always)]
    fn with_slope<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
        let is_low = simd.less_than_or_equal_f32s(x, simd.splat_f32s(0.0));
        let (low, high) = (simd.splat_f32s(LEAKY_SLOPE), simd.splat_f32s(1.0));
        let slope = simd.select_f32s(is_low, low, high);
        (simd.mul_f32s(x, slope), slope)
    }
}

/// xΦ(x) and Φ(x) + xφ(x) (Hendrycks & Gimpel 2016), with the exact Φ.
impl Nonlinearity for Gelu {
    #[inline(always)]
    fn with_slope<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
        let (cdf, pdf) = normal_cdf(simd, x);
        (simd.mul_f32s(x, cdf), simd.mul_add_e_f32s(x, pdf, cdf))
    }
}

/// xσ(x) and σ(x)(1 + x(1 − σ(x))).
impl Nonlinearity for Silu {
    #[inline(always)]
    fn with_slope<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
        let one = simd.splat_f32s(1.0);
        let e = exp(simd, simd.neg_f32s(x));
        let sigmoid = reciprocal(simd, simd.add_f32s(one, e));
        let value = simd.mul_f32s(x, sigmoid);
        // 1 − σ = eσ, without cancellation.
        let rest = simd.mul_f32s(e, sigmoid);
        (value, simd.mul_add_e_f32s(value, rest, sigmoid))
    }
}

/// tanh x and 1 − tanh² x.
impl Nonlinearity for Tanh {
    #[inline(always)]
    fn with_slope<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
        let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
        let (u, square) = (simd.abs_f32s(x), simd.mul_f32s(x, x));
        // (tanh x/x − 1)/x² on |x| ≤ 0.63, where the other form cancels.
        let series = polynomial(
            simd,
            square,
            [
                -0.333_332_78,
                0.133_313_29,
                -0.053_729_23,
                0.020_602_007,
                -0.005_660_788_6,
            ],
        );
        let near = simd.mul_add_e_f32s(simd.mul_f32s(series, square), x, x);
        let e = exp(simd, simd.add_f32s(u, u));
        let rest = reciprocal(simd, simd.add_f32s(one, e));
        let far = simd.negate_mul_add_e_f32s(simd.splat_f32s(2.0), rest, one);
        let is_below = simd.less_than_f32s(x, zero);
        let far = simd.select_f32s(is_below, simd.neg_f32s(far), far);
        // Written so that NaN stays NaN.
        let is_far = simd.greater_than_f32s(u, simd.splat_f32s(0.63));
        let value = simd.select_f32s(is_far, far, near);
        let slope = simd.negate_mul_add_e_f32s(value, value, one);
        (value, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{first, on_every_path},
        *,
    };
    use crate::target::special;
    use pulp::WithSimd;

    /// Values and slopes of GELU, SiLU, tanh, ReLU and leaky ReLU.
    #[derive(Clone, Copy)]
    struct All(f32);

    impl WithSimd for All {
        type Output = [(f32, f32); 5];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [(f32, f32); 5] {
            let x = simd.splat_f32s(self.0);
            [
                Gelu::with_slope(simd, x),
                Silu::with_slope(simd, x),
                Tanh::with_slope(simd, x),
                Relu::with_slope(simd, x),
                LeakyRelu::with_slope(simd, x),
            ]
            .map(|(value, slope)| (first(simd, value), first(simd, slope)))
        }
    }

    #[test]
    fn every_function_has_its_stated_accuracy() {
        for i in -200_000..=200_000 {
            let x = i as f32 * 1e-4;
            let z = f64::from(x);
            let relative = |value: f64, exact: f64| (value / exact - 1.0).abs();
            let (cdf, density) = (special::normal_cdf(z), special::normal_pdf(z));
            let (sigmoid, tanh) = (1.0 / (1.0 + (-z).exp()), z.tanh());
            for found in on_every_path(|| All(x)) {
                let found = found.map(|(value, slope)| (f64::from(value), f64::from(slope)));
                let [
                    (gelu, gelu_slope),
                    (silu, silu_slope),
                    (hyper, hyper_slope),
                    relu,
                    leaky,
                ] = found;
                let scale = z.abs().max(1.0);
                assert!((gelu - z * cdf).abs() < 1.2e-7 * scale, "gelu {x}");
                if x < 0.0 && x > -12.0 {
                    assert!(relative(gelu, z * cdf) < (3.0 + z * z) * 1.3e-7, "gelu {x}");
                }
                assert!((gelu_slope - cdf - z * density).abs() < 2e-7, "gelu' {x}");
                assert!(x == 0.0 || relative(silu, z * sigmoid) < 2e-7, "silu {x}");
                let slope = sigmoid * (1.0 + z * (1.0 - sigmoid));
                assert!((silu_slope - slope).abs() < 2e-7, "silu' {x}");
                assert!(x == 0.0 || relative(hyper, tanh) < 1.4e-7, "tanh {x}");
                assert!(
                    (hyper_slope - 1.0 + tanh * tanh).abs() < 1.4e-7,
                    "tanh' {x}"
                );
                let (on, low) = (f64::from(x > 0.0), f64::from(LEAKY_SLOPE));
                assert_eq!(relu, (z.max(0.0), on));
                assert_eq!(leaky.1, if x > 0.0 { 1.0 } else { low });
                assert!((leaky.0 - z * leaky.1).abs() <= 1e-7 * z.abs());
            }
        }
    }

    #[test]
    fn infinities_saturate_and_nan_stays_nan() {
        let at = |x: f32| on_every_path(|| All(x));
        for [gelu, silu, tanh, ..] in at(f32::NEG_INFINITY) {
            assert_eq!(tanh.0, -1.0);
            // A network that gets here has diverged, and must show it.
            assert!(!gelu.0.is_finite() && !silu.0.is_finite());
        }
        for found in at(100.0) {
            assert_eq!(found[..3], [(100.0, 1.0), (100.0, 1.0), (1.0, 0.0)]);
        }
        assert!(at(-200.0).iter().all(|found| found[0].0 == 0.0));
        for found in at(f32::NAN) {
            assert!(found.iter().all(|(value, _)| value.is_nan()), "{found:?}");
            assert!(
                found[..3].iter().all(|(_, slope)| slope.is_nan()),
                "{found:?}"
            );
        }
    }
}
