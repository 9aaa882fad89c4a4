//! The one description of the network that burn and the fused kernels both follow.

use super::{Activation, Conditioning, MlpConfig, PointShape};
use std::{f64::consts::FRAC_1_SQRT_2, ops::Range};

/// A linear layer and what happens to its output:
/// h ← (act(h W + b) + skip + time + class) · scale, each part only where it is set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layer {
    /// Width of its input, with the features of t and the embedding of the class where it sees them.
    pub(super) inputs: usize,
    /// Width of its output.
    pub(super) outputs: usize,
    /// Whether the features of t stand behind its input.
    pub(super) sees_time: bool,
    /// Whether the embedding of the class stands behind that.
    pub(super) sees_class: bool,
    /// The nonlinearity, if there is one.
    pub(super) activation: Option<Activation>,
    /// The value that is added: 0 is the input of the network, i + 1 the output of layer i.
    pub(super) skip: Option<usize>,
    /// Whether the features of t are added.
    pub(super) adds_time: bool,
    /// Whether the embedding of the class is added.
    pub(super) adds_class: bool,
    /// Factor on the sum.
    pub(super) scale: f64,
}

/// All layers of a network, in the order in which their weights lie.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layers {
    /// The time MLP: two layers or none.
    pub(super) time: Vec<Layer>,
    /// From the features of x to the output, two at least.
    pub(super) main: Vec<Layer>,
    /// How many of those between the first and the last make a block.
    pub(super) block_depth: usize,
    /// The embedding of the classes, if the network knows of them.
    pub(super) classes: Option<ClassEmbedding>,
}

/// One learnt vector a class; the last one may stand for no class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClassEmbedding {
    /// Number of vectors.
    pub(super) rows: usize,
    /// Their width.
    pub(super) width: usize,
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
            sees_class: false,
            activation: None,
            skip: None,
            adds_time: false,
            adds_class: false,
            scale: 1.0,
        }
    }
}

impl Layers {
    /// The layers that `config` describes, for such points.
    pub(super) fn new(config: &MlpConfig, shape: PointShape) -> Self {
        let dim = shape.dim;
        let classes = config.class_embedding_dim.map(|width| ClassEmbedding {
            rows: shape.class_rows(),
            width,
        });
        let (width, activation) = (config.hidden_dim, config.activation);
        let has_time = config.time_dim() > 0;
        let adds = config.conditioning == Conditioning::Add;
        let adds_time = has_time && adds;
        let adds_class = classes.is_some() && adds;
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
            sees_time: has_time && !adds,
            sees_class: classes.is_some() && !adds,
            activation: config.input_activation.then_some(activation),
            adds_time,
            adds_class,
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
                    adds_class: last && adds_class,
                    scale: if normalizes { FRAC_1_SQRT_2 } else { 1.0 },
                    ..Layer::linear(width, width)
                });
            }
        }
        main.push(Layer::linear(width, dim));
        Self {
            time,
            main,
            block_depth: config.block_depth,
            classes,
        }
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

    /// Where the embedding of the classes lies, row-major: behind the weights of every layer.
    pub(super) fn embedding_place(&self) -> Option<Range<usize>> {
        let start = self.places().last().map_or(0, |place| place.bias.end);
        self.classes
            .map(|classes| start..start + classes.rows * classes.width)
    }
}
