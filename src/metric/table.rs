//! The table of all metrics.

use super::{
    class_accuracy, contract::Metric, energy_distance, exact, histogram_overlap, log_likelihood,
    mode_weights, sliced_w1, transport, val_loss, wasserstein,
};

/// Every metric, in the order of the tables.
pub const METRICS: &[&dyn Metric] = &[
    &val_loss::ValLoss,
    &log_likelihood::LogLikelihood,
    &log_likelihood::ModelLogLikelihood,
    &wasserstein::W1,
    &wasserstein::W1Test,
    &histogram_overlap::HistogramOverlap,
    &sliced_w1::SlicedW1,
    &transport::Transport,
    &energy_distance::EnergyDistance,
    &mode_weights::ModeWeightError,
    &class_accuracy::ClassAccuracy,
    &exact::ExcessLoss,
    &exact::W1Law,
    &exact::KlForward,
    &exact::KlReverse,
];
