//! Overlap of the samples' histogram with the true one.

use super::{
    bins::{Bins, expected_overlap, expected_overlap_of_two},
    contract::{About, Metric},
    evidence::Evidence,
    mean::mean_over_axes,
    value::MetricValue,
    wasserstein::half_floor,
};

/// Σ min(p̂_i, p_i) = 1 − ½ Σ|p̂_i − p_i| over common bins: 1 is perfect agreement, 0 none.
///
/// The bins reach from the smallest to the largest test value, and two more take what lies outside. Or
/// they fill a given range, and what lies outside is left out of both histograms.
///
/// p is the true probability of each bin where the density is known, else the test histogram.
pub(super) struct HistogramOverlap;

impl Metric for HistogramOverlap {
    fn name(&self) -> &'static str {
        "histogram_overlap"
    }

    fn title(&self) -> &'static str {
        "histogram overlap"
    }

    fn about(&self) -> About {
        About {
            definition: "Σ min(p̂_i, p_i) over 50 equal bins and the two tails: the fraction of mass that both histograms share.",
            unit: "fraction",
            truth: "1",
            floor: "The mean overlap of as many perfect samples. Where the density is not known, that of random splits of samples and test points.",
            judged_by: "It is beyond noise where Holm's correction over all tests rejects its p-value. One in a hundred perfect models falls below the bound.",
            source: "Swain & Ballard 1991",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(true)
    }

    fn samples_for_half_floor(
        &self,
        samples: usize,
        test: usize,
        density_is_known: bool,
    ) -> Option<f64> {
        half_floor(samples, test, density_is_known)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let d = evidence.samples.dim();
        let axis = |k| {
            let (overlap, expected) = along_axis(evidence, k)?;
            Some((overlap, 1.0 - expected))
        };
        let axes: Option<Vec<_>> = (0..d).map(axis).collect();
        let axes = axes?;
        let missing = mean_over_axes(d, |k| axes[k].1);
        let of_splits = evidence.splits.map(|splits| &splits.scatter);
        let of_law = evidence.noise.map(|noise| &noise.missing_overlap);
        let scatter = of_splits.or(of_law);
        let overlap = mean_over_axes(d, |k| axes[k].0);
        let in_floors = (missing > 0.0).then(|| (1.0 - overlap) / missing);
        Some(MetricValue {
            value: Some(overlap),
            truth: Some(1.0),
            noise_floor: Some(1.0 - missing),
            noise_std_dev: scatter.map(|scatter| missing * scatter.std_dev),
            noise_bound: scatter.map(|scatter| (1.0 - missing * scatter.bound).max(0.0)),
            p_value: scatter
                .zip(in_floors)
                .map(|(scatter, missing)| scatter.p_value(missing)),
            ..MetricValue::default()
        })
    }
}

/// The overlap along one axis, and that of as many perfect samples; `None` where the range has no truth in it.
///
/// A range leaves out more of a bad model's samples than of perfect ones: how many of these count follows from the
/// truth.
pub(super) fn along_axis(evidence: &Evidence, axis: usize) -> Option<(f64, f64)> {
    let (samples, test) = (evidence.samples.axis(axis), evidence.test.axis(axis));
    let bins = Bins::new(evidence.overlap_range, &test)?;
    let perfect = |within: f64| ((samples.len() as f64 * within).round() as usize).max(1);
    let (truth, expected) = match evidence.density {
        Some(density) => {
            let law = density.axis(axis);
            let truth = bins.probabilities(&law)?;
            let expected = expected_overlap(&truth, perfect(bins.mass(&law)));
            (truth, expected)
        }
        None => {
            let (truth, m) = bins.fractions(&test)?;
            let n = perfect(m as f64 / test.len() as f64);
            let of_splits = evidence.splits.map(|splits| 1.0 - splits.missing[axis]);
            let expected = of_splits.unwrap_or_else(|| expected_overlap_of_two(&truth, n, m));
            (truth, expected)
        }
    };
    let overlap = bins.fractions(&samples).map_or(0.0, |(generated, _)| {
        let shared = generated.iter().zip(&truth);
        shared.map(|(a, b)| a.min(*b)).sum()
    });
    Some((overlap, expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metric::testing,
        points::Points,
        rng::{Purpose, Seed},
        target::{Component, Estimate, Gaussian, Mixture},
    };

    fn law() -> Mixture {
        let component = |mean| Gaussian::diagonal(vec![mean], &[0.7]).unwrap();
        Mixture::new(
            vec![0.3, 0.7],
            vec![
                Component::Gaussian(component(-1.0)),
                Component::Gaussian(component(2.0)),
            ],
        )
    }

    fn evaluate(samples: &Points, test: &Points, density: Option<&Mixture>) -> MetricValue {
        let evidence = testing::evidence(samples, test, density);
        HistogramOverlap.evaluate(&evidence).unwrap()
    }

    #[test]
    fn perfect_samples_have_the_expected_overlap_on_average() {
        let law = law();
        let draw = |n, i| law.sample(n, &mut Seed(5).stream(Purpose::TestData, i, 0));
        let test = draw(500, 1000);
        let values: Vec<_> = (0..200)
            .map(|i| evaluate(&draw(400, i), &test, Some(&law)))
            .collect();
        let overlaps: Vec<_> = values.iter().map(|v| v.value.unwrap()).collect();
        let mean = Estimate::mean_of(&overlaps);
        let floor = values[0].noise_floor.unwrap();
        assert!(
            (mean.value - floor).abs() < 5.0 * mean.standard_error,
            "{mean:?} {floor}"
        );
    }

    #[test]
    fn samples_elsewhere_do_not_overlap_and_the_same_samples_do_completely() {
        let test = law().sample(300, &mut Seed(2).stream(Purpose::TestData, 0, 0));
        let far = Points::new(vec![1e3; 10], 1);
        assert!(evaluate(&far, &test, Some(&law())).value.unwrap() < 1e-2);
        assert!((evaluate(&test, &test, None).value.unwrap() - 1.0).abs() < 1e-12);
    }

    /// Of 1000 samples 4 are within the range, where a perfect model has about 480: few samples there are no excuse.
    #[test]
    fn the_floor_of_a_range_is_that_of_perfect_samples() {
        let law = law();
        let test = law.sample(500, &mut Seed(2).stream(Purpose::TestData, 0, 0));
        let mut values = vec![1e3; 996];
        values.extend([-1.0, -0.8, 1.0, 1.2]);
        let overlap = |values: Vec<f64>, density| {
            let samples = Points::new(values, 1);
            let evidence = Evidence {
                overlap_range: Some((-1.5, 2.0)),
                ..testing::evidence(&samples, &test, density)
            };
            HistogramOverlap.evaluate(&evidence).unwrap()
        };
        for density in [Some(&law), None] {
            let few = overlap(values.clone(), density);
            let perfect = overlap(vec![0.0; 1000], density);
            assert_eq!(few.noise_floor, perfect.noise_floor);
            assert!(few.noise_floor.unwrap() > 0.8 && few.value.unwrap() < 0.2);
            let none = overlap(vec![1e3; 1000], density);
            assert_eq!(none.value, Some(0.0));
            assert_eq!(none.noise_floor, perfect.noise_floor);
        }
    }

    /// numpy 2.4: `h, _ = np.histogram(x, bins=50, range=(-3, 3))` for x = 4·sin(i), i = 1..=400, and
    /// y = 3.5·cos(1.3·i) + 0.2, i = 1..=300; `np.minimum(h1/h1.sum(), h2/h2.sum()).sum()`.
    #[test]
    fn over_a_given_range_it_is_the_intersection_of_normalised_histograms() {
        let x: Vec<_> = (1..=400).map(|i| 4.0 * f64::from(i).sin()).collect();
        let y: Vec<_> = (1..=300)
            .map(|i| 3.5 * (1.3 * f64::from(i)).cos() + 0.2)
            .collect();
        let (x, y) = (Points::new(x, 1), Points::new(y, 1));
        let evidence = Evidence {
            overlap_range: Some((-3.0, 3.0)),
            ..testing::evidence(&x, &y, None)
        };
        let found = HistogramOverlap.evaluate(&evidence).unwrap();
        assert!(
            (found.value.unwrap() - 0.252_565_512_186_182_84).abs() < 1e-12,
            "{found:?}"
        );
    }

    #[test]
    fn a_given_range_counts_the_truth_as_it_counts_samples() {
        let law = law();
        let draw = |n, i| law.sample(n, &mut Seed(5).stream(Purpose::TestData, i, 0));
        let test = draw(10, 1000);
        let found: Vec<_> = (0..200)
            .map(|i| {
                let samples = draw(400, i);
                let evidence = Evidence {
                    overlap_range: Some((-1.0, 1.5)),
                    ..testing::evidence(&samples, &test, Some(&law))
                };
                HistogramOverlap.evaluate(&evidence).unwrap()
            })
            .collect();
        let mean = |f: fn(&MetricValue) -> Option<f64>| {
            Estimate::mean_of(&found.iter().map(|v| f(v).unwrap()).collect::<Vec<_>>())
        };
        let (value, floor) = (mean(|v| v.value), mean(|v| v.noise_floor));
        assert!((value.value - floor.value).abs() < 5.0 * value.standard_error);
    }
}
