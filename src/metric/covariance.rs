//! The spread of the samples in all directions.

use super::{
    contract::{About, Metric},
    evidence::Evidence,
    moments::{Moments, Triangle, WorstDirection, largest_error},
    value::MetricValue,
    wasserstein::half_floor,
};
use crate::{
    points::Points,
    rng::{Purpose, Seed},
    target::Mixture,
};

/// The largest |σ̂/σ − 1| over all directions.
pub(super) struct CovarianceError;

impl Metric for CovarianceError {
    fn name(&self) -> &'static str {
        "covariance_error"
    }

    fn title(&self) -> &'static str {
        "largest relative error of the standard deviation, over all directions"
    }

    fn about(&self) -> About {
        About {
            definition: "Largest |σ̂/σ − 1| over all directions, σ̂ and σ being the standard deviations of samples and data along one. The data is the exact law, or the test split where that is not known.",
            unit: "1",
            truth: "0",
            floor: "The mean for as many perfect samples.",
            judged_by: "It is beyond noise where Holm's correction over all tests rejects its p-value. One in a hundred perfect models exceeds the bound.",
            source: "",
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
        let dim = evidence.samples.dim();
        if dim == 1 {
            return None;
        }
        let data = truth(evidence.density, evidence.test);
        let triangle = Triangle::of(&data.covariance, dim)?;
        let found = Moments::of(evidence.samples).covariance;
        let is_finite = found.iter().all(|c| c.is_finite());
        let value = MetricValue {
            value: is_finite.then(|| largest_error(triangle.whitened(&found), dim)),
            truth: Some(0.0),
            ..MetricValue::default()
        };
        let scatter = evidence.noise.and_then(|noise| noise.joint.as_ref());
        Some(match scatter {
            // The law is that of the value itself, whose floor is its mean.
            Some(joint) => MetricValue {
                noise_floor: Some(joint.covariance.mean),
                ..value.with_noise(1.0, Some(&joint.covariance))
            },
            None => value,
        })
    }
}

/// Mean and covariance of the data: of its law, or of the test split.
pub(super) fn truth(density: Option<&Mixture>, test: &Points) -> Moments {
    match density {
        Some(law) => Moments {
            mean: (0..law.dim()).map(|k| law.mean(k)).collect(),
            covariance: law.covariance(),
        },
        None => Moments::of(test),
    }
}

/// Where the spread of samples differs most from that of the data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spread {
    /// Of length 1; its largest coordinate is positive.
    pub(crate) direction: Vec<f64>,
    /// Standard deviation of the samples along it.
    pub(crate) samples: f64,
    /// That of the data.
    pub(crate) data: f64,
    /// The correlation of the first two coordinates of samples and data.
    pub(crate) correlation: Option<(f64, f64)>,
}

/// The spread of samples in more than one dimension; `None` where that of the data has no extent in some direction.
pub(crate) fn spread(samples: &Points, density: Option<&Mixture>, test: &Points) -> Option<Spread> {
    let data = truth(density, test).covariance;
    let found = Moments::of(samples).covariance;
    let is_finite = found.iter().all(|c| c.is_finite());
    let d = samples.dim();
    let worst = (is_finite && d > 1).then(|| WorstDirection::of(&found, &data, d));
    let worst = worst.flatten()?;
    let correlation = |c: &[f64]| c[1] / (c[0] * c[d + 1]).sqrt();
    Some(Spread {
        direction: worst.direction,
        samples: worst.samples,
        data: worst.data,
        correlation: Some((correlation(&found), correlation(&data))),
    })
}

/// Draws of a law after they have been given the mean and the covariance of samples.
pub(crate) fn reshaped(samples: &Points, law: &Mixture) -> Option<Points> {
    const DRAWS: usize = 1 << 14;
    let d = law.dim();
    let (own, data) = (Moments::of(samples), truth(Some(law), samples));
    let (to, from) = (
        Triangle::of(&own.covariance, d)?,
        Triangle::of(&data.covariance, d)?,
    );
    let draws = law.stratified_sample(DRAWS, &mut Seed(0).stream(Purpose::MonteCarlo, 12, 0));
    let moved = |x: &[f64]| {
        let mut z: Vec<_> = x.iter().zip(&data.mean).map(|(x, m)| x - m).collect();
        from.solve(&mut z);
        let y = to.times(&z);
        y.into_iter()
            .zip(&own.mean)
            .map(|(y, m)| y + m)
            .collect::<Vec<_>>()
    };
    Some(Points::new(draws.rows().flat_map(moved).collect(), d))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{PerfectNoise, Setting, testing};
    use crate::target::{Component, Gaussian};

    /// A ridge with standard deviations 10 along and `across` across it.
    fn ridge(across: f64) -> Mixture {
        let (a, b) = (100.0, across * across);
        let covariance = vec![0.5 * (a + b), 0.5 * (a - b), 0.5 * (a - b), 0.5 * (a + b)];
        let gaussian = Gaussian::new(vec![0.0, 0.0], covariance).unwrap();
        Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)])
    }

    fn found(samples: &Points, test: &Points, density: Option<&Mixture>) -> MetricValue {
        let noise = PerfectNoise::of(&Setting {
            density,
            test,
            samples: samples.len(),
            overlap_range: None,
        });
        let mut evidence = testing::evidence(samples, test, density);
        evidence.noise = Some(&noise);
        CovarianceError.evaluate(&evidence).unwrap()
    }

    /// Of a file nothing is known but the test split: 500 points show what every other number overlooks.
    #[test]
    fn a_ridge_that_is_too_wide_is_seen_with_and_without_a_law() {
        let law = ridge(1.93);
        let test = law.sample(500, &mut testing::stream(1));
        let wide = ridge(2.95).sample(500, &mut testing::stream(2));
        let perfect = law.sample(500, &mut testing::stream(3));
        for density in [Some(&law), None] {
            let (bad, good) = (
                found(&wide, &test, density),
                found(&perfect, &test, density),
            );
            // The exact 0.53 ± 0.03 of the samples, and as much of the test split.
            assert!((bad.value.unwrap() - 0.53).abs() < 0.2, "{bad:?}");
            assert!(
                bad.p_value.unwrap() < 3e-4 && bad.value > bad.noise_bound,
                "{bad:?}"
            );
            assert!(
                good.p_value.unwrap() > 0.01 && good.value < good.noise_bound,
                "{good:?}"
            );
        }
    }

    #[test]
    fn one_perfect_set_in_a_hundred_is_beyond_the_bound() {
        let law = ridge(1.93);
        for density in [Some(&law), None] {
            let beyond = (0..2000).filter(|i| {
                let test = law.sample(400, &mut testing::stream(2 * i));
                let samples = law.sample(300, &mut testing::stream(2 * i + 1));
                let data = truth(density, &test);
                let triangle = Triangle::of(&data.covariance, 2).unwrap();
                let value = largest_error(triangle.whitened(&Moments::of(&samples).covariance), 2);
                // The bound hardly depends on which test points stand for the law.
                static BOUNDS: std::sync::OnceLock<[f64; 2]> = std::sync::OnceLock::new();
                let bounds = BOUNDS.get_or_init(|| {
                    let test = law.sample(400, &mut testing::stream(1 << 20));
                    [Some(&law), None].map(|d| found(&samples, &test, d).noise_bound.unwrap())
                });
                value > bounds[usize::from(density.is_none())]
            });
            // 20 are expected, with a standard deviation of 4.5: five of them.
            let beyond = beyond.count();
            assert!((3..43).contains(&beyond), "{beyond}");
        }
    }
}
