//! The validation loss, beside the loss of a perfect network.

use super::{Evidence, Metric, MetricValue};

/// Mean squared error of the network's output on the validation split.
pub(super) struct ValLoss;

impl Metric for ValLoss {
    fn name(&self) -> &'static str {
        "val_loss"
    }

    fn title(&self) -> &'static str {
        "validation loss"
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let value = MetricValue {
            value: Some(evidence.val_loss.value).filter(|loss| loss.is_finite()),
            standard_error: Some(evidence.val_loss.standard_error).filter(|e| e.is_finite()),
            ..MetricValue::default()
        };
        Some(value.with_truth(evidence.irreducible_loss))
    }
}
