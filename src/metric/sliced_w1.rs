//! Wasserstein-1 distances of projections onto lines.

use crate::{
    distance::wasserstein::{between_samples, sorted, spread_of_samples, two_sample_factor},
    metric::{
        contract::{About, Metric},
        evidence::Evidence,
        value::MetricValue,
        wasserstein::two_sample_half_floor,
    },
    points::Points,
    rng::{self, Purpose, Seed},
};
use rayon::prelude::*;

/// Directions in the plane, equally far apart: a rule of quadrature for the mean over all of them.
const PLANE_DIRECTIONS: usize = 32;

/// Directions drawn (always the same) in more than two dimensions.
const SPACE_DIRECTIONS: usize = 128;

/// The mean over directions θ of W1 between the samples' and the test points' projections θ·x (Bonneel et al. 2015).
pub(super) struct SlicedW1;

impl Metric for SlicedW1 {
    fn name(&self) -> &'static str {
        "sliced_w1"
    }

    fn title(&self) -> &'static str {
        "Wasserstein-1 to the test set, averaged over projections in all directions"
    }

    fn about(&self) -> About {
        About {
            definition: "Mean Wasserstein-1 distance between the projections of samples and test points onto lines of all directions.",
            unit: "that of the data",
            truth: "0",
            floor: "The mean distance of as many perfect samples from the test split.",
            judged_by: "A value near the floor cannot be told from that of a perfect model; there is no bound.",
            source: "Bonneel et al. 2015",
        }
    }

    fn smallest_dim(&self) -> usize {
        2
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn samples_for_half_floor(&self, samples: usize, test: usize, _: bool) -> Option<f64> {
        two_sample_half_floor(samples, test)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let (samples, test) = (evidence.samples, evidence.test);
        if samples.dim() == 1 {
            return None;
        }
        let along = |direction: &Vec<f64>| {
            let [a, b] = [samples, test].map(|points| sorted(projected(points, direction)));
            (between_samples(&a, &b), spread_of_samples(&b))
        };
        let found: Vec<_> = directions(samples.dim()).par_iter().map(along).collect();
        let mean =
            |f: fn(&(f64, f64)) -> f64| found.iter().map(f).sum::<f64>() / found.len() as f64;
        let scale = two_sample_factor(samples.len(), test.len());
        Some(MetricValue {
            value: Some(mean(|f| f.0)).filter(|value| value.is_finite()),
            truth: Some(0.0),
            noise_floor: Some(scale * mean(|f| f.1)),
            ..MetricValue::default()
        })
    }
}

/// Unit vectors; opposite ones give the same distance, so in the plane half a circle has them all.
fn directions(dim: usize) -> Vec<Vec<f64>> {
    if dim == 2 {
        let angle = |i: usize| std::f64::consts::PI * i as f64 / PLANE_DIRECTIONS as f64;
        return (0..PLANE_DIRECTIONS)
            .map(|i| vec![angle(i).cos(), angle(i).sin()])
            .collect();
    }
    let mut rng = Seed(0).stream(Purpose::MonteCarlo, 2, dim as u64);
    let mut draw = |_| {
        let mut direction = vec![0.0; dim];
        rng::fill_normal(&mut rng, &mut direction);
        let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        direction.into_iter().map(|x| x / length).collect()
    };
    (0..SPACE_DIRECTIONS).map(&mut draw).collect()
}

fn projected(points: &Points, direction: &[f64]) -> Vec<f64> {
    let product = |row: &[f64]| row.iter().zip(direction).map(|(x, u)| x * u).sum();
    points.rows().map(product).collect()
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
