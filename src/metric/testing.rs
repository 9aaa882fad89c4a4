//! What the tests of several metrics share.

use super::evidence::Evidence;
use crate::{
    points::Points,
    rng::{Generator, Purpose, Seed},
    target::{Component, Gaussian, Mixture},
};

/// Eight narrow Gaussians on a circle of radius 2.
pub(super) fn eight_gaussians() -> Mixture {
    let component = |k: u32| {
        let angle = f64::from(k) * std::f64::consts::FRAC_PI_4;
        let mean = vec![2.0 * angle.cos(), 2.0 * angle.sin()];
        Component::Gaussian(Gaussian::diagonal(mean, &[0.2, 0.2]).expect("a Gaussian"))
    };
    Mixture::new(vec![1.0; 8], (0..8).map(component).collect())
}

/// A stream of its own for every index.
pub(super) fn stream(index: u64) -> Generator {
    Seed(11).stream(Purpose::TestData, index, 0)
}

/// Samples and test points, and nothing else.
pub(crate) fn evidence<'a>(
    samples: &'a Points,
    test: &'a Points,
    density: Option<&'a Mixture>,
) -> Evidence<'a> {
    Evidence {
        samples,
        test,
        density,
        overlap_range: None,
        noise: None,
        splits: None,
        val_loss: None,
        irreducible_loss: None,
        excess_loss: None,
        law: None,
        model_likelihood: None,
        missed: None,
        classes: &[],
    }
}
