//! The network and its training: the only importer of burn, and the only place where f64 slices meet
//! f32 tensors.
//!
//! Weights live in one flat f32 vector ([`Parameters`]); burn's [`Network`] is built from it, its
//! autodiff defines the gradient, and [`Adam`] updates the vector in one pass.

mod adam;
mod batch;
mod config;
mod device;
mod features;
mod learning_rate;
mod network;
mod parameters;
mod predictor;
mod train_config;
mod trainer;

pub use adam::{Adam, OptimizerConfig};
pub use batch::{Batch, BatchSource};
pub use config::{Activation, Conditioning, InputFeatures, ModelConfig, PRESETS, TimeFeatures};
pub use device::DeviceKind;
pub use learning_rate::LearningRateConfig;
pub use network::{Network, loss_and_gradient};
pub use parameters::{ParameterError, Parameters};
pub use predictor::Predictor;
pub use train_config::{Length, TrainConfig};
pub use trainer::{TrainState, Trainer};
