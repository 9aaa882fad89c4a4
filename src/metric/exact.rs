//! What needs no samples: the loss above its floor, and the distances of the exact law.

use super::{
    contract::{About, Metric},
    evidence::Evidence,
    value::MetricValue,
};
use crate::target::Estimate;

/// The mean over t of E‖ε̂ − ε*‖²/d, in the units of the prediction.
pub(super) struct ExcessLoss;

impl Metric for ExcessLoss {
    fn name(&self) -> &'static str {
        "excess_loss"
    }

    fn title(&self) -> &'static str {
        "loss above the irreducible one, over all x and t"
    }

    fn about(&self) -> About {
        About {
            definition: "Mean squared distance of the network's answer from the Bayes answer, over all x and t.",
            unit: "that of what the network predicts, squared",
            truth: "0",
            floor: "None: it needs no samples, and its standard error is that of the integration.",
            judged_by: "Its size is the error of the network alone, whatever the sampler does.",
            source: "",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let excess = evidence.excess_loss?;
        Some(MetricValue {
            value: Some(excess.value).filter(|loss| loss.is_finite()),
            truth: Some(0.0),
            standard_error: Some(excess.standard_error).filter(|e| e.is_finite()),
            // In one dimension by quadrature.
            numerical_error: Some(excess.standard_error)
                .filter(|e| e.is_finite() && evidence.samples.dim() == 1),
            ..MetricValue::default()
        })
    }
}

/// W1 between the exact law of the samples and that of the data.
pub(super) struct W1Law;

impl Metric for W1Law {
    fn name(&self) -> &'static str {
        "w1_law"
    }

    fn title(&self) -> &'static str {
        "Wasserstein-1 of the exact law of the samples"
    }

    fn about(&self) -> About {
        About {
            definition: "Wasserstein-1 distance from the exact law of the samples to that of the data, without drawing any.",
            unit: "that of the data",
            truth: "0",
            floor: "None: it needs no samples.",
            judged_by: "Its size is the error of network, sampler and prior together.",
            source: "Villani 2009, chapter 6",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let (law, scale) = evidence.law?;
        from_zero(law.w1, scale)
    }
}

/// KL of the exact law of the samples from the data.
pub(super) struct KlForward;

impl Metric for KlForward {
    fn name(&self) -> &'static str {
        "kl_forward"
    }

    fn title(&self) -> &'static str {
        "KL(data ‖ exact law of the samples), nats"
    }

    fn about(&self) -> About {
        About {
            definition: "KL(p ‖ p̂), from the data to the exact law of the samples. Modes that the model misses make it large.",
            unit: "nats",
            truth: "0",
            floor: "None: it needs no samples.",
            judged_by: "Its size is the error of network, sampler and prior together.",
            source: "Kullback & Leibler 1951",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        from_zero(evidence.law?.0.kl_forward, 1.0)
    }
}

/// KL of the data from the exact law of the samples.
pub(super) struct KlReverse;

impl Metric for KlReverse {
    fn name(&self) -> &'static str {
        "kl_reverse"
    }

    fn title(&self) -> &'static str {
        "KL(exact law of the samples ‖ data), nats"
    }

    fn about(&self) -> About {
        About {
            definition: "KL(p̂ ‖ p), from the exact law of the samples to the data. Samples where there is no data make it large.",
            unit: "nats",
            truth: "0",
            floor: "None: it needs no samples.",
            judged_by: "Its size is the error of network, sampler and prior together.",
            source: "Kullback & Leibler 1951",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        from_zero(evidence.law?.0.kl_reverse, 1.0)
    }
}

/// A number whose truth is 0, in units of `scale`; an infinite one has no value.
fn from_zero(found: Estimate, scale: f64) -> Option<MetricValue> {
    let value = Some(scale * found.value).filter(|value| value.is_finite());
    Some(MetricValue {
        value,
        truth: Some(0.0),
        numerical_error: value.map(|_| scale * found.standard_error),
        ..MetricValue::default()
    })
}
