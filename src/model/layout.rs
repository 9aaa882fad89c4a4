//! Names, shapes and places of all weights in one flat vector.

use super::layers::Layers;
use std::ops::Range;

/// A tensor's place in the flat vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path in the network, such as `blocks.0.layers.0.weight`.
    pub(super) name: String,
    /// `[in, out]` of a weight, `[out]` of a bias.
    pub(super) shape: Vec<usize>,
    /// Where its values lie, row-major.
    pub(super) range: Range<usize>,
    /// Where its values start from.
    pub(super) initial: Initial,
}

/// The law of initial weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Initial {
    /// U(−1/√fan_in, 1/√fan_in), for a layer of so many inputs.
    Uniform {
        /// Inputs of the layer.
        fan_in: usize,
    },
    /// N(0, 1), for an embedding.
    Normal,
}

impl Entry {
    /// Every tensor of a network: weight and bias of each layer, then the embedding of the classes.
    pub(super) fn all(layers: &Layers) -> Vec<Self> {
        let mut entries = vec![];
        for ((layer, place), name) in layers.iter().zip(layers.places()).zip(names(layers)) {
            let initial = Initial::Uniform {
                fan_in: layer.inputs,
            };
            let mut add = |part: &str, shape: Vec<usize>, range| {
                entries.push(Self {
                    name: format!("{name}.{part}"),
                    shape,
                    range,
                    initial,
                });
            };
            add("weight", vec![layer.inputs, layer.outputs], place.weight);
            add("bias", vec![layer.outputs], place.bias);
        }
        let embedding = layers.classes.zip(layers.embedding_place());
        entries.extend(embedding.map(|(classes, range)| Self {
            name: "class_embedding.weight".into(),
            shape: vec![classes.rows, classes.width],
            range,
            initial: Initial::Normal,
        }));
        entries
    }
}

/// The path of every layer in the network.
fn names(layers: &Layers) -> Vec<String> {
    let depth = layers.block_depth;
    let inner = 0..layers.main.len() - 2;
    let time = ["time_mlp.hidden", "time_mlp.output"].map(String::from);
    let time = time.into_iter().take(layers.time.len());
    time.chain(["input".into()])
        .chain(inner.map(|i| format!("blocks.{}.layers.{}", i / depth, i % depth)))
        .chain(["output".into()])
        .collect()
}
