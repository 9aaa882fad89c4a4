//! A trained network, or the exact answer in its place, as a denoiser.

use super::{
    Batch, DeviceKind, Parameters, PointShape,
    answers::NetworkAnswers,
    batch::{CHUNK, Chunk},
    config::{AnswersConfig, MlpConfig},
};
use crate::{
    diffusion::{
        ClassDenoiser, Classes, Conditional, Denoised, Denoiser, Instant, NoiseSchedule,
        Prediction, Quantity,
    },
    error::{Error, Result},
    target::Mixture,
    truth::PerClass,
};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A network with fixed weights, or the Bayes denoiser: predicts noise, and knows its loss on a batch.
pub struct Predictor {
    prediction: Prediction,
    schedule: NoiseSchedule,
    engine: Engine,
    dim: usize,
    num_classes: usize,
}

/// What computes outputs.
enum Engine {
    Network(Box<NetworkAnswers>),
    Bayes(PerClass<'static>),
    Given(Box<dyn ClassDenoiser + Send>),
}

impl Predictor {
    /// The network that `model` describes with the weights `parameters`.
    pub fn new(
        model: &MlpConfig,
        parameters: &Parameters,
        schedule: &NoiseSchedule,
        shape: impl Into<PointShape>,
        device: DeviceKind,
    ) -> Self {
        let shape = shape.into();
        let answers = NetworkAnswers::new(model, parameters, schedule, shape, device);
        Self {
            prediction: model.prediction,
            schedule: schedule.clone(),
            engine: Engine::Network(Box::new(answers)),
            dim: shape.dim,
            num_classes: shape.num_classes,
        }
    }

    /// The Bayes denoiser for data of the law `data` (standardised units), described by `model`; of each
    /// class where that says so.
    pub fn bayes(model: &AnswersConfig, data: &Mixture, schedule: &NoiseSchedule) -> Self {
        Self {
            prediction: model.prediction,
            schedule: schedule.clone(),
            engine: Engine::Bayes(PerClass::bayes(data, schedule, model.class_conditional)),
            dim: data.dim(),
            num_classes: match model.class_conditional {
                true => data.num_classes(),
                false => 0,
            },
        }
    }

    /// A network from elsewhere, with the loss of this prediction.
    pub(crate) fn given(
        network: Box<dyn ClassDenoiser + Send>,
        prediction: Prediction,
        schedule: &NoiseSchedule,
    ) -> Self {
        Self {
            prediction,
            schedule: schedule.clone(),
            dim: network.dim(),
            num_classes: network.num_classes(),
            engine: Engine::Given(network),
        }
    }

    /// Squared error of the output, averaged over its coordinates, for every point of `batch`.
    pub fn losses(&self, batch: &Batch) -> Result<Vec<f64>> {
        if let Engine::Given(network) = &self.engine {
            return Ok(batch.losses_of(&self.given_outputs(&**network, batch)?));
        }
        let chunks = batch.chunks().par_iter();
        let losses = |chunk| self.with_output(chunk, |y| self.squares(y, chunk.target()));
        let losses: Vec<_> = chunks.map(losses).collect::<Result<_>>()?;
        Ok(losses.concat())
    }

    /// The same, and the squared distance to other answers (`[n, d]`, in the units of the prediction).
    /// With those of the Bayes denoiser it is what each point adds to the excess loss.
    pub fn losses_and_distances(&self, batch: &Batch, answers: &[f64]) -> Result<Vec<(f64, f64)>> {
        if let Engine::Given(network) = &self.engine {
            let outputs = self.given_outputs(&**network, batch)?;
            let losses = batch.losses_of(&outputs);
            let rows = outputs
                .chunks_exact(self.dim)
                .zip(answers.chunks_exact(self.dim));
            let distances = rows.map(|(y, answer)| {
                let squares = y.iter().zip(answer).map(|(y, answer)| (y - answer).powi(2));
                squares.sum::<f64>() / self.dim as f64
            });
            return Ok(losses.into_iter().zip(distances).collect());
        }
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
            Engine::Given(_) => return Err(Error::Unexpected("a network without chunks".into())),
            Engine::Bayes(bayes) => use_output(&self.bayes_output(bayes, chunk)?),
            Engine::Network(network) => network.with_output(chunk, use_output),
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
}

impl Predictor {
    /// The answers of a network from elsewhere to a batch in the units of the prediction, `[n, d]`; the features of
    /// the points are the points. All points of a timestep are asked about at once.
    fn given_outputs(&self, network: &dyn ClassDenoiser, batch: &Batch) -> Result<Vec<f64>> {
        let d = self.dim;
        let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let (mut x, mut classes) = (vec![], vec![]);
        for chunk in batch.chunks() {
            for (i, slot) in chunk.slots().iter().enumerate() {
                let t = chunk.timesteps()[*slot as usize];
                rows.entry(t).or_default().push(classes.len());
                let class = chunk.classes().get(i).copied();
                classes.push(class.unwrap_or(self.num_classes as u32));
            }
            x.extend(chunk.x().iter().map(|x| f64::from(*x)));
        }
        let answer = |(t, rows): (u32, Vec<usize>)| -> Result<(Vec<usize>, Vec<f64>)> {
            let at = self.schedule.instant(t as usize);
            let points: Vec<f64> = rows
                .iter()
                .flat_map(|i| x[i * d..(i + 1) * d].iter().copied())
                .collect();
            let told: Vec<u32> = rows.iter().map(|i| classes[*i]).collect();
            let told = Conditional::new(network, Classes::Each(&told));
            let Denoised { x0, noise } = Denoised::new(&told, &points, at)?;
            let pairs = x0.into_iter().zip(noise);
            let output = pairs.map(|(x0, noise)| self.prediction.target(x0, noise, at.level));
            Ok((rows, output.collect()))
        };
        let answers: Vec<_> = rows.into_par_iter().map(answer).collect::<Result<_>>()?;
        let mut outputs = vec![0.0; x.len()];
        for (rows, found) in answers {
            for (i, found) in rows.into_iter().zip(found.chunks_exact(d)) {
                outputs[i * d..(i + 1) * d].copy_from_slice(found);
            }
        }
        Ok(outputs)
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
            Engine::Given(network) => network.predict_noise_each(x, at, predicted_noise),
            Engine::Network(network) => {
                network.answer_each(x, at, Quantity::Noise, predicted_noise);
                Ok(())
            }
        }
    }

    fn predict_x0_each(&self, x: &[f64], at: &[Instant], predicted_x0: &mut [f64]) -> Result<()> {
        match &self.engine {
            _ if x.is_empty() => Ok(()),
            Engine::Bayes(bayes) => bayes.predict_x0_each(x, at, predicted_x0),
            Engine::Given(network) => network.predict_x0_each(x, at, predicted_x0),
            Engine::Network(network) => {
                network.answer_each(x, at, Quantity::X0, predicted_x0);
                Ok(())
            }
        }
    }

    fn slopes(
        &self,
        x: &[f64],
        at: Instant,
        axis: usize,
        quantity: Quantity,
    ) -> Option<Result<Vec<f64>>> {
        match &self.engine {
            Engine::Given(network) => network.slopes(x, at, axis, quantity),
            Engine::Bayes(_) | Engine::Network(_) => None,
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
            Engine::Given(network) => network.predict_of(x, at, classes, quantity, predicted),
            Engine::Network(network) => {
                network.answer(x, at, classes, quantity, predicted);
                Ok(())
            }
        }
    }
}
