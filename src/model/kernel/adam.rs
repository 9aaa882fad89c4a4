//! Adam, weight decay, clipping and the moving average of the weights in one pass.

use super::math::quotient;
use pulp::{Simd, WithSimd};

/// One update of all weights; what each number means is in [`super::super::Adam`].
pub(in crate::model) struct AdamPass<'a> {
    pub(in crate::model) gradient: &'a [f32],
    pub(in crate::model) weights: &'a mut [f32],
    pub(in crate::model) first_moment: &'a mut [f32],
    pub(in crate::model) second_moment: &'a mut [f32],
    pub(in crate::model) ema: Option<&'a mut [f32]>,
    pub(in crate::model) beta1: f32,
    pub(in crate::model) beta2: f32,
    pub(in crate::model) epsilon: f32,
    /// Learning rate over the bias correction of the first moment.
    pub(in crate::model) step_size: f32,
    /// 1/√(bias correction of the second moment).
    pub(in crate::model) root_correction: f32,
    /// What weight decay leaves of a weight.
    pub(in crate::model) keep: f32,
    /// Factor on the gradient.
    pub(in crate::model) gradient_scale: f32,
    /// Share of the new weight in the moving average.
    pub(in crate::model) ema_share: f32,
}

impl WithSimd for AdamPass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let all = |x| simd.splat_f32s(x);
        let (beta1, beta2) = (all(self.beta1), all(self.beta2));
        let scale = self.gradient_scale;
        let first_share = all((1.0 - self.beta1) * scale);
        let second_share = all(((1.0 - self.beta2) * scale) * scale);
        let (step_size, keep) = (all(-self.step_size), all(self.keep));
        let (root_correction, epsilon) = (all(self.root_correction), all(self.epsilon));
        let ema_share = all(self.ema_share);
        let update = |w: &mut S::f32s, g: S::f32s, m: &mut S::f32s, v: &mut S::f32s| {
            *m = simd.mul_add_e_f32s(beta1, *m, simd.mul_f32s(first_share, g));
            let square = simd.mul_f32s(simd.mul_f32s(second_share, g), g);
            *v = simd.mul_add_e_f32s(beta2, *v, square);
            let root = simd.mul_add_e_f32s(simd.sqrt_f32s(*v), root_correction, epsilon);
            let change = quotient(simd, *m, root);
            *w = simd.mul_add_e_f32s(step_size, change, simd.mul_f32s(keep, *w));
        };
        let average = |a: &mut S::f32s, w: S::f32s| {
            *a = simd.mul_add_e_f32s(ema_share, simd.sub_f32s(w, *a), *a);
        };
        let (w, last_w) = S::as_mut_simd_f32s(self.weights);
        let (g, last_g) = S::as_simd_f32s(self.gradient);
        let (m, last_m) = S::as_mut_simd_f32s(self.first_moment);
        let (v, last_v) = S::as_mut_simd_f32s(self.second_moment);
        // What is left fills a part of one register.
        let mut last = [&*last_w, last_g, last_m, last_v].map(|x| simd.partial_load_f32s(x));
        let [one_w, one_g, one_m, one_v] = &mut last;
        update(one_w, *one_g, one_m, one_v);
        let [one_w, _, one_m, one_v] = last;
        simd.partial_store_f32s(last_w, one_w);
        simd.partial_store_f32s(last_m, one_m);
        simd.partial_store_f32s(last_v, one_v);
        let each = w.iter_mut().zip(g).zip(m).zip(v);
        match self.ema.map(S::as_mut_simd_f32s) {
            None => each.for_each(|(((w, g), m), v)| update(w, *g, m, v)),
            Some((ema, last_ema)) => {
                each.zip(ema).for_each(|((((w, g), m), v), ema)| {
                    update(w, *g, m, v);
                    average(ema, *w);
                });
                let mut one = simd.partial_load_f32s(last_ema);
                average(&mut one, one_w);
                simd.partial_store_f32s(last_ema, one);
            }
        }
    }
}

/// Σg², in f64.
pub(in crate::model) struct SquaredNorm<'a>(pub(in crate::model) &'a [f32]);

impl WithSimd for SquaredNorm<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f64 {
        // Independent sums, so that additions overlap; their number is fixed, and so is the result.
        const LANES: usize = 32;
        let mut sums = [0.0; LANES];
        let (chunks, rest) = self.0.as_chunks::<LANES>();
        for chunk in chunks {
            for (sum, g) in sums.iter_mut().zip(chunk) {
                *sum += f64::from(*g) * f64::from(*g);
            }
        }
        let rest: f64 = rest.iter().map(|g| f64::from(*g).powi(2)).sum();
        sums.iter().sum::<f64>() + rest
    }
}
