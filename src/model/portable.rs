//! The network in words that another program can follow, and its weights as PyTorch keeps them.

use super::{
    Activation, MlpConfig, Parameters, PointShape,
    config::{InputFeatures, TimeFeatures},
    layers::{Layer, Layers},
    layout::Entry,
    parameters::safetensors_of,
};
use crate::diffusion::{NoiseSchedule, Prediction};
use serde::Serialize;

/// A network, layer by layer, with what it sees of x and t.
#[derive(Debug, Serialize)]
pub(crate) struct PortableNetwork {
    prediction: Prediction,
    /// Whether x is divided by √(a² + s²) first.
    scales_input: bool,
    input: PortableFeatures,
    time: PortableFeatures,
    /// Two layers on the features of t, or none.
    time_mlp: Vec<PortableLayer>,
    layers: Vec<PortableLayer>,
    /// Rows and width of the embedding of the classes.
    class_embedding: Option<[usize; 2]>,
}

/// What is seen of a number.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum PortableFeatures {
    /// Nothing.
    None,
    /// The number times a factor.
    Raw { factor: f64 },
    /// `dim` sines and cosines.
    Sinusoidal { dim: usize, scale: f64 },
}

/// h ← (act(h W + b) + skip + time + class) · scale, each part only where it is set.
#[derive(Debug, Serialize)]
struct PortableLayer {
    name: String,
    inputs: usize,
    outputs: usize,
    activation: Option<Activation>,
    sees_time: bool,
    sees_class: bool,
    /// 0 is the input of the network, i + 1 the output of layer i.
    skip: Option<usize>,
    adds_time: bool,
    adds_class: bool,
    scale: f64,
}

impl PortableNetwork {
    /// The network that `config` describes, for such points.
    pub(crate) fn new(config: &MlpConfig, shape: PointShape, schedule: &NoiseSchedule) -> Self {
        let layers = Layers::new(config, shape);
        let entries = Entry::all(&layers);
        let names = entries
            .iter()
            .filter_map(|entry| entry.name.strip_suffix(".bias"));
        let mut all = layers
            .iter()
            .zip(names)
            .map(|(layer, name)| PortableLayer::new(layer, name));
        let time_mlp = all.by_ref().take(layers.time.len()).collect();
        Self {
            prediction: config.prediction,
            scales_input: config.scales_input(schedule),
            input: match config.input_features {
                InputFeatures::Identity => PortableFeatures::Raw { factor: 1.0 },
                InputFeatures::Sinusoidal { dim, scale } => {
                    PortableFeatures::Sinusoidal { dim, scale }
                }
            },
            time: match config.time_features {
                TimeFeatures::None => PortableFeatures::None,
                TimeFeatures::Raw => PortableFeatures::Raw { factor: 1.0 },
                TimeFeatures::Scaled => PortableFeatures::Raw {
                    factor: 1.0 / schedule.num_timesteps() as f64,
                },
                TimeFeatures::Sinusoidal { dim, scale } => {
                    PortableFeatures::Sinusoidal { dim, scale }
                }
            },
            time_mlp,
            layers: all.collect(),
            class_embedding: layers.classes.map(|classes| [classes.rows, classes.width]),
        }
    }
}

impl PortableLayer {
    fn new(layer: &Layer, name: &str) -> Self {
        Self {
            name: name.into(),
            inputs: layer.inputs,
            outputs: layer.outputs,
            activation: layer.activation,
            sees_time: layer.sees_time,
            sees_class: layer.sees_class,
            skip: layer.skip,
            adds_time: layer.adds_time,
            adds_class: layer.adds_class,
            scale: layer.scale,
        }
    }
}

/// The weights as a safetensors file, matrices as `[outputs, inputs]`, as PyTorch keeps them.
pub(crate) fn portable_weights(parameters: &Parameters) -> Vec<u8> {
    let turned = |(name, shape, values): (&str, &[usize], &[f32])| match *shape {
        [inputs, outputs] if !name.starts_with("class_embedding") => {
            let column = |j: usize| (0..inputs).map(move |i| values[i * outputs + j]);
            let bytes = (0..outputs).flat_map(column).flat_map(f32::to_le_bytes);
            (name.to_string(), vec![outputs, inputs], bytes.collect())
        }
        _ => {
            let bytes = values.iter().flat_map(|x| x.to_le_bytes());
            (name.to_string(), shape.to_vec(), bytes.collect())
        }
    };
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = parameters.tensors().map(turned).collect();
    safetensors_of(&tensors)
}
