//! The network and its training: the only importer of burn, and the only place where f64 slices meet
//! f32 tensors.
//!
//! Weights live in one flat f32 vector ([`Parameters`]). One list of layers describes the network:
//! burn's module follows it, and its autodiff defines the gradient; the fused kernels follow it on the
//! default device, several times faster. [`Adam`] updates the vector in one pass.

mod adam;
mod answers;
mod batch;
mod config;
mod device;
mod features;
mod fused;
mod kernel;
mod layers;
mod layout;
mod learning_rate;
mod network;
mod objective;
mod parameters;
#[doc(hidden)]
pub(crate) mod parts;
mod portable;
mod predictor;
mod shape;
mod train_config;
mod trainer;

pub(crate) use adam::Adam;
pub use adam::OptimizerConfig;
pub use batch::{Batch, BatchSource};
pub use config::{Activation, MlpConfig, TimeFeatures};
pub(crate) use config::{AnswersConfig, Conditioning, ModelConfig};
pub use device::DeviceKind;
pub use learning_rate::LearningRateConfig;
pub use objective::Denoising;
pub(crate) use objective::{NoFloor, Objective};
pub(crate) use parameters::ParameterError;
pub use parameters::Parameters;
pub(crate) use portable::{PortableNetwork, portable_weights};
pub use predictor::Predictor;
pub(crate) use shape::PointShape;
pub use train_config::{Length, TrainConfig};
pub use trainer::{TrainState, Trainer};
