//! The one-dimensional metrics along each axis.

use super::{evidence::Evidence, histogram_overlap, wasserstein};
use serde::{Deserialize, Serialize};

/// How well the samples agree with the truth along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AxisAgreement {
    /// W1 to the exact law, if it is known.
    pub w1: Option<f64>,
    /// E of it for as many perfect samples.
    pub w1_noise_floor: Option<f64>,
    /// W1 to the test split.
    pub w1_test: f64,
    /// E of it for as many perfect samples.
    pub w1_test_noise_floor: f64,
    /// Overlap of the histograms, in [0, 1], if there is anything to count.
    pub histogram_overlap: Option<f64>,
    /// E of it for as many perfect samples.
    pub histogram_overlap_noise_floor: Option<f64>,
}

/// The agreement along every axis; samples that are not finite agree with nothing.
pub fn by_axis(evidence: &Evidence) -> Vec<AxisAgreement> {
    let along = |axis| {
        let exact = wasserstein::exact_along(evidence, axis).filter(|(w1, _)| w1.is_finite());
        let test = wasserstein::test_along(evidence, axis).filter(|(w1, _)| w1.is_finite())?;
        let overlap = histogram_overlap::along_axis(evidence, axis);
        Some(AxisAgreement {
            w1: exact.map(|exact| exact.0),
            w1_noise_floor: exact.map(|exact| exact.1),
            w1_test: test.0,
            w1_test_noise_floor: test.1,
            histogram_overlap: overlap.map(|overlap| overlap.0),
            histogram_overlap_noise_floor: overlap.map(|overlap| overlap.1),
        })
    };
    let dim = evidence.samples.dim();
    let axes: Option<_> = (0..dim).map(along).collect();
    axes.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{METRICS, testing};

    #[test]
    fn the_metrics_are_the_means_over_the_axes() {
        let density = testing::eight_gaussians();
        let draw = |i| density.sample(300, &mut testing::stream(i));
        let (samples, test) = (draw(1), draw(2));
        let evidence = testing::evidence(&samples, &test, Some(&density));
        let axes = by_axis(&evidence);
        assert!(axes.len() == 2 && axes[0] != axes[1]);
        let mean = |f: fn(&AxisAgreement) -> f64| 0.5 * (f(&axes[0]) + f(&axes[1]));
        for (name, expected) in [
            ("w1", mean(|a| a.w1.unwrap())),
            ("w1_test", mean(|a| a.w1_test)),
            ("histogram_overlap", mean(|a| a.histogram_overlap.unwrap())),
        ] {
            let metric = METRICS.iter().find(|metric| metric.name() == name).unwrap();
            let found = metric.evaluate(&evidence).unwrap().value.unwrap();
            assert!((found - expected).abs() < 1e-14, "{name}");
        }
    }
}
