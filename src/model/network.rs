//! The denoiser as a burn module.

use super::{Activation, Batch, Conditioning, ModelConfig, Parameters, parameters::Entry};
use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    nn::Linear,
    prelude::*,
    tensor::{Gradients, TensorData, activation},
};
use std::f64::consts::FRAC_1_SQRT_2;

/// Slope of leaky ReLU below zero.
const LEAKY_SLOPE: f64 = 0.01;

/// The denoiser; what its layers do is in [`ModelConfig`].
#[derive(Module, Debug)]
pub struct Network {
    time_mlp: Option<TimeMlp>,
    input: Linear,
    blocks: Vec<Block>,
    output: Linear,
}

/// Linear, nonlinearity, Linear on the features of t.
#[derive(Module, Debug)]
pub struct TimeMlp {
    hidden: Linear,
    output: Linear,
}

/// One or two layers, with a skip connection where the configuration says so.
#[derive(Module, Debug)]
pub struct Block {
    layers: Vec<Linear>,
}

impl Network {
    /// The layers that `config` describes, for points of dimension `dim`, all weights 0.
    pub fn zeros(config: &ModelConfig, dim: usize, device: &Device) -> Self {
        let linear = |inputs, outputs| Linear {
            weight: Param::from_tensor(Tensor::zeros([inputs, outputs], device)),
            bias: Some(Param::from_tensor(Tensor::zeros([outputs], device))),
        };
        let width = config.hidden_dim;
        Self {
            time_mlp: config.time_mlp.as_ref().map(|mlp| TimeMlp {
                hidden: linear(config.time_features.dim(), mlp.hidden_dim),
                output: linear(mlp.hidden_dim, mlp.output_dim),
            }),
            input: linear(config.input_dim(dim), width),
            blocks: (1..config.num_layers)
                .map(|_| Block {
                    layers: (0..config.block_depth)
                        .map(|_| linear(width, width))
                        .collect(),
                })
                .collect(),
            output: linear(width, dim),
        }
    }

    /// The same layers with the weights of `parameters`.
    pub fn with_parameters(self, parameters: &Parameters, device: &Device) -> Self {
        self.map(&mut Load {
            parameters,
            next: 0,
            device,
        })
    }

    /// The network's output `[n, d]` for features of x `[n, input]` and of t: `[n, time]`, or
    /// `[1, time]` where all rows share t; `None` without features of t.
    pub fn forward(
        &self,
        config: &ModelConfig,
        x: Tensor<2>,
        time: Option<Tensor<2>>,
    ) -> Tensor<2> {
        let n = x.dims()[0];
        let act = |h| activate(config.activation, h);
        let time = match (time, &self.time_mlp) {
            (Some(time), Some(mlp)) => Some(mlp.output.forward(act(mlp.hidden.forward(time)))),
            (time, _) => time,
        };
        let (features, added) = match (time, config.conditioning) {
            (None, _) => (x, None),
            (Some(time), Conditioning::Concat) => {
                let width = time.dims()[1];
                (Tensor::cat(vec![x, time.expand([n, width])], 1), None)
            }
            (Some(time), Conditioning::Add) => (x, Some(time)),
        };
        let add = |h: Tensor<2>| match &added {
            Some(time) => h + time.clone(),
            None => h,
        };
        let mut h = self.input.forward(features);
        if config.input_activation {
            h = act(h);
        }
        h = add(h);
        for block in &self.blocks {
            h = block.forward(config, h, &add);
        }
        self.output.forward(h)
    }
}

impl Block {
    fn forward(
        &self,
        config: &ModelConfig,
        input: Tensor<2>,
        add: &dyn Fn(Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let mut h = input.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            h = layer.forward(h);
            if i + 1 < self.layers.len() || config.block_activation {
                h = activate(config.activation, h);
            }
        }
        if config.residual {
            h = h + input;
        }
        h = add(h);
        if config.residual && config.normalize_residual {
            h * FRAC_1_SQRT_2
        } else {
            h
        }
    }
}

fn activate(kind: Activation, x: Tensor<2>) -> Tensor<2> {
    match kind {
        Activation::Relu => activation::relu(x),
        Activation::LeakyRelu => activation::leaky_relu(x, LEAKY_SLOPE),
        Activation::Gelu => activation::gelu(x),
        Activation::Silu => activation::silu(x),
        Activation::Tanh => activation::tanh(x),
    }
}

/// Names, shapes and places of the weights, as burn visits them.
pub(super) fn layout(config: &ModelConfig, dim: usize) -> Vec<Entry> {
    let device = super::DeviceKind::default().burn();
    let mut collect = Layout::default();
    Network::zeros(config, dim, &device).visit(&mut collect);
    collect.entries
}

#[derive(Default)]
struct Layout {
    path: Vec<String>,
    entries: Vec<Entry>,
}

impl ModuleVisitor for Layout {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape: Vec<usize> = param.lazy_shape().to_vec();
        let start = self.entries.last().map_or(0, |entry| entry.range.end);
        let fan_in = match (shape.as_slice(), self.entries.last()) {
            ([inputs, _], _) => *inputs,
            // A bias follows the weight of its layer.
            (_, Some(weight)) => weight.fan_in,
            (_, None) => 1,
        };
        let range = start..start + shape.iter().product::<usize>();
        self.entries.push(Entry {
            name: self.path.join("."),
            shape,
            range,
            fan_in,
        });
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
}

struct Load<'a> {
    parameters: &'a Parameters,
    next: usize,
    device: &'a Device,
}

impl ModuleMapper for Load<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let entry = &self.parameters.layout()[self.next];
        self.next += 1;
        let values = self.parameters.values()[entry.range.clone()].to_vec();
        let data = TensorData::new(values, entry.shape.clone());
        let tensor = Tensor::from_data(data, self.device);
        Param::initialized(
            param.id,
            if self.device.is_autodiff() {
                tensor.require_grad()
            } else {
                tensor
            },
        )
    }
}

struct CollectGradients<'a> {
    gradients: &'a mut Gradients,
    out: &'a mut [f32],
    next: usize,
}

impl ModuleVisitor for CollectGradients<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let len = param.lazy_shape().num_elements();
        let out = &mut self.out[self.next..self.next + len];
        self.next += len;
        match param.val().grad_remove(self.gradients) {
            Some(gradient) => {
                let data = gradient.into_data();
                out.copy_from_slice(data.as_slice().expect("gradients are f32"));
            }
            None => out.fill(0.0),
        }
    }
}

/// The loss Σ w_i ‖output_i − target_i‖²/(n d) of a batch and its gradient, by burn's autodiff.
///
/// `gradient` gets one number a weight, in the order of the layout.
pub fn loss_and_gradient(
    config: &ModelConfig,
    network: &Network,
    batch: &Batch,
    device: &Device,
    gradient: &mut [f32],
) -> f64 {
    // Only weights carry autodiff: tensors of the plain device are constants.
    let plain = device.clone().inner();
    let output = network.forward(config, batch.x(&plain), batch.time(&plain));
    let error = output - batch.target(&plain);
    let loss = (error.clone() * error * batch.weight(&plain)).mean();
    let value: f32 = loss.clone().into_scalar();
    let mut gradients = loss.backward();
    network.visit(&mut CollectGradients {
        gradients: &mut gradients,
        out: gradient,
        next: 0,
    });
    f64::from(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{LossWeightConfig, ScheduleConfig, TimestepSampling},
        model::{BatchSource, DeviceKind, PRESETS},
        points::Points,
        rng::{Purpose, Seed, fill_normal},
    };

    /// Loss and gradient of a preset with random weights on a random batch.
    fn evaluate(
        config: &ModelConfig,
        parameters: &Parameters,
        kind: DeviceKind,
    ) -> (f64, Vec<f32>) {
        let mut values = vec![0.0; 2 * 37];
        fill_normal(&mut Seed(1).stream(Purpose::TrainData, 0, 0), &mut values);
        let data = Points::new(values, 2);
        let schedule = ScheduleConfig::Cosine.build(10).unwrap();
        let weight = LossWeightConfig::MinSnr { gamma: 5.0 };
        let sampling = TimestepSampling::Stratified;
        let mut source = BatchSource::new(&data, &schedule, config, weight, sampling, Seed(2));
        let batch = source.training_batch(0, 33);
        let device = kind.burn().autodiff();
        let network = Network::zeros(config, 2, &device).with_parameters(parameters, &device);
        let mut gradient = vec![0.0; parameters.len()];
        let loss = loss_and_gradient(config, &network, &batch, &device, &mut gradient);
        (loss, gradient)
    }

    #[test]
    fn the_gradient_of_every_tensor_is_the_slope_of_the_loss() {
        for preset in PRESETS {
            let config = ModelConfig {
                activation: Activation::Silu,
                ..ModelConfig::preset(preset).unwrap()
            };
            let parameters = Parameters::init(&config, 2, Seed(3));
            let (_, gradient) = evaluate(&config, &parameters, DeviceKind::Flex);
            for entry in parameters.layout() {
                let mut direction = vec![0.0; entry.range.len()];
                let mut rng = Seed(4).stream(Purpose::Weights, entry.range.start as u64, 0);
                fill_normal(&mut rng, &mut direction);
                let gradient = &gradient[entry.range.clone()];
                let slope: f64 = gradient
                    .iter()
                    .zip(&direction)
                    .map(|(g, d)| f64::from(*g) * d)
                    .sum();
                // A fourth-order stencil, so that steps can be large against the rounding of f32.
                let h = 0.05 / (entry.range.len() as f64).sqrt();
                let shifted = |sign: f64| {
                    let mut moved = parameters.clone();
                    let values = &mut moved.values_mut()[entry.range.clone()];
                    for (w, d) in values.iter_mut().zip(&direction) {
                        *w += (sign * h * d) as f32;
                    }
                    evaluate(&config, &moved, DeviceKind::Flex).0
                };
                let (near, far) = (shifted(1.0) - shifted(-1.0), shifted(2.0) - shifted(-2.0));
                let numeric = (8.0 * near - far) / (12.0 * h);
                let scale = gradient
                    .iter()
                    .map(|g| f64::from(*g).powi(2))
                    .sum::<f64>()
                    .sqrt();
                assert!(
                    (numeric - slope).abs() < 0.01 * scale + 2e-5,
                    "{preset} {}: {numeric} {slope}, norm {scale}",
                    entry.name
                );
            }
        }
    }

    #[test]
    fn both_backends_have_the_same_loss_and_gradient() {
        for preset in PRESETS {
            let config = ModelConfig::preset(preset).unwrap();
            let parameters = Parameters::init(&config, 2, Seed(3));
            let (flex, g) = evaluate(&config, &parameters, DeviceKind::Flex);
            let (ndarray, h) = evaluate(&config, &parameters, DeviceKind::NdArray);
            assert!(
                (flex - ndarray).abs() < 1e-6 * flex,
                "{preset}: {flex} {ndarray}"
            );
            let norm = g.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
            let error = g
                .iter()
                .zip(&h)
                .map(|(g, h)| f64::from(g - h).powi(2))
                .sum::<f64>()
                .sqrt();
            // ndarray's GELU has a derivative of the tanh form, up to 8.7e-4 from the exact one.
            let bound = if config.activation == Activation::Gelu {
                2e-3
            } else {
                1e-5
            };
            assert!(error < bound * norm, "{preset}: {error} of {norm}");
        }
    }
}
