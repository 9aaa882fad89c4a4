//! What stands in the denoiser's place, as `[model]` says.

mod features;
mod kind;
mod network;
mod preset;
mod reading;
mod shared;

#[cfg(test)]
pub(super) use features::TimeMlpConfig;
pub use features::{InputFeatures, TimeFeatures};
pub use kind::{BayesConfig, ModelConfig};
pub use network::{Activation, Conditioning, MlpConfig};
pub use preset::PRESETS;
