//! What a network with fixed weights answers, on the kernels or on a backend of burn.

use super::{
    DeviceKind, Parameters, PointShape,
    batch::Chunk,
    config::MlpConfig,
    features::{PointFeatures, TimeTable},
    fused::{Buffers, FixedWeights, FusedNetwork, Picks, pick_classes},
    kernel::{Buffer, Pick},
    network::BurnNetwork,
};
use crate::diffusion::{Classes, Instant, NoiseSchedule, Prediction, Quantity};
use std::sync::Mutex;

/// A network with fixed weights, and room for what it computes on the way.
pub(super) struct NetworkAnswers {
    prediction: Prediction,
    features: PointFeatures,
    /// Whether points are brought to unit variance before the network sees them.
    scales_input: bool,
    time_table: TimeTable,
    engine: Engine,
    dim: usize,
    num_classes: usize,
    /// Scratch of the threads that are at work.
    idle: Mutex<Vec<Scratch>>,
}

/// What computes outputs.
#[allow(
    clippy::large_enum_variant,
    reason = "there are a handful in a process"
)]
enum Engine {
    Fused(FusedNetwork, FixedWeights),
    Burn(BurnNetwork),
}

#[derive(Default)]
struct Scratch {
    features: Buffer,
    timesteps: Vec<u32>,
    buffers: Buffers,
}

impl NetworkAnswers {
    /// The network that `model` describes with the weights `parameters`.
    pub(super) fn new(
        model: &MlpConfig,
        parameters: &Parameters,
        schedule: &NoiseSchedule,
        shape: PointShape,
        device: DeviceKind,
    ) -> Self {
        let time_table = TimeTable::new(&model.time_features, schedule.num_timesteps());
        let engine = match device {
            DeviceKind::Cpu => {
                let network = FusedNetwork::new(model, shape);
                let fixed = network.fix(parameters.values(), &time_table);
                Engine::Fused(network, fixed)
            }
            burn => Engine::Burn(BurnNetwork::new(model, parameters, shape, burn)),
        };
        Self {
            prediction: model.prediction,
            features: PointFeatures::new(&model.input_features),
            scales_input: model.scales_input(schedule),
            time_table,
            engine,
            dim: shape.dim,
            num_classes: shape.num_classes,
            idle: Mutex::default(),
        }
    }

    /// Hands over the outputs for the points of a chunk, `[n, d]`.
    pub(super) fn with_output<R>(&self, chunk: &Chunk, use_output: impl FnOnce(&[f32]) -> R) -> R {
        let (network, fixed) = match &self.engine {
            Engine::Burn(network) => return use_output(&network.output(&self.time_table, chunk)),
            Engine::Fused(network, fixed) => (network, fixed),
        };
        self.with_scratch(|scratch| {
            scratch.timesteps.clear();
            let slots = chunk.slots().iter();
            let timesteps = slots.map(|slot| chunk.timesteps()[*slot as usize]);
            scratch.timesteps.extend(timesteps);
            let picks = Picks {
                time: Pick::Each(&scratch.timesteps),
                class: pick_classes(chunk.classes()),
            };
            let buffers = &mut scratch.buffers;
            use_output(network.output(fixed, &self.time_table, chunk.x(), picks, buffers))
        })
    }

    /// Writes what each output of the network at `at` says of a quantity.
    pub(super) fn answer(
        &self,
        x: &[f64],
        at: Instant,
        classes: Classes,
        quantity: Quantity,
        out: &mut [f64],
    ) {
        let level = at.level;
        let of = match quantity {
            Quantity::Noise => Prediction::to_noise,
            Quantity::X0 => Prediction::to_x0,
        };
        let write = |outputs: &[f32], out: &mut [f64]| {
            for ((out, output), x) in out.iter_mut().zip(outputs).zip(x) {
                *out = of(self.prediction, f64::from(*output), *x, level);
            }
        };
        self.with_scratch(|scratch| {
            let Scratch {
                features, buffers, ..
            } = scratch;
            if self.scales_input {
                let scaled: Vec<_> = x.iter().map(|x| x / level.norm()).collect();
                self.features.of(&scaled, features);
            } else {
                self.features.of(x, features);
            }
            let table = &self.time_table;
            let between = || table.at(&[at.t]);
            let picks = |row| Picks {
                time: Pick::Same(row),
                class: match classes {
                    Classes::Same(class) => Pick::Same(class as usize),
                    Classes::Each(classes) => Pick::Each(classes),
                },
            };
            match (&self.engine, at.timestep()) {
                (Engine::Fused(network, fixed), Some(t)) => {
                    let picks = picks(t);
                    write(network.output(fixed, table, features, picks, buffers), out);
                }
                (Engine::Fused(network, fixed), None) => {
                    let fixed = network.fix_at(fixed, table, &between());
                    let picks = picks(0);
                    write(network.output(&fixed, table, features, picks, buffers), out);
                }
                (Engine::Burn(network), t) => {
                    let row = t.map_or_else(between, |t| table.row(t).to_vec());
                    let n = x.len() / self.dim;
                    let classes = match &classes {
                        Classes::Same(class) => std::slice::from_ref(class),
                        Classes::Each(classes) => classes,
                    };
                    write(&network.output_at(&row, 1, features, n, classes), out);
                }
            }
        });
    }

    /// The same without a class, where every point has an instant of its own.
    pub(super) fn answer_each(
        &self,
        x: &[f64],
        at: &[Instant],
        quantity: Quantity,
        out: &mut [f64],
    ) {
        let of = match quantity {
            Quantity::Noise => Prediction::to_noise,
            Quantity::X0 => Prediction::to_x0,
        };
        let level = |i: usize| at[i / self.dim].level;
        let scaled: Vec<_> = match self.scales_input {
            true => x
                .iter()
                .enumerate()
                .map(|(i, x)| x / level(i).norm())
                .collect(),
            false => x.to_vec(),
        };
        let times: Vec<_> = at.iter().map(|at| at.t).collect();
        let rows = self.time_table.at(&times);
        let n = at.len();
        self.with_scratch(|scratch| {
            let Scratch {
                features,
                buffers,
                timesteps,
            } = scratch;
            self.features.of(&scaled, features);
            let burnt;
            let outputs = match &self.engine {
                Engine::Fused(network, fixed) => {
                    let fixed = network.fix_at(fixed, &self.time_table, &rows);
                    timesteps.clear();
                    timesteps.extend(0..n as u32);
                    let picks = Picks {
                        time: Pick::Each(timesteps),
                        class: Pick::Same(self.num_classes),
                    };
                    network.output(&fixed, &self.time_table, features, picks, buffers)
                }
                Engine::Burn(network) => {
                    burnt = network.output_at(&rows, n, features, n, &[self.num_classes as u32]);
                    &burnt
                }
            };
            let answers = out.iter_mut().zip(outputs).zip(x).enumerate();
            for (i, ((out, output), x)) in answers {
                *out = of(self.prediction, f64::from(*output), *x, level(i));
            }
        });
    }

    fn with_scratch<R>(&self, work: impl FnOnce(&mut Scratch) -> R) -> R {
        let idle = || {
            self.idle
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner())
        };
        let mut scratch = idle().pop().unwrap_or_default();
        let result = work(&mut scratch);
        idle().push(scratch);
        result
    }
}
