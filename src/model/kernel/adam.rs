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
        let rates = Rates::new(simd, &self);
        let (w, last_w) = S::as_mut_simd_f32s(self.weights);
        let (g, last_g) = S::as_simd_f32s(self.gradient);
        let (m, last_m) = S::as_mut_simd_f32s(self.first_moment);
        let (v, last_v) = S::as_mut_simd_f32s(self.second_moment);
        let (mut ema, last_ema) = match self.ema {
            Some(ema) => {
                let (ema, last) = S::as_mut_simd_f32s(ema);
                (Some(ema), Some(last))
            }
            None => (None, None),
        };
        for (i, (((w, g), m), v)) in w.iter_mut().zip(g).zip(m).zip(v).enumerate() {
            rates.update(w, *g, m, v);
            if let Some(ema) = &mut ema {
                rates.average(&mut ema[i], *w);
            }
        }
        // What is left fills a part of one register.
        let mut one_w = simd.partial_load_f32s(last_w);
        let mut one_m = simd.partial_load_f32s(last_m);
        let mut one_v = simd.partial_load_f32s(last_v);
        let one_g = simd.partial_load_f32s(last_g);
        rates.update(&mut one_w, one_g, &mut one_m, &mut one_v);
        simd.partial_store_f32s(last_w, one_w);
        simd.partial_store_f32s(last_m, one_m);
        simd.partial_store_f32s(last_v, one_v);
        if let Some(last_ema) = last_ema {
            let mut one = simd.partial_load_f32s(last_ema);
            rates.average(&mut one, one_w);
            simd.partial_store_f32s(last_ema, one);
        }
    }
}

/// The numbers of a pass, in registers.
struct Rates<S: Simd> {
    simd: S,
    beta1: S::f32s,
    beta2: S::f32s,
    /// Shares of the gradient and of its square in the moments, with the factor on the gradient.
    first_share: S::f32s,
    second_share: S::f32s,
    root_correction: S::f32s,
    epsilon: S::f32s,
    step_size: S::f32s,
    keep: S::f32s,
    ema_share: S::f32s,
}

// Methods and no closures: a function that is not inlined loses the instructions of its caller.
impl<S: Simd> Rates<S> {
    #[inline(always)]
    fn new(simd: S, pass: &AdamPass) -> Self {
        let scale = pass.gradient_scale;
        Self {
            simd,
            beta1: simd.splat_f32s(pass.beta1),
            beta2: simd.splat_f32s(pass.beta2),
            first_share: simd.splat_f32s((1.0 - pass.beta1) * scale),
            second_share: simd.splat_f32s((1.0 - pass.beta2) * scale * scale),
            root_correction: simd.splat_f32s(pass.root_correction),
            epsilon: simd.splat_f32s(pass.epsilon),
            step_size: simd.splat_f32s(pass.step_size),
            keep: simd.splat_f32s(pass.keep),
            ema_share: simd.splat_f32s(pass.ema_share),
        }
    }

    /// New moments, then new weights.
    #[inline(always)]
    fn update(&self, w: &mut S::f32s, g: S::f32s, m: &mut S::f32s, v: &mut S::f32s) {
        let simd = self.simd;
        *m = simd.mul_add_e_f32s(self.beta1, *m, simd.mul_f32s(self.first_share, g));
        let square = simd.mul_f32s(simd.mul_f32s(self.second_share, g), g);
        *v = simd.mul_add_e_f32s(self.beta2, *v, square);
        let root = simd.mul_add_e_f32s(simd.sqrt_f32s(*v), self.root_correction, self.epsilon);
        let change = simd.mul_f32s(self.step_size, quotient(simd, *m, root));
        *w = simd.sub_f32s(simd.mul_f32s(self.keep, *w), change);
    }

    /// Moves an average towards the weights.
    #[inline(always)]
    fn average(&self, average: &mut S::f32s, w: S::f32s) {
        let simd = self.simd;
        let distance = simd.sub_f32s(w, *average);
        *average = simd.mul_add_e_f32s(self.ema_share, distance, *average);
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
