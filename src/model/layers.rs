//! The one description of the network that burn and the fused kernels both follow.

use super::{Activation, Conditioning, ModelConfig};
use std::{f64::consts::FRAC_1_SQRT_2, ops::Range};

/// A linear layer and what happens to its output:
/// h ← (act(h W + b) + skip + time) · scale, each part only where it is set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layer {
    /// Width of its input, with the features of t where it sees them.
    pub(super) inputs: usize,
    /// Width of its output.
    pub(super) outputs: usize,
    /// Whether the features of t stand behind its input.
    pub(super) sees_time: bool,
    /// The nonlinearity, if there is one.
    pub(super) activation: Option<Activation>,
    /// The value that is added: 0 is the input of the network, i + 1 the output of layer i.
    pub(super) skip: Option<usize>,
    /// Whether the features of t are added.
    pub(super) adds_time: bool,
    /// Factor on the sum.
    pub(super) scale: f64,
}

/// All layers of a network, in the order in which their weights lie.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layers {
    /// The time MLP: two layers or none.
    pub(super) time: Vec<Layer>,
    /// From the features of x to the output.
    pub(super) main: Vec<Layer>,
}

/// Where the weights of a layer lie in the flat vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its matrix, `[inputs, outputs]`, row-major.
    pub(super) weight: Range<usize>,
    /// Its bias, `[outputs]`.
    pub(super) bias: Range<usize>,
}

impl Layer {
    fn linear(inputs: usize, outputs: usize) -> Self {
        Self {
            inputs,
            outputs,
            sees_time: false,
            activation: None,
            skip: None,
            adds_time: false,
            scale: 1.0,
        }
    }
}

impl Layers {
    /// The layers that `config` describes, for points of dimension `dim`.
    pub(super) fn new(config: &ModelConfig, dim: usize) -> Self {
        let (width, activation) = (config.hidden_dim, config.activation);
        let has_time = config.time_dim() > 0;
        let adds_time = has_time && config.conditioning == Conditioning::Add;
        let time = config.time_mlp.as_ref().map_or(vec![], |mlp| {
            let hidden = Layer::linear(config.time_features.dim(), mlp.hidden_dim);
            vec![
                Layer {
                    activation: Some(activation),
                    ..hidden
                },
                Layer::linear(mlp.hidden_dim, mlp.output_dim),
            ]
        });
        let mut main = vec![Layer {
            sees_time: has_time && config.conditioning == Conditioning::Concat,
            activation: config.input_activation.then_some(activation),
            adds_time,
            ..Layer::linear(config.input_dim(dim), width)
        }];
        for _ in 1..config.num_layers {
            let input = main.len();
            for i in 1..=config.block_depth {
                let last = i == config.block_depth;
                let normalizes = last && config.residual && config.normalize_residual;
                main.push(Layer {
                    activation: (!last || config.block_activation).then_some(activation),
                    skip: (last && config.residual).then_some(input),
                    adds_time: last && adds_time,
                    scale: if normalizes { FRAC_1_SQRT_2 } else { 1.0 },
                    ..Layer::linear(width, width)
                });
            }
        }
        main.push(Layer::linear(width, dim));
        Self { time, main }
    }

    /// Every layer, those of the time MLP first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Layer> {
        self.time.iter().chain(&self.main)
    }

    /// Where the weights of every layer lie.
    pub(super) fn places(&self) -> Vec<Place> {
        let mut end = 0;
        let mut next = |len: usize| {
            end += len;
            end - len..end
        };
        self.iter()
            .map(|layer| Place {
                weight: next(layer.inputs * layer.outputs),
                bias: next(layer.outputs),
            })
            .collect()
    }
}
