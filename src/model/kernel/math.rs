//! Elementary functions in f32, of a register at a time.
//!
//! Polynomials are minimax fits (weighted least squares, iterated) to the functions named beside them.

use pulp::Simd;
#[cfg(target_arch = "x86_64")]
use pulp::{f32x16, x86::V4};
#[cfg(target_arch = "x86_64")]
use std::any::Any;
use std::f32::consts::{LOG2_E, TAU};

/// a/b with a relative error below 2e-7, for b not below the smallest normal number.
#[inline(always)]
pub(super) fn quotient<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    // A division occupies its unit for as long as seven other operations take; an estimate to 14 bits
    // and one step of Newton's method are faster.
    #[cfg(target_arch = "x86_64")]
    if let (Some(v4), Some(a), Some(b)) = (same::<_, V4>(simd), same::<_, f32x16>(a), same(b)) {
        let inverse = pulp::cast(v4.avx512f._mm512_rcp14_ps(pulp::cast(b)));
        let estimate = v4.mul_f32s(a, inverse);
        let error = v4.negate_mul_add_f32s(b, estimate, a);
        if let Some(quotient) = same(v4.mul_add_f32s(inverse, error, estimate)) {
            return quotient;
        }
    }
    simd.div_f32s(a, b)
}

/// 1/x with a relative error below 1e-7, for x not below the smallest normal number.
#[inline(always)]
pub(super) fn reciprocal<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    #[cfg(target_arch = "x86_64")]
    if let (Some(v4), Some(x)) = (same::<_, V4>(simd), same::<_, f32x16>(x)) {
        let inverse: f32x16 = pulp::cast(v4.avx512f._mm512_rcp14_ps(pulp::cast(x)));
        let error = v4.negate_mul_add_f32s(x, inverse, v4.splat_f32s(1.0));
        if let Some(inverse) = same(v4.mul_add_f32s(inverse, error, inverse)) {
            return inverse;
        }
    }
    simd.div_f32s(simd.splat_f32s(1.0), x)
}

/// `x`, where both types are the same: known when it is compiled.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn same<A: Any, B: Any + Copy>(x: A) -> Option<B> {
    (&x as &dyn Any).downcast_ref().copied()
}

/// Σ c_i x^i by Horner's rule.
#[inline(always)]
pub(super) fn polynomial<S: Simd, const N: usize>(
    simd: S,
    x: S::f32s,
    coefficients: [f32; N],
) -> S::f32s {
    let mut sum = simd.splat_f32s(coefficients[N - 1]);
    for i in (0..N - 1).rev() {
        sum = simd.mul_add_e_f32s(sum, x, simd.splat_f32s(coefficients[i]));
    }
    sum
}

/// 1.5·2²³: adding it leaves the nearest whole number in the low bits.
const ROUNDER: f32 = 12_582_912.0;

/// The nearest whole number to x, and two to its power, 0 for −127.
#[inline(always)]
fn power_of_two<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let shifted = simd.add_f32s(x, simd.splat_f32s(ROUNDER));
    let whole = simd.sub_f32s(shifted, simd.splat_f32s(ROUNDER));
    // The bits of the exponent, and 127 at 0.
    let exponent =
        simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    let bits = simd.add_u32s(exponent, simd.splat_u32s(0x3f80_0000));
    (whole, simd.transmute_f32s_u32s(bits))
}

/// The upper bits of ln 2, whose products with small whole numbers are exact.
const LN_2_HIGH: f32 = 0.693_359_4;

/// What they leave out.
const LN_2_LOW: f32 = (std::f64::consts::LN_2 - 0.693_359_375) as f32;

/// eˣ with a relative error below 1e-7, for x ≤ 88; 0 below −88.
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let x = simd.min_f32s(simd.splat_f32s(88.0), x);
    let x = simd.max_f32s(simd.splat_f32s(-88.02), x);
    let (whole, power) = power_of_two(simd, simd.mul_f32s(x, simd.splat_f32s(LOG2_E)));
    let r = simd.mul_add_e_f32s(whole, simd.splat_f32s(-LN_2_HIGH), x);
    let r = simd.mul_add_e_f32s(whole, simd.splat_f32s(-LN_2_LOW), r);
    // (eʳ − 1 − r)/r² on |r| ≤ ln 2/2.
    let tail = polynomial(
        simd,
        r,
        [
            0.5,
            0.166_665_2,
            0.041_666_206,
            0.008_368_882,
            0.001_395_047_9,
        ],
    );
    let fraction = simd.mul_add_e_f32s(tail, simd.mul_f32s(r, r), r);
    simd.mul_add_e_f32s(fraction, power, power)
}

/// φ(x) with a relative error below (2 + x²)·1e-7, 0 beyond |x| = 13.3.
#[inline(always)]
fn normal_pdf<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // −x²/2 in powers of two.
    let y = simd.mul_f32s(simd.mul_f32s(x, x), simd.splat_f32s(-0.5 * LOG2_E));
    let y = simd.max_f32s(simd.splat_f32s(-127.0), y);
    let (whole, power) = power_of_two(simd, y);
    // φ(0) 2ʳ on |r| ≤ ½.
    let fraction = polynomial(
        simd,
        simd.sub_f32s(y, whole),
        [
            0.398_942_3,
            0.276_525_74,
            0.095_836_5,
            0.022_142_608,
            0.003_837_222,
            0.000_534_579_9,
            6.122_093e-5,
        ],
    );
    simd.mul_f32s(fraction, power)
}

/// Φ(x) and φ(x); below zero Φ has a relative error below (3 + x²)·1.3e-7, and an absolute one
/// below 2e-7 everywhere.
///
/// Φ(−u)/φ(u) is a polynomial in t = 1/(1 + 0.34u), times t, to a relative 3e-8 on 0 ≤ u ≤ 13.
#[inline(always)]
pub(super) fn normal_cdf<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
    let pdf = normal_pdf(simd, x);
    let slope = simd.splat_f32s(0.34);
    let t = reciprocal(simd, simd.mul_add_e_f32s(simd.abs_f32s(x), slope, one));
    let ratio = polynomial(
        simd,
        t,
        [
            0.339_946_06,
            0.341_258_35,
            0.288_180_92,
            0.291_556_33,
            -0.118_023_37,
            0.515_807_4,
            -0.692_866_86,
            0.353_810_5,
            -0.066_355_11,
        ],
    );
    let tail = simd.mul_f32s(simd.mul_f32s(pdf, t), ratio);
    let is_below = simd.less_than_f32s(x, zero);
    let cdf = simd.select_f32s(is_below, tail, simd.sub_f32s(one, tail));
    (cdf, pdf)
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
pub(super) fn sin_cos_turns<S: Simd>(
    simd: S,
    quarter: S::u32s,
    rest: S::f32s,
) -> (S::f32s, S::f32s) {
    let square = simd.mul_f32s(rest, rest);
    // sin 2πr/r and cos 2πr on |r| ≤ ⅛.
    let sine = polynomial(simd, square, [TAU, -41.341_66, 81.592_354, -75.393_56]);
    let sine = simd.mul_f32s(rest, sine);
    let cosine = [1.0, -19.739_209, 64.939_316, -85.442_85, 59.220_406];
    let cosine = polynomial(simd, square, cosine);
    let one = simd.splat_u32s(1);
    let swap = simd.equal_u32s(simd.and_u32s(quarter, one), one);
    let s = simd.select_f32s(swap, cosine, sine);
    let c = simd.select_f32s(swap, sine, cosine);
    // The second bit of a quarter is the sign of its sine, that of the next one the sign of its cosine.
    let next = simd.add_u32s(quarter, one);
    (negated_if(simd, quarter, s), negated_if(simd, next, c))
}

/// `x`, with its sign turned where the second bit of `quarter` is set.
#[inline(always)]
fn negated_if<S: Simd>(simd: S, quarter: S::u32s, x: S::f32s) -> S::f32s {
    let bit = simd.and_u32s(quarter, simd.splat_u32s(2));
    let sign = simd.wrapping_dyn_shl_u32s(bit, simd.splat_u32s(30));
    simd.transmute_f32s_u32s(simd.xor_u32s(simd.transmute_u32s_f32s(x), sign))
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{first, on_every_path},
        *,
    };
    use crate::target::special;
    use pulp::WithSimd;

    /// eˣ, Φ(x), φ(x), sin 2πx and cos 2πx.
    #[derive(Clone, Copy)]
    struct Elementary(f32);

    impl WithSimd for Elementary {
        type Output = [f32; 5];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> [f32; 5] {
            let x = simd.splat_f32s(self.0);
            let (cdf, pdf) = normal_cdf(simd, x);
            let (quarter, rest) = quarter_turns(f64::from(self.0));
            let (quarter, rest) = (simd.splat_u32s(quarter), simd.splat_f32s(rest));
            let (sine, cosine) = sin_cos_turns(simd, quarter, rest);
            [exp(simd, x), cdf, pdf, sine, cosine].map(|register| first(simd, register))
        }
    }

    #[test]
    fn every_function_has_its_stated_accuracy() {
        for i in -200_000..=200_000 {
            let x = i as f32 * 1e-4;
            let z = f64::from(x);
            let (phase, square) = (2.0 * std::f64::consts::PI * z, z * z);
            for found in on_every_path(|| Elementary(x)) {
                let [exp, cdf, pdf, sine, cosine] = found.map(f64::from);
                let relative = |value: f64, exact: f64| (value / exact - 1.0).abs();
                assert!(relative(exp, z.exp()) < 1e-7, "exp {x}");
                let exact = special::normal_cdf(z);
                assert!((cdf - exact).abs() < 2e-7, "Φ {x}");
                if x < 0.0 && x > -12.0 {
                    assert!(relative(cdf, exact) < (3.0 + square) * 1.3e-7, "Φ {x}");
                }
                if x.abs() < 13.0 {
                    let exact = special::normal_pdf(z);
                    assert!(relative(pdf, exact) < (2.0 + square) * 1e-7, "φ {x}");
                }
                assert!((sine - phase.sin()).abs() < 1e-7, "sin {x}: {sine}");
                assert!((cosine - phase.cos()).abs() < 1e-7, "cos {x}: {cosine}");
            }
        }
    }

    #[test]
    fn exponentials_end_where_f32_does() {
        for (x, exact) in [(f32::NEG_INFINITY, 0.0), (-90.0, 0.0), (0.0, 1.0)] {
            for found in on_every_path(|| Elementary(x)) {
                assert_eq!(found[0], exact, "{x}");
            }
        }
        for found in on_every_path(|| Elementary(-20.0)) {
            assert_eq!(found[1..3], [0.0, 0.0]);
        }
        for found in on_every_path(|| Elementary(100.0)) {
            assert!(found[0] > 1.6e38 && found[1..3] == [1.0, 0.0], "{found:?}");
        }
    }

    #[test]
    fn a_quotient_is_one() {
        struct Quotients<'a>(&'a [f32], &'a [f32]);
        impl WithSimd for Quotients<'_> {
            type Output = Vec<f32>;

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
                let mut out = vec![f32::NAN; self.0.len()];
                let (a, _) = S::as_simd_f32s(self.0);
                let (b, _) = S::as_simd_f32s(self.1);
                for ((out, a), b) in S::as_mut_simd_f32s(&mut out).0.iter_mut().zip(a).zip(b) {
                    *out = quotient(simd, *a, *b);
                }
                out
            }
        }
        struct Reciprocals<'a>(&'a [f32]);
        impl WithSimd for Reciprocals<'_> {
            type Output = Vec<f32>;

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
                let mut out = vec![f32::NAN; self.0.len()];
                let (b, _) = S::as_simd_f32s(self.0);
                for (out, b) in S::as_mut_simd_f32s(&mut out).0.iter_mut().zip(b) {
                    *out = reciprocal(simd, *b);
                }
                out
            }
        }
        // Every power of two from the smallest normal divisor on, and numbers between them.
        let b: Vec<f32> = (0..3200)
            .map(|i| f32::MIN_POSITIVE * 2f32.powi(i / 32) * (1.0 + (i % 32) as f32 / 32.0))
            .collect();
        let a: Vec<f32> = (0..3200).map(|i| (i as f32 * 0.7).sin() * 1e-3).collect();
        for out in on_every_path(|| Quotients(&a, &b)) {
            for ((out, a), b) in out.iter().zip(&a).zip(&b) {
                let exact = f64::from(*a) / f64::from(*b);
                let error = (f64::from(*out) - exact).abs();
                assert!(error <= 2e-7 * exact.abs(), "{a}/{b} = {out}");
            }
        }
        for out in on_every_path(|| Reciprocals(&b)) {
            for (out, b) in out.iter().zip(&b) {
                let error = f64::from(*out) * f64::from(*b) - 1.0;
                assert!(error.abs() <= 1e-7, "1/{b} = {out}");
            }
        }
    }
}
