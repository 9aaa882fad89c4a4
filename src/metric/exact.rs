//! What needs no samples: the loss above its floor, and the distances of the exact law.

use super::{Evidence, Metric, MetricValue};

/// The mean over t of E‖ε̂ − ε*‖²/d, in the units of the prediction.
pub(super) struct ExcessLoss;

impl Metric for ExcessLoss {
    fn name(&self) -> &'static str {
        "excess_loss"
    }

    fn title(&self) -> &'static str {
        "loss above the irreducible one, over all x and t"
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

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let (law, scale) = evidence.law?;
        from_zero(scale * law.w1)
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

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        from_zero(evidence.law?.0.kl_forward)
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

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        from_zero(evidence.law?.0.kl_reverse)
    }
}

/// A number whose truth is 0; an infinite one has no value.
fn from_zero(value: f64) -> Option<MetricValue> {
    Some(MetricValue {
        value: value.is_finite().then_some(value),
        truth: Some(0.0),
        ..MetricValue::default()
    })
}
