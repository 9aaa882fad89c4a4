//! What perfect samples show along the axes: their W1 distances and the overlap of their histograms.

use super::sets::{POOL, Picks};
use crate::{
    metric::bins::{BINS, Bins, expected_overlap_of_two},
    points::Points,
};

/// Intervals of an axis over which |F_n − F| is summed up.
const INTERVALS: usize = 64;

/// The numbers of one set of perfect samples, each the mean over the axes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Distances {
    /// W1 to the exact law, and to the set beside it.
    pub(super) w1: [f64; 2],
    /// What is missing of the overlap with the exact law, and with the set beside it.
    pub(super) missing: [f64; 2],
}

/// One axis in cells, between neighbouring edges.
pub(super) struct Axis {
    /// The cell of every point of the pool, whose size is a power of two.
    cells: Vec<u8>,
    /// Ascending.
    edges: Vec<f64>,
    /// F at every edge, of the pool.
    levels: Vec<f32>,
    /// The length that every edge stands for.
    lengths: Vec<f32>,
    /// Where the edges of the bins are among the edges, and whether what lies outside is counted.
    bins: Option<(Vec<usize>, bool)>,
}

/// Room to count the points of two sets in.
pub(super) struct Room {
    counts: Vec<u32>,
    /// What F_n differs by from F at every edge.
    differences: [Vec<f32>; 2],
    /// The fraction of the counted points in each bin that is beyond the true one.
    beyond: [Vec<f32>; 2],
}

impl Room {
    pub(super) fn new() -> Self {
        Self {
            counts: vec![0; 1 << 8],
            differences: Default::default(),
            beyond: Default::default(),
        }
    }
}

impl Axis {
    /// An axis of the pool, and the bins that are counted along it.
    pub(super) fn new(pool: &Points, axis: usize, bins: Option<&Bins>) -> Self {
        let values = pool.axis(axis);
        let ends = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
        let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        let step = (high - low) / INTERVALS as f64;
        let mut edges: Vec<_> = (0..=INTERVALS).map(|i| low + step * i as f64).collect();
        edges.extend(bins.iter().flat_map(|bins| &bins.edges));
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        let cells = cells(&edges, &values);
        let mut below = vec![0u32; edges.len() + 1];
        cells.iter().for_each(|cell| below[usize::from(*cell)] += 1);
        let levels = below.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum as f32 / values.len() as f32)
        });
        let length = |i: usize| {
            let (before, after) = (i.saturating_sub(1), (i + 1).min(edges.len() - 1));
            0.5 * (edges[after] - edges[before]) as f32
        };
        let levels: Vec<_> = levels.take(edges.len()).collect();
        let place = |edge: &f64| edges.partition_point(|e| e < edge);
        Self {
            lengths: (0..edges.len()).map(length).collect(),
            bins: bins
                .map(|bins| (bins.edges.iter().map(place).collect::<Vec<_>>(), bins.outer))
                .filter(|(edges, outer)| *outer || levels[edges[0]] < levels[edges[BINS]]),
            levels,
            cells,
            edges,
        }
    }

    /// Where F is asked for.
    pub(super) fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The same axis with other points, held against F at the edges, or against that of the pool.
    pub(super) fn of_points(&self, values: &[f64], levels: Option<Vec<f64>>) -> Self {
        let mut cells = cells(&self.edges, values);
        cells.resize(cells.len().next_power_of_two(), 0);
        Self {
            cells,
            edges: self.edges.clone(),
            levels: levels.map_or_else(
                || self.levels.clone(),
                |levels| levels.into_iter().map(|f| f as f32).collect(),
            ),
            lengths: self.lengths.clone(),
            bins: self.bins.clone(),
        }
    }

    /// ∫√(F(1 − F)) dx over the edges.
    pub(super) fn spread(&self) -> f64 {
        let terms = self.levels.iter().zip(&self.lengths);
        terms
            .map(|(level, length)| f64::from((level * (1.0 - level)).sqrt() * length))
            .sum()
    }

    /// What the noise floor of the overlap with `others` is short of 1.
    pub(super) fn missing_beside(&self, samples: usize, others: usize) -> f64 {
        let Some((edges, outer)) = &self.bins else {
            return 0.0;
        };
        let level = |edge: &usize| f64::from(self.levels[*edge]);
        let mut levels: Vec<_> = edges.iter().map(level).collect();
        if *outer {
            levels.insert(0, 0.0);
            levels.push(1.0);
        }
        let all = levels[levels.len() - 1] - levels[0];
        let of_bins: Vec<_> = levels
            .windows(2)
            .map(|two| (two[1] - two[0]) / all)
            .collect();
        let counted = |count: usize| (count as f64 * all).round().max(1.0) as usize;
        1.0 - expected_overlap_of_two(&of_bins, counted(samples), counted(others))
    }

    /// Adds what the axis shows of a set and of what is beside it to the sums over the axes.
    pub(super) fn add(
        &self,
        room: &mut Room,
        picks: &Picks,
        beside: Option<&Picks>,
        sums: &mut Distances,
    ) {
        self.count(room, picks, 0);
        sums.w1[0] += self.integral(room.differences[0].iter().copied());
        sums.missing[0] += half_sum(room.beyond[0].iter().copied());
        let Some(beside) = beside else { return };
        self.count(room, beside, 1);
        sums.w1[1] += self.integral(differences(&room.differences));
        sums.missing[1] += half_sum(differences(&room.beyond));
    }

    /// How many normal draws [`Self::of_normals`] takes.
    pub(super) fn num_cells(&self) -> usize {
        self.levels.len() + 1
    }

    /// What the only axis shows of a set of very many points: the counts of the cells are normal, of variance p, but
    /// for what their sum is.
    pub(super) fn of_normals(&self, room: &mut Room, z: &[f64], samples: usize) -> Distances {
        let weight = 1.0 / (samples as f32).sqrt();
        let above = self.levels.iter().copied().chain([1.0]);
        let (mut low, mut sum) = (0.0, 0.0);
        let sums = &mut room.differences[0];
        sums.clear();
        sums.extend(above.zip(z).map(|(level, z)| {
            sum += (level - low).max(0.0).sqrt() * *z as f32;
            low = level;
            weight * sum
        }));
        let all = sums.pop().unwrap_or_default();
        let both = sums.iter_mut().zip(&self.levels);
        both.for_each(|(sum, level)| *sum -= all * level);
        self.fill_bins(room, samples as f32, 1.0 / samples as f32, 0);
        Distances {
            w1: [self.integral(room.differences[0].iter().copied()), 0.0],
            missing: [half_sum(room.beyond[0].iter().copied()), 0.0],
        }
    }

    /// ∫|f| dx over the edges.
    fn integral(&self, f: impl Iterator<Item = f32>) -> f64 {
        let terms = f.zip(&self.lengths).map(|(f, length)| f.abs() * length);
        f64::from(terms.sum::<f32>())
    }

    /// What a set differs by from the pool, at every edge and in every bin.
    fn count(&self, room: &mut Room, picks: &Picks, which: usize) {
        let counts = &mut room.counts[..self.num_cells()];
        counts.fill(0);
        for pick in picks.iter() {
            counts[usize::from(self.cells[pick & (self.cells.len() - 1)])] += 1;
        }
        let (all, weight) = (picks.len() as f32, picks.weight as f32);
        let below = counts.iter().scan(0, |sum, count| {
            *sum += *count;
            Some(*sum as f32)
        });
        let differences = &mut room.differences[which];
        differences.clear();
        differences.extend(
            below
                .zip(&self.levels)
                .map(|(below, level)| weight * (below - all * level)),
        );
        self.fill_bins(room, all, weight, which);
    }

    /// What `all` points differ by in every bin, if each adds `weight` to the differences at the edges.
    fn fill_bins(&self, room: &mut Room, all: f32, weight: f32, which: usize) {
        let (differences, beyond) = (&room.differences[which], &mut room.beyond[which]);
        beyond.clear();
        let Some((edges, outer)) = &self.bins else {
            return;
        };
        let inner = |of: &[f32], i: usize| of[edges[i + 1]] - of[edges[i]];
        let (first, last) = (differences[edges[0]], differences[edges[BINS]]);
        if *outer {
            beyond.push(first);
            beyond.extend((0..BINS).map(|i| inner(differences, i)));
            beyond.push(-last);
            return;
        }
        // Both histograms are of what is counted.
        let probability = self.levels[edges[BINS]] - self.levels[edges[0]];
        let counted = (all * probability + (last - first) / weight).max(1.0);
        let share = (last - first) / probability;
        beyond.extend(
            (0..BINS)
                .map(|i| all / counted * (inner(differences, i) - share * inner(&self.levels, i))),
        );
    }
}

/// The cell of every value.
fn cells(edges: &[f64], values: &[f64]) -> Vec<u8> {
    let cell = |x: &f64| edges.partition_point(|edge| edge <= x) as u8;
    values.iter().map(cell).collect()
}

/// The differences between what two sets show.
fn differences(of: &[Vec<f32>; 2]) -> impl Iterator<Item = f32> {
    of[0].iter().zip(&of[1]).map(|(a, b)| a - b)
}

/// Half of Σ|x|.
fn half_sum(x: impl Iterator<Item = f32>) -> f64 {
    0.5 * f64::from(x.map(f32::abs).sum::<f32>())
}

/// How many points of a pool are kept of `dim` dimensions: a power of two.
pub(super) fn pool_size(dim: usize) -> usize {
    (POOL / dim.div_ceil(4).next_power_of_two()).max(1 << 12)
}
