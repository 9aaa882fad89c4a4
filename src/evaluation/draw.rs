//! Samples of a run.

use crate::{
    diffusion::{Classes, Counted, ReverseProcess},
    error::Result,
    evaluation::trained::Trained,
    points::Points,
    rng::Seed,
};

/// Samples in the data's own units, and what they cost.
pub(crate) struct Drawn {
    pub(crate) samples: Points,
    /// Times that the network was asked for each sample.
    pub(crate) evaluations: f64,
}

/// Draws `num_samples` samples as the run's configuration says, each of its class in `classes` where
/// there are any, with the streams of `seed`. The run's own seed gives the samples of its evaluation.
pub(crate) fn draw(
    trained: &Trained,
    classes: Option<Vec<u32>>,
    num_samples: usize,
    seed: Seed,
) -> Result<Drawn> {
    let (dataset, sampler) = (&trained.dataset, trained.sampler());
    let guide = trained.guide();
    let told = classes.as_deref().map_or(Classes::Same(0), Classes::Each);
    let guided = trained.guided(&guide, told);
    let counted = Counted::new(&guided);
    let standardised = ReverseProcess::new(sampler, &counted, num_samples, seed).samples()?;
    let mut samples = dataset.affine.invert(&standardised);
    let guidance = trained.run.config.guidance;
    let evaluations = evaluations(counted.count(), num_samples, guidance);
    if let Some(classes) = classes {
        samples = samples.with_labels(classes);
    }
    Ok(Drawn {
        samples,
        evaluations,
    })
}

/// Network evaluations a sample: guidance asks the network twice, with and without a class.
pub(crate) fn evaluations(asked: u64, num_samples: usize, guidance: f64) -> f64 {
    let each = if guidance == 0.0 || guidance == 1.0 {
        1.0
    } else {
        2.0
    };
    each * asked as f64 / num_samples.max(1) as f64
}
