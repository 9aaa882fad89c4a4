//! Samples by fewer steps, and disjoint sets of the samples: how good each of them is.

use crate::{
    diffusion::{Classes, ReverseProcess},
    distance::wasserstein::{one_sample_floor, sorted, to_law},
    error::Result,
    evaluation::{recording::first, trained::Trained},
    experiment::run::record::DrawRecord,
    figure::Window,
    points::Points,
    target::Mixture,
};

/// Points of a draw, at most.
const DRAWN: usize = 1024;

/// Numbers of steps that are tried, beside the run's own.
const FEWER_STEPS: [usize; 7] = [1, 2, 5, 10, 20, 50, 100];

/// Panels of numbers of steps, and sets of samples.
const STEP_PANELS: usize = 6;
const SETS: usize = 9;

/// Some samples, in the data's own units.
pub(crate) struct Draw {
    pub(crate) numbers: DrawRecord,
    /// Row-major points.
    pub(crate) points: Vec<f64>,
}

impl Draw {
    fn new(trained: &Trained, window: Window, num_steps: usize, points: Vec<f64>) -> Self {
        let axis = |k: usize| points.iter().skip(k).step_by(2).copied().collect();
        let w1 = |density: &Mixture| {
            let along = |k| to_law(&sorted(axis(k)), &density.axis(k));
            Some(0.5 * (along(0) + along(1))).filter(|w1| w1.is_finite())
        };
        let places = points.chunks_exact(2);
        let is_outside = |x: &&[f64]| window.cell_of([x[0], x[1]], 1, 1).is_none();
        let numbers = DrawRecord {
            num_steps,
            num_samples: points.len() / 2,
            w1: trained.dataset.density.as_ref().and_then(w1),
            outside: places.filter(is_outside).count(),
        };
        Self { numbers, points }
    }
}

/// Samples by fewer steps from the same noise; those of the run's own number of steps come last.
pub(super) fn by_steps(trained: &Trained, samples: &Points, window: Window) -> Result<Vec<Draw>> {
    let own = trained.num_sampling_steps();
    let mut fewer: Vec<_> = FEWER_STEPS.into_iter().filter(|n| *n < own).collect();
    fewer.drain(..fewer.len().saturating_sub(STEP_PANELS - 1));
    let guide = trained.guide();
    let draw = |num_steps: usize| {
        let sampler = trained.sampler_in(num_steps);
        let (count, seed) = (DRAWN.min(samples.len()), trained.run.config.seed());
        let told = match samples.labels() {
            Some(labels) => Classes::Each(&labels[..count]),
            None => Classes::Same(0),
        };
        let denoiser = trained.guided(&guide, told);
        let process = ReverseProcess::new(&sampler, &denoiser, count, seed);
        let points = trained.dataset.affine.invert(&process.samples()?);
        Ok(Draw::new(
            trained,
            window,
            num_steps,
            points.values().to_vec(),
        ))
    };
    let last = Draw::new(trained, window, own, first(samples, DRAWN));
    fewer.into_iter().map(draw).chain([Ok(last)]).collect()
}

/// Disjoint sets of the samples.
pub(super) fn by_noise(trained: &Trained, samples: &Points, window: Window) -> Vec<Draw> {
    let size = DRAWN.min(samples.len() / SETS).max(1);
    let sets = samples.values().chunks_exact(2 * size).take(SETS);
    let num_steps = trained.num_sampling_steps();
    sets.map(|set| Draw::new(trained, window, num_steps, set.to_vec()))
        .collect()
}

/// The mean over the axes of the W1 that as many perfect samples as a draw has show.
pub(super) fn noise_floor(density: &Mixture, samples: &Points) -> f64 {
    let floor = |k| one_sample_floor(&density.axis(k), DRAWN.min(samples.len()));
    0.5 * (floor(0) + floor(1))
}
