//! Optimal transport between samples and test points in more than one dimension.

use crate::{
    distance::assignment::Assignment,
    metric::{
        contract::{About, Metric},
        evidence::Evidence,
        value::MetricValue,
    },
    points::Points,
    rng::{Purpose, Seed},
    target::Estimate,
};
use rayon::prelude::*;

/// Points that are matched at a time: the work grows with their cube.
const MATCHED: usize = 1000;

/// Disjoint sets of so many samples, at most, each matched with a set of test points.
const SETS: usize = 2;

/// The Wasserstein-1 distance in d dimensions: the mean Euclidean distance in the best matching of samples with
/// test points, one to one, [`MATCHED`] at a time.
///
/// W1 and not W2, because with separate modes the noise of W2 falls as n^(−1/4) only: one sample too many in a mode
/// moves far, and W2 squares that.
pub(super) struct Transport;

impl Metric for Transport {
    fn name(&self) -> &'static str {
        "transport"
    }

    fn title(&self) -> &'static str {
        "Wasserstein-1 in all dimensions at once, up to 1000 samples matched with as many test points"
    }

    fn about(&self) -> About {
        About {
            definition: "Mean distance in the best one-to-one matching of up to 1000 samples with as many test points. Without a known density, at most half of the test points are matched at a time.",
            unit: "that of the data",
            truth: "0",
            floor: "The same for perfect samples in the place of the generated ones.",
            judged_by: "A value near the floor cannot be told from that of a perfect model; there is no bound.",
            source: "Peyré & Cuturi 2019",
        }
    }

    fn smallest_dim(&self) -> usize {
        2
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    /// The number of points that are matched is fixed.
    fn samples_for_half_floor(&self, _: usize, _: usize, _: bool) -> Option<f64> {
        None
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let (samples, test) = (evidence.samples, evidence.test);
        if samples.dim() == 1 || !samples.values().iter().all(|x| x.is_finite()) {
            return None;
        }
        // Where the density is known, perfect samples can be drawn; else half of the test points are compared
        // with the other half.
        let spare = match evidence.density {
            Some(_) => 1,
            None => 2,
        };
        let size = MATCHED.min(samples.len()).min(test.len() / spare);
        if size == 0 {
            return None;
        }
        let sets = SETS.min(samples.len() / size).min(test.len() / size);
        let found: Vec<_> = (0..sets)
            .into_par_iter()
            .map(|set| {
                matched(
                    part(samples, set, size),
                    part(test, set, size),
                    samples.dim(),
                )
            })
            .collect();
        let perfect: Vec<_> = match evidence.density {
            Some(density) => (0..sets)
                .into_par_iter()
                .map(|set| {
                    let mut rng = Seed(0).stream(Purpose::MonteCarlo, 1, set as u64);
                    let draws = density.sample(size, &mut rng);
                    matched(draws.values(), part(test, set, size), samples.dim())
                })
                .collect(),
            None => (0..SETS.min(test.len() / (2 * size)))
                .into_par_iter()
                .map(|set| {
                    let (one, other) = (part(test, 2 * set, size), part(test, 2 * set + 1, size));
                    matched(one, other, samples.dim())
                })
                .collect(),
        };
        let estimate = Estimate::mean_of(&found);
        Some(MetricValue {
            value: Some(estimate.value),
            truth: Some(0.0),
            noise_floor: Some(Estimate::mean_of(&perfect).value),
            standard_error: (sets > 1).then_some(estimate.standard_error),
            ..MetricValue::default()
        })
    }
}

/// The `set`-th `size` points.
fn part(points: &Points, set: usize, size: usize) -> &[f64] {
    let length = size * points.dim();
    &points.values()[set * length..(set + 1) * length]
}

/// The mean distance in the best matching of two sets of equally many points (row-major, `[n, d]`): W1 between
/// their empirical laws.
pub(super) fn matched(a: &[f64], b: &[f64], dim: usize) -> f64 {
    let n = a.len() / dim;
    let from = |x: &[f64]| -> Vec<f64> {
        let squares = |y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
        b.chunks_exact(dim).map(|y| squares(y).sqrt()).collect()
    };
    let costs: Vec<f64> = a.chunks_exact(dim).flat_map(from).collect();
    Assignment::least_cost(&costs, n).total(&costs) / n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        distance::wasserstein::{between_samples, sorted},
        metric::testing,
    };

    #[test]
    fn points_that_are_all_moved_alike_are_that_far_away() {
        // A translation is optimal whatever the points, and W1 is its length.
        let points = testing::eight_gaussians().sample(200, &mut testing::stream(1));
        let half = points.rows().skip(100).chain(points.rows().take(100));
        let moved: Vec<_> = half.flat_map(|x| [x[0] + 0.3, x[1] - 0.4]).collect();
        assert!((matched(points.values(), &moved, 2) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn on_a_line_it_is_the_distance_of_the_sorted_samples() {
        let draw = |i| testing::eight_gaussians().sample(150, &mut testing::stream(i));
        let (a, b) = (draw(1).axis(0), draw(2).axis(1));
        let on_line = |x: &[f64]| x.iter().flat_map(|x| [*x, 0.0]).collect::<Vec<_>>();
        let found = matched(&on_line(&a), &on_line(&b), 2);
        assert!((found - between_samples(&sorted(a), &sorted(b))).abs() < 1e-12);
    }

    #[test]
    fn perfect_samples_are_at_the_floor_and_moved_ones_above_it() {
        let density = testing::eight_gaussians();
        let draw = |n, i| density.sample(n, &mut testing::stream(i));
        let (samples, test) = (draw(1200, 1), draw(1200, 2));
        let at = |samples: &Points, density| {
            let evidence = testing::evidence(samples, &test, density);
            Transport.evaluate(&evidence).unwrap()
        };
        for density in [Some(&density), None] {
            let found = at(&samples, density);
            let ratio = found.value.unwrap() / found.noise_floor.unwrap();
            // Two such distances differ by the imbalance of the modes, √(7/8 · 2/n) of a distance of about 2.
            assert!((0.6..1.6).contains(&ratio), "{ratio}");
        }
        let far: Vec<_> = samples.values().iter().map(|x| x + 1.0).collect();
        let found = at(&Points::new(far, 2), Some(&density));
        assert!(found.value.unwrap() > 2.0 * found.noise_floor.unwrap());
    }

    #[test]
    fn of_a_file_half_of_the_test_points_are_matched_at_a_time() {
        let density = testing::eight_gaussians();
        let draw = |n, i| density.sample(n, &mut testing::stream(i));
        let samples = draw(900, 1);
        for (count, size) in [(300, 150), (301, 150), (3, 1), (2, 1)] {
            let test = draw(count, 2);
            let found = Transport.evaluate(&testing::evidence(&samples, &test, None));
            let of = |set| matched(part(&samples, set, size), part(&test, set, size), 2);
            let found = found.unwrap().value.unwrap();
            assert!(
                (found - 0.5 * (of(0) + of(1))).abs() < 1e-12,
                "{count}: {found}"
            );
        }
        let one = draw(1, 2);
        assert_eq!(
            Transport.evaluate(&testing::evidence(&samples, &one, None)),
            None
        );
    }

    #[test]
    fn in_one_dimension_there_is_a_better_metric() {
        let points = Points::new(vec![0.0, 1.0], 1);
        let evidence = testing::evidence(&points, &points, None);
        assert_eq!(Transport.evaluate(&evidence), None);
    }
}
