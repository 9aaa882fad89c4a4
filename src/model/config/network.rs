//! One family of denoisers: a configurable multilayer perceptron.

use super::features::{InputFeatures, TimeFeatures, TimeMlpConfig, write_time_mlp};
use crate::{
    diffusion::{NoiseSchedule, Prediction},
    model::PointShape,
    settings::{Choice, Kind},
};
use serde::Serialize;

/// A configurable multilayer perceptron: `kind = "mlp"`.
///
/// The features of x (and, with `concat`, those of t) enter the input layer; `num_layers − 1` blocks
/// follow, then a linear output. With `add`, the features of t are added after the input layer and in
/// every block. The embedding of the class, if there is one, goes wherever the features of t go.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MlpConfig {
    /// What the output stands for.
    pub prediction: Prediction,
    /// Width of the hidden layers.
    pub hidden_dim: usize,
    /// The input layer and the blocks after it.
    pub num_layers: usize,
    /// Nonlinearity of the hidden layers and of the time MLP.
    pub activation: Activation,
    /// Whether the input layer has the nonlinearity too.
    pub input_activation: bool,
    /// Linear layers in a block, 1 or 2.
    pub block_depth: usize,
    /// Whether a block ends with the nonlinearity.
    pub block_activation: bool,
    /// Whether a block's input is added to its output.
    pub residual: bool,
    /// Whether a residual block's sum is divided by √2.
    pub normalize_residual: bool,
    /// What the network sees of x.
    pub input_features: InputFeatures,
    /// Whether x_t is divided by √(a² + s²) first, which brings it to about unit variance at every level
    /// (c_in of Karras et al. 2022, Table 1, for data of unit variance). If it is absent, that is done
    /// where the noise exceeds 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_scale: Option<bool>,
    /// What the network sees of t.
    pub time_features: TimeFeatures,
    /// A small network on the features of t.
    #[serde(serialize_with = "write_time_mlp")]
    pub time_mlp: Option<TimeMlpConfig>,
    /// How t and the class enter.
    pub conditioning: Conditioning,
    /// Whether the model is class-conditional: it knows the class of every point.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub class_conditional: bool,
    /// Width of what a network sees of the class; `None` if it is not class-conditional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_embedding_dim: Option<usize>,
}

/// A nonlinearity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// x above 0, x/100 below.
    LeakyRelu,
    /// xΦ(x), with the exact error function.
    Gelu,
    /// x/(1 + e^{−x}).
    Silu,
    /// tanh x.
    Tanh,
}

impl Choice for Activation {
    const NAMES: &'static [(Kind, Self)] = &[
        (Kind::new("relu", "max(x, 0)."), Self::Relu),
        (
            Kind::new("leaky_relu", "x above 0, and x/100 below."),
            Self::LeakyRelu,
        ),
        (
            Kind::new("gelu", "xΦ(x), with the exact error function.")
                .source("Hendrycks & Gimpel 2016"),
            Self::Gelu,
        ),
        (Kind::new("silu", "x/(1 + e^{−x})."), Self::Silu),
        (Kind::new("tanh", "tanh x."), Self::Tanh),
    ];
}

/// How t and the class enter the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conditioning {
    /// The features of t and the embedding of the class stand beside those of x in the input.
    Concat,
    /// They are added to the hidden layer before every block.
    Add,
}

impl Choice for Conditioning {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new(
                "concat",
                "The features of t and the embedding of the class stand beside those of x in the input.",
            ),
            Self::Concat,
        ),
        (
            Kind::new(
                "add",
                "They are added to the hidden layer before every block.",
            )
            .needs("time_mlp = { hidden_dim = 128, output_dim = 128 }"),
            Self::Add,
        ),
    ];
}

impl MlpConfig {
    /// Whether x_t is divided by √(a² + s²) before the network sees it.
    pub fn scales_input(&self, schedule: &NoiseSchedule) -> bool {
        let needed = schedule.terminal().noise > 1.0;
        self.input_scale.unwrap_or(needed)
    }

    /// Width of what the blocks see of t, after the time MLP; 0 if they see nothing.
    pub fn time_dim(&self) -> usize {
        self.time_mlp
            .as_ref()
            .map_or(self.time_features.dim(), |mlp| mlp.output_dim)
    }

    /// Number of weights, for such points.
    pub fn num_parameters(&self, shape: impl Into<PointShape>) -> usize {
        let shape = shape.into();
        let dim = shape.dim;
        let linear = |inputs: usize, outputs: usize| (inputs + 1) * outputs;
        let width = self.hidden_dim;
        let time = self.time_mlp.as_ref().map_or(0, |mlp| {
            linear(self.time_features.dim(), mlp.hidden_dim)
                + linear(mlp.hidden_dim, mlp.output_dim)
        });
        let blocks = (self.num_layers - 1) * self.block_depth * linear(width, width);
        let classes = shape.class_rows() * self.class_embedding_dim.unwrap_or(0);
        time + linear(self.input_dim(dim), width) + blocks + linear(width, dim) + classes
    }

    /// Floating-point operations of a training step on `batch_size` such points, about. Each weight is
    /// multiplied and added once for a point on the way forward, and twice on the way back. Activations
    /// and the optimizer come on top; a time MLP runs once for each timestep that a batch holds, not for
    /// each point, and is counted at that most.
    pub fn flops_per_step(&self, shape: impl Into<PointShape>, batch_size: usize) -> f64 {
        6.0 * self.num_parameters(shape) as f64 * batch_size as f64
    }

    /// Width of the input layer's input, for points of dimension `dim`.
    pub fn input_dim(&self, dim: usize) -> usize {
        let beside = match self.conditioning {
            Conditioning::Concat => self.time_dim() + self.class_embedding_dim.unwrap_or(0),
            Conditioning::Add => 0,
        };
        self.input_features.dim(dim) + beside
    }
}
