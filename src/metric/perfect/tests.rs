//! The simulated laws beside those that are known.

use super::{sets::Picks, *};
use crate::metric::bins::{expected_overlap, expected_overlap_of_two};
use crate::metric::moments::Moments;
use crate::target::{Component, Gaussian, UniformBox};
use std::f64::consts::PI;

/// Relative error of a simulated bound, at most. Its level has a standard error of 0.055 %, or 5 % of itself, and falls by
/// some 8 % for every percent of the bound where the law is narrowest.
const ALLOWED: f64 = 0.02;

fn normal(covariance: Vec<f64>) -> Mixture {
    let dim = (covariance.len() as f64).sqrt() as usize;
    let gaussian = Gaussian::new(vec![0.0; dim], covariance).unwrap();
    Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)])
}

fn modes_at(weights: &[f64]) -> Mixture {
    let mode = |k| Component::Gaussian(Gaussian::diagonal(vec![10.0 * k as f64], &[1.0]).unwrap());
    Mixture::new(weights.to_vec(), (0..weights.len()).map(mode).collect())
}

fn noise(density: &Mixture, samples: usize, num_test: usize) -> PerfectNoise {
    let test = pool_of(density, num_test);
    (*PerfectNoise::of(&Setting {
        density: Some(density),
        test: &test,
        samples,
        overlap_range: None,
    }))
    .clone()
}

fn assert_near(found: f64, exact: f64) {
    assert!((found / exact - 1.0).abs() < ALLOWED, "{found} {exact}");
}

#[test]
fn for_the_uniform_law_w1_has_the_law_of_the_integrated_bridge() {
    // ∫₀¹|B|: mean √(π/32), second moment 7/60 (Shepp 1982), 99 % point 0.7518 (Johnson & Killeen 1983).
    let uniform = UniformBox::new(vec![2.0], vec![5.0]).unwrap();
    let law = Mixture::new(vec![1.0], vec![Component::Uniform(uniform)]);
    let mean = (std::f64::consts::PI / 32.0).sqrt();
    // By normal counts, and with a second dimension by points.
    let square = UniformBox::new(vec![2.0, 0.0], vec![5.0, 1e-9]).unwrap();
    let square = Mixture::new(vec![1.0], vec![Component::Uniform(square)]);
    for law in [law, square] {
        let found = noise(&law, 5000, 1000).w1;
        assert_near(found.std_dev, (7.0 / 60.0 / (mean * mean) - 1.0).sqrt());
        assert_near(found.bound, 0.7518 / mean);
    }
}

#[test]
fn axes_that_are_one_scatter_as_one_and_independent_ones_half_as_much() {
    let single = noise(&normal(vec![1.0]), 5000, 1000);
    let same = noise(&normal(vec![1.0, 1.0 - 1e-9, 1.0 - 1e-9, 1.0]), 5000, 1000);
    assert_near(same.w1.bound, single.w1.bound);
    let apart = noise(&normal(vec![1.0, 0.0, 0.0, 1.0]), 5000, 1000);
    assert_near(
        apart.w1.std_dev,
        single.w1.std_dev * std::f64::consts::FRAC_1_SQRT_2,
    );
    assert_near(
        apart.missing_overlap.std_dev,
        same.missing_overlap.std_dev * std::f64::consts::FRAC_1_SQRT_2,
    );
}

#[test]
fn two_modes_have_a_half_normal_law_and_few_samples_a_binomial_one() {
    let law = modes_at(&[0.3, 0.7]);
    let many = noise(&law, 5000, 100).modes.unwrap();
    // |N(0, 1)|: mean √(2/π), 99 % point 2.5758.
    assert_near(many.bound, 2.5758 / half_normal_mean());
    let few = noise(&law, 50, 100).modes.unwrap();
    let floor = half_normal_mean() * (0.3f64 * 0.7 / 50.0).sqrt();
    // 15 of 50 samples are expected in the first mode. They are off by more than 7 in 2.0 % of all cases, by more than
    // 8 in 0.8 % (scipy 1.17: `binom`), so that the bound lies between 8 and 9.
    assert!((few.bound * floor * 50.0 - 8.5).abs() < 1e-3, "{few:?}");
}

#[test]
fn many_distant_modes_scatter_like_a_multinomial_count() {
    // 16 modes of equal weight: the counts are independent but for their sum. Σ|z_k| has the variance
    // 16 (1 − 2/π) + 16·15 (2/π) (√(1 − ρ²) + ρ asin ρ − 1), ρ = −1/15.
    let exact = {
        let rho = -1.0f64 / 15.0;
        let cross = (1.0 - rho * rho).sqrt() + rho * rho.asin() - 1.0;
        let two_over_pi = std::f64::consts::FRAC_2_PI;
        let variance = 16.0 * (1.0 - two_over_pi) + 240.0 * two_over_pi * cross;
        variance.sqrt() / (16.0 * half_normal_mean())
    };
    let found = noise(&modes_at(&[1.0; 16]), 5000, 100).modes.unwrap();
    assert_near(found.std_dev, exact);
    // Beyond the components that are simulated as normal, points take their place.
    let many = noise(&modes_at(&[1.0; 80]), 100_000, 100).modes.unwrap();
    assert!(many.std_dev < found.std_dev / 2.0, "{many:?}");
}

#[test]
fn the_likelihood_of_a_few_normal_samples_has_a_chi_squared_law() {
    // Σz² of 50 is χ² of 50 degrees, with a standard deviation of 10. It is further from 50 than 26.425 in one case of a
    // hundred (scipy 1.17: `chi2.sf(50 + x, 50) + chi2.cdf(50 - x, 50)`).
    let found = noise(&normal(vec![1.0]), 50, 100).log_likelihood.unwrap();
    assert_near(found.bound, 2.6425);
    assert!(
        noise(&normal(vec![1.0]), 1000, 100)
            .log_likelihood
            .is_none()
    );
}

#[test]
fn the_test_points_scatter_too() {
    // The 99 % point of W1 between twice 100 normal points, in noise floors, of 300,000 pairs drawn with numpy 2.4:
    // `abs(sort(standard_normal((10000, 100))) - sort(standard_normal((10000, 100)))).mean(1)`.
    let law = normal(vec![1.0]);
    assert_near(noise(&law, 100, 100).w1_test.bound, 2.0654);
    let large = noise(&law, 5000, 5000);
    assert_eq!(large.w1_test, large.w1);
}

#[test]
fn points_without_a_law_stand_for_it() {
    let law = normal(vec![1.0]);
    let test = pool_of(&law, 4000);
    let setting = |density| Setting {
        density,
        test: &test,
        samples: 100,
        overlap_range: Some((-1.0, 2.0)),
    };
    let [known, unknown] = [Some(&law), None].map(|density| PerfectNoise::of(&setting(density)));
    assert_near(unknown.w1_test.bound, known.w1_test.bound);
    // The overlap is with the test points, which are many: but for their noise floors it has the same bound.
    let bins = Bins::new(Some((-1.0, 2.0)), &[]).unwrap();
    let truth = bins.probabilities(&law).unwrap();
    let counted = law.cdf(2.0) - law.cdf(-1.0);
    let floor = 1.0 - expected_overlap(&truth, (100.0 * counted) as usize);
    let of_two = 1.0
        - expected_overlap_of_two(
            &truth,
            (100.0 * counted) as usize,
            (4000.0 * counted) as usize,
        );
    assert_near(
        unknown.missing_overlap.bound * of_two,
        known.missing_overlap.bound * floor * f64::sqrt(1.0 + 100.0 / 4000.0),
    );
    assert!(unknown.modes.is_none() && unknown.log_likelihood.is_none());
}

#[test]
fn a_column_without_spread_is_a_line_like_any_other() {
    let rows = |points: &Points| points.rows().flat_map(|x| [x[0], 14.62]).collect();
    let pool_of = |law: &Mixture| Points::new(rows(&pool_of(law, 1 << 12)), 2);
    let pool = Joint::new(&pool_of(&normal(vec![1.0])));
    let apart = pool_of(&normal(vec![0.25]));
    let found = pool.of_points(&apart, None, &Moments::of(&apart));
    let bytes: Vec<_> = (0..apart.len() as u16).flat_map(u16::to_le_bytes).collect();
    let every = Picks::themselves(&bytes);
    let room = &mut axes::Room::new();
    let sliced = found.numbers(room, &every, None).sliced[0];
    // W1 of N(0, 1) and N(0, 1/4) is E|Z|/2 = √(1/(2π)), times |cos φ| along each of the directions.
    let slopes = [0, 4, 8, 12, 16, 20, 24, 28].map(|k| (PI * f64::from(k) / 32.0).cos().abs());
    let exact = (0.5 / PI).sqrt() * slopes.iter().sum::<f64>() / 8.0;
    // 64 intervals round W1 down by 2 %.
    assert!((sliced / exact - 1.0).abs() < 0.03, "{sliced} {exact}");
}
