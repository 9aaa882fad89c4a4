//! The energy distance between samples and test points.

use crate::{
    distance::wasserstein::sorted,
    metric::{
        contract::{About, Metric},
        evidence::Evidence,
        value::MetricValue,
    },
    points::Points,
};
use rayon::prelude::*;

/// Points of each set whose pairs are taken in more than one dimension: the work grows with their square.
const PAIRED: usize = 4000;

/// Distances that are computed side by side.
const LANES: usize = 16;

/// Test points behind the noise floor.
const FLOOR_POINTS: usize = 1000;

/// D² = 2 E|X − Y| − E|X − X'| − E|Y − Y'| (Székely & Rizzo 2013), 0 only for equal laws; estimated without bias, so
/// that it may be negative.
pub(super) struct EnergyDistance;

impl Metric for EnergyDistance {
    fn name(&self) -> &'static str {
        "energy_distance"
    }

    fn title(&self) -> &'static str {
        "energy distance to the test set, without bias"
    }

    fn about(&self) -> About {
        About {
            definition: "2 E|X − Y| − E|X − X′| − E|Y − Y′| between samples X and test points Y, without bias, so that it may be negative.",
            unit: "that of the data",
            truth: "0",
            floor: "The standard deviation for perfect samples.",
            judged_by: "A value near the floor or below cannot be told from that of a perfect model; there is no bound.",
            source: "Székely & Rizzo 2013",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    /// Its noise falls as 1/n + 1/m.
    fn samples_for_half_floor(&self, samples: usize, test: usize, _: bool) -> Option<f64> {
        let (n, m) = (samples as f64, test as f64);
        let left = 0.5 * (1.0 / n + 1.0 / m) - 1.0 / m;
        (left > 0.0).then(|| 1.0 / left)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let most = match evidence.samples.dim() {
            1 => usize::MAX,
            _ => PAIRED,
        };
        let [samples, test] = [evidence.samples, evidence.test].map(|points| first(points, most));
        if samples.len() < 2 || test.len() < 2 {
            return None;
        }
        let value = energy_distance(&samples, &test);
        let spread = distance_deviation(&first(&test, FLOOR_POINTS));
        let sizes = 1.0 / samples.len() as f64 + 1.0 / test.len() as f64;
        Some(MetricValue {
            value: value.is_finite().then_some(value),
            truth: Some(0.0),
            noise_floor: Some(f64::sqrt(2.0) * sizes * spread),
            ..MetricValue::default()
        })
    }
}

/// The first `most` points, or all there are.
fn first(points: &Points, most: usize) -> Points {
    let count = points.len().min(most) * points.dim();
    Points::new(points.values()[..count].to_vec(), points.dim())
}

/// The unbiased estimate of D² from two sets of at least two points.
pub fn energy_distance(a: &Points, b: &Points) -> f64 {
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (within_a, within_b, between) = match a.dim() {
        1 => line_sums(&sorted(a.axis(0)), &sorted(b.axis(0))),
        _ => (pair_sum(a, a), pair_sum(b, b), pair_sum(a, b)),
    };
    2.0 * between / (n * m) - within_a / (n * (n - 1.0)) - within_b / (m * (m - 1.0))
}

/// Σ_i Σ_j |a_i − b_j|.
fn pair_sum(a: &Points, b: &Points) -> f64 {
    let axes: Vec<_> = (0..b.dim()).map(|k| b.axis(k)).collect();
    let from = |x: &[f64]| {
        let mut total = 0.0;
        let mut squares = [0.0; LANES];
        for start in (0..b.len()).step_by(LANES) {
            let lanes = LANES.min(b.len() - start);
            squares.fill(0.0);
            for (axis, x) in axes.iter().zip(x) {
                for (square, y) in squares.iter_mut().zip(&axis[start..start + lanes]) {
                    *square += (x - y) * (x - y);
                }
            }
            for square in &mut squares {
                *square = square.sqrt();
            }
            total += squares.iter().sum::<f64>();
        }
        total
    };
    let rows: Vec<_> = a.rows().collect();
    // Row by row, so that the order of the sum does not depend on the threads.
    let sums: Vec<f64> = rows.into_par_iter().map(from).collect();
    sums.iter().sum()
}

/// Σ|a_i − a_j|, Σ|b_i − b_j| and Σ|a_i − b_j| over all pairs, of sorted values.
fn line_sums(a: &[f64], b: &[f64]) -> (f64, f64, f64) {
    let within = |x: &[f64]| {
        let n = x.len() as f64;
        let weighted = |(i, x): (usize, &f64)| (2.0 * i as f64 + 1.0 - n) * x;
        2.0 * x.iter().enumerate().map(weighted).sum::<f64>()
    };
    let (of_a, of_b) = (within(a), within(b));
    let all = sorted(a.iter().chain(b).copied().collect());
    (of_a, of_b, 0.5 * (within(&all) - of_a - of_b))
}

/// √E k², k(x, y) = |x − y| − E|x − Y| − E|X − y| + E|X − Y|: what the estimate's noise is made of. For perfect
/// samples it is degenerate, with variance 2 (1/n + 1/m)² E k² to leading order. Estimated by the doubly centred
/// matrix of distances.
fn distance_deviation(points: &Points) -> f64 {
    let n = points.len();
    let distance = |x: &[f64], y: &[f64]| {
        x.iter()
            .zip(y)
            .map(|(x, y)| (x - y).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let row = |x: &[f64]| -> Vec<f64> { points.rows().map(|y| distance(x, y)).collect() };
    let rows: Vec<_> = points.rows().collect();
    let distances: Vec<_> = rows.into_par_iter().map(row).collect();
    let means: Vec<f64> = distances
        .iter()
        .map(|row| row.iter().sum::<f64>() / n as f64)
        .collect();
    let mean = means.iter().sum::<f64>() / n as f64;
    let squares = |(row, own): (&Vec<f64>, &f64)| -> f64 {
        let centred = row
            .iter()
            .zip(&means)
            .map(|(d, other)| d - own - other + mean);
        centred.map(|k| k * k).sum()
    };
    let total: f64 = distances.iter().zip(&means).map(squares).sum();
    (total / (n * n) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metric::testing,
        target::{Component, Estimate, Gaussian, Mixture},
    };

    fn normal(mean: f64, dim: usize) -> Mixture {
        let gaussian = Gaussian::diagonal(vec![mean; dim], &vec![1.0; dim]).unwrap();
        Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)])
    }

    #[test]
    fn two_normal_laws_have_the_closed_form() {
        // X − Y ~ N(μ, 2): E|X − Y| = 2/√π e^(−μ²/4) + μ erf(μ/2); at μ = 1 it is 1.399282…, E|X − X'| = 2/√π.
        let same = std::f64::consts::FRAC_2_SQRT_PI;
        let exact = 2.0 * (same * (-0.25f64).exp() + libm::erf(0.5)) - 2.0 * same;
        let found: Vec<_> = (0..200)
            .map(|i| {
                let a = normal(0.0, 1).sample(100, &mut testing::stream(2 * i));
                let b = normal(1.0, 1).sample(70, &mut testing::stream(2 * i + 1));
                energy_distance(&a, &b)
            })
            .collect();
        let mean = Estimate::mean_of(&found);
        assert!(
            (mean.value - exact).abs() < 5.0 * mean.standard_error,
            "{mean:?} {exact}"
        );
    }

    #[test]
    fn the_sorted_sums_are_those_of_all_pairs() {
        let a = normal(0.0, 1).sample(60, &mut testing::stream(1));
        let b = normal(0.5, 1).sample(41, &mut testing::stream(2));
        let (within_a, within_b, between) = line_sums(&sorted(a.axis(0)), &sorted(b.axis(0)));
        for (found, exact) in [
            (within_a, pair_sum(&a, &a)),
            (within_b, pair_sum(&b, &b)),
            (between, pair_sum(&a, &b)),
        ] {
            assert!((found - exact).abs() < 1e-9 * exact);
        }
    }

    /// `scipy.stats.energy_distance` (scipy 1.17) squared is D² of the empirical laws, Σ over all pairs with
    /// divisors n² and m²: x = sin(1..=8), y = cos(1..=5) + 0.3.
    #[test]
    fn it_agrees_with_another_program() {
        let a: Vec<_> = (1..=8).map(|i| f64::from(i).sin()).collect();
        let b: Vec<_> = (1..=5).map(|i| f64::from(i).cos() + 0.3).collect();
        let (within_a, within_b, between) = line_sums(&sorted(a), &sorted(b));
        let found = 2.0 * between / 40.0 - within_a / 64.0 - within_b / 25.0;
        assert!(
            (found.sqrt() - 0.300_878_947_427_498_2).abs() < 1e-14,
            "{found}"
        );
    }

    #[test]
    fn the_floor_is_the_deviation_of_perfect_samples_around_zero() {
        for dim in [1, 2] {
            let draw = |n, i| normal(0.0, dim).sample(n, &mut testing::stream(i));
            let found: Vec<_> = (0..300)
                .map(|i| {
                    let (a, b) = (draw(200, 2 * i), draw(150, 2 * i + 1));
                    EnergyDistance
                        .evaluate(&testing::evidence(&a, &b, None))
                        .unwrap()
                })
                .collect();
            let values: Vec<_> = found.iter().map(|v| v.value.unwrap()).collect();
            let mean = Estimate::mean_of(&values);
            assert!(mean.value.abs() < 5.0 * mean.standard_error, "{mean:?}");
            let squares: Vec<_> = values.iter().map(|v| v * v).collect();
            let variance = Estimate::mean_of(&squares);
            let floors: Vec<_> = found
                .iter()
                .map(|v| v.noise_floor.unwrap().powi(2))
                .collect();
            let floor = Estimate::mean_of(&floors);
            // 5 % for the terms of higher order and the finite matrix behind the floor.
            let allowed = 5.0 * variance.standard_error + 0.05 * floor.value;
            assert!(
                (variance.value - floor.value).abs() < allowed,
                "{variance:?} {floor:?}"
            );
        }
    }
}
