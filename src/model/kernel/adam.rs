//! Adam, weight decay, clipping and the moving average of the weights in one pass.

use super::math::mul_add;
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
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            beta1,
            beta2,
            epsilon,
            step_size,
            root_correction,
            keep,
            gradient_scale,
            ema_share,
            ..
        } = self;
        let update = |w: &mut f32, g: &f32, m: &mut f32, v: &mut f32| {
            let g = gradient_scale * g;
            *m = mul_add::<S>(beta1, *m, (1.0 - beta1) * g);
            *v = mul_add::<S>(beta2, *v, (1.0 - beta2) * g * g);
            *w = keep * *w - step_size * *m / mul_add::<S>(v.sqrt(), root_correction, epsilon);
        };
        let moments = self.first_moment.iter_mut().zip(self.second_moment);
        let all = self.weights.iter_mut().zip(self.gradient).zip(moments);
        match self.ema {
            None => all.for_each(|((w, g), (m, v))| update(w, g, m, v)),
            Some(ema) => all.zip(ema).for_each(|(((w, g), (m, v)), average)| {
                update(w, g, m, v);
                *average = mul_add::<S>(ema_share, *w - *average, *average);
            }),
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
