//! The smallest number of samples that can be told from the truth.

use super::{
    KEPT, PerfectNoise, Setting,
    axes::pool_size,
    marks::{Marks, TESTS},
    pool_of, pool_of_points,
    sets::{LARGEST, Picks, Sets},
};
use crate::{
    memo::Memo,
    metric::{binomial, scatter::two_sided_quantile},
    points::Points,
    rng::{Generator, Purpose, Seed},
    target::{DensestRegion, Estimate, Mixture},
};
use rand::{Rng, RngExt};
use rayon::prelude::*;
use std::sync::Arc;

/// Draws of each size, and the fraction of them that has to be told.
const DRAWS: usize = 200;
pub(crate) const POWER: f64 = 0.9;

/// The sizes: from the smallest on, each at most a tenth above the one before.
pub(crate) const SMALLEST: usize = 10;
const STEP: f64 = 1.1;

/// Sets of perfect samples behind the critical values of a size.
const SETS: usize = 1 << 13;

/// The size in whose place large sets are simulated: their numbers fall as 1/√n.
const LARGE: usize = 1000;

/// The place of the log-likelihood among the tests.
const LIKELIHOOD: usize = 4;

/// Numbers that are closer than this part of their size differ by rounding, and those without a unit that are as close.
const ROUNDING: f64 = 1e-6;
const SLACK: [f64; TESTS] = [0.0, ROUNDING, 0.0, ROUNDING, ROUNDING, ROUNDING];

/// As many points as two bytes can number.
pub(crate) const MOST: usize = 1 << 16;

/// What sets are drawn from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// The samples of a run, drawn without replacement. All of them together are told, or not.
    Subsets { samples: &'a Points, all_told: bool },
    /// [`MOST`] quantiles of the exact law of the samples.
    Law {
        quantiles: &'a Points,
        largest: usize,
    },
}

/// The smallest size of the grid at which nine of ten sets are told. A set is told by a test with a p-value of at most
/// `level`. `None` where no size of the source is enough.
pub(crate) fn smallest_told(setting: &Setting, source: Source, level: f64) -> Option<usize> {
    if let Source::Subsets {
        all_told: false, ..
    } = source
    {
        return None;
    }
    let search = Search::new(setting, source, level);
    let largest = source.largest();
    let sizes = sizes(largest);
    let is_told = |size: usize| match source {
        Source::Subsets { .. } if size == largest => true,
        _ => search.power(size) >= POWER,
    };
    // Power grows with the size: the first size that is told is found by bisection.
    let (mut low, mut high) = (0, sizes.len() - 1);
    if !is_told(sizes[high]) {
        return None;
    }
    while low < high {
        let middle = usize::midpoint(low, high);
        match is_told(sizes[middle]) {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    Some(sizes[high])
}

impl Source<'_> {
    fn largest(&self) -> usize {
        match self {
            Self::Subsets { samples, .. } => samples.len().min(MOST),
            Self::Law { largest, .. } => *largest,
        }
    }
}

/// The sizes up to the largest, which is one of them.
fn sizes(largest: usize) -> Vec<usize> {
    let next = |n: &usize| Some((n + 1).max((*n as f64 * STEP) as usize));
    let mut found: Vec<_> = std::iter::successors(Some(SMALLEST), next)
        .take_while(|n| *n < largest)
        .collect();
    found.push(largest);
    found
}

/// What a set is told by at one size.
struct Critical {
    values: [f64; TESTS],
    /// At most the first, or at least the second so many lie outside.
    outside: Option<(Option<u64>, u64)>,
}

/// What all runs on the same data share.
struct Perfect {
    /// The points of the pool.
    marks: Marks,
    /// The values that as few perfect sets reach as a level allows, by the level and the size of the sets.
    simulated: Memo<(f64, usize), [f64; TESTS]>,
}

/// What that depends on.
#[derive(PartialEq)]
struct Data {
    density: Option<Mixture>,
    test: Points,
    overlap_range: Option<(f64, f64)>,
}

static PERFECT: Memo<Data, Perfect> = Memo::new(KEPT);

/// Critical values that are kept of the same data: those of all small sizes, for several levels.
const KEPT_VALUES: usize = 512;

struct Search<'a> {
    setting: &'a Setting<'a>,
    source: Source<'a>,
    level: f64,
    /// The points that sets are drawn from.
    own: Marks,
    perfect: Arc<Perfect>,
    region: Option<DensestRegion>,
    /// Critical values of [`LARGE`] samples, where they hold for all large sizes.
    of_large: Option<[f64; TESTS]>,
}

impl Perfect {
    fn new(setting: &Setting) -> Self {
        let pool = match setting.density {
            Some(density) => pool_of(density, pool_size(density.dim()) / 2),
            None => pool_of_points(setting.test, pool_size(setting.test.dim()) / 2),
        };
        Self {
            marks: Marks::of_pool(&pool, setting),
            simulated: Memo::new(KEPT_VALUES),
        }
    }
}

impl<'a> Search<'a> {
    fn new(setting: &'a Setting<'a>, source: Source<'a>, level: f64) -> Self {
        let data = Data {
            density: setting.density.cloned(),
            test: setting.test.clone(),
            overlap_range: setting.overlap_range,
        };
        let perfect = PERFECT.of(data, |_| Perfect::new(setting));
        let region = PerfectNoise::of(setting).region;
        let own = match source {
            Source::Subsets {
                samples: points, ..
            }
            | Source::Law {
                quantiles: points, ..
            } => perfect.marks.of_points(points, setting, region),
        };
        let mut found = Self {
            region,
            setting,
            source,
            level,
            own,
            perfect,
            of_large: None,
        };
        found.of_large = setting.density.map(|_| found.simulated(LARGE));
        found
    }

    /// The values that as few perfect sets reach as the level allows.
    fn simulated(&self, size: usize) -> [f64; TESTS] {
        let values = &self.perfect.simulated;
        *values.of((self.level, size), |_| self.simulate(size))
    }

    fn simulate(&self, size: usize) -> [f64; TESTS] {
        let perfect = &self.perfect.marks;
        let sets = Sets {
            count: SETS,
            samples: size,
            beside: self
                .setting
                .density
                .is_none()
                .then_some(self.setting.test.len()),
            stream: 10,
        };
        let found = sets.of_picks(
            || perfect.room(),
            |room, picks, beside| perfect.numbers(room, picks, beside),
        );
        std::array::from_fn(|test| {
            let mut values: Vec<_> = found.iter().map(|set| set[test]).collect();
            values.sort_by(|a, b| b.total_cmp(a));
            // A p-value counts the value itself: (1 + those above)/(1 + all).
            let allowed = (self.level * (1 + SETS) as f64) as usize;
            values[allowed.saturating_sub(1)]
        })
    }

    fn critical(&self, size: usize) -> Critical {
        let mut values = match self.of_large.filter(|_| size > LARGEST) {
            Some(values) => values.map(|v| v * (LARGE as f64 / size as f64).sqrt()),
            None => self.simulated(size),
        };
        // The mean of so many ln p is normal.
        if let Some(deviation) = self.perfect.marks.deviation().filter(|_| size > LARGEST) {
            values[LIKELIHOOD] = two_sided_quantile(self.level) * deviation / (size as f64).sqrt();
        }
        let outside = self.region.map(|region| region.outside);
        let told = |mass: Estimate| binomial::told(size as u64, mass, self.level);
        Critical {
            values,
            outside: outside.map(told),
        }
    }

    /// The fraction of sets of a size that some test tells from perfect ones.
    fn power(&self, size: usize) -> f64 {
        let critical = self.critical(size);
        let is_told = |draw: usize| {
            let index = ((size as u64) << 16) | draw as u64;
            let mut rng = Seed(0).stream(Purpose::MonteCarlo, 11, index);
            let bytes = self.bytes(size, &mut rng);
            let picks = Picks::themselves(&bytes);
            let numbers = self.own.numbers(&mut self.own.room(), &picks, None);
            let beyond = |test: usize| {
                numbers[test] > critical.values[test] * (1.0 + ROUNDING) + SLACK[test]
            };
            let outside = self.own.outside(&picks).zip(critical.outside);
            (0..TESTS).any(beyond)
                || outside.is_some_and(|(count, (low, high))| {
                    low.is_some_and(|low| count <= low) || count >= high
                })
        };
        let told = (0..DRAWS).into_par_iter().filter(|draw| is_told(*draw));
        told.count() as f64 / DRAWS as f64
    }

    /// The numbers of the points of one set, in pairs of bytes.
    fn bytes(&self, size: usize, rng: &mut Generator) -> Vec<u8> {
        match self.source {
            Source::Law { .. } => {
                let mut bytes = vec![0; 2 * size];
                rng.fill_bytes(&mut bytes);
                bytes
            }
            Source::Subsets { samples, .. } => {
                let n = samples.len().min(MOST);
                let mut order: Vec<_> = (0..n).map(|i| i as u16).collect();
                for i in 0..size {
                    order.swap(i, rng.random_range(i..n));
                }
                order[..size].iter().flat_map(|i| i.to_le_bytes()).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metric::testing,
        target::{Component, Gaussian, special::normal_lower_quantile},
    };

    fn normal(std_dev: f64) -> Mixture {
        let gaussian = Gaussian::diagonal(vec![0.0], &[std_dev]).unwrap();
        Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)])
    }

    fn setting<'a>(law: &'a Mixture, test: &'a Points) -> Setting<'a> {
        Setting {
            density: Some(law),
            test,
            samples: 3000,
            overlap_range: None,
        }
    }

    #[test]
    fn the_sizes_grow_by_a_tenth_at_most() {
        for largest in [10, 11, 100, 10_000] {
            let found = sizes(largest);
            assert_eq!(found[0], SMALLEST.min(largest));
            assert_eq!(found[found.len() - 1], largest);
            let step = |pair: &[usize]| pair[1] == pair[0] + 1 || pair[1] * 10 <= pair[0] * 11;
            assert!(found.windows(2).all(step), "{found:?}");
        }
    }

    /// Of a normal law that is s times too wide the log-likelihood sees the most. Its mean is off by (s² − 1)/2. Its
    /// deviation is √½ for perfect samples and s²√½ for these. Nine of ten are told at
    /// √n (s² − 1)/2 = √½ (z(level/2) + 1.2816 s²), and the other tests only help.
    #[test]
    fn a_normal_law_that_is_too_wide_is_told_where_its_likelihood_is() {
        let law = normal(1.0);
        let test = law.sample(1000, &mut testing::stream(1));
        let level = 0.002;
        let s: f64 = 1.2;
        let quantile =
            |i: usize| s * normal_lower_quantile(((i as f64 + 0.5) / MOST as f64).min(0.5));
        let lower: Vec<_> = (0..MOST / 2).map(quantile).collect();
        let quantiles = lower
            .iter()
            .copied()
            .chain(lower.iter().map(|x| -x))
            .collect();
        let quantiles = Points::new(quantiles, 1);
        let z = -normal_lower_quantile(0.5 * level);
        let deviations = (z + 1.2816 * s * s) / 2f64.sqrt();
        let exact = (deviations / (0.5 * (s * s - 1.0))).powi(2);
        let by_law = Source::Law {
            quantiles: &quantiles,
            largest: 10_000,
        };
        let found = smallest_told(&setting(&law, &test), by_law, level).unwrap() as f64;
        assert!((0.6..1.1).contains(&(found / exact)), "{found} {exact}");
        // By subsets of a run's own samples it is the same but for what these happen to be.
        let samples = normal(s).sample(5000, &mut testing::stream(2));
        let by_subsets = Source::Subsets {
            samples: &samples,
            all_told: true,
        };
        let own = smallest_told(&setting(&law, &test), by_subsets, level).unwrap() as f64;
        assert!((0.6..1.6).contains(&(own / found)), "{own} {found}");
    }

    #[test]
    fn perfect_samples_are_told_at_no_size() {
        let law = normal(1.0);
        let test = law.sample(1000, &mut testing::stream(1));
        let samples = law.sample(5000, &mut testing::stream(2));
        let setting = setting(&law, &test);
        let subsets = |all_told| Source::Subsets {
            samples: &samples,
            all_told,
        };
        assert_eq!(smallest_told(&setting, subsets(false), 0.002), None);
        // Where all of them together happen to be told, it takes nearly all of them.
        let found = smallest_told(&setting, subsets(true), 0.002).unwrap();
        assert!(found > 4000, "{found}");
    }
}
