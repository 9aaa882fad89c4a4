//! Sines and cosines of many frequencies.

use super::math::{quarter_turns, sin_cos_turns};
use pulp::{Simd, WithSimd};
use std::f64::consts::TAU;

/// Base of the geometric progression of frequencies (Vaswani et al. 2017).
const FREQUENCY_BASE: f64 = 10_000.0;

/// The frequencies f_i = scale · 10000^{−i/(dim/2 − 1)}, i < dim/2.
#[derive(Debug, Clone)]
pub(in crate::model) struct Frequencies {
    /// In turns a unit of the argument.
    turns: Vec<f64>,
}

impl Frequencies {
    /// The frequencies of `dim` features.
    pub(in crate::model) fn new(dim: usize, scale: f64) -> Self {
        let half = dim / 2;
        let exponent = |i: usize| -FREQUENCY_BASE.ln() * i as f64 / (half as f64 - 1.0);
        Self {
            turns: (0..half).map(|i| scale * exponent(i).exp() / TAU).collect(),
        }
    }

    /// Features of one number: a sine and a cosine of each frequency.
    pub(in crate::model) fn num_features(&self) -> usize {
        2 * self.turns.len()
    }

    /// Writes [sin(x f_i), cos(x f_i)] of every `x`, each to an absolute 2e-7.
    pub(in crate::model) fn features(&self, x: &[f64], out: &mut [f32]) {
        super::run(Features {
            turns: &self.turns,
            x,
            out,
        });
    }
}

struct Features<'a> {
    turns: &'a [f64],
    x: &'a [f64],
    out: &'a mut [f32],
}

impl WithSimd for Features<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // A part is a whole number of registers; what stands in it behind the last frequency is not
        // written out.
        const PART: usize = 64;
        let (mut quarters, mut rests) = ([0; PART], [0.0; PART]);
        let (mut s, mut c) = ([0.0; PART], [0.0; PART]);
        let half = self.turns.len();
        for (x, out) in self.x.iter().zip(self.out.chunks_exact_mut(2 * half)) {
            let (sines, cosines) = out.split_at_mut(half);
            let parts = sines.chunks_mut(PART).zip(cosines.chunks_mut(PART));
            for (turns, (sines, cosines)) in self.turns.chunks(PART).zip(parts) {
                // f64 and f32 in loops of their own, so that both become vector instructions.
                let reduced = quarters.iter_mut().zip(&mut rests);
                for (turns, (quarter, rest)) in turns.iter().zip(reduced) {
                    (*quarter, *rest) = quarter_turns(x * turns);
                }
                let (quarters, _) = S::as_simd_u32s(&quarters);
                let (rests, _) = S::as_simd_f32s(&rests);
                let results = S::as_mut_simd_f32s(&mut s).0.iter_mut();
                let results = results.zip(S::as_mut_simd_f32s(&mut c).0);
                let used = turns.len().div_ceil(S::F32_LANES);
                let reduced = quarters.iter().zip(rests).take(used);
                for ((sine, cosine), (quarter, rest)) in results.zip(reduced) {
                    (*sine, *cosine) = sin_cos_turns(simd, *quarter, *rest);
                }
                sines.copy_from_slice(&s[..turns.len()]);
                cosines.copy_from_slice(&c[..turns.len()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_start_at_frequency_one_and_end_at_a_ten_thousandth() {
        let mut out = [0.0; 16];
        Frequencies::new(8, 1.0).features(&[3.0, -250.0], &mut out);
        assert!((out[0] - 3f32.sin()).abs() < 2e-7 && (out[4] - 3f32.cos()).abs() < 2e-7);
        assert!((out[3] - 3e-4f32.sin()).abs() < 1e-10 && (out[7] - 3e-4f32.cos()).abs() < 2e-7);
        assert!((f64::from(out[8]) - (-250f64).sin()).abs() < 2e-7);
        assert!((f64::from(out[12]) - 250f64.cos()).abs() < 2e-7);
    }
}
