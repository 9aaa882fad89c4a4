//! Reverse processes with infinitely many steps, for points: exact but for the network's error.

use super::{kernel::PairedKernel, noise::Noise};
use crate::{
    diffusion::{
        Denoiser, Instant, NoiseLevel,
        sampler::{BLOCK, Step},
    },
    error::Result,
    points::Points,
    rng::{Purpose, Seed},
    target::Mixture,
    truth::Subject,
};
use rayon::prelude::*;

/// With less signal than this x_t says nothing of x0 that double precision would resolve.
const NO_SIGNAL: f64 = 1e-6;

/// Points on their way, with a network's error or without one.
pub(super) struct Walk<'a> {
    pub(super) points: Points,
    /// `None` for the Bayes denoiser.
    pub(super) network: Option<&'a dyn Denoiser>,
}

/// Ancestral sampling without discretisation error: x_u is a draw from the exact reverse kernel q(x_u | x_t),
/// moved by c_0 (x̂0 − E[x0 | x_t]) where there is a network. All walks have the same random numbers, and
/// the noise of the run.
pub(super) fn walk_back(
    subject: &Subject,
    levels: &[Instant],
    seed: Seed,
    walks: &mut [Walk],
) -> Result<()> {
    let (d, laws) = (subject.data.dim(), subject.laws());
    let steps = steps(levels);
    let mut noise = Noise::new(&steps, subject.sampler.instants(), seed);
    for (index, step) in steps.iter().enumerate() {
        let data = laws.iter().map(|part| &part.law);
        let kernels: Vec<_> = data.map(|data| PairedKernel::new(data, step)).collect();
        let per_x0 = step.transition.posterior_x0();
        let z = noise.of_step(index, step.from, walks[0].points.values().len(), d);
        for walk in walks.iter_mut() {
            let network = walk.network;
            let x = walk.points.values_mut().par_chunks_mut(BLOCK * d);
            let blocks = x.zip(z.par_chunks(BLOCK * d)).enumerate();
            blocks.try_for_each(|(block, (x, z))| -> Result<()> {
                let first = block * BLOCK;
                let answers = network
                    .map(|network| answers(network, first, x, step.from))
                    .transpose()?;
                let rows = x.chunks_exact_mut(d).zip(z.chunks_exact(d));
                for (row, (x, z)) in rows.enumerate() {
                    // A stream for each point: what the draw for one takes leaves the others alone.
                    let (stream, law) = (step.from.stream(), subject.law_of(first + row));
                    let mut rng = seed.stream(Purpose::LimitData, stream, (first + row) as u64);
                    let bayes = kernels[law].draw(x, z, &mut rng);
                    if let Some(x0) = &answers {
                        let x0 = &x0[row * d..(row + 1) * d];
                        for ((x, x0), bayes) in x.iter_mut().zip(x0).zip(bayes) {
                            *x += per_x0 * (x0 - bayes);
                        }
                    }
                }
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// The probability flow without discretisation error: the exact flow from level to level, with the
/// network's error added as DDIM adds it. That is (a_u − s_u a_t/s_t)(x̂0 − E[x0 | x_t]), where `bayes`
/// gives the latter. The flow is followed in `substeps` steps by the midpoint rule.
pub(super) fn flow_back(
    subject: &Subject,
    bayes: &dyn Denoiser,
    levels: &[Instant],
    substeps: usize,
    walks: &mut [Walk],
) -> Result<()> {
    let (d, laws) = (subject.data.dim(), subject.laws());
    for step in steps(levels) {
        let (from, to) = (step.from.level, step.to.level);
        let per_x0 = to.signal - to.noise * from.signal / from.noise;
        let data = laws.iter().map(|part| &part.law);
        let paths = data.map(|data| FlowStep::path(data, from, to, substeps));
        let paths: Vec<_> = paths.collect();
        for walk in walks.iter_mut() {
            let network = walk.network;
            let blocks = walk.points.values_mut().par_chunks_mut(BLOCK * d);
            blocks
                .enumerate()
                .try_for_each(|(block, x)| -> Result<()> {
                    let first = block * BLOCK;
                    let error = network.map(|network| -> Result<_> {
                        let mut error = answers(network, first, x, step.from)?;
                        let exact = answers(bayes, first, x, step.from)?;
                        error
                            .iter_mut()
                            .zip(exact)
                            .for_each(|(x0, exact)| *x0 -= exact);
                        Ok(error)
                    });
                    let error = error.transpose()?;
                    x.iter_mut().for_each(|x| *x /= from.norm());
                    for (row, x) in x.chunks_exact_mut(d).enumerate() {
                        let path = &paths[subject.law_of(first + row)];
                        path.iter().for_each(|step| step.take(x));
                    }
                    x.iter_mut().for_each(|x| *x *= to.norm());
                    let errors = error.iter().flatten();
                    x.iter_mut()
                        .zip(errors)
                        .for_each(|(x, error)| *x += per_x0 * error);
                    Ok(())
                })?;
        }
    }
    Ok(())
}

/// x̂0 of a block of points, of which the first has this index.
fn answers(denoiser: &dyn Denoiser, first: usize, x: &[f64], at: Instant) -> Result<Vec<f64>> {
    let part = denoiser.of_rows(first..first + x.len() / denoiser.dim());
    let mut x0 = vec![0.0; x.len()];
    part.as_deref()
        .unwrap_or(denoiser)
        .predict_x0(x, at, &mut x0)?;
    Ok(x0)
}

fn steps(levels: &[Instant]) -> Vec<Step> {
    let pairs = levels.windows(2).rev();
    pairs.map(|pair| Step::new(pair[1], pair[0])).collect()
}

/// A step of the midpoint rule on the exact flow. In units of √(a² + s²) a level is an angle φ, with a =
/// cos φ and s = sin φ. There dx/dφ = cos φ ε* − sin φ E[x0 | x] (the v of Salimans & Ho 2022), which is
/// bounded all the way from no signal to no noise.
struct FlowStep {
    /// At the beginning and in the middle.
    fields: [Field; 2],
    /// φ_u − φ_t, below 0.
    width: f64,
}

impl FlowStep {
    /// The way between two levels in equal steps.
    fn path(data: &Mixture, from: NoiseLevel, to: NoiseLevel, substeps: usize) -> Vec<Self> {
        let angle = |level: NoiseLevel| level.noise.atan2(level.signal);
        let width = (angle(to) - angle(from)) / substeps as f64;
        let step = |i: usize| {
            let start = angle(from) + width * i as f64;
            Self {
                fields: [start, start + 0.5 * width].map(|angle| Field::new(data, angle)),
                width,
            }
        };
        (0..substeps).map(step).collect()
    }

    fn take(&self, x: &mut [f64]) {
        let [beginning, middle] = &self.fields;
        let half = beginning.at(x);
        let halfway = x.iter().zip(half).map(|(x, v)| x + 0.5 * self.width * v);
        let halfway: Vec<_> = halfway.collect();
        for (x, v) in x.iter_mut().zip(middle.at(&halfway)) {
            *x += self.width * v;
        }
    }
}

/// The velocity of the flow at one angle.
struct Field {
    signal: f64,
    noise: f64,
    law: Mixture,
    mean: Vec<f64>,
}

impl Field {
    fn new(data: &Mixture, angle: f64) -> Self {
        let (noise, signal) = angle.sin_cos();
        Self {
            signal,
            noise,
            law: data.diffused(signal, noise),
            mean: (0..data.dim()).map(|k| data.mean(k)).collect(),
        }
    }

    /// a ε* − s E[x0 | x] = (ε* − s x)/a.
    fn at(&self, x: &[f64]) -> Vec<f64> {
        if self.signal < NO_SIGNAL {
            return self.mean.iter().map(|mean| -self.noise * mean).collect();
        }
        let score = self.law.score(x).into_iter();
        let velocity = |(score, x): (f64, &f64)| -self.noise * (score + x) / self.signal;
        score.zip(x).map(velocity).collect()
    }
}
