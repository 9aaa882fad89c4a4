//! Points as the tests see them, so that the numbers of many sets of them are quick.

use super::{
    axes::{Axis, Distances, Room},
    joint::Joint,
    likelihood::LogDensities,
    modes::Shares,
    sets::Picks,
};
use crate::{
    metric::{bins::Bins, covariance::truth, perfect::Setting},
    points::Points,
    target::{DensestRegion, Mixture},
};

/// The tests whose numbers are simulated. Their order is that of the numbers.
pub(super) const TESTS: usize = 6;

/// The points of a pool, as the tests see them.
pub(super) struct Marks {
    axes: Vec<Axis>,
    joint: Option<Joint>,
    likelihood: Option<LogDensities>,
    shares: Option<Shares>,
    /// Whether each lies outside the region that holds nearly all of the truth.
    outside: Vec<bool>,
    room: usize,
}

/// Room to work in.
pub(super) struct MarksRoom {
    axes: Room,
    shares: Vec<f32>,
}

impl Marks {
    /// Of a pool of perfect points: it is its own truth.
    pub(super) fn of_pool(pool: &Points, setting: &Setting) -> Self {
        let density = setting.density.filter(|density| density.has_density());
        let bins = |k| Bins::new(setting.overlap_range, &setting.test.axis(k));
        let axis = |k| Axis::new(pool, k, bins(k).as_ref());
        let shares = with_modes(density).map(|density| Shares::new(pool, density));
        Self {
            axes: (0..pool.dim()).map(axis).collect(),
            joint: (pool.dim() > 1).then(|| Joint::new(pool)),
            likelihood: density.map(|density| LogDensities::new(pool, density)),
            room: shares.as_ref().map_or(0, |shares| shares.room().len()),
            shares,
            outside: vec![],
        }
    }

    /// Of other points, held against the exact law where there is one, else against the pool.
    pub(super) fn of_points(
        &self,
        points: &Points,
        setting: &Setting,
        region: Option<DensestRegion>,
    ) -> Self {
        let density = setting.density.filter(|density| density.has_density());
        let axis = |(k, axis): (usize, &Axis)| {
            let levels = setting.density.map(|density| {
                let law = density.axis(k);
                axis.edges().iter().map(|x| law.cdf(*x)).collect()
            });
            axis.of_points(&points.axis(k), levels)
        };
        let moments = truth(setting.density, setting.test);
        let entropy = density.and_then(Mixture::entropy);
        let shares = with_modes(density);
        let shares = shares.map(|law| Shares::new(points, law).against(law.weights()));
        let both = density.zip(region);
        Self {
            axes: self.axes.iter().enumerate().map(axis).collect(),
            joint: self
                .joint
                .as_ref()
                .map(|joint| joint.of_points(points, setting.density, &moments)),
            likelihood: density
                .zip(entropy)
                .map(|(law, entropy)| LogDensities::against(points, law, -entropy.value)),
            room: self.room,
            shares,
            outside: both.map_or(vec![], |(law, region)| {
                let is_outside = |x: &[f64]| region.leaves_out(law.ln_pdf(x));
                points.rows().map(is_outside).collect()
            }),
        }
    }

    pub(super) fn room(&self) -> MarksRoom {
        MarksRoom {
            axes: Room::new(),
            shares: vec![0.0; self.room],
        }
    }

    /// W1, the missing overlap, the sliced distance, the covariance error, that of the log-likelihood, and the mass in
    /// the wrong mode: against the truth, or against the set beside it. What there is not is 0.
    pub(super) fn numbers(
        &self,
        room: &mut MarksRoom,
        picks: &Picks,
        beside: Option<&Picks>,
    ) -> [f64; TESTS] {
        let which = usize::from(beside.is_some());
        let mut sums = Distances::default();
        for axis in &self.axes {
            axis.add(&mut room.axes, picks, beside, &mut sums);
        }
        let joint = self.joint.as_ref();
        let joint = joint.map(|joint| joint.numbers(&mut room.axes, picks, beside));
        let joint = joint.unwrap_or_default();
        [
            sums.w1[which],
            sums.missing[which],
            joint.sliced[which],
            joint.covariance[which],
            self.likelihood.as_ref().map_or(0.0, |l| l.error(picks)),
            self.shares
                .as_ref()
                .map_or(0.0, |shares| shares.error(&mut room.shares, picks)),
        ]
    }

    /// How many of a set lie outside.
    pub(super) fn outside(&self, picks: &Picks) -> Option<u64> {
        let is_outside = |pick: &usize| self.outside[*pick];
        (!self.outside.is_empty()).then(|| picks.iter().filter(is_outside).count() as u64)
    }

    /// The standard deviation of one point's ln p.
    pub(super) fn deviation(&self) -> Option<f64> {
        self.likelihood.as_ref().map(|found| found.deviation)
    }
}

/// A density of more than one component.
fn with_modes(density: Option<&Mixture>) -> Option<&Mixture> {
    density.filter(|density| density.weights().len() > 1)
}
