//! The validation loss, beside the loss of a perfect network.

use super::{
    contract::{About, Metric},
    evidence::Evidence,
    scatter::ONE_SIDED,
    value::MetricValue,
};
use crate::target::special::normal_cdf;

/// Mean squared error of the network's output on the validation split.
pub(super) struct ValLoss;

impl Metric for ValLoss {
    fn name(&self) -> &'static str {
        "val_loss"
    }

    fn title(&self) -> &'static str {
        "validation loss"
    }

    fn about(&self) -> About {
        About {
            definition: "Mean squared error of the network's output on the validation split, over its points, dimensions and timesteps.",
            unit: "that of what the network predicts, squared",
            truth: "The loss of a perfect network, where the density of the data is known.",
            floor: "The standard error over the validation draws, around the truth.",
            judged_by: "It is beyond noise where Holm's correction over all tests rejects its p-value. A perfect network exceeds the bound of 2.326 standard errors once in a hundred times.",
            source: "Ho et al. 2020, eq. 14",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(false)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let loss = evidence.val_loss?;
        let error = Some(loss.standard_error).filter(|e| e.is_finite());
        let truth = evidence.irreducible_loss;
        let value = MetricValue {
            value: Some(loss.value).filter(|loss| loss.is_finite()),
            standard_error: error,
            noise_std_dev: error,
            noise_bound: truth.zip(error).map(|(t, e)| t.value + ONE_SIDED * e),
            p_value: truth.zip(error).map(|(t, e)| match loss.value.is_finite() {
                true => normal_cdf((t.value - loss.value) / e),
                false => 0.0,
            }),
            ..MetricValue::default()
        };
        Some(value.with_truth(truth))
    }
}
