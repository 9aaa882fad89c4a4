//! The forward process from test points.

use crate::{
    diffusion::Instant,
    experiment::{Dataset, Split},
    points::Points,
    rng::{self, Purpose, Seed},
};

/// Test points, standardised, and the seed of the noise that they get.
pub(crate) struct Forward {
    x0: Points,
    seed: Seed,
}

impl Forward {
    /// From as many test points as there are samples, or all there are.
    pub(crate) fn new(dataset: &Dataset, num_samples: usize, seed: Seed) -> Self {
        let test = dataset.standardized(Split::Test);
        let count = num_samples.min(test.len()) * test.dim();
        let x0 = Points::new(test.values()[..count].to_vec(), test.dim());
        Self { x0, seed }
    }

    /// x_t = a x0 + s ε, with noise of its own at each instant.
    pub(crate) fn at(&self, at: Instant) -> Points {
        let mut noise = vec![0.0; self.x0.values().len()];
        rng::fill_normal(
            &mut self.seed.stream(Purpose::Forward, at.stream(), 0),
            &mut noise,
        );
        let mut x_t = self.x0.clone();
        at.level.diffuse(self.x0.values(), &noise, x_t.values_mut());
        x_t
    }
}
