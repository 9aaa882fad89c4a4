//! All weights of a network in one flat vector, with their names and shapes.

use super::{
    MlpConfig, PointShape,
    kernel::Buffer,
    layers::Layers,
    layout::{Entry, Initial},
};
use crate::rng::{Purpose, Seed};
use rand::RngExt;
use rand_distr::StandardNormal;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::sync::Arc;

/// The weights of a network, or anything with one number a weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    layout: Arc<Vec<Entry>>,
    values: Buffer,
}

/// Why stored weights do not fit a network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// The bytes are not a safetensors file.
    #[error("is not a safetensors file: {0}")]
    Format(String),
    /// A tensor is missing.
    #[error("has no tensor `{0}`")]
    Missing(String),
    /// A tensor has another shape or type.
    #[error("has tensor `{name}` as {found}, expected F32 {expected:?}")]
    Shape {
        /// Its name.
        name: String,
        /// Its type and shape in the file.
        found: String,
        /// Its shape in the network.
        expected: Vec<usize>,
    },
}

impl Parameters {
    /// Zeros, one a weight of the network that `config` describes.
    pub fn zeros(config: &MlpConfig, shape: impl Into<PointShape>) -> Self {
        let layout = Entry::all(&Layers::new(config, shape.into()));
        let len = layout.last().map_or(0, |entry| entry.range.end);
        Self {
            layout: Arc::new(layout),
            values: Buffer::zeros(len),
        }
    }

    /// Initial weights: weights and biases U(−1/√fan_in, 1/√fan_in), embeddings N(0, 1), one stream of
    /// numbers a tensor.
    pub fn init(config: &MlpConfig, shape: impl Into<PointShape>, seed: Seed) -> Self {
        let mut parameters = Self::zeros(config, shape);
        for (i, entry) in parameters.layout.iter().enumerate() {
            let mut rng = seed.stream(Purpose::Weights, i as u64, 0);
            for x in &mut parameters.values[entry.range.clone()] {
                *x = match entry.initial {
                    Initial::Uniform { fan_in } => {
                        let bound = 1.0 / (fan_in as f64).sqrt();
                        rng.random_range(-bound..bound) as f32
                    }
                    Initial::Normal => rng.sample::<f64, _>(StandardNormal) as f32,
                };
            }
        }
        parameters
    }

    /// Zeros in the same layout.
    pub fn zeros_like(&self) -> Self {
        Self {
            layout: self.layout.clone(),
            values: Buffer::zeros(self.values.len()),
        }
    }

    /// Number of weights.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All values, in the order of the layout.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, to be changed in place.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Name, shape and values of every tensor.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize], &[f32])> {
        self.layout.iter().map(|e| {
            (
                e.name.as_str(),
                e.shape.as_slice(),
                &self.values[e.range.clone()],
            )
        })
    }

    pub(super) fn layout(&self) -> &[Entry] {
        &self.layout
    }

    /// The weights as a safetensors file.
    pub fn to_safetensors(&self) -> Vec<u8> {
        named_to_safetensors(&[("", self)])
    }

    /// The weights of a safetensors file, checked against this layout.
    pub fn read_safetensors(&self, bytes: &[u8], prefix: &str) -> Result<Self, ParameterError> {
        let file =
            SafeTensors::deserialize(bytes).map_err(|e| ParameterError::Format(e.to_string()))?;
        let mut read = self.zeros_like();
        for entry in self.layout.iter() {
            let name = format!("{prefix}{}", entry.name);
            let Ok(view) = file.tensor(&name) else {
                return Err(ParameterError::Missing(name));
            };
            if view.dtype() != Dtype::F32 || view.shape() != entry.shape {
                return Err(ParameterError::Shape {
                    found: format!("{:?} {:?}", view.dtype(), view.shape()),
                    expected: entry.shape.clone(),
                    name,
                });
            }
            let numbers = view.data().chunks_exact(4);
            for (x, bytes) in read.values[entry.range.clone()].iter_mut().zip(numbers) {
                *x = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            }
        }
        Ok(read)
    }
}

/// Several vectors of one layout as a safetensors file, each tensor's name behind its prefix.
pub(super) fn named_to_safetensors(parts: &[(&str, &Parameters)]) -> Vec<u8> {
    let mut tensors = vec![];
    for (prefix, parameters) in parts {
        for (name, shape, values) in parameters.tensors() {
            let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
            tensors.push((format!("{prefix}{name}"), shape.to_vec(), bytes));
        }
    }
    safetensors_of(&tensors)
}

/// A safetensors file of tensors, each with its name, shape and the bytes of its f32 values.
pub(super) fn safetensors_of(tensors: &[(String, Vec<usize>, Vec<u8>)]) -> Vec<u8> {
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        (
            name.as_str(),
            view.expect("shape and bytes come from one layout"),
        )
    });
    safetensors::serialize(views, None).expect("names and shapes are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_of_the_tutorials_have_their_exact_parameter_counts() {
        for (preset, dim, count) in [
            ("tiny_diffusion", 2, 99_074),
            ("tiny_diffusion", 1, 82_561),
            ("swiss_roll_plain", 2, 17_026),
            ("simple_mlp", 2, 41_954),
            ("simple_mlp", 1, 41_697),
            ("swiss_roll_residual", 2, 116_482),
            // Linear(3, 128), Linear(128, 128), Linear(128, 2).
            ("leaky_fc", 2, 3 * 128 + 128 + 128 * 128 + 128 + 128 * 2 + 2),
            // 64→128→64 on t; 66→256; three blocks of two Linear(256, 256); 256→2.
            ("improved_mlp", 2, 8320 + 8256 + 67 * 256 + 6 * 65_792 + 514),
        ] {
            let config = MlpConfig::preset(preset).unwrap();
            assert_eq!(
                Parameters::zeros(&config, dim).len(),
                count,
                "{preset} in {dim}D"
            );
            assert_eq!(config.num_parameters(dim), count, "{preset} in {dim}D");
        }
    }

    #[test]
    fn weights_survive_a_round_trip_and_misfits_are_named() {
        let config = MlpConfig::preset("simple_mlp").unwrap();
        let weights = Parameters::init(&config, 1, Seed(1));
        let bytes = weights.to_safetensors();
        assert_eq!(weights.read_safetensors(&bytes, "").unwrap(), weights);
        let other = Parameters::zeros(&config, 2);
        assert!(matches!(
            other.read_safetensors(&bytes, "").unwrap_err(),
            ParameterError::Shape { name, .. } if name == "input.weight"
        ));
        assert!(matches!(
            weights.read_safetensors(&bytes[..100], ""),
            Err(ParameterError::Format(_))
        ));
    }

    #[test]
    fn initial_weights_fill_their_interval() {
        let config = MlpConfig::preset("simple_mlp").unwrap();
        let weights = Parameters::init(&config, 1, Seed(1));
        let (_, _, values) = weights
            .tensors()
            .find(|(name, ..)| *name == "blocks.1.layers.0.weight")
            .unwrap();
        let bound = 1.0 / 128f32.sqrt();
        let largest = values.iter().fold(0f32, |m, x| m.max(x.abs()));
        assert!(largest <= bound && largest > 0.99 * bound);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 5.0 * bound / (3.0 * values.len() as f32).sqrt());
    }
}
