//! The table of all metrics.

use super::{
    class_accuracy, contract::Metric, covariance, energy_distance, exact, histogram_overlap,
    log_likelihood, mode_weights, outside, sliced_w1, transport, val_loss, wasserstein,
};

/// Every metric, in the order of the tables: what sees all dimensions at once leads.
pub(crate) const METRICS: &[&dyn Metric] = &[
    &val_loss::ValLoss,
    &sliced_w1::SlicedW1,
    &covariance::CovarianceError,
    &outside::Outside,
    &outside::Missed,
    &log_likelihood::LogLikelihood,
    &log_likelihood::ModelLogLikelihood,
    &mode_weights::ModeWeightError,
    &wasserstein::W1,
    &wasserstein::W1Test,
    &histogram_overlap::HistogramOverlap,
    &transport::Transport,
    &energy_distance::EnergyDistance,
    &class_accuracy::ClassAccuracy,
    &exact::ExcessLoss,
    &exact::W1Law,
    &exact::KlForward,
    &exact::KlReverse,
];
