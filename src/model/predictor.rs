//! A trained network, or the exact answer in its place, as a denoiser.

use super::{
    Batch, DeviceKind, ModelConfig, Parameters, PointShape,
    batch::{CHUNK, Chunk},
    features::{PointFeatures, TimeTable},
    fused::{Buffers, FixedWeights, FusedNetwork, Picks, pick_classes},
    kernel::{Buffer, Pick},
    network::BurnNetwork,
};
use crate::{
    diffusion::{
        ClassDenoiser, Classes, Conditional, Denoised, Denoiser, Instant, NoiseSchedule,
        Prediction, Quantity,
    },
    error::Result,
    target::Mixture,
    truth::PerClass,
};
use rayon::prelude::*;
use std::sync::Mutex;

/// A network with fixed weights: predicts noise, and knows its loss on a batch.
pub struct Predictor {
    prediction: Prediction,
    schedule: NoiseSchedule,
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
enum Engine {
    Fused(Box<(FusedNetwork, FixedWeights)>),
    Burn(Box<BurnNetwork>),
    Bayes(PerClass<'static>),
}

#[derive(Default)]
struct Scratch {
    features: Buffer,
    timesteps: Vec<u32>,
    buffers: Buffers,
}

impl Predictor {
    /// The network that `model` describes with the weights `parameters`.
    pub fn new(
        model: &ModelConfig,
        parameters: &Parameters,
        schedule: &NoiseSchedule,
        shape: impl Into<PointShape>,
        device: DeviceKind,
    ) -> Self {
        let shape = shape.into();
        let time_table = TimeTable::new(&model.time_features, schedule.num_timesteps());
        let engine = match device {
            DeviceKind::Cpu => {
                let network = FusedNetwork::new(model, shape);
                let fixed = network.fix(parameters.values(), &time_table);
                Engine::Fused(Box::new((network, fixed)))
            }
            burn => Engine::Burn(Box::new(BurnNetwork::new(model, parameters, shape, burn))),
        };
        Self {
            prediction: model.prediction,
            schedule: schedule.clone(),
            features: PointFeatures::new(&model.input_features),
            scales_input: model.scales_input(schedule),
            time_table,
            engine,
            dim: shape.dim,
            num_classes: shape.num_classes,
            idle: Mutex::default(),
        }
    }

    /// The Bayes denoiser for data of the law `data` (standardised units), described by `model`; of each
    /// class where that says so.
    pub fn bayes(model: &ModelConfig, data: &Mixture, schedule: &NoiseSchedule) -> Self {
        Self {
            prediction: model.prediction,
            schedule: schedule.clone(),
            features: PointFeatures::new(&model.input_features),
            scales_input: model.scales_input(schedule),
            time_table: TimeTable::new(&model.time_features, schedule.num_timesteps()),
            engine: Engine::Bayes(PerClass::bayes(data, schedule, model.class_conditional)),
            dim: data.dim(),
            num_classes: if model.class_conditional {
                data.num_classes()
            } else {
                0
            },
            idle: Mutex::default(),
        }
    }

    /// Squared error of the output, averaged over its coordinates, for every point of `batch`.
    pub fn losses(&self, batch: &Batch) -> Result<Vec<f64>> {
        let chunks = batch.chunks().par_iter();
        let losses = |chunk| self.with_output(chunk, |y| self.squares(y, chunk.target()));
        let losses: Vec<_> = chunks.map(losses).collect::<Result<_>>()?;
        Ok(losses.concat())
    }

    /// The same, and the squared distance to other answers (`[n, d]`, in the units of the prediction):
    /// with those of the Bayes denoiser it is what each point adds to the excess loss.
    pub fn losses_and_distances(&self, batch: &Batch, answers: &[f64]) -> Result<Vec<(f64, f64)>> {
        let chunks = batch.chunks().par_iter();
        let answers = answers.par_chunks(CHUNK * self.dim);
        let both = |(chunk, answers): (&Chunk, &[f64])| -> Result<Vec<_>> {
            self.with_output(chunk, |y| {
                let losses = self.squares(y, chunk.target());
                let distances = self.squares(y, answers);
                losses.into_iter().zip(distances).collect()
            })
        };
        let both: Vec<_> = chunks.zip(answers).map(both).collect::<Result<_>>()?;
        Ok(both.concat())
    }

    /// ‖y − target‖²/d of every row.
    fn squares<T: Copy + Into<f64>>(&self, output: &[f32], target: &[T]) -> Vec<f64> {
        let squares = output.iter().zip(target);
        let squares: Vec<f64> = squares
            .map(|(y, target)| (f64::from(*y) - (*target).into()).powi(2))
            .collect();
        let rows = squares.chunks_exact(self.dim);
        rows.map(|row| row.iter().sum::<f64>() / self.dim as f64)
            .collect()
    }

    fn with_output<R>(&self, chunk: &Chunk, use_output: impl FnOnce(&[f32]) -> R) -> Result<R> {
        Ok(match &self.engine {
            Engine::Bayes(bayes) => use_output(&self.bayes_output(bayes, chunk)?),
            Engine::Burn(network) => use_output(&network.output(&self.time_table, chunk)),
            Engine::Fused(fused) => self.with_scratch(|scratch| {
                let (network, fixed) = &**fused;
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
            }),
        })
    }

    /// The exact answers in the units of the prediction; the features of the points are the points.
    fn bayes_output(&self, bayes: &PerClass, chunk: &Chunk) -> Result<Vec<f32>> {
        let timesteps = chunk
            .slots()
            .iter()
            .map(|slot| chunk.timesteps()[*slot as usize]);
        let rows = chunk.x().chunks_exact(self.dim).zip(timesteps);
        let answer = |(i, (x, t)): (usize, (&[f32], u32))| {
            let x: Vec<_> = x.iter().map(|x| f64::from(*x)).collect();
            let class = chunk.classes().get(i).copied();
            let class = Classes::Same(class.unwrap_or(self.num_classes as u32));
            let at = self.schedule.instant(t as usize);
            let Denoised { x0, noise } = Denoised::new(&Conditional::new(bayes, class), &x, at)?;
            let output = |(x0, noise)| self.prediction.target(x0, noise, at.level) as f32;
            Ok(x0.into_iter().zip(noise).map(output).collect())
        };
        let answers: Vec<Vec<_>> = rows.enumerate().map(answer).collect::<Result<_>>()?;
        Ok(answers.concat())
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

    /// Writes what each output of the network at `at` says of a quantity.
    fn answer(
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
                (Engine::Fused(fused), Some(t)) => {
                    let (network, fixed) = &**fused;
                    let picks = picks(t);
                    write(network.output(fixed, table, features, picks, buffers), out);
                }
                (Engine::Fused(fused), None) => {
                    let (network, fixed) = &**fused;
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
                (Engine::Bayes(_), _) => unreachable!("it answers for itself"),
            }
        });
    }

    /// The same without a class, where every point has an instant of its own.
    fn answer_each(&self, x: &[f64], at: &[Instant], quantity: Quantity, out: &mut [f64]) {
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
                Engine::Fused(fused) => {
                    let (network, fixed) = &**fused;
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
                Engine::Bayes(_) => unreachable!("it answers for itself"),
            };
            let answers = out.iter_mut().zip(outputs).zip(x).enumerate();
            for (i, ((out, output), x)) in answers {
                *out = of(self.prediction, f64::from(*output), *x, level(i));
            }
        });
    }
}

/// What the network answers without a class.
impl Denoiser for Predictor {
    fn dim(&self) -> usize {
        self.dim
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        let none = Classes::Same(self.num_classes as u32);
        self.predict_of(x, at, none, Quantity::Noise, predicted_noise)
    }

    fn predict_noise_each(
        &self,
        x: &[f64],
        at: &[Instant],
        predicted_noise: &mut [f64],
    ) -> Result<()> {
        match &self.engine {
            _ if x.is_empty() => Ok(()),
            Engine::Bayes(bayes) => bayes.predict_noise_each(x, at, predicted_noise),
            _ => {
                self.answer_each(x, at, Quantity::Noise, predicted_noise);
                Ok(())
            }
        }
    }

    fn predict_x0_each(&self, x: &[f64], at: &[Instant], predicted_x0: &mut [f64]) -> Result<()> {
        match &self.engine {
            _ if x.is_empty() => Ok(()),
            Engine::Bayes(bayes) => bayes.predict_x0_each(x, at, predicted_x0),
            _ => {
                self.answer_each(x, at, Quantity::X0, predicted_x0);
                Ok(())
            }
        }
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        let none = Classes::Same(self.num_classes as u32);
        self.predict_of(x, at, none, Quantity::X0, predicted_x0)
    }
}

impl ClassDenoiser for Predictor {
    fn num_classes(&self) -> usize {
        self.num_classes
    }

    fn predict_of(
        &self,
        x: &[f64],
        at: Instant,
        classes: Classes,
        quantity: Quantity,
        predicted: &mut [f64],
    ) -> Result<()> {
        match &self.engine {
            _ if x.is_empty() => Ok(()),
            Engine::Bayes(bayes) => bayes.predict_of(x, at, classes, quantity, predicted),
            _ => {
                self.answer(x, at, classes, quantity, predicted);
                Ok(())
            }
        }
    }
}
