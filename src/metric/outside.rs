//! Mass where there is none: samples outside the region that holds nearly all of the truth.

use super::{
    contract::{About, Metric},
    evidence::Evidence,
    value::MetricValue,
};

/// The fraction of the samples outside the region of highest density that holds 99 % of the truth.
pub(super) struct Outside;

impl Metric for Outside {
    fn name(&self) -> &'static str {
        "outside_99"
    }

    fn title(&self) -> &'static str {
        "samples outside the densest region that holds 99 % of the truth"
    }

    fn about(&self) -> About {
        About {
            definition: "Fraction of the samples outside the region of highest density that holds 99 % of the truth: exact on the line, else by the density of 262,144 draws.",
            unit: "fraction",
            truth: "0.01, or less where the density is flat",
            floor: "√(q(1 − q)/n) with the truth q: the binomial standard deviation for n perfect samples.",
            judged_by: "It is beyond noise where Holm's correction over all tests rejects its p-value. More is mass where there is none, less is too narrow.",
            source: "Hyndman 1996",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        None
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let (density, region) = (evidence.density?, evidence.noise?.region?);
        let n = evidence.samples.len();
        let is_outside = |x: &&[f64]| region.leaves_out(density.ln_pdf(x));
        let count = evidence.samples.rows().filter(is_outside).count();
        Some(MetricValue::counted(
            count as f64 / n as f64,
            n as u64,
            region.outside,
        ))
    }
}

/// The fraction of the truth outside the region where the model puts 99 % of its mass.
pub(super) struct Missed;

impl Metric for Missed {
    fn name(&self) -> &'static str {
        "missed_99"
    }

    fn title(&self) -> &'static str {
        "truth outside the densest region that holds 99 % of the model"
    }

    fn about(&self) -> About {
        About {
            definition: "Fraction of the truth outside the region of highest density that holds 99 % of the model. In one dimension the model is the exact law of the samples, in two the probability flow at test points.",
            unit: "fraction",
            truth: "0.01",
            floor: "√(q(1 − q)/n) with q = 0.01 and n samples, or test points of the flow: the binomial standard deviation.",
            judged_by: "It is no test, since no samples enter. More is truth that the model misses.",
            source: "Hyndman 1996",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        None
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let missed = evidence.missed?;
        let n = missed.num_points.unwrap_or(evidence.samples.len());
        let truth = crate::target::Estimate::exact(super::perfect::OUTSIDE);
        Some(MetricValue {
            numerical_error: missed.num_points.is_none().then_some(missed.error),
            ..MetricValue::counted(missed.value, n as u64, truth)
        })
    }
}
