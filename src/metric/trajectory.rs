//! How well the reverse process tracks the forward process, timestep by timestep.

use super::mean::mean_over_axes;
use crate::{
    distance::wasserstein as w1,
    points::{Affine, Points},
    target::Mixture,
};
use serde::{Deserialize, Serialize, Serializer};

/// The two processes at one timestep, in the data's own units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrajectoryPoint {
    /// Time t: a timestep, or between two.
    #[serde(serialize_with = "write_time")]
    pub t: f64,
    /// W1 between the reverse and the forward samples.
    pub w1_forward: f64,
    /// Expected W1 between two perfect samples of those sizes.
    pub w1_forward_noise_floor: f64,
    /// W1 between the reverse samples and the exact law q_t, if it is known.
    pub w1_exact: Option<f64>,
    /// Expected W1 of a perfect sample of that size to q_t.
    pub w1_exact_noise_floor: Option<f64>,
    /// W1 between the exact law of the reverse process and q_t, if both are known: no samples, no noise.
    pub w1_law: Option<f64>,
}

/// A timestep as the whole number it is.
fn write_time<S: Serializer>(t: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if t.fract() == 0.0 {
        serializer.serialize_u64(*t as u64)
    } else {
        serializer.serialize_f64(*t)
    }
}

impl TrajectoryPoint {
    /// Compares `reverse` and `forward` samples of x_t, and the law of x_t where it is known, all in
    /// standardised units; `affine` takes the distances back to the data's own.
    pub fn compare(
        t: f64,
        reverse: &Points,
        forward: &Points,
        law: Option<&Mixture>,
        affine: &Affine,
    ) -> Self {
        let (d, n, m) = (reverse.dim(), reverse.len(), forward.len());
        let axes: Vec<_> = (0..d)
            .map(|k| {
                let (reverse, forward) = (w1::sorted(reverse.axis(k)), w1::sorted(forward.axis(k)));
                let law = law.map(|law| law.axis(k));
                (reverse, forward, law, affine.scale[k])
            })
            .collect();
        let exact = |f: &dyn Fn(&[f64], &Mixture) -> f64| {
            law?;
            let value = mean_over_axes(d, |k| {
                let (reverse, _, law, scale) = &axes[k];
                law.as_ref().map_or(f64::NAN, |law| scale * f(reverse, law))
            });
            value.is_finite().then_some(value)
        };
        Self {
            t,
            w1_forward: mean_over_axes(d, |k| {
                axes[k].3 * w1::between_samples(&axes[k].0, &axes[k].1)
            }),
            w1_forward_noise_floor: mean_over_axes(d, |k| {
                let spread = match &axes[k].2 {
                    Some(law) => w1::spread_of_law(law),
                    None => w1::spread_of_samples(&axes[k].1),
                };
                axes[k].3 * spread * w1::two_sample_factor(n, m)
            }),
            w1_exact: exact(&|reverse, law| w1::to_law_by_table(reverse, law)),
            w1_exact_noise_floor: exact(&|_, law| w1::one_sample_floor(law, n)),
            w1_law: None,
        }
    }
}
