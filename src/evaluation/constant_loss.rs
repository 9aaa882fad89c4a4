//! The loss of a network that always gives the same answer.

use crate::{
    diffusion::{NoiseSchedule, Prediction},
    points::Points,
};

/// The mean over all timesteps and axes of the variance of what is predicted, for points `x0` in standardised units.
pub(crate) fn constant_loss(prediction: Prediction, schedule: &NoiseSchedule, x0: &Points) -> f64 {
    let dim = x0.dim();
    let variance = |k: usize| {
        let x = x0.axis(k);
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64
    };
    let mean_variance = (0..dim).map(variance).sum::<f64>() / dim as f64;
    let levels = &schedule.levels()[1..];
    // What is predicted is linear in x0 and in the noise.
    let of_level = levels.iter().map(|level| {
        let of_x0 = prediction.target(1.0, 0.0, *level);
        let of_noise = prediction.target(0.0, 1.0, *level);
        of_x0.powi(2) * mean_variance + of_noise.powi(2)
    });
    of_level.sum::<f64>() / levels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::ScheduleConfig;

    #[test]
    fn a_constant_has_the_variance_of_what_is_predicted() {
        let points = Points::new(vec![1.0, -3.0, 3.0, 5.0], 2);
        // The variances along the axes are 1 and 16.
        let schedule = ScheduleConfig::Cosine.build(20).unwrap();
        let loss = |prediction| constant_loss(prediction, &schedule, &points);
        assert!((loss(Prediction::Noise) - 1.0).abs() < 1e-12);
        assert!((loss(Prediction::X0) - 8.5).abs() < 1e-12);
        assert!((loss(Prediction::Velocity) - 9.5).abs() < 1e-12);
        let both = loss(Prediction::V);
        assert!(both > 1.0 && both < 8.5, "{both}");
    }
}
