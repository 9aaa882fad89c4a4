//! The noise of the reverse process with infinitely many steps, the same as that of a run with fewer.

use crate::{
    diffusion::{
        Instant,
        sampler::{BLOCK, Step},
    },
    rng::{self, Purpose, Seed},
};
use rayon::prelude::*;

/// The noise of small steps that add up to the steps of a run.
///
/// Between two instants of the run lie several small steps. With x0 given they compose. Noise z_j of size
/// √β̃_j ends as w_j z_j, where w_j is √β̃_j times the c_t of the steps after it, and Σ w_j² = β̃ of the
/// whole. So z_j = ξ_j + w_j/‖w‖ (z − Σ w_i ξ_i/‖w‖) with fresh ξ is N(0, I), independent from step to
/// step, and adds up to the z of the run.
pub(super) struct Noise {
    seed: Seed,
    /// Of each small step, in their order.
    links: Vec<Option<Link>>,
    /// z − Σ w_i ξ_i/‖w‖ of the step of the run that is under way.
    rest: Vec<f64>,
}

/// A small step as a fraction of a step of the run.
struct Link {
    /// w_j/‖w‖.
    weight: f64,
    /// Of the first small step of each: all of them, (their streams, their weights), and the run's.
    opens: Option<(Vec<(u64, f64)>, u64)>,
}

impl Noise {
    /// For small `steps`, from noise to data, and a run that visits the instants `visited` (ascending).
    pub(super) fn new(steps: &[Step], visited: &[Instant], seed: Seed) -> Self {
        let mut links: Vec<_> = steps.iter().map(|_| None).collect();
        for pair in visited.windows(2) {
            let [to, from] = [pair[0], pair[1]];
            let first = steps.iter().position(|step| step.from == from);
            let last = steps.iter().position(|step| step.to == to);
            // No noise is added on the way to the data.
            if let (Some(first), Some(last), false) = (first, last, to.is_data()) {
                let parts = &steps[first..=last];
                let weights = weights(parts);
                let streams = parts.iter().map(|step| step.from.stream());
                let all = streams.zip(weights.iter().copied()).collect();
                let mut opens = Some((all, from.stream()));
                for (link, weight) in links[first..=last].iter_mut().zip(weights) {
                    let opens = opens.take();
                    *link = Some(Link { weight, opens });
                }
            }
        }
        Self {
            seed,
            links,
            rest: vec![],
        }
    }

    /// The noise of the next steps in turn: that of step `index` for `len` numbers in rows of `dim`.
    pub(super) fn of_step(
        &mut self,
        index: usize,
        from: Instant,
        len: usize,
        dim: usize,
    ) -> Vec<f64> {
        let draw = |purpose, stream| draw(self.seed, purpose, stream, len, dim);
        let mut z = draw(Purpose::Limit, from.stream());
        let Some(link) = &self.links[index] else {
            return z;
        };
        if let Some((parts, run)) = &link.opens {
            self.rest = draw(Purpose::Reverse, *run);
            for (stream, weight) in parts {
                let own = draw(Purpose::Limit, *stream);
                self.rest
                    .iter_mut()
                    .zip(own)
                    .for_each(|(rest, z)| *rest -= weight * z);
            }
        }
        for (z, rest) in z.iter_mut().zip(&self.rest) {
            *z += link.weight * rest;
        }
        z
    }
}

/// w_j/‖w‖ of consecutive steps.
fn weights(steps: &[Step]) -> Vec<f64> {
    let (mut after, mut weights) = (1.0, vec![]);
    for step in steps.iter().rev() {
        weights.push(after * step.transition.posterior_variance().sqrt());
        after *= step.transition.posterior_x_t();
    }
    let norm = weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    weights.into_iter().rev().map(|w| w / norm).collect()
}

/// Independent N(0, 1) draws, block by block as samplers draw them.
fn draw(seed: Seed, purpose: Purpose, stream: u64, len: usize, dim: usize) -> Vec<f64> {
    let mut z = vec![0.0; len];
    let blocks = z.par_chunks_mut(BLOCK * dim).enumerate();
    blocks.for_each(|(block, z)| {
        rng::fill_normal(&mut seed.stream(purpose, stream, block as u64), z);
    });
    z
}
