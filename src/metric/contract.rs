//! What a metric says of itself, and how it is computed.

use super::{evidence::Evidence, value::MetricValue};

/// What a metric means and how it is read.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// What it is.
    pub definition: &'static str,
    /// Unit of its value.
    pub unit: &'static str,
    /// What a perfect model has with infinitely many samples.
    pub truth: &'static str,
    /// What chance does to a perfect model with as many samples.
    pub floor: &'static str,
    /// What its value is compared with.
    pub judged_by: &'static str,
    /// Author, year and equation; empty where there is none.
    pub source: &'static str,
}

/// One metric.
pub trait Metric: Sync {
    /// Its name in files, tables and filters.
    fn name(&self) -> &'static str;

    /// One line on what it measures, for headings.
    fn title(&self) -> &'static str;

    /// What it means and how it is read.
    fn about(&self) -> About;

    /// Whether smaller is better, larger is better (`Some(true)`), or neither (`None`).
    fn larger_is_better(&self) -> Option<bool>;

    /// The smallest dimension in which it means something.
    fn smallest_dim(&self) -> usize {
        1
    }

    /// How many samples halve its noise floor, beside `samples` samples and `test` test points: four times
    /// as many where the floor falls as 1/√n. `None` where no number does.
    fn samples_for_half_floor(
        &self,
        samples: usize,
        test: usize,
        density_is_known: bool,
    ) -> Option<f64> {
        let _ = (test, density_is_known);
        Some(4.0 * samples as f64)
    }

    /// Its value; `None` where it needs a density that is not known.
    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue>;
}
