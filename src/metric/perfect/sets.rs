//! Sets of perfect samples, drawn again and again from a pool of points.

use crate::rng::{self, Generator, Purpose, Seed};
use rand::Rng;
use rayon::prelude::*;

/// Points of a pool: as many as two bytes can number.
pub(super) const POOL: usize = 1 << 16;

/// Largest number of samples that is simulated as it is.
pub(super) const LARGEST: usize = 200;

/// Sets of so many are simulated in place of larger ones: of many sizes, so that no number that is one of few keeps its
/// steps. √n times a distance has there nearly the law that it has for any larger n.
const IN_PLACE: std::ops::Range<usize> = 512..769;

/// Most points of a set that lies beside another.
const BESIDE: usize = 128;

/// Sets that are drawn in one go, from a stream of their own.
const BLOCK: usize = 256;

/// How many sets are simulated of how many samples each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sets {
    /// Sets.
    pub(super) count: usize,
    /// Samples of each.
    pub(super) samples: usize,
    /// The points that a second set has beside each of them, where there is one.
    pub(super) beside: Option<usize>,
    /// What tells this simulation's random numbers from those of another.
    pub(super) stream: u64,
}

/// A set of points of the pool.
pub(super) struct Picks<'a> {
    /// Their numbers, in pairs of bytes.
    bytes: &'a [u8],
    /// What a sum over them is multiplied by, for a mean that is as uncertain as that over all samples.
    pub(super) weight: f64,
}

impl Picks<'_> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / 2
    }

    /// Their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| usize::from(u16::from_le_bytes(*pair)))
    }

    /// A set that stands for itself.
    pub(super) fn themselves(bytes: &[u8]) -> Picks<'_> {
        Picks::in_place_of(bytes.len() / 2, bytes)
    }

    fn in_place_of(samples: usize, bytes: &[u8]) -> Picks<'_> {
        let count = (bytes.len() / 2) as f64;
        Picks {
            bytes,
            weight: 1.0 / (count * samples as f64).sqrt(),
        }
    }
}

impl Sets {
    /// A number of every set, and of what is beside it. Each block has a `room` of its own to work in.
    pub(super) fn of_picks<R, T: Send>(
        &self,
        room: impl Fn() -> R + Sync,
        number: impl Fn(&mut R, &Picks, Option<&Picks>) -> T + Sync,
    ) -> Vec<T> {
        let room = || (room(), vec![], vec![]);
        self.each(room, |(room, bytes, others), rng, set| {
            bytes.resize(2 * simulated(self.samples, set), 0);
            rng.fill_bytes(bytes);
            let picks = Picks::in_place_of(self.samples, bytes);
            let Some(count) = self.beside else {
                return number(room, &picks, None);
            };
            others.resize(2 * count.min(BESIDE), 0);
            rng.fill_bytes(others);
            number(room, &picks, Some(&Picks::in_place_of(count, others)))
        })
    }

    /// A number of every one of `count` vectors of `len` independent N(0, 1) draws: of what sums over many samples are
    /// made of.
    pub(super) fn of_normals<R, T: Send>(
        &self,
        len: usize,
        room: impl Fn() -> R + Sync,
        number: impl Fn(&mut R, &[f64]) -> T + Sync,
    ) -> Vec<T> {
        let room = || (room(), vec![0.0; len]);
        self.each(room, |(room, z), rng, _| {
            rng::fill_normal(rng, z);
            number(room, z)
        })
    }

    fn each<R, T: Send>(
        &self,
        room: impl Fn() -> R + Sync,
        number: impl Fn(&mut R, &mut Generator, usize) -> T + Sync,
    ) -> Vec<T> {
        let block = |block: usize| -> Vec<T> {
            let mut rng = Seed(0).stream(Purpose::MonteCarlo, self.stream, block as u64);
            let mut room = room();
            let sets = block * BLOCK..self.count.min((block + 1) * BLOCK);
            sets.map(|set| number(&mut room, &mut rng, set)).collect()
        };
        let blocks = (0..self.count.div_ceil(BLOCK)).into_par_iter();
        blocks.map(block).flatten_iter().collect()
    }
}

/// The size that the `set`-th set has in place of `samples`.
fn simulated(samples: usize, set: usize) -> usize {
    match samples {
        0..=LARGEST => samples,
        _ => IN_PLACE.start + set % IN_PLACE.len(),
    }
}
