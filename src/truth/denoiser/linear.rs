//! The best linear denoiser, which tests hold others against.

use crate::{
    diffusion::NoiseSchedule,
    target::{Component, Gaussian, Mixture},
    truth::BayesDenoiser,
};

/// The Bayes denoiser of the best linear kind: that of a Gaussian with the mean and the variances of
/// the data along each axis. No denoiser that is affine in every coordinate of x_t has a smaller loss.
pub(crate) fn linear_denoiser(data: &Mixture, schedule: &NoiseSchedule) -> BayesDenoiser {
    let d = data.dim();
    let mean = (0..d).map(|k| data.mean(k)).collect();
    let std_devs: Vec<_> = (0..d).map(|k| data.variance(k).sqrt()).collect();
    let gaussian = Gaussian::diagonal(mean, &std_devs).expect("data has a positive variance");
    let law = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
    BayesDenoiser::new(&law, schedule)
}
