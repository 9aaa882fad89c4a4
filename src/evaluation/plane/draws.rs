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
            noise_floor: None,
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

/// Draws of one size, with the mean over the axes of the W1 that as many perfect samples show.
pub(super) fn with_floors(mut draws: Vec<Draw>, density: Option<&Mixture>) -> Vec<Draw> {
    let count = draws.first().map_or(0, |draw| draw.numbers.num_samples);
    let floor = density.filter(|_| count > 0).map(|density| {
        let along = |k| one_sample_floor(&density.axis(k), count);
        0.5 * (along(0) + along(1))
    });
    for draw in &mut draws {
        draw.numbers.noise_floor = floor.filter(|floor| floor.is_finite());
    }
    draws
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Component, Gaussian};

    /// Of a normal law the floor is √(2/π) ∫ √(F(1 − F)) dx/√n = 0.7979 · 1.6147 σ/√n for many samples: more samples, a
    /// smaller floor.
    #[test]
    fn the_floor_is_that_of_as_many_samples_as_a_draw_has() {
        let normal = Gaussian::diagonal(vec![0.0, 1.0], &[2.0, 1.0]).unwrap();
        let law = Mixture::new(vec![1.0], vec![Component::Gaussian(normal)]);
        let floor = |num_samples: usize| {
            let draw = Draw {
                numbers: DrawRecord {
                    num_steps: 1,
                    num_samples,
                    w1: None,
                    noise_floor: None,
                    outside: 0,
                },
                points: vec![],
            };
            with_floors(vec![draw], Some(&law))[0]
                .numbers
                .noise_floor
                .unwrap()
        };
        assert!((floor(400) / floor(100) - 0.5).abs() < 0.01);
        let spread = floor(10_000) * 100.0 / 1.5 / std::f64::consts::FRAC_2_PI.sqrt();
        // By scipy: quad(lambda x: sqrt(norm.cdf(x) * norm.sf(x)), -inf, inf) = 1.6147.
        assert!((spread - 1.6147).abs() < 0.01, "{spread}");
    }
}
