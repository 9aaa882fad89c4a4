//! Sample metrics, each beside its truth and its noise floor.
//!
//! [`METRICS`] holds all of them. In more than one dimension the one-dimensional distances are taken
//! along each axis and averaged over the axes.

mod axes;
mod binomial;
mod bins;
mod by_class;
mod class_accuracy;
mod contract;
pub(crate) mod correlation;
mod covariance;
mod energy_distance;
mod evidence;
mod exact;
mod histogram_overlap;
mod judgement;
mod lines;
mod log_likelihood;
mod mean;
mod mode_weights;
mod moments;
mod outside;
mod perfect;
mod scatter;
mod sliced_w1;
mod splits;
pub(crate) mod student;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod trajectory;
mod transport;
mod val_loss;
mod value;
pub(crate) mod wasserstein;

pub(crate) use axes::{AxisAgreement, by_axis};
#[cfg(test)]
pub(crate) use by_class::Accuracy;
pub(crate) use by_class::{ClassMetrics, Distance, class_metrics};
pub(crate) use contract::Metric;
pub(crate) use covariance::{Spread, reshaped, spread};
pub(crate) use evidence::Evidence;
pub(crate) use judgement::Judgement;
pub(crate) use mode_weights::{ModeWeight, mode_weights};
pub(crate) use perfect::{PerfectNoise, Setting, telling};
pub(crate) use scatter::TWO_SIDED;
pub(crate) use splits::Splits;
pub(crate) use table::METRICS;
pub(crate) use trajectory::TrajectoryPoint;
pub(crate) use value::MetricValue;
