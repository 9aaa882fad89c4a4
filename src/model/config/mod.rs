//! What stands in the denoiser's place, as `[model]` says.

mod features;
mod kind;
mod network;
mod preset;
mod reading;
mod shared;

pub(crate) use features::InputFeatures;
pub use features::TimeFeatures;
#[cfg(test)]
pub(super) use features::TimeMlpConfig;
pub(crate) use kind::{AnswersConfig, ModelConfig};
pub(crate) use network::Conditioning;
pub use network::{Activation, MlpConfig};
