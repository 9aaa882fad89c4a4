//! W1 as a metric: to the exact law and to the test split, with what perfect samples show.

use crate::{
    distance::wasserstein::{
        between_samples, one_sample_floor, sorted, spread_of_law, spread_of_samples, to_law,
        two_sample_factor,
    },
    metric::{
        contract::{About, Metric},
        evidence::Evidence,
        mean::mean_over_axes,
        value::MetricValue,
    },
};

/// W1 of the samples to the exact distribution.
pub(crate) struct W1;

impl Metric for W1 {
    fn name(&self) -> &'static str {
        "w1"
    }

    fn title(&self) -> &'static str {
        "Wasserstein-1 to the exact distribution"
    }

    fn about(&self) -> About {
        About {
            definition: "Wasserstein-1 distance from the samples to the exact law of the data, along each axis and averaged over the axes.",
            unit: "that of the data",
            truth: "0",
            floor: "The mean distance of as many perfect samples, exact by quadrature.",
            judged_by: "It is beyond noise where Holm's correction over all tests rejects its p-value. One in a hundred perfect models exceeds the bound.",
            source: "Villani 2009, chapter 6",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        evidence.density?;
        let axes = over_axes(evidence, exact_along)?;
        let value = MetricValue {
            value: finite(axes.0),
            truth: Some(0.0),
            ..MetricValue::default()
        };
        Some(value.with_noise(axes.1, evidence.noise.map(|noise| &noise.w1)))
    }
}

/// W1 of the samples to the test split.
pub(crate) struct W1Test;

impl Metric for W1Test {
    fn name(&self) -> &'static str {
        "w1_test"
    }

    fn title(&self) -> &'static str {
        "Wasserstein-1 to the test set"
    }

    fn about(&self) -> About {
        About {
            definition: "Wasserstein-1 distance from the samples to the test split, along each axis and averaged over the axes.",
            unit: "that of the data",
            truth: "0",
            floor: "The mean distance of as many perfect samples from the test split.",
            judged_by: "Without a known density it is a test, beyond noise where Holm's correction rejects its p-value. One in a hundred perfect models exceeds the bound, each with a test split of its own.",
            source: "Villani 2009, chapter 6",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn samples_for_half_floor(&self, samples: usize, test: usize, _: bool) -> Option<f64> {
        two_sample_half_floor(samples, test)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let axes = over_axes(evidence, test_along)?;
        let value = MetricValue {
            value: finite(axes.0),
            truth: Some(0.0),
            ..MetricValue::default()
        };
        let scatter = evidence.noise.map(|noise| &noise.w1_test);
        let value = value.with_noise(axes.1, scatter);
        // Where the law is known, W1 to it asks the same, and the chance in one test split is left out.
        Some(MetricValue {
            p_value: value.p_value.filter(|_| evidence.density.is_none()),
            ..value
        })
    }
}

/// The means over the axes of a value and its noise floor.
fn over_axes(
    evidence: &Evidence,
    along: fn(&Evidence, usize) -> Option<(f64, f64)>,
) -> Option<(f64, f64)> {
    let d = evidence.samples.dim();
    let axes: Vec<_> = (0..d).map(|k| along(evidence, k)).collect::<Option<_>>()?;
    let mean = |f: fn(&(f64, f64)) -> f64| mean_over_axes(d, |k| f(&axes[k]));
    Some((mean(|axis| axis.0), mean(|axis| axis.1)))
}

/// W1 to the exact law along one axis, and its noise floor.
pub(crate) fn exact_along(evidence: &Evidence, axis: usize) -> Option<(f64, f64)> {
    let (law, samples) = (evidence.density?.axis(axis), evidence.samples);
    let value = to_law(&sorted(samples.axis(axis)), &law);
    Some((value, one_sample_floor(&law, samples.len())))
}

/// W1 to the test split along one axis, and its noise floor.
pub(crate) fn test_along(evidence: &Evidence, axis: usize) -> Option<(f64, f64)> {
    let (samples, test) = (evidence.samples, evidence.test);
    let (a, b) = (sorted(samples.axis(axis)), sorted(test.axis(axis)));
    let spread = match evidence.density {
        Some(density) => spread_of_law(&density.axis(axis)),
        None => spread_of_samples(&b),
    };
    let floor = spread * two_sample_factor(samples.len(), test.len());
    Some((between_samples(&a, &b), floor))
}

fn finite(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}

/// The n' at which 1/n' + 1/m is a quarter of 1/n + 1/m; `None` where m alone is too few.
fn two_sample_half_floor(n: usize, m: usize) -> Option<f64> {
    let (n, m) = (n as f64, m as f64);
    let left = 0.25 * (1.0 / n + 1.0 / m) - 1.0 / m;
    (left > 0.0).then(|| 1.0 / left)
}

/// How many samples halve a noise floor against the law of the data, or against `test` points where it is not known.
pub(super) fn half_floor(samples: usize, test: usize, law_is_known: bool) -> Option<f64> {
    match law_is_known {
        true => Some(4.0 * samples as f64),
        false => two_sample_half_floor(samples, test),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rng::{Purpose, Seed},
        target::{Component, Gaussian, Mixture},
    };

    fn normal(mean: f64, sd: f64) -> Component {
        Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap())
    }

    #[test]
    fn half_a_floor_needs_four_times_the_samples_or_a_larger_test_set() {
        assert_eq!(two_sample_half_floor(100, 100), None);
        assert_eq!(half_floor(100, 100, false), None);
        assert_eq!(half_floor(100, 100, true), Some(400.0));
        let n = two_sample_half_floor(100, 1000).unwrap();
        let ratio = two_sample_factor(n.round() as usize, 1000) / two_sample_factor(100, 1000);
        assert!((ratio - 0.5).abs() < 1e-3, "{n} {ratio}");
    }

    #[test]
    fn the_floors_are_what_perfect_samples_show_on_average() {
        let law = Mixture::new(vec![0.4, 0.6], vec![normal(-1.0, 0.4), normal(2.0, 0.8)]);
        let (n, m, repeats) = (200, 300, 400);
        let (mut one, mut two) = (vec![], vec![]);
        for i in 0..repeats {
            let mut rng = Seed(1).stream(Purpose::TestData, i, 0);
            let a = sorted(law.sample(n, &mut rng).axis(0));
            let b = sorted(law.sample(m, &mut rng).axis(0));
            one.push(to_law(&a, &law));
            two.push(between_samples(&a, &b));
        }
        for (values, floor, slack) in [
            (one, one_sample_floor(&law, n), 0.0),
            // The normal approximation of the two-sample floor is good to O(1/n) of it.
            (two, two_sample_factor(n, m) * spread_of_law(&law), 0.005),
        ] {
            let mean = crate::target::Estimate::mean_of(&values);
            let bound = 5.0 * mean.standard_error + slack * floor;
            assert!((mean.value - floor).abs() < bound, "{mean:?} {floor}");
        }
    }
}
