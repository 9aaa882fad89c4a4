//! Overlap of the samples' histogram with the true one.

use super::{Evidence, Metric, MetricValue, mean_over_axes};
use crate::target::{
    Mixture,
    special::{binomial_mean_absolute_deviation, half_normal_mean},
};

/// Equal bins between the smallest and the largest test value; two more take what lies outside.
const BINS: usize = 50;

/// Σ min(p̂_i, p_i) = 1 − ½ Σ|p̂_i − p_i| over common bins: 1 is perfect agreement, 0 none.
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

    fn larger_is_better(&self) -> Option<bool> {
        Some(true)
    }

    fn samples_for_half_floor(
        &self,
        samples: usize,
        test: usize,
        density_is_known: bool,
    ) -> Option<f64> {
        if density_is_known {
            return Some(4.0 * samples as f64);
        }
        super::wasserstein::two_sample_half_floor(samples, test)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let (samples, test) = (evidence.samples, evidence.test);
        let (d, n) = (samples.dim(), samples.len());
        let axis = |k: usize| {
            let edges = edges(&test.axis(k))?;
            let generated = fractions(&samples.axis(k), &edges);
            let (truth, expected) = match evidence.density {
                Some(density) => {
                    let truth = probabilities(&density.axis(k), &edges);
                    let expected = expected_overlap(&truth, n);
                    (truth, expected)
                }
                None => {
                    let truth = fractions(&test.axis(k), &edges);
                    let expected = expected_overlap_of_two(&truth, n, test.len());
                    (truth, expected)
                }
            };
            let overlap = generated
                .iter()
                .zip(&truth)
                .map(|(a, b)| a.min(*b))
                .sum::<f64>();
            Some((overlap, expected))
        };
        let axes: Option<Vec<_>> = (0..d).map(axis).collect();
        let axes = axes?;
        Some(MetricValue {
            value: Some(mean_over_axes(d, |k| axes[k].0)),
            truth: Some(1.0),
            noise_floor: Some(mean_over_axes(d, |k| axes[k].1)),
            ..MetricValue::default()
        })
    }
}

/// The inner edges of `BINS` + 2 bins, the outer two of which are unbounded; `None` if all test
/// values are the same.
fn edges(test: &[f64]) -> Option<Vec<f64>> {
    let low = test.iter().copied().fold(f64::INFINITY, f64::min);
    let high = test.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let width = (high - low) / BINS as f64;
    (width > 0.0).then(|| (0..=BINS).map(|i| low + width * i as f64).collect())
}

/// The fraction of values in each bin; a value on an edge belongs to the bin above.
fn fractions(values: &[f64], edges: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; edges.len() + 1];
    for x in values {
        counts[edges.partition_point(|edge| edge <= x)] += 1.0;
    }
    counts.iter().map(|c| c / values.len() as f64).collect()
}

/// The true probability of each bin.
fn probabilities(law: &Mixture, edges: &[f64]) -> Vec<f64> {
    let inner = edges
        .windows(2)
        .map(|pair| (law.cdf(pair[1]) - law.cdf(pair[0])).max(0.0));
    std::iter::once(law.cdf(edges[0]))
        .chain(inner)
        .chain([law.survival(edges[edges.len() - 1])])
        .collect()
}

/// E overlap of n perfect samples with the truth: 1 − ½ Σ E|Bin(n, p_i)/n − p_i|.
fn expected_overlap(truth: &[f64], n: usize) -> f64 {
    let deviation = |p: &f64| binomial_mean_absolute_deviation(n, *p) / n as f64;
    1.0 - 0.5 * truth.iter().map(deviation).sum::<f64>()
}

/// E overlap of two perfect histograms: 1 − ½ Σ √(2/π) √(p_i(1−p_i)(1/n + 1/m)).
fn expected_overlap_of_two(truth: &[f64], n: usize, m: usize) -> f64 {
    let scale = half_normal_mean() * (1.0 / n as f64 + 1.0 / m as f64).sqrt();
    1.0 - 0.5 * scale * truth.iter().map(|p| (p * (1.0 - p)).sqrt()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        points::Points,
        rng::{Purpose, Seed},
        target::{Component, Estimate, Gaussian},
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
        let val_loss = Estimate::exact(0.0);
        let evidence = Evidence {
            classes: &[],
            samples,
            test,
            density,
            val_loss,
            irreducible_loss: None,
            excess_loss: None,
            law: None,
        };
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
}
