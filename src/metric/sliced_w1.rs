//! Wasserstein-1 distances of projections onto lines.

use crate::{
    distance::wasserstein::{between_samples, sorted, spread_of_samples, two_sample_factor},
    metric::{
        contract::{About, Metric},
        evidence::Evidence,
        lines::{below, directions, levels, projected},
        value::MetricValue,
        wasserstein::half_floor,
    },
    points::Points,
    target::{Mixture, special::half_normal_mean},
};
use rayon::prelude::*;

/// Intervals of a line over which |F_n − F| is summed up.
const INTERVALS: usize = 256;

/// The mean over directions θ of W1 between the projections θ·x of samples and exact law (Bonneel et al. 2015). Where that
/// is not known, the test points stand for it.
pub(super) struct SlicedW1;

impl Metric for SlicedW1 {
    fn name(&self) -> &'static str {
        "sliced_w1"
    }

    fn title(&self) -> &'static str {
        "Wasserstein-1 in all dimensions at once, averaged over projections in all directions"
    }

    fn about(&self) -> About {
        About {
            definition: "Mean Wasserstein-1 distance from the projections of the samples onto lines of all directions to those of the exact law, or of the test split where that is not known.",
            unit: "that of the data",
            truth: "0",
            floor: "The mean distance of as many perfect samples.",
            judged_by: "It is beyond noise where Holm's correction over all tests rejects its p-value. One in a hundred perfect models exceeds the bound.",
            source: "Bonneel et al. 2015",
        }
    }

    fn smallest_dim(&self) -> usize {
        2
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn samples_for_half_floor(&self, samples: usize, test: usize, known: bool) -> Option<f64> {
        half_floor(samples, test, known)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let (samples, test) = (evidence.samples, evidence.test);
        if samples.dim() == 1 {
            return None;
        }
        let found = match evidence.density {
            Some(law) => to_law(samples, law),
            None => to_points(samples, test),
        };
        let mean =
            |f: fn(&(f64, f64)) -> f64| found.iter().map(f).sum::<f64>() / found.len() as f64;
        let scale = match evidence.density {
            Some(_) => half_normal_mean() / (samples.len() as f64).sqrt(),
            None => two_sample_factor(samples.len(), test.len()),
        };
        let value = MetricValue {
            value: Some(mean(|f| f.0)).filter(|value| value.is_finite()),
            truth: Some(0.0),
            ..MetricValue::default()
        };
        let noise = evidence.noise.and_then(|noise| noise.joint.as_ref());
        Some(value.with_noise(scale * mean(|f| f.1), noise.map(|joint| &joint.sliced)))
    }
}

/// W1 to the test points along every direction, and their spread ∫√(F(1 − F)) dx.
fn to_points(samples: &Points, test: &Points) -> Vec<(f64, f64)> {
    let along = |direction: &Vec<f64>| {
        let [a, b] = [samples, test].map(|points| sorted(projected(points, direction)));
        (between_samples(&a, &b), spread_of_samples(&b))
    };
    directions(samples.dim()).par_iter().map(along).collect()
}

/// W1 to the law along every direction, and its spread. Beyond the samples and six standard deviations of the law there
/// is nothing of either.
fn to_law(samples: &Points, law: &Mixture) -> Vec<(f64, f64)> {
    const REACH: f64 = 6.0;
    let dim = samples.dim();
    let covariance = law.covariance();
    let line = |direction: Vec<f64>| {
        let mean: f64 = (0..dim).map(|k| direction[k] * law.mean(k)).sum();
        let rows = covariance.chunks_exact(dim).zip(&direction);
        let variance: f64 = rows
            .map(|(row, u)| u * row.iter().zip(&direction).map(|(c, v)| c * v).sum::<f64>())
            .sum();
        let reach = REACH * variance.sqrt();
        let step = 2.0 * reach / INTERVALS as f64;
        (direction, mean - reach, step)
    };
    let lines: Vec<_> = directions(dim).into_iter().map(line).collect();
    let of_law = levels(law, &lines, INTERVALS + 1);
    let along = |((direction, low, step), exact): (&(Vec<f64>, f64, f64), &Vec<f64>)| {
        let places = projected(samples, direction);
        let high = low + step * INTERVALS as f64;
        // What lies beyond the line has that far to go.
        let beyond: f64 = places
            .iter()
            .map(|x| (low - x).max(0.0) + (x - high).max(0.0))
            .sum();
        let n = places.len() as f64;
        let found = below(places.into_iter(), *low, *step, INTERVALS + 1);
        let gaps = exact.iter().zip(&found).map(|(a, b)| (a - b).abs());
        let spread = exact.iter().map(|f| (f * (1.0 - f)).max(0.0).sqrt());
        (
            step * gaps.sum::<f64>() + beyond / n,
            step * spread.sum::<f64>(),
        )
    };
    lines.par_iter().zip(&of_law).map(along).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{metric::testing, target::Estimate};

    #[test]
    fn a_translation_by_c_is_two_over_pi_times_c_away() {
        // Every projection moves by |c·θ|, and the mean of |cos| is 2/π; in three dimensions it is 1/2.
        let test = testing::eight_gaussians().sample(500, &mut testing::stream(1));
        let moved: Vec<_> = test.rows().flat_map(|x| [x[0] + 0.3, x[1] - 0.4]).collect();
        let moved = Points::new(moved, 2);
        let found = SlicedW1.evaluate(&testing::evidence(&moved, &test, None));
        // The trapezoidal rule at a kink: π²/12 of the squared spacing, relative.
        let error = (found.unwrap().value.unwrap() / 0.5 - std::f64::consts::FRAC_2_PI).abs();
        assert!(error < 1e-3, "{error}");

        let moved = Points::new(vec![1.0, 0.0, 0.0], 3);
        let test = Points::new(vec![0.0; 3], 3);
        let found = SlicedW1.evaluate(&testing::evidence(&moved, &test, None));
        // |cos| is uniform there: a standard deviation of 1/√12 over 128 directions, five of them.
        assert!((found.unwrap().value.unwrap() - 0.5).abs() < 5.0 / f64::sqrt(12.0 * 128.0));
    }

    #[test]
    fn the_floor_is_what_perfect_samples_show_on_average() {
        let density = testing::eight_gaussians();
        let test = |i| density.sample(300, &mut testing::stream(1000 + i));
        let found: Vec<_> = (0..100)
            .map(|i| {
                let samples = density.sample(400, &mut testing::stream(i));
                SlicedW1
                    .evaluate(&testing::evidence(&samples, &test(i), None))
                    .unwrap()
            })
            .collect();
        let mean = |f: fn(&MetricValue) -> f64| {
            Estimate::mean_of(&found.iter().map(f).collect::<Vec<_>>())
        };
        let value = mean(|v| v.value.unwrap());
        let floor = mean(|v| v.noise_floor.unwrap());
        // The normal approximation of the floor is off by about 1 % at these sizes.
        let allowed = 5.0 * value.standard_error.hypot(floor.standard_error) + 0.01 * floor.value;
        assert!(
            (value.value - floor.value).abs() < allowed,
            "{value:?} {floor:?}"
        );
    }
}
