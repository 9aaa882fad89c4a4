//! Sample metrics, each beside its truth and its noise floor.
//!
//! [`METRICS`] holds all of them. In more than one dimension the one-dimensional distances are taken
//! along each axis and averaged over the axes.

mod axes;
mod class_accuracy;
mod classes;
mod contract;
mod correlation;
mod energy_distance;
mod evidence;
mod exact;
mod histogram_overlap;
mod judgement;
mod log_likelihood;
mod mean;
mod mode_weights;
pub mod scatter;
mod sliced_w1;
mod table;
#[cfg(test)]
mod testing;
mod trajectory;
mod transport;
mod val_loss;
mod value;
pub mod wasserstein;

pub use axes::{AxisAgreement, by_axis};
pub use classes::{Accuracy, ClassMetrics, Distance, class_metrics, most_probable};
pub use contract::{About, Metric};
pub use correlation::{Correlation, correlation};
pub use evidence::Evidence;
pub use judgement::Judgement;
pub use mode_weights::{ModeWeight, mode_weights};
pub use table::METRICS;
pub use trajectory::TrajectoryPoint;
pub use value::MetricValue;
