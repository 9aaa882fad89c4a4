//! The laws that the metrics have over sets of perfect samples.
//!
//! The sets are simulated (fixed seed): points are drawn from a pool of perfect ones, counted, and compared with the
//! pool. So axes and modes depend on each other as they do in the data.

mod axes;
mod joint;
mod likelihood;
mod marks;
mod modes;
mod sets;
pub(crate) mod telling;
#[cfg(test)]
mod tests;

use super::{bins::Bins, scatter::Scatter};
use crate::{
    distance::wasserstein::two_sample_factor,
    memo::Memo,
    points::Points,
    rng::{Purpose, Seed},
    target::{DensestRegion, Mixture, special::half_normal_mean},
};
use axes::{Axis, Distances};
use joint::Joint;
use likelihood::LogDensities;
use modes::{Shares, half_sum_of_normals};
use sets::{LARGEST, Sets};
use std::sync::Arc;

/// Sets behind a bound in one or two dimensions: the part of perfect sets beyond it is then 1 % but for 0.06 %.
const SETS: usize = 1 << 15;

/// Fewest sets, where one takes long.
const FEWEST_SETS: usize = 4000;

/// Sets behind what is seen in all dimensions at once, which takes longer.
const JOINT_SETS: usize = 1 << 13;

/// Points of the pool of what asks for the density at each.
const DENSITIES: usize = 1 << 14;

/// Components up to which all sets are simulated.
const FEW_COMPONENTS: usize = 64;

/// Laws that are kept for evaluations of the same data.
const KEPT: usize = 4;

/// What the noise of perfect samples depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Setting<'a> {
    /// The law of the data, if it is known.
    pub(crate) density: Option<&'a Mixture>,
    /// The test split.
    pub(crate) test: &'a Points,
    /// How many samples there are.
    pub(crate) samples: usize,
    /// The range of the bins of the histogram overlap, if it is given.
    pub(crate) overlap_range: Option<(f64, f64)>,
}

/// The scatter of every metric that has a bound, over sets of perfect samples.
///
/// A set is of as many points as there are samples, each drawn from the law of the data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PerfectNoise {
    /// W1 to the exact law.
    pub(super) w1: Scatter,
    /// W1 to the test split, which is drawn anew for every set.
    pub(super) w1_test: Scatter,
    /// What is missing of the histogram overlap.
    pub(super) missing_overlap: Scatter,
    /// The mass in the wrong mode; `None` with one mode or no density.
    pub(super) modes: Option<Scatter>,
    /// The distance of the mean log-likelihood from its truth, in its standard deviations. `None` for so many samples
    /// that it is normal, and where there is no density.
    pub(super) log_likelihood: Option<Scatter>,
    /// What the metrics of all dimensions at once show, in more than one dimension.
    pub(super) joint: Option<JointNoise>,
    /// The region of highest density that holds most of the truth.
    pub(super) region: Option<DensestRegion>,
}

/// The scatter of the metrics of all dimensions at once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JointNoise {
    /// The mean W1 along lines, to the exact law or to the test split where that is not known.
    pub(super) sliced: Scatter,
    /// The covariance error, in its own unit.
    pub(super) covariance: Scatter,
}

/// The fraction of the truth outside its region of highest density.
pub(crate) const OUTSIDE: f64 = 0.01;

/// A setting that owns what it holds.
#[derive(PartialEq)]
struct Owned {
    density: Option<Mixture>,
    test: Points,
    samples: usize,
    overlap_range: Option<(f64, f64)>,
}

static LATEST: Memo<Owned, PerfectNoise> = Memo::new(KEPT);

impl PerfectNoise {
    /// The noise in a setting; that of the latest settings is at hand.
    pub(crate) fn of(setting: &Setting) -> Arc<Self> {
        let owned = Owned {
            density: setting.density.cloned(),
            test: setting.test.clone(),
            samples: setting.samples,
            overlap_range: setting.overlap_range,
        };
        LATEST.of(owned, |_| Self::simulated(setting))
    }

    /// The region of highest density that holds 99 % of the law; nothing where there is no density.
    pub(crate) fn region(&self) -> Option<DensestRegion> {
        self.region
    }

    fn simulated(setting: &Setting) -> Self {
        let [w1, w1_test, missing_overlap] = along_axes(setting);
        let density = setting.density.filter(|density| density.has_density());
        let pool = density.map(|density| (density, pool_of(density, DENSITIES)));
        let with_modes = pool.as_ref().filter(|(d, _)| d.weights().len() > 1);
        let few = pool.as_ref().filter(|_| setting.samples <= LARGEST);
        Self {
            w1,
            w1_test,
            missing_overlap,
            modes: with_modes.map(|(density, pool)| modes(density, pool, setting.samples)),
            log_likelihood: few
                .map(|(density, pool)| log_likelihood(density, pool, setting.samples)),
            joint: joint(setting),
            region: density.and_then(|density| DensestRegion::of(density, OUTSIDE)),
        }
    }
}

fn pool_of(density: &Mixture, size: usize) -> Points {
    density.stratified_sample(size, &mut Seed(0).stream(Purpose::MonteCarlo, 4, 0))
}

/// The test points over and over, where nothing else is known of the law.
fn pool_of_points(test: &Points, size: usize) -> Points {
    let rows = (0..size).map(|i| test.row(i * test.len() / size));
    Points::new(rows.flatten().copied().collect(), test.dim())
}

/// The scatter of W1 to the exact law, of W1 to the test split and of what is missing of the overlap.
fn along_axes(setting: &Setting) -> [Scatter; 3] {
    let (n, m, dim) = (setting.samples, setting.test.len(), setting.test.dim());
    let size = axes::pool_size(dim);
    let pool = match setting.density {
        Some(density) => pool_of(density, size),
        None => pool_of_points(setting.test, size),
    };
    let bins = |k| Bins::new(setting.overlap_range, &setting.test.axis(k));
    let axes: Vec<_> = (0..dim)
        .map(|k| Axis::new(&pool, k, bins(k).as_ref()))
        .collect();
    // For many points the two-sample distances have the law of the others but for their scale.
    let is_small = n.min(m) <= LARGEST;
    let sets = Sets {
        count: (2 * SETS / dim.max(2)).max(FEWEST_SETS),
        samples: n,
        beside: is_small.then_some(m),
        stream: 5,
    };
    let found = match axes.as_slice() {
        [axis] if !is_small => sets.of_normals(axis.num_cells(), axes::Room::new, |room, z| {
            axis.of_normals(room, z, n)
        }),
        axes => sets.of_picks(axes::Room::new, |room, picks, beside| {
            let mut sums = Distances::default();
            axes.iter()
                .for_each(|axis| axis.add(room, picks, beside, &mut sums));
            sums
        }),
    };
    // Sums over the axes where the metrics are means: the scatter is relative.
    let spread: f64 = axes.iter().map(Axis::spread).sum();
    let missing: f64 = axes.iter().map(|axis| axis.missing_beside(n, m)).sum();
    let of = |number: fn(&Distances) -> f64, floor| {
        Scatter::of(found.iter().map(number).collect(), floor)
    };
    let w1 = of(|d| d.w1[0], None);
    let w1_test = match is_small {
        true => of(|d| d.w1[1], Some(two_sample_factor(n, m) * spread)),
        false => w1.clone(),
    };
    let missing_overlap = match is_small && setting.density.is_none() {
        true => of(|d| d.missing[1], Some(missing)),
        false => of(|d| d.missing[0], None),
    };
    [w1, w1_test, missing_overlap]
}

/// The scatter of the metrics of all dimensions at once.
fn joint(setting: &Setting) -> Option<JointNoise> {
    let (n, m, dim) = (setting.samples, setting.test.len(), setting.test.dim());
    if dim == 1 {
        return None;
    }
    let size = axes::pool_size(dim);
    let pool = match setting.density {
        Some(density) => pool_of(density, size),
        None => pool_of_points(setting.test, size),
    };
    let joint = Joint::new(&pool);
    let sets = Sets {
        count: JOINT_SETS,
        samples: n,
        beside: setting.density.is_none().then_some(m),
        stream: 8,
    };
    let found = sets.of_picks(axes::Room::new, |room, picks, beside| {
        joint.numbers(room, picks, beside)
    });
    let which = usize::from(setting.density.is_none());
    let of = |number: fn(&joint::JointDistances) -> [f64; 2], floor| {
        let values = found.iter().map(|set| number(set)[which]).collect();
        Scatter::of(values, floor)
    };
    Some(JointNoise {
        sliced: of(|d| d.sliced, None),
        covariance: of(|d| d.covariance, Some(1.0)),
    })
}

/// The scatter of the mass in the wrong mode.
fn modes(density: &Mixture, pool: &Points, samples: usize) -> Scatter {
    let shares = Shares::new(pool, density);
    let components = density.weights().len();
    let sets = Sets {
        count: (SETS * FEW_COMPONENTS / components.max(FEW_COMPONENTS)).max(FEWEST_SETS),
        samples,
        beside: None,
        stream: 6,
    };
    let values = if samples > LARGEST && components <= FEW_COMPONENTS {
        let factor = shares.factor();
        sets.of_normals(components, || (), |(), z| half_sum_of_normals(&factor, z))
    } else {
        sets.of_picks(|| shares.room(), |room, picks, _| shares.error(room, picks))
    };
    let floor = half_normal_mean() * shares.half_sum_of_deviations() / (samples as f64).sqrt();
    Scatter::of(values, (samples <= LARGEST).then_some(floor))
}

/// The scatter of the mean log-likelihood of few samples around its truth.
fn log_likelihood(density: &Mixture, pool: &Points, samples: usize) -> Scatter {
    let densities = LogDensities::new(pool, density);
    let sets = Sets {
        count: SETS,
        samples,
        beside: None,
        stream: 7,
    };
    let values = sets.of_picks(|| (), |(), picks, _| densities.error(picks));
    let floor = densities.deviation / (samples as f64).sqrt();
    Scatter::of(values, Some(floor))
}
