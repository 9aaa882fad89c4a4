//! Walks of both processes from one place.

use crate::{
    diffusion::{Classes, Denoiser, Transition, sampler::Sampler},
    error::Result,
    evaluation::{recording::first, trained::Trained},
    experiment::Split,
    points::Points,
    rng::{self, Purpose},
};

/// Walks from the same place, and the places of each that are kept, about.
const WALKS: usize = 6;
const PLACES: usize = 400;

/// The Markov chain x_t = A x_u + √V z from the first test point, over the instants that the sampler visits.
pub(super) fn forward(trained: &Trained, sampler: &Sampler) -> Vec<Vec<f64>> {
    let start = first(&trained.dataset.standardized(Split::Test), 1);
    let seed = trained.run.config.seed();
    let walk = |index: u64| {
        let mut rng = seed.stream(Purpose::Forward, u64::MAX - 1, index);
        let mut x = start.clone();
        let mut path = x.clone();
        for pair in sampler.instants().windows(2) {
            let transition = Transition::new(pair[1].level, pair[0].level);
            let mut z = [0.0; 2];
            rng::fill_normal(&mut rng, &mut z);
            for (x, z) in x.iter_mut().zip(z) {
                *x = transition.gain * *x + transition.variance.max(0.0).sqrt() * z;
            }
            path.extend_from_slice(&x);
        }
        thinned(path)
    };
    (0..WALKS as u64).map(walk).collect()
}

/// The sampler from one and the same start, with other noise on the way.
pub(super) fn reverse(
    trained: &Trained,
    samples: &Points,
    sampler: &Sampler,
) -> Result<Vec<Vec<f64>>> {
    let seed = trained.run.config.seed();
    let mut start = [0.0; 2];
    let mut rng = seed.stream(Purpose::Prior, 0, 0);
    // The class that the first sample was asked to be of.
    let class = samples.labels().map_or(0, |labels| labels[0]);
    let guide = trained.guide();
    let denoiser = trained.guided(&guide, Classes::Same(class));
    sampler
        .start()
        .draw(denoiser.classes(), 2, &mut rng, &mut start);
    let mut x = start.repeat(WALKS);
    let mut paths = vec![start.to_vec(); WALKS];
    let mut memory = vec![0.0; x.len() * sampler.memory()];
    for step in sampler.steps() {
        let mut rng = seed.stream(Purpose::Reverse, step.from.stream(), u64::MAX);
        sampler.step(&mut x, &mut memory, &step, &denoiser, &mut rng)?;
        for (path, x) in paths.iter_mut().zip(x.chunks_exact(2)) {
            path.extend_from_slice(x);
        }
    }
    Ok(paths.into_iter().map(thinned).collect())
}

/// At most a few hundred places of a path, both ends among them.
fn thinned(path: Vec<f64>) -> Vec<f64> {
    let places = path.len() / 2;
    let every = places.div_ceil(PLACES).max(1);
    let kept = |i: &usize| i.is_multiple_of(every) || *i + 1 == places;
    (0..places)
        .filter(kept)
        .flat_map(|i| [path[2 * i], path[2 * i + 1]])
        .collect()
}
