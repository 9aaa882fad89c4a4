//! Elementary functions in f32 without branches, so that loops over them become vector instructions.
//!
//! Polynomials are minimax fits (weighted least squares, iterated) to the functions named beside them.

use pulp::Simd;
#[cfg(target_arch = "x86_64")]
use pulp::{f32x16, x86::V4};
#[cfg(target_arch = "x86_64")]
use std::any::Any;
use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E, TAU};

/// a·b + c, rounded once where the processor has the instruction.
#[inline(always)]
pub(super) fn mul_add<S: Simd>(a: f32, b: f32, c: f32) -> f32 {
    if S::IS_SCALAR {
        a * b + c
    } else {
        a.mul_add(b, c)
    }
}

/// a/b with a relative error below 2e-7, for b not below the smallest normal number.
#[inline(always)]
pub(super) fn quotient<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    // A division occupies its unit for as long as seven other operations take; beside a root, which
    // needs the same unit, an estimate to 14 bits and one step of Newton's method are faster.
    #[cfg(target_arch = "x86_64")]
    if let (Some(v4), Some(a), Some(b)) = (same::<_, V4>(simd), same::<_, f32x16>(a), same(b)) {
        let inverse = pulp::cast(v4.avx512f._mm512_rcp14_ps(pulp::cast(b)));
        let estimate = v4.mul_f32s(a, inverse);
        let error = v4.mul_add_f32s(v4.neg_f32s(b), estimate, a);
        if let Some(quotient) = same(v4.mul_add_f32s(inverse, error, estimate)) {
            return quotient;
        }
    }
    simd.div_f32s(a, b)
}

/// `x`, where both types are the same: known when it is compiled.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn same<A: Any, B: Any + Copy>(x: A) -> Option<B> {
    (&x as &dyn Any).downcast_ref().copied()
}

/// Σ c_i x^i by Horner's rule.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = coefficients[N - 1];
    for i in (0..N - 1).rev() {
        sum = mul_add::<S>(sum, x, coefficients[i]);
    }
    sum
}

/// 1.5·2²³: adding it leaves the nearest whole number in the low bits.
const ROUNDER: f32 = 12_582_912.0;

/// The upper bits of ln 2, whose products with small whole numbers are exact.
const LN_2_HIGH: f32 = 0.693_359_4;

/// What they leave out.
const LN_2_LOW: f32 = (std::f64::consts::LN_2 - 0.693_359_375) as f32;

/// eˣ with a relative error below 1e-7, for x ≤ 88; 0 below −87.
#[inline(always)]
pub(super) fn exp<S: Simd>(x: f32) -> f32 {
    let clamped = if x < -87.0 { -87.0 } else { x };
    let clamped = if clamped > 88.0 { 88.0 } else { clamped };
    let shifted = mul_add::<S>(clamped, LOG2_E, ROUNDER);
    let whole = shifted - ROUNDER;
    let r = mul_add::<S>(whole, -LN_2_HIGH, clamped);
    let r = mul_add::<S>(whole, -LN_2_LOW, r);
    // (eʳ − 1 − r)/r² on |r| ≤ ln 2/2.
    let tail = polynomial::<S, 5>(
        r,
        [
            0.5,
            0.166_665_2,
            0.041_666_206,
            0.008_368_882,
            0.001_395_047_9,
        ],
    );
    let fraction = 1.0 + mul_add::<S>(tail, r * r, r);
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    let value = fraction * power;
    if x < -87.0 { 0.0 } else { value }
}

/// Φ(x) and e^{−x²/2}; below zero Φ has a relative error below (3 + x²)·1.3e-7, and an absolute one
/// below 1e-7 everywhere.
///
/// ½ erfcx(u/√2)·(1 + cu) is a polynomial in 1/(1 + cu) to a relative 2e-8 on 0 ≤ u ≤ 13.
#[inline(always)]
fn normal_cdf<S: Simd>(x: f32) -> (f32, f32) {
    let u = x.abs();
    let bell = exp::<S>(-0.5 * x * x);
    let t = 1.0 / mul_add::<S>(u, 0.34, 1.0);
    let ratio = polynomial::<S, 9>(
        t,
        [
            0.135_618_09,
            0.136_156_18,
            0.114_863_4,
            0.116_742_94,
            -0.048_139_985,
            0.207_372_56,
            -0.277_863_9,
            0.141_876_95,
            -0.026_626_235,
        ],
    );
    let tail = bell * t * ratio;
    (if x < 0.0 { tail } else { 1.0 - tail }, bell)
}

/// A nonlinearity with its derivative.
pub(super) trait Nonlinearity: Copy {
    /// f(x) and f′(x).
    fn with_slope<S: Simd>(x: f32) -> (f32, f32);

    /// f(x).
    #[inline(always)]
    fn value<S: Simd>(x: f32) -> f32 {
        Self::with_slope::<S>(x).0
    }
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
    fn with_slope<S: Simd>(x: f32) -> (f32, f32) {
        (x, 1.0)
    }
}

impl Nonlinearity for Relu {
    #[inline(always)]
    fn with_slope<S: Simd>(x: f32) -> (f32, f32) {
        // Written so that NaN stays NaN.
        (
            if x <= 0.0 { 0.0 } else { x },
            if x <= 0.0 { 0.0 } else { 1.0 },
        )
    }
}

impl Nonlinearity for LeakyRelu {
    #[inline(always)]
    fn with_slope<S: Simd>(x: f32) -> (f32, f32) {
        let slope = if x <= 0.0 { LEAKY_SLOPE } else { 1.0 };
        (x * slope, slope)
    }
}

/// xΦ(x) and Φ(x) + xφ(x) (Hendrycks & Gimpel 2016), with the exact Φ.
impl Nonlinearity for Gelu {
    #[inline(always)]
    fn with_slope<S: Simd>(x: f32) -> (f32, f32) {
        let (cdf, bell) = normal_cdf::<S>(x);
        const DENSITY_AT_0: f32 = FRAC_1_SQRT_2 * std::f32::consts::FRAC_2_SQRT_PI * 0.5;
        (x * cdf, mul_add::<S>(x * bell, DENSITY_AT_0, cdf))
    }
}

/// xσ(x) and σ(x)(1 + x(1 − σ(x))).
impl Nonlinearity for Silu {
    #[inline(always)]
    fn with_slope<S: Simd>(x: f32) -> (f32, f32) {
        let e = exp::<S>(-x);
        let sigmoid = 1.0 / (1.0 + e);
        let value = x * sigmoid;
        // 1 − σ = eσ, without cancellation.
        (value, mul_add::<S>(value, e * sigmoid, sigmoid))
    }
}

/// tanh x and 1 − tanh² x.
impl Nonlinearity for Tanh {
    #[inline(always)]
    fn with_slope<S: Simd>(x: f32) -> (f32, f32) {
        let (u, square) = (x.abs(), x * x);
        // (tanh x/x − 1)/x² on |x| ≤ 0.63, where the other form cancels.
        let series = polynomial::<S, 5>(
            square,
            [
                -0.333_332_78,
                0.133_313_29,
                -0.053_729_23,
                0.020_602_007,
                -0.005_660_788_6,
            ],
        );
        let near = mul_add::<S>(series * square, x, x);
        let far = 1.0 - 2.0 / (1.0 + exp::<S>(2.0 * u));
        let value = if u < 0.63 { near } else { far.copysign(x) };
        (value, mul_add::<S>(-value, value, 1.0))
    }
}

/// 1.5·2⁵²: adding it leaves the nearest whole number in the low bits.
const ROUNDER_F64: f64 = 6_755_399_441_055_744.0;

/// A phase of p turns as its nearest quarter, whose two lowest bits count, and what is left of it.
#[inline(always)]
pub(super) fn quarter_turns(phase: f64) -> (u32, f32) {
    let shifted = 4.0 * phase + ROUNDER_F64;
    // What is left is small, so that f32 is enough for it.
    let rest = (phase - 0.25 * (shifted - ROUNDER_F64)) as f32;
    (shifted.to_bits() as u32, rest)
}

/// sin 2πp and cos 2πp from the [quarter and the rest](quarter_turns) of p, to an absolute 1e-7 for
/// |p| < 2⁴⁰.
#[inline(always)]
pub(super) fn sin_cos_turns<S: Simd>(quarter: u32, rest: f32) -> (f32, f32) {
    let square = rest * rest;
    // sin 2πr/r and cos 2πr on |r| ≤ ⅛.
    let sine = [TAU, -41.341_66, 81.592_354, -75.393_56];
    let sine = rest * polynomial::<S, 4>(square, sine);
    let cosine = [1.0, -19.739_209, 64.939_316, -85.442_85, 59.220_406];
    let cosine = polynomial::<S, 5>(square, cosine);
    let swap = quarter & 1 != 0;
    let (s, c) = if swap { (cosine, sine) } else { (sine, cosine) };
    let s = f32::from_bits(s.to_bits() ^ ((quarter << 30) & 0x8000_0000));
    let c = f32::from_bits(c.to_bits() ^ ((quarter.wrapping_add(1) << 30) & 0x8000_0000));
    (s, c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::special;
    use pulp::{Arch, Scalar, WithSimd};

    /// Both ways of rounding a·b + c: the fallback, and the best of this processor.
    fn on_every_path(test: impl Fn(&dyn Fn(f32) -> [f32; 8])) {
        struct All(f32);
        impl WithSimd for All {
            type Output = [f32; 8];
            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) -> [f32; 8] {
                let x = self.0;
                let ((g, dg), (s, ds)) = (Gelu::with_slope::<S>(x), Silu::with_slope::<S>(x));
                let (t, dt) = Tanh::with_slope::<S>(x);
                let (quarter, rest) = quarter_turns(f64::from(x));
                let (sin, _) = sin_cos_turns::<S>(quarter, rest);
                [exp::<S>(x), g, dg, s, ds, t, dt, sin]
            }
        }
        test(&|x| All(x).with_simd(Scalar::new()));
        test(&|x| Arch::new().dispatch(All(x)));
    }

    #[test]
    fn every_function_has_its_stated_accuracy() {
        on_every_path(|f| {
            for i in -200_000..=200_000 {
                let x = i as f32 * 1e-4;
                let z = f64::from(x);
                let [
                    exp,
                    gelu,
                    gelu_slope,
                    silu,
                    silu_slope,
                    tanh,
                    tanh_slope,
                    sin,
                ] = f(x).map(f64::from);
                let relative = |value: f64, exact: f64| (value / exact - 1.0).abs();
                assert!(relative(exp, z.exp()) < 1e-7, "exp {x}");
                let (cdf, density) = (special::normal_cdf(z), special::normal_pdf(z));
                let scale = z.abs().max(1.0);
                assert!((gelu - z * cdf).abs() < 1.2e-7 * scale, "gelu {x}");
                if x < 0.0 && x > -12.0 {
                    assert!(relative(gelu, z * cdf) < (3.0 + z * z) * 1.3e-7, "gelu {x}");
                }
                assert!((gelu_slope - cdf - z * density).abs() < 2e-7, "gelu' {x}");
                let sigmoid = 1.0 / (1.0 + (-z).exp());
                assert!(x == 0.0 || relative(silu, z * sigmoid) < 2e-7, "silu {x}");
                let slope = sigmoid * (1.0 + z * (1.0 - sigmoid));
                assert!((silu_slope - slope).abs() < 2e-7, "silu' {x}");
                assert!(x == 0.0 || relative(tanh, z.tanh()) < 1.4e-7, "tanh {x}");
                assert!(
                    (tanh_slope - 1.0 + z.tanh().powi(2)).abs() < 1.4e-7,
                    "tanh' {x}"
                );
                let exact = (2.0 * std::f64::consts::PI * z).sin();
                assert!((sin - exact).abs() < 1e-7, "sin {x}: {sin} {exact}");
            }
        });
    }

    #[test]
    fn a_quotient_is_one() {
        struct Quotients<'a>(&'a [f32], &'a [f32], &'a mut [f32]);
        impl WithSimd for Quotients<'_> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                let (a, _) = S::as_simd_f32s(self.0);
                let (b, _) = S::as_simd_f32s(self.1);
                let (out, _) = S::as_mut_simd_f32s(self.2);
                for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                    *out = quotient(simd, *a, *b);
                }
            }
        }
        // Every power of two from the smallest normal divisor on, and numbers between them.
        let b: Vec<f32> = (0..3200)
            .map(|i| f32::MIN_POSITIVE * 2f32.powi(i / 32) * (1.0 + (i % 32) as f32 / 32.0))
            .collect();
        let a: Vec<f32> = (0..3200).map(|i| (i as f32 * 0.7).sin() * 1e-3).collect();
        let run = |test: &dyn Fn(Quotients)| {
            let mut out = vec![f32::NAN; a.len()];
            test(Quotients(&a, &b, &mut out));
            for ((out, a), b) in out.iter().zip(&a).zip(&b) {
                let exact = f64::from(*a) / f64::from(*b);
                let error = (f64::from(*out) - exact).abs();
                assert!(error <= 2e-7 * exact.abs(), "{a}/{b} = {out}");
            }
        };
        run(&|quotients| quotients.with_simd(Scalar::new()));
        run(&|quotients| Arch::new().dispatch(quotients));
    }

    #[test]
    fn infinities_saturate_and_nan_stays_nan() {
        on_every_path(|f| {
            let [exp, gelu, _, silu, _, tanh, ..] = f(f32::NEG_INFINITY);
            assert_eq!((exp, tanh), (0.0, -1.0));
            // A network that gets here has diverged, and must show it.
            assert!(!gelu.is_finite() && !silu.is_finite());
            assert_eq!(f(100.0)[1..7], [100.0, 1.0, 100.0, 1.0, 1.0, 0.0]);
            assert_eq!(f(-200.0)[1], 0.0);
            assert!(f(f32::NAN)[1..6].iter().all(|x| x.is_nan()));
        });
        let relu = Relu::value::<Scalar>(f32::NAN);
        assert!(relu.is_nan() && LeakyRelu::value::<Scalar>(f32::NAN).is_nan());
        assert_eq!(Relu::with_slope::<Scalar>(0.0), (0.0, 0.0));
    }
}
