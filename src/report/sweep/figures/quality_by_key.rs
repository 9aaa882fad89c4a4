//! The log-likelihood of the samples against a swept key.

use super::{
    by_key::{Quality, chart},
    reference::{named, reference},
    row::SweepFigure,
};
use crate::figure::TRUTH_LINE;

pub(super) const FIGURE: SweepFigure = SweepFigure {
    name: "quality_by_KEY.png",
    caption: "The log-likelihood of the samples against a swept key",
    help: "One picture for each swept key. A line is one setting of the other keys: the mean over seeds of the samples' \
           mean log-likelihood. A bar is one standard deviation over seeds and a dot is one seed. The dark line is the \
           value of perfect samples, −H(p). Settings without a mean are named.",
    render: |summary, _| {
        let truth = reference(summary, "log_likelihood").and_then(|value| value.truth);
        let Some(truth) = truth else {
            return vec![];
        };
        let quality = Quality {
            metric: "log_likelihood",
            title: "Log-likelihood of the samples",
            y_label: "mean log-likelihood of the samples (nats)",
            log_y: false,
            reference: Some((truth, named("−H(p) =", truth), TRUTH_LINE)),
        };
        FIGURE.for_keys(summary, |key| chart(summary, key, &quality))
    },
};
