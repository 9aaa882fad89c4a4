//! The overlap that two histograms of the same law have, where nobody knows the law: that of random splits.
//!
//! Perfect samples and test points are drawn from one law, so any split of all of them into as many is as likely as the
//! one that there is. That holds for every number of either, however small (Fisher 1935, §21; Pitman 1937).

use super::{
    bins::{BINS, Bins},
    scatter::Scatter,
};
use crate::{
    points::Points,
    rng::{Generator, Purpose, Seed},
};
use rand::RngExt;
use rayon::prelude::*;

/// Splits, of few points.
const MOST: usize = 1 << 14;

/// Fewest splits, of many.
const FEWEST: usize = 1 << 11;

/// Points that all splits together may move.
const WORK: usize = 200_000_000;

/// Splits that share a stream of random numbers.
const BLOCK: usize = 64;

/// What is missing of the overlap of two sets of one law.
#[derive(Debug)]
pub(crate) struct Splits {
    /// Its mean along each axis.
    pub(super) missing: Vec<f64>,
    /// The law of its mean over the axes, in multiples of that mean.
    pub(super) scatter: Scatter,
}

/// One axis of all points.
struct Line {
    /// Ascending.
    sorted: Vec<f64>,
    /// In the order of the points.
    values: Vec<f64>,
}

impl Line {
    fn new(samples: &[f64], test: &[f64]) -> Self {
        let values = [test, samples].concat();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        Self { sorted, values }
    }

    /// What is missing of the overlap of the points `chosen` with the others; `None` where there are no bins.
    fn missing(&self, chosen: &[usize], range: Option<(f64, f64)>) -> Option<f64> {
        let test: Vec<f64> = chosen.iter().map(|i| self.values[*i]).collect();
        let bins = Bins::new(range, &test)?;
        let (truth, m) = bins.counts(&test);
        let ranks = bins.edges.iter().enumerate().map(|(place, edge)| {
            // A value on the last edge is counted below it where nothing is counted beyond.
            let closes = place == BINS && !bins.outer;
            self.sorted
                .partition_point(|x| if closes { x <= edge } else { x < edge })
        });
        let ranks: Vec<usize> = match bins.outer {
            true => std::iter::once(0)
                .chain(ranks)
                .chain([self.sorted.len()])
                .collect(),
            false => ranks.collect(),
        };
        let all = (ranks[ranks.len() - 1] - ranks[0]) as f64;
        let n = all - m;
        if n <= 0.0 || m <= 0.0 {
            return Some(1.0);
        }
        let shared = ranks.windows(2).zip(&truth).map(|(rank, count)| {
            let others = (rank[1] - rank[0]) as f64 - count;
            (others / n).min(count / m)
        });
        Some(1.0 - shared.sum::<f64>())
    }
}

impl Splits {
    /// Of `samples` and `test`; `None` where a coordinate is not finite, or no split has bins.
    pub(crate) fn of(samples: &Points, test: &Points, range: Option<(f64, f64)>) -> Option<Self> {
        let is_finite = |points: &Points| points.values().iter().all(|x| x.is_finite());
        if !(is_finite(samples) && is_finite(test)) || samples.is_empty() || test.is_empty() {
            return None;
        }
        let (d, m, total) = (test.dim(), test.len(), test.len() + samples.len());
        let lines: Vec<_> = (0..d)
            .map(|k| Line::new(&samples.axis(k), &test.axis(k)))
            .collect();
        let cost = d * (m + BINS * total.ilog2() as usize);
        let count = (WORK / cost).clamp(FEWEST, MOST);
        let blocks: Vec<Vec<f64>> = (0..count.div_ceil(BLOCK))
            .into_par_iter()
            .flat_map_iter(|block| {
                let mut rng = Seed(0).stream(Purpose::MonteCarlo, 7, block as u64);
                let mut order: Vec<usize> = (0..total).collect();
                let found: Vec<_> = (0..BLOCK)
                    .filter_map(|_| {
                        shuffle(&mut order, m, &mut rng);
                        let along = lines.iter().map(|line| line.missing(&order[..m], range));
                        along.collect::<Option<Vec<f64>>>()
                    })
                    .collect();
                found
            })
            .collect();
        if blocks.len() < 2 {
            return None;
        }
        let mean =
            |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / blocks.len() as f64;
        let of_split = |axes: &Vec<f64>| axes.iter().sum::<f64>() / d as f64;
        Some(Self {
            missing: (0..d)
                .map(|k| mean(&mut blocks.iter().map(|axes| axes[k])))
                .collect(),
            scatter: Scatter::of(blocks.iter().map(of_split).collect(), None),
        })
    }
}

/// Puts `m` of the numbers of `order`, chosen at random, at its beginning.
fn shuffle(order: &mut [usize], m: usize, rng: &mut Generator) {
    for i in 0..m.min(order.len() - 1) {
        let other = rng.random_range(i..order.len());
        order.swap(i, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metric::{METRICS, testing},
        target::{Component, Gaussian, Mixture},
    };

    fn law() -> Mixture {
        let component = |mean, std_dev| {
            let gaussian = Gaussian::diagonal(vec![mean], &[std_dev]).unwrap();
            Component::Gaussian(gaussian)
        };
        Mixture::new(
            vec![0.4, 0.6],
            vec![component(-2.0, 0.3), component(1.0, 1.0)],
        )
    }

    /// Of `draws` pairs of perfect samples and test points, how many have a p-value of at most 5 %.
    fn alarms(samples: usize, num_test: usize, draws: u64) -> usize {
        let overlap = METRICS.iter().find(|m| m.name() == "histogram_overlap");
        let draw = |n, i, of| law().sample(n, &mut Seed(3).stream(Purpose::TestData, i, of));
        let is_alarm = |i: &u64| {
            let (samples, test) = (draw(samples, *i, 0), draw(num_test, *i, 1));
            let splits = Splits::of(&samples, &test, None).unwrap();
            let evidence = crate::metric::Evidence {
                splits: Some(&splits),
                ..testing::evidence(&samples, &test, None)
            };
            let found = overlap.unwrap().evaluate(&evidence).unwrap();
            found.p_value.unwrap() <= 0.05
        };
        (0..draws).filter(is_alarm).count()
    }

    /// A binomial number of 60 with p = 5 % is above 9 once in 1400 times.
    #[test]
    fn perfect_samples_raise_no_alarm_however_few_test_points_there_are() {
        for (samples, num_test) in [(1000, 20), (1000, 38), (1000, 69), (60, 500)] {
            let found = alarms(samples, num_test, 60);
            assert!(found <= 9, "{found} of 60 with {num_test} test points");
        }
        // Many test points, 20 times: more than 4 once in 390 times.
        assert!(alarms(1000, 5000, 20) <= 4);
    }

    #[test]
    fn bad_samples_do() {
        let test = law().sample(69, &mut Seed(3).stream(Purpose::TestData, 0, 1));
        let narrow = (0..1000).map(|i| 0.3 + 1e-3 * f64::from(i)).collect();
        let splits = Splits::of(&Points::new(narrow, 1), &test, None).unwrap();
        assert!(splits.scatter.p_value(0.5 / splits.missing[0]) < 1e-3);
    }

    #[test]
    fn what_a_split_misses_is_what_the_metric_misses() {
        let (samples, test) = ([0.1, 2.0, 3.0, 3.9, 5.0], [0.0, 4.0, 1.0]);
        let line = Line::new(&samples, &test);
        for range in [None, Some((0.0, 3.0))] {
            let bins = Bins::new(range, &test).unwrap();
            let of = |values: &[f64]| bins.fractions(values).unwrap().0;
            let shared = of(&samples).into_iter().zip(of(&test));
            let shared: f64 = shared.map(|(a, b)| a.min(b)).sum();
            let missing = line.missing(&[0, 1, 2], range).unwrap();
            assert!((missing - (1.0 - shared)).abs() < 1e-12, "{range:?}");
        }
    }
}
