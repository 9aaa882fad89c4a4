//! The denoiser as a burn module.

use super::{
    Activation, DeviceKind, MlpConfig, Parameters, PointShape,
    batch::Chunk,
    features::TimeTable,
    kernel::LEAKY_SLOPE,
    layers::{Layer, Layers},
};
use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    nn::{Embedding, Linear},
    prelude::*,
    tensor::{Gradients, TensorData, activation},
};
use std::iter;

/// The denoiser; what its layers do is in [`Layers`].
#[derive(Module, Debug)]
struct Network {
    time_mlp: Option<TimeMlp>,
    input: Linear,
    blocks: Vec<Block>,
    output: Linear,
    class_embedding: Option<Embedding>,
}

/// Linear, nonlinearity, Linear on the features of t.
#[derive(Module, Debug)]
struct TimeMlp {
    hidden: Linear,
    output: Linear,
}

/// One or two layers, with a skip connection where the configuration says so.
#[derive(Module, Debug)]
struct Block {
    layers: Vec<Linear>,
}

impl Network {
    /// These layers, all weights 0.
    fn zeros(layers: &Layers, device: &Device) -> Self {
        let linear = |layer: &Layer| Linear {
            weight: Param::from_tensor(Tensor::zeros([layer.inputs, layer.outputs], device)),
            bias: Some(Param::from_tensor(Tensor::zeros([layer.outputs], device))),
        };
        let time_mlp = match layers.time.as_slice() {
            [hidden, output] => Some(TimeMlp {
                hidden: linear(hidden),
                output: linear(output),
            }),
            _ => None,
        };
        let last = layers.main.len() - 1;
        let blocks = layers.main[1..last].chunks(layers.block_depth);
        let blocks = blocks.map(|block| Block {
            layers: block.iter().map(linear).collect(),
        });
        Self {
            time_mlp,
            input: linear(&layers.main[0]),
            blocks: blocks.collect(),
            output: linear(&layers.main[last]),
            class_embedding: layers.classes.map(|classes| Embedding {
                weight: Param::from_tensor(Tensor::zeros([classes.rows, classes.width], device)),
            }),
        }
    }

    /// The same layers with the weights of `parameters`.
    fn with_parameters(self, parameters: &Parameters, device: &Device) -> Self {
        self.map(&mut Load {
            parameters,
            next: 0,
            device,
        })
    }

    /// The network's output `[n, d]` for features of x `[n, input]` and of t: `[n, time]`, or
    /// `[1, time]` where all rows share t; `None` without features of t. `classes` names the row of the
    /// embedding of each point, or the one row of all, where the network knows of classes.
    fn forward(
        &self,
        layers: &Layers,
        x: Tensor<2>,
        time: Option<Tensor<2>>,
        classes: Option<Tensor<1, Int>>,
    ) -> Tensor<2> {
        let n = x.dims()[0];
        let class = self
            .class_embedding
            .as_ref()
            .zip(classes)
            .map(|(embedding, rows)| embedding.weight.val().select(0, rows));
        let time = match (time, &self.time_mlp) {
            (Some(time), Some(mlp)) => {
                let linears = [&mlp.hidden, &mlp.output].into_iter();
                Some(
                    linears
                        .zip(&layers.time)
                        .fold(time, |time, (linear, layer)| {
                            activate(layer.activation, linear.forward(time))
                        }),
                )
            }
            (time, _) => time,
        };
        let inner = self.blocks.iter().flat_map(|block| &block.layers);
        let linears = iter::once(&self.input)
            .chain(inner)
            .chain(iter::once(&self.output));
        let mut values = vec![x];
        for (layer, linear) in layers.main.iter().zip(linears) {
            let mut h = values[values.len() - 1].clone();
            if let Some(time) = time.clone().filter(|_| layer.sees_time) {
                let width = time.dims()[1];
                h = Tensor::cat(vec![h, time.expand([n, width])], 1);
            }
            if let Some(class) = class.clone().filter(|_| layer.sees_class) {
                let width = class.dims()[1];
                h = Tensor::cat(vec![h, class.expand([n, width])], 1);
            }
            h = activate(layer.activation, linear.forward(h));
            if let Some(value) = layer.skip {
                h = h + values[value].clone();
            }
            if let Some(time) = time.clone().filter(|_| layer.adds_time) {
                h = h + time;
            }
            if let Some(class) = class.clone().filter(|_| layer.adds_class) {
                h = h + class;
            }
            if layer.scale != 1.0 {
                h = h * layer.scale;
            }
            values.push(h);
        }
        values.swap_remove(values.len() - 1)
    }
}

fn activate(kind: Option<Activation>, x: Tensor<2>) -> Tensor<2> {
    match kind {
        None => x,
        Some(Activation::Relu) => activation::relu(x),
        Some(Activation::LeakyRelu) => activation::leaky_relu(x, LEAKY_SLOPE.into()),
        Some(Activation::Gelu) => activation::gelu(x),
        Some(Activation::Silu) => activation::silu(x),
        Some(Activation::Tanh) => activation::tanh(x),
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

/// The network on one of burn's backends.
#[derive(Debug)]
pub(super) struct BurnNetwork {
    network: Network,
    layers: Layers,
    device: Device,
}

impl BurnNetwork {
    /// The network that `config` describes with the weights `parameters`.
    pub(super) fn new(
        config: &MlpConfig,
        parameters: &Parameters,
        shape: PointShape,
        kind: DeviceKind,
    ) -> Self {
        let (device, layers) = (kind.burn(), Layers::new(config, shape));
        let network = Network::zeros(&layers, &device).with_parameters(parameters, &device);
        Self {
            network,
            layers,
            device,
        }
    }

    /// Loss of a chunk, Σ w_i ‖output_i − target_i‖², times `scale`, and its gradient for the weights
    /// `parameters`, by autodiff. `gradient` gets one number a weight, in the order of the layout.
    pub(super) fn loss_and_gradient(
        &mut self,
        parameters: &Parameters,
        table: &TimeTable,
        chunk: &Chunk,
        scale: f64,
        gradient: &mut [f32],
    ) -> f64 {
        let device = self.device.clone().autodiff();
        let network = self.network.clone().with_parameters(parameters, &device);
        // Only weights carry autodiff: tensors of the plain device are constants.
        let time = self.time(table, chunk);
        let (x, classes) = (self.tensor(chunk, chunk.x()), self.rows(chunk.classes()));
        let output = network.forward(&self.layers, x, time, classes);
        let error = output - self.tensor(chunk, chunk.target());
        let loss = (error.clone() * error * self.tensor(chunk, chunk.weight())).sum() * scale;
        let value: f32 = loss.clone().into_scalar();
        let mut gradients = loss.backward();
        network.visit(&mut CollectGradients {
            gradients: &mut gradients,
            out: gradient,
            next: 0,
        });
        f64::from(value)
    }

    /// The output `[n, d]` for the points of a chunk.
    pub(super) fn output(&self, table: &TimeTable, chunk: &Chunk) -> Vec<f32> {
        let (x, time) = (self.tensor(chunk, chunk.x()), self.time(table, chunk));
        let classes = self.rows(chunk.classes());
        to_vec(self.network.forward(&self.layers, x, time, classes))
    }

    /// The output `[n, d]` for features of `n` points and those of their times, one row for all or one
    /// for each. `classes` names the rows of the embedding of their classes, or the one row of all.
    pub(super) fn output_at(
        &self,
        rows: &[f32],
        num_times: usize,
        x: &[f32],
        n: usize,
        classes: &[u32],
    ) -> Vec<f32> {
        let x = TensorData::new(x.to_vec(), [n, x.len() / n]);
        let time = (!rows.is_empty()).then(|| {
            let data = TensorData::new(rows.to_vec(), [num_times, rows.len() / num_times]);
            Tensor::from_data(data, &self.device)
        });
        let x = Tensor::from_data(x, &self.device);
        let classes = self.rows(classes);
        to_vec(self.network.forward(&self.layers, x, time, classes))
    }

    /// Rows of the embedding of the classes; none for a network that does not know of them.
    fn rows(&self, classes: &[u32]) -> Option<Tensor<1, Int>> {
        let rows: Vec<i64> = classes.iter().map(|row| i64::from(*row)).collect();
        self.layers.classes.map(|_| {
            let data = TensorData::new(rows, [classes.len()]);
            Tensor::from_data(data, &self.device)
        })
    }

    fn tensor(&self, chunk: &Chunk, values: &[f32]) -> Tensor<2> {
        let shape = [chunk.len(), values.len() / chunk.len()];
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &self.device)
    }

    /// Features of each point's timestep.
    fn time(&self, table: &TimeTable, chunk: &Chunk) -> Option<Tensor<2>> {
        let timesteps = chunk
            .slots()
            .iter()
            .map(|slot| chunk.timesteps()[*slot as usize]);
        let rows: Vec<f32> = timesteps
            .flat_map(|t| table.row(t as usize))
            .copied()
            .collect();
        (!rows.is_empty()).then(|| self.tensor(chunk, &rows))
    }
}

fn to_vec(tensor: Tensor<2>) -> Vec<f32> {
    let data = tensor.into_data();
    data.as_slice()
        .expect("the network computes in f32")
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{
            ClassDenoiser, Classes, Denoiser, LossWeightConfig, Quantity, ScheduleConfig,
            TimestepSampling,
        },
        model::{
            Batch, BatchSource, Conditioning, Denoising, Predictor, TimeFeatures,
            config::TimeMlpConfig,
            fused::{FusedNetwork, Workspace},
            layout::Entry,
        },
        points::Points,
        rng::{Purpose, Seed, fill_normal},
        settings::Choice,
    };

    const NUM_TIMESTEPS: usize = 10;

    const NUM_CLASSES: usize = 3;

    /// What the networks here are for: one row more than there are classes stands for no class.
    fn shape(config: &MlpConfig) -> PointShape {
        PointShape {
            dim: 2,
            num_classes: config.class_embedding_dim.map_or(0, |_| NUM_CLASSES),
            without_class: config.class_embedding_dim.is_some(),
        }
    }

    /// Every preset, without classes and with them.
    fn networks() -> impl Iterator<Item = MlpConfig> {
        MlpConfig::preset_names().flat_map(|preset| {
            let config = MlpConfig::preset(preset).unwrap();
            let width = match config.conditioning {
                Conditioning::Concat => 5,
                Conditioning::Add => config.hidden_dim,
            };
            [None, Some(width)].map(|class_embedding_dim| MlpConfig {
                class_embedding_dim,
                ..config.clone()
            })
        })
    }

    /// A batch of `size` random points for `config`, with weights and classes that differ, some without
    /// a class.
    fn batch(config: &MlpConfig, size: usize) -> Batch {
        let mut values = vec![0.0; 2 * 37];
        fill_normal(&mut Seed(1).stream(Purpose::TrainData, 0, 0), &mut values);
        let labels = (0..37).map(|i| i % NUM_CLASSES as u32).collect();
        let data = Points::new(values, 2).with_labels(labels);
        let schedule = ScheduleConfig::Cosine.build(NUM_TIMESTEPS).unwrap();
        let objective = Denoising {
            prediction: config.prediction,
            weight: LossWeightConfig::MinSnr { gamma: 5.0 },
        };
        let sampling = TimestepSampling::Uniform;
        let mut source = BatchSource::new(
            &data,
            &schedule,
            &config.clone().into(),
            Box::new(objective),
            sampling,
            Seed(2),
        );
        if config.class_embedding_dim.is_some() {
            source = source.with_classes(NUM_CLASSES, 0.3);
        }
        let mut batch = Batch::default();
        source.training_batch(0, size, &mut batch).unwrap();
        batch
    }

    /// Loss and gradient of the first chunk of a batch.
    fn evaluate(
        config: &MlpConfig,
        parameters: &Parameters,
        size: usize,
        kind: DeviceKind,
    ) -> (f64, Vec<f32>) {
        let (batch, table) = (
            batch(config, size),
            TimeTable::new(&config.time_features, NUM_TIMESTEPS),
        );
        let (chunk, scale) = (&batch.chunks()[0], 1.0 / (2 * size) as f64);
        if kind == DeviceKind::Cpu {
            let network = FusedNetwork::new(config, shape(config));
            let mut workspace = Workspace::default();
            let mut step = |size: usize| {
                let batch = self::batch(config, size);
                let mut transposed = vec![];
                let weights = network.prepare(parameters.values(), &mut transposed, &table);
                let chunk = &batch.chunks()[0];
                network.loss_and_gradient(weights, &table, chunk, scale, &mut workspace);
            };
            // What another batch has left in the workspace must not matter.
            step(57);
            step(size);
            return (workspace.loss, workspace.gradient.to_vec());
        }
        let mut gradient = vec![0.0; parameters.len()];
        let mut network = BurnNetwork::new(config, parameters, shape(config), kind);
        let loss = network.loss_and_gradient(parameters, &table, chunk, scale, &mut gradient);
        (loss, gradient)
    }

    #[test]
    fn the_gradient_of_every_tensor_is_the_slope_of_the_loss() {
        for config in networks() {
            let config = MlpConfig {
                activation: Activation::Silu,
                ..config
            };
            let parameters = Parameters::init(&config, shape(&config), Seed(3));
            let (_, gradient) = evaluate(&config, &parameters, 33, DeviceKind::Flex);
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
                    // The kernels sum the loss in f64, which rounds less.
                    evaluate(&config, &moved, 33, DeviceKind::Cpu).0
                };
                let (near, far) = (shifted(1.0) - shifted(-1.0), shifted(2.0) - shifted(-2.0));
                let numeric = (8.0 * near - far) / (12.0 * h);
                let scale = norm(gradient.iter().copied());
                assert!(
                    (numeric - slope).abs() < 0.01 * scale + 2e-5,
                    "{config:?} {}: {numeric} {slope}, norm {scale}",
                    entry.name
                );
            }
        }
    }

    fn norm(values: impl Iterator<Item = f32>) -> f64 {
        values.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt()
    }

    /// Largest relative distance between the gradients of two devices, over the tensors of a network;
    /// panics where losses differ by more than rounding.
    fn distance(
        config: &MlpConfig,
        parameters: &Parameters,
        size: usize,
        kinds: [DeviceKind; 2],
    ) -> f64 {
        let (loss, gradient) = evaluate(config, parameters, size, kinds[0]);
        let (other_loss, other) = evaluate(config, parameters, size, kinds[1]);
        assert!(
            (loss - other_loss).abs() < 2e-6 * loss,
            "{loss} {other_loss}"
        );
        let whole = norm(gradient.iter().copied());
        parameters
            .layout()
            .iter()
            .map(|entry| {
                let (g, h) = (&gradient[entry.range.clone()], &other[entry.range.clone()]);
                let error = norm(g.iter().zip(h).map(|(g, h)| g - h));
                // A tensor whose gradient all but vanishes carries the rounding of the others.
                error / norm(g.iter().copied()).max(1e-3 * whole)
            })
            .fold(0.0, f64::max)
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn both_backends_have_the_same_loss_and_gradient() {
        for config in networks() {
            let parameters = Parameters::init(&config, shape(&config), Seed(3));
            let kinds = [DeviceKind::Flex, DeviceKind::NdArray];
            let error = distance(&config, &parameters, 33, kinds);
            // ndarray's GELU has a derivative of the tanh form, up to 8.7e-4 from the exact one.
            let bound = match config.activation {
                Activation::Gelu => 2e-3,
                _ => 1e-5,
            };
            assert!(error < bound, "{config:?}: {error}");
        }
    }

    /// A relative error for sums of n terms in f32, whose roundings of 2⁻²⁴ each add up as a random walk.
    /// That is √n of them for each layer on the way forth and back. Here n is at most 256, and there are
    /// at most nine layers; four times that.
    const ROUNDING: f64 = 4.0 * 16.0 * 4.25 * 6e-8;

    #[test]
    fn the_kernels_have_the_loss_and_gradient_of_autodiff() {
        let kinds = [DeviceKind::Cpu, DeviceKind::Flex];
        for config in networks() {
            for (_, activation) in Activation::NAMES {
                let config = MlpConfig {
                    activation: *activation,
                    ..config.clone()
                };
                let parameters = Parameters::init(&config, shape(&config), Seed(3));
                for size in [1, 33, 256] {
                    let error = distance(&config, &parameters, size, kinds);
                    assert!(error < ROUNDING, "{config:?} {size}: {error}");
                }
            }
        }
    }

    #[test]
    fn they_agree_for_odd_widths_and_every_way_of_conditioning() {
        let base = MlpConfig::preset("simple_mlp").unwrap();
        let kinds = [DeviceKind::Cpu, DeviceKind::Flex];
        for width in [1, 7, 19] {
            for conditioning in [Conditioning::Concat, Conditioning::Add] {
                for (block_depth, residual) in [(1, false), (1, true), (2, false), (2, true)] {
                    for time in [TimeFeatures::None, TimeFeatures::Raw, TimeFeatures::Scaled] {
                        for (mlp, classes) in
                            [(false, false), (false, true), (true, false), (true, true)]
                        {
                            let added = conditioning == Conditioning::Add;
                            let class_width = if added { width } else { 3 };
                            let config = MlpConfig {
                                hidden_dim: width,
                                num_layers: 4,
                                activation: Activation::Tanh,
                                time_features: time.clone(),
                                time_mlp: (mlp && time != TimeFeatures::None).then_some(
                                    TimeMlpConfig {
                                        hidden_dim: 5,
                                        output_dim: width,
                                    },
                                ),
                                conditioning,
                                block_depth,
                                block_activation: mlp,
                                residual,
                                normalize_residual: mlp,
                                class_embedding_dim: classes.then_some(class_width),
                                ..base.clone()
                            };
                            if added && ![0, width].contains(&config.time_dim()) {
                                continue;
                            }
                            let parameters = Parameters::init(&config, shape(&config), Seed(5));
                            let error = distance(&config, &parameters, 45, kinds);
                            // Embeddings of N(0, 1) drive tanh to where 1 − y² has lost digits.
                            let bound = if classes { 3.0 * ROUNDING } else { ROUNDING };
                            assert!(error < bound, "{config:?}: {error}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_predictor_answers_what_autodiff_was_trained_on() {
        let schedule = ScheduleConfig::Cosine.build(NUM_TIMESTEPS).unwrap();
        for config in networks() {
            let parameters = Parameters::init(&config, shape(&config), Seed(3));
            let predictor =
                |kind| Predictor::new(&config, &parameters, &schedule, shape(&config), kind);
            let (cpu, flex) = (predictor(DeviceKind::Cpu), predictor(DeviceKind::Flex));
            let batch = batch(&config, 300);
            let [a, b] = [&cpu, &flex].map(|predictor| predictor.losses(&batch).unwrap());
            let losses = a.into_iter().zip(b);
            losses.for_each(|(a, b)| assert!((a - b).abs() < 1e-5 * (1.0 + b), "{a} {b}"));
            let x: Vec<f64> = (0..66).map(|i| 0.05 * f64::from(i - 30)).collect();
            let each: Vec<u32> = (0..33).map(|i| i * i % (NUM_CLASSES as u32 + 1)).collect();
            for t in [1, 7] {
                let (mut a, mut b) = (vec![0.0; x.len()], vec![0.0; x.len()]);
                cpu.predict_noise(&x, schedule.instant(t), &mut a).unwrap();
                flex.predict_noise(&x, schedule.instant(t), &mut b).unwrap();
                assert!(
                    a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 3e-6),
                    "{config:?}"
                );
                for classes in [Classes::Same(1), Classes::Each(&each)] {
                    cpu.predict_of(&x, schedule.instant(t), classes, Quantity::Noise, &mut a)
                        .unwrap();
                    flex.predict_of(&x, schedule.instant(t), classes, Quantity::Noise, &mut b)
                        .unwrap();
                    let close = a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5);
                    assert!(close, "{config:?}");
                }
            }
        }
    }

    /// Paths and shapes of the weights as burn visits them.
    #[derive(Default)]
    struct Visited {
        path: Vec<String>,
        tensors: Vec<(String, Vec<usize>)>,
    }

    impl ModuleVisitor for Visited {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let shape = param.lazy_shape().to_vec();
            self.tensors.push((self.path.join("."), shape));
        }

        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_string());
        }

        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }
    }

    #[test]
    fn the_layout_names_the_weights_in_the_order_in_which_burn_visits_them() {
        for config in networks() {
            let layers = Layers::new(&config, shape(&config));
            let mut visited = Visited::default();
            Network::zeros(&layers, &DeviceKind::Flex.burn()).visit(&mut visited);
            let (entries, mut end) = (Entry::all(&layers), 0);
            for entry in &entries {
                let len = entry.shape.iter().product::<usize>();
                assert_eq!(entry.range, end..end + len, "{}", entry.name);
                end += len;
            }
            let named = entries.into_iter().map(|entry| (entry.name, entry.shape));
            assert_eq!(named.collect::<Vec<_>>(), visited.tensors);
        }
    }
}
