//! Random numbers: one seed, one named stream for each purpose.
//!
//! A stream is a ChaCha8 generator keyed by (seed, purpose, two indices: a step, a block of samples, …).
//! It is a function of its key alone, so nothing has to be saved to resume a run. No result depends on
//! threads, on batch order elsewhere or on what ran before.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The generator that every stream is.
pub(crate) type Generator = ChaCha8Rng;

/// What a stream's numbers are for. The discriminants are part of the format: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Draws of the training split.
    TrainData = 1,
    /// Draws of the validation split.
    ValData = 2,
    /// Draws of the test split.
    TestData = 3,
    /// The order in which a user's file is split.
    Split = 4,
    /// Initial weights of a network.
    Weights = 10,
    /// The order of the training points in an epoch.
    Shuffle = 11,
    /// Timesteps and noise of a training step.
    TrainNoise = 12,
    /// Timesteps and noise of the validation loss.
    Validation = 13,
    /// Which points lose their class in a training step or a validation.
    ClassDropout = 14,
    /// Starting points of the reverse process.
    Prior = 20,
    /// Noise of the reverse process.
    Reverse = 21,
    /// Noise of the forward process in evaluations.
    Forward = 22,
    /// Classes of samples.
    Classes = 23,
    /// Noise of the reverse process with infinitely many steps.
    Limit = 24,
    /// Draws of x0 given x_t in that process, one stream a sample.
    LimitData = 25,
    /// Resamples of a bootstrap.
    Bootstrap = 30,
    /// Monte-Carlo integrals over a known density.
    MonteCarlo = 31,
    /// Draws of a random search.
    Search = 40,
}

/// The one seed of an experiment, from which every stream is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream for `purpose`, at the index `(major, minor)`.
    pub fn stream(self, purpose: Purpose, major: u64, minor: u64) -> Generator {
        let mut key = [0; 32];
        for (slot, word) in key
            .chunks_exact_mut(8)
            .zip([self.0, purpose as u64, major, minor])
        {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        Generator::from_seed(key)
    }
}

/// Fills `out` with independent N(0, 1) draws.
pub fn fill_normal(rng: &mut Generator, out: &mut [f64]) {
    for x in out {
        *x = StandardNormal.sample(rng);
    }
}

/// The index of one of `weights` (none negative, not all 0), drawn with the probability it has of their sum.
pub(crate) fn pick(rng: &mut Generator, weights: impl Iterator<Item = f64> + Clone) -> usize {
    let mut rest = rng.random::<f64>() * weights.clone().sum::<f64>();
    let mut last = 0;
    for (i, weight) in weights.enumerate() {
        if weight > 0.0 {
            // Rounding may leave something after the last of them.
            last = i;
            rest -= weight;
            if rest < 0.0 {
                break;
            }
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn a_stream_is_a_function_of_its_whole_key() {
        let first = |seed, purpose, i, j| Seed(seed).stream(purpose, i, j).next_u64();
        let reference = first(1, Purpose::Prior, 2, 3);
        assert_eq!(reference, first(1, Purpose::Prior, 2, 3));
        for other in [
            first(2, Purpose::Prior, 2, 3),
            first(1, Purpose::Reverse, 2, 3),
            first(1, Purpose::Prior, 3, 3),
            first(1, Purpose::Prior, 2, 4),
        ] {
            assert_ne!(reference, other);
        }
    }

    #[test]
    fn normal_draws_have_the_moments_of_a_standard_normal() {
        let mut x = vec![0.0; 200_000];
        fill_normal(&mut Seed(0).stream(Purpose::MonteCarlo, 0, 0), &mut x);
        let n = x.len() as f64;
        let moment = |p: i32| x.iter().map(|x| x.powi(p)).sum::<f64>() / n;
        // Standard errors of the first four moments: √(1, 2, 15, 96)/√n; five of them.
        for (p, truth, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            assert!(
                (moment(p) - truth).abs() < 5.0 * f64::sqrt(variance / n),
                "moment {p}"
            );
        }
    }
}
