//! eˣ, and sine and cosine of small angles, without a branch: loops over them become vector instructions.
//!
//! They are sums and products in a fixed order, so that every processor finds the same digits.
//! `pulp` chooses the registers that such a loop uses.

use std::f64::consts::LOG2_E;

/// 1.5·2⁵²: adding it leaves the nearest whole number in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// The upper bits of ln 2, whose products with whole numbers below 2¹¹ are exact, and what they leave out.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Beyond these eˣ is 0 or ∞.
const SMALLEST: f64 = -760.0;
const LARGEST: f64 = 720.0;

/// (eʳ − 1 − r)/r² on |r| ≤ ln 2/2: interpolation at the Chebyshev nodes, with a relative error of eʳ of 4e-19.
const TAIL: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_7,
    0.041_666_666_666_666_67,
    0.008_333_333_333_326_136,
    0.001_388_888_888_888_374_8,
    0.000_198_412_698_748_206_27,
    2.480_158_732_554_774_3e-5,
    2.755_725_540_020_642_2e-6,
    2.755_727_364_311_03e-7,
    2.510_521_700_472_074_5e-8,
    2.091_468_696_808_687_6e-9,
];

/// eˣ to one unit in the last place.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    exp_of_sum(x, 0.0)
}

/// The exponential of a sum whose second term is small, without the rounding of the sum.
#[inline(always)]
pub(super) fn exp_of_sum(high: f64, low: f64) -> f64 {
    let sum = high + low;
    // Neither test is true of what is not a number, so that it stays what it is.
    let (high, low) = if sum < SMALLEST {
        (SMALLEST, 0.0)
    } else {
        (high, low)
    };
    let (high, low) = if sum > LARGEST {
        (LARGEST, 0.0)
    } else {
        (high, low)
    };
    let shifted = (high + low) * LOG2_E + ROUNDER;
    let whole = shifted - ROUNDER;
    let r = (high - whole * LN_2_HIGH) + (low - whole * LN_2_LOW);
    let above_one = r + r * r * polynomial(r, TAIL);
    // Two powers of two, since the product of both may be no normal number.
    let half = 0.5 * whole + ROUNDER - ROUNDER;
    (above_one + 1.0) * power_of_two(half) * power_of_two(whole - half)
}

/// Two to a whole number between −1022 and 1023.
#[inline(always)]
fn power_of_two(whole: f64) -> f64 {
    let bits = (whole + ROUNDER).to_bits();
    f64::from_bits((bits << 52).wrapping_add(1.0f64.to_bits()))
}

/// sin x/x − 1 over x², and cos x − 1 over x², by their Taylor series: below 1e-18 on |x| ≤ π/4.
const SINE: [f64; 8] = [
    -1.0 / 6.0,
    1.0 / 120.0,
    -1.0 / 5040.0,
    1.0 / 362_880.0,
    -1.0 / 39_916_800.0,
    1.0 / 6_227_020_800.0,
    -1.0 / 1_307_674_368_000.0,
    1.0 / 355_687_428_096_000.0,
];
const COSINE: [f64; 8] = [
    -1.0 / 2.0,
    1.0 / 24.0,
    -1.0 / 720.0,
    1.0 / 40_320.0,
    -1.0 / 3_628_800.0,
    1.0 / 479_001_600.0,
    -1.0 / 87_178_291_200.0,
    1.0 / 20_922_789_888_000.0,
];

/// sin x and cos x to 1.5 units in the last place, for |x| ≤ π/4.
#[inline(always)]
pub(super) fn sin_cos_of_small(x: f64) -> (f64, f64) {
    let square = x * x;
    let sine = x + x * (square * polynomial(square, SINE));
    (sine, 1.0 + square * polynomial(square, COSINE))
}

/// Σ c_i x^i, as four sums in x⁴ that do not wait for each other.
#[inline(always)]
pub(super) fn polynomial<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    let square = x * x;
    let fourth = square * square;
    let mut sums = [0.0; 4];
    for i in (0..N).rev() {
        sums[i % 4] = sums[i % 4] * fourth + coefficients[i];
    }
    let [a, b, c, d] = sums;
    (a + b * x) + square * (c + d * x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{FRAC_PI_4, PI};

    /// A number as the sum of two, to some 31 digits.
    type Double = (f64, f64);

    fn sum((a, b): Double, (c, d): Double) -> Double {
        let s = a + c;
        let v = s - a;
        let error = (a - (s - v)) + (c - v) + b + d;
        (s + error, error - ((s + error) - s))
    }

    fn product((a, b): Double, (c, d): Double) -> Double {
        let p = a * c;
        let error = a.mul_add(c, -p) + a * d + b * c;
        (p + error, error - ((p + error) - p))
    }

    fn quotient((a, b): Double, c: f64) -> Double {
        let q = a / c;
        let rest = (-q).mul_add(c, a) + b;
        (q + rest / c, rest / c - ((q + rest / c) - q))
    }

    /// eˣ by its series after halving x ten times.
    fn exact_exp(x: f64) -> (Double, i32) {
        let k = (x * LOG2_E).round();
        // ln 2 to 49 digits in three parts, of which the first two have short products with k.
        let parts = [
            f64::from_bits(0x3FE6_2E42_FEE0_0000),
            f64::from_bits(0x3DEA_39EF_3540_0000),
        ];
        let rest = 9.696_186_452_175_17e-20;
        let mut r = (x - k * parts[0], 0.0);
        r = sum(r, (-k * parts[1], 0.0));
        r = sum(r, (-k * rest, 0.0));
        let r = (r.0 / 1024.0, r.1 / 1024.0);
        let (mut term, mut total) = ((1.0, 0.0), (0.0, 0.0));
        for i in 1..12 {
            term = quotient(product(term, r), f64::from(i));
            total = sum(total, term);
        }
        // (1 + t)² − 1 = 2t + t², so that no digit of a small t is lost.
        for _ in 0..10 {
            total = sum((2.0 * total.0, 2.0 * total.1), product(total, total));
        }
        (sum((1.0, 0.0), total), k as i32)
    }

    fn units(found: f64, (high, low): Double) -> f64 {
        let unit = f64::EPSILON * 2f64.powi(high.abs().log2().floor() as i32);
        ((found - high) - low).abs() / unit
    }

    #[test]
    fn the_exponential_has_its_stated_accuracy() {
        let mut worst = 0.0f64;
        for i in 0..2_000_000 {
            let x = (f64::from(i) * 0.618_033_988_749_894_9).fract() * 1416.0 - 708.0;
            let (exact, power) = exact_exp(x);
            // The power of two is exact.
            let found = exp(x) * 2f64.powi(-power / 2) * 2f64.powi(-(power - power / 2));
            worst = worst.max(units(found, exact));
        }
        assert!(worst < 1.0, "{worst}");
        assert!(worst > 0.5, "{worst}: the reference is not exact");
    }

    #[test]
    fn the_exponential_ends_where_numbers_do() {
        for (x, exact) in [
            (f64::NEG_INFINITY, 0.0),
            (-1e300, 0.0),
            (-746.0, 0.0),
            (-0.0, 1.0),
            (0.0, 1.0),
            (5e-324, 1.0),
            (710.0, f64::INFINITY),
            (f64::INFINITY, f64::INFINITY),
        ] {
            assert_eq!(exp(x), exact, "{x}");
        }
        assert!(exp(f64::NAN).is_nan());
        // By mpmath.
        for (x, exact) in [
            (709.78, 1.792_822_794_394_515_6e308),
            (-708.39, 2.239_401_498_880_467_8e-308),
            (-740.0, 4.188_74e-322),
        ] {
            assert!(
                (exp(x) - exact).abs() <= 2e-16 * exact + 5e-324,
                "{x}: {}",
                exp(x)
            );
        }
    }

    #[test]
    fn a_sum_of_exponents_keeps_the_digits_of_both() {
        for i in 0..200_000 {
            let high = -f64::from(i) * 0.003;
            let low = (f64::from(i) * 0.37).sin() * 1e-3;
            let (exact, power) = exact_exp(high);
            let exact = product(exact, sum((1.0, 0.0), (low.exp_m1(), 0.0)));
            let found =
                exp_of_sum(high, low) * 2f64.powi(-power / 2) * 2f64.powi(-(power - power / 2));
            assert!(units(found, exact) < 1.3, "{high} {low}");
        }
    }

    #[test]
    fn sines_and_cosines_have_their_stated_accuracy() {
        let series = |x: f64, first: i32| {
            let square = product((x, 0.0), (x, 0.0));
            let mut term = if first == 1 { (x, 0.0) } else { (1.0, 0.0) };
            let mut total = term;
            for k in 0..14 {
                let n = f64::from(2 * k + first);
                term = quotient(product(term, square), -(n + 1.0) * (n + 2.0));
                total = sum(total, term);
            }
            total
        };
        let mut worst = [0.0f64; 2];
        for i in 0..1_000_000 {
            let x = ((f64::from(i) * 0.618_033_988_749_894_9).fract() * 2.0 - 1.0) * FRAC_PI_4;
            let (sine, cosine) = sin_cos_of_small(x);
            worst[0] = worst[0].max(units(sine, series(x, 1)));
            worst[1] = worst[1].max(units(cosine, series(x, 0)));
        }
        assert!(worst.iter().all(|worst| *worst < 1.5), "{worst:?}");
        assert_eq!(sin_cos_of_small(0.0), (0.0, 1.0));
        let (sine, cosine) = sin_cos_of_small(PI / 6.0);
        assert!((sine - 0.5).abs() < 1e-16 && (cosine - 0.75f64.sqrt()).abs() < 3e-16);
    }
}
