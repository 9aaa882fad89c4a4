//! Which timesteps a training batch sees.

use crate::{
    rng::Generator,
    settings::{Choice, Kind},
};
use rand::RngExt;
use serde::Serialize;

/// How the timesteps of a batch are drawn from 1..=T.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestepSampling {
    /// Independently and uniformly (Ho et al. 2020, Algorithm 1).
    Uniform,
    /// One in each of B equal strata, (i + u_i)/B. Each row is still uniform, but a batch covers all
    /// timesteps evenly, which takes most of the noise of t out of the gradient.
    Stratified,
}

impl Choice for TimestepSampling {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new(
                "uniform",
                "Every point of a batch has an independent, uniform timestep.",
            )
            .source("Ho et al. 2020, Algorithm 1"),
            Self::Uniform,
        ),
        (
            Kind::new(
                "stratified",
                "One timestep in each of B equal strata, so that a batch of B points covers all timesteps evenly.",
            ),
            Self::Stratified,
        ),
    ];
}

impl TimestepSampling {
    /// Fills `timesteps` with draws from 1..=`num_timesteps`.
    pub fn fill(self, num_timesteps: usize, rng: &mut Generator, timesteps: &mut [usize]) {
        let strata = timesteps.len() as f64;
        for (i, t) in timesteps.iter_mut().enumerate() {
            let u: f64 = rng.random();
            let fraction = match self {
                Self::Uniform => u,
                Self::Stratified => (i as f64 + u) / strata,
            };
            // Rounding can lift (i + u)/B to 1.
            *t = 1 + ((fraction * num_timesteps as f64) as usize).min(num_timesteps - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Seed};

    #[test]
    fn a_stratified_batch_holds_each_timestep_equally_often() {
        let mut timesteps = vec![0; 400];
        let mut rng = Seed(0).stream(Purpose::TrainNoise, 0, 0);
        TimestepSampling::Stratified.fill(100, &mut rng, &mut timesteps);
        for t in 1..=100 {
            assert_eq!(timesteps.iter().filter(|x| **x == t).count(), 4);
        }
    }

    #[test]
    fn uniform_timesteps_cover_one_to_t_evenly() {
        let mut timesteps = vec![0; 50_000];
        let mut rng = Seed(0).stream(Purpose::TrainNoise, 0, 0);
        TimestepSampling::Uniform.fill(5, &mut rng, &mut timesteps);
        for t in 1..=5 {
            let count = timesteps.iter().filter(|x| **x == t).count() as f64;
            // Five standard deviations of Bin(50000, 1/5).
            assert!(
                (count - 10_000.0).abs() < 5.0 * 8_000f64.sqrt(),
                "t = {t}: {count}"
            );
        }
        assert!(timesteps.iter().all(|t| (1..=5).contains(t)));
    }
}
