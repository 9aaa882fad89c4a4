//! Networks of the tutorials and exercises.

use super::{
    features::{InputFeatures, TimeFeatures, TimeMlpConfig},
    network::{Activation, Conditioning, MlpConfig},
};
use crate::{diffusion::Prediction, settings::Kind};

/// Networks of the tutorials and exercises that the configuration can start from.
pub(super) const PRESETS: [Kind; 6] = [
    Kind::new(
        "simple_mlp",
        "A plain network of 3 layers of 128 with sinusoidal features of t and a small network on them.",
    ),
    Kind::new(
        "tiny_diffusion",
        "The residual network of tiny-diffusion, with sinusoidal features of x and t.",
    ),
    Kind::new(
        "swiss_roll_plain",
        "A plain network of 5 layers of 64 that sees the whole number t.",
    ),
    Kind::new(
        "leaky_fc",
        "A plain network of 2 layers of 128 with leaky ReLU that sees t/T.",
    ),
    Kind::new(
        "improved_mlp",
        "A residual network of 4 layers of 256 with two linear layers in each block.",
    ),
    Kind::new(
        "swiss_roll_residual",
        "A residual network of 4 layers of 128 whose features of t are added in every block.",
    ),
];

impl MlpConfig {
    fn simple() -> Self {
        Self {
            prediction: Prediction::Noise,
            hidden_dim: 128,
            num_layers: 3,
            activation: Activation::Relu,
            input_activation: true,
            block_depth: 1,
            block_activation: true,
            residual: false,
            normalize_residual: false,
            input_features: InputFeatures::Identity,
            input_scale: None,
            time_features: TimeFeatures::Sinusoidal {
                dim: 32,
                scale: 1.0,
            },
            time_mlp: Some(TimeMlpConfig {
                hidden_dim: 64,
                output_dim: 32,
            }),
            conditioning: Conditioning::Concat,
            class_conditional: false,
            class_embedding_dim: None,
        }
    }

    /// What the networks of the tutorials are called.
    pub fn preset_names() -> impl Iterator<Item = &'static str> {
        PRESETS.into_iter().map(|preset| preset.name)
    }

    /// A network of one of the tutorials, by name.
    pub fn preset(name: &str) -> Option<Self> {
        let simple = Self::simple();
        Some(match name {
            "simple_mlp" => simple,
            "tiny_diffusion" => Self {
                num_layers: 4,
                activation: Activation::Gelu,
                residual: true,
                input_features: InputFeatures::Sinusoidal {
                    dim: 128,
                    scale: 25.0,
                },
                time_features: TimeFeatures::Sinusoidal {
                    dim: 128,
                    scale: 1.0,
                },
                time_mlp: None,
                ..simple
            },
            "swiss_roll_plain" => Self {
                hidden_dim: 64,
                num_layers: 5,
                input_activation: false,
                time_features: TimeFeatures::Raw,
                time_mlp: None,
                ..simple
            },
            "leaky_fc" => Self {
                num_layers: 2,
                activation: Activation::LeakyRelu,
                time_features: TimeFeatures::Scaled,
                time_mlp: None,
                ..simple
            },
            "improved_mlp" => Self {
                hidden_dim: 256,
                num_layers: 4,
                block_depth: 2,
                block_activation: false,
                residual: true,
                time_features: TimeFeatures::Sinusoidal {
                    dim: 64,
                    scale: 1.0,
                },
                time_mlp: Some(TimeMlpConfig {
                    hidden_dim: 128,
                    output_dim: 64,
                }),
                ..simple
            },
            "swiss_roll_residual" => Self {
                num_layers: 4,
                activation: Activation::Gelu,
                block_depth: 2,
                residual: true,
                normalize_residual: true,
                time_features: TimeFeatures::Scaled,
                time_mlp: Some(TimeMlpConfig {
                    hidden_dim: 128,
                    output_dim: 128,
                }),
                conditioning: Conditioning::Add,
                ..simple
            },
            _ => return None,
        })
    }
}
