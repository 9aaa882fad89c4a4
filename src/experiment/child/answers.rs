//! The answers of a network in another process, as those of any denoiser.

use super::{
    hello::{Answers, Hello, Units},
    process::{Limits, Worker},
    wire::Request,
};
use crate::{
    diffusion::{ClassDenoiser, Classes, Denoiser, Instant, NoiseLevel, Quantity},
    error::{Error, Result},
    points::Affine,
};
use std::sync::{Condvar, Mutex, PoisonError};

/// What a network is asked about.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// From the data's own units to standardised ones.
    pub(crate) affine: Affine,
    /// T.
    pub(crate) num_timesteps: usize,
    /// Number of classes that the network is told of; 0 for none.
    pub(crate) num_classes: usize,
}

/// A network in other processes, each of which answers a part of the points.
pub(crate) struct GivenNetwork {
    hello: Hello,
    frame: Frame,
    pool: Mutex<Pool>,
    has_changed: Condvar,
}

/// The processes that are not answering at the moment.
struct Pool {
    idle: Vec<Worker>,
    /// What went wrong with one: nobody is asked any more, and everyone who waits is told the same.
    failure: Option<String>,
}

impl GivenNetwork {
    /// Starts the processes of `command`.
    ///
    /// # Errors
    /// If one cannot be started, says nothing sensible of itself, or not the same as the others (exit 2).
    pub(crate) fn start(command: &[String], limits: Limits, frame: Frame) -> Result<Self> {
        let (first, hello) = Worker::start(command, limits.timeout)?;
        let mut idle = vec![first];
        for _ in 1..limits.workers {
            let (worker, other) = Worker::start(command, limits.timeout)?;
            if other != hello {
                return Err(Error::usage(
                    "--denoiser: its processes do not say the same of themselves",
                ));
            }
            idle.push(worker);
        }
        let scale = &frame.affine.scale;
        if hello.units == Units::Data && scale.iter().any(|s| *s != scale[0]) {
            return Err(Error::usage_hint(
                "--denoiser: it answers in the units of the data, in which the noise of each axis is another",
                "set data.standardize = \"global\" or \"none\", or let it answer in standardised units",
            ));
        }
        Ok(Self {
            hello,
            frame,
            pool: Mutex::new(Pool {
                idle,
                failure: None,
            }),
            has_changed: Condvar::new(),
        })
    }

    /// What it says of itself.
    pub(crate) fn hello(&self) -> Hello {
        self.hello
    }

    /// The answer of the next idle process. One that fails is not asked again: its next answer may be that to an
    /// earlier question.
    fn ask(&self, request: &Request) -> Result<Vec<f64>> {
        let worker = self.idle_worker()?;
        let found = worker.ask(request, &self.hello);
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        match &found {
            Ok(_) => pool.idle.push(worker),
            Err(Error::Unanswered(message)) => pool.failure = Some(message.clone()),
            Err(other) => pool.failure = Some(other.to_string()),
        }
        drop(pool);
        self.has_changed.notify_all();
        found
    }

    fn idle_worker(&self) -> Result<Worker> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(message) = &pool.failure {
                return Err(Error::Unanswered(message.clone()));
            }
            if let Some(worker) = pool.idle.pop() {
                return Ok(worker);
            }
            let waited = self.has_changed.wait(pool);
            pool = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// a and s in the network's units.
    fn level(&self, level: NoiseLevel) -> NoiseLevel {
        NoiseLevel {
            noise: level.noise * self.unit(),
            ..level
        }
    }

    /// A standardised unit in those of the network.
    fn unit(&self) -> f64 {
        match self.hello.units {
            Units::Data => self.frame.affine.scale[0],
            Units::Standardised => 1.0,
        }
    }

    /// Where 0 lies in the network's units.
    fn origin(&self, k: usize) -> f64 {
        match self.hello.units {
            Units::Data => self.frame.affine.shift[k],
            Units::Standardised => 0.0,
        }
    }

    /// ε̂ or x̂0 of one request, and their derivatives along a direction where one is given.
    fn part(
        &self,
        x: &[f64],
        (at, labels): (Instant, Option<&[u32]>),
        direction: Option<&[f64]>,
        quantity: Quantity,
    ) -> Result<(Vec<f64>, Option<Vec<f64>>)> {
        let (d, level) = (self.dim(), self.level(at.level));
        let inside = |(i, x): (usize, &f64)| self.unit() * x + at.level.signal * self.origin(i % d);
        let x: Vec<f64> = x.iter().enumerate().map(inside).collect();
        let direction: Option<Vec<f64>> =
            direction.map(|v| v.iter().map(|v| self.unit() * v).collect());
        let mut found = self.ask(&Request {
            x: &x,
            dim: d,
            at,
            num_timesteps: self.frame.num_timesteps,
            level: (level.signal, level.noise),
            labels,
            direction: direction.as_deref(),
        })?;
        if self.hello.answers == Answers::Score {
            found.iter_mut().for_each(|score| *score *= -level.noise);
        }
        let prediction = self.hello.answers.prediction();
        if prediction == crate::diffusion::Prediction::Noise
            && level.signal == 0.0
            && matches!(quantity, Quantity::X0)
        {
            return Err(Error::Unanswered(format!(
                "at t = {} no signal is left, where a noise or a score says nothing of x0: let it answer x0, v or velocity",
                at.t
            )));
        }
        let unit = self.unit();
        let answer = |output: f64, x: f64, origin: f64| match quantity {
            Quantity::Noise => prediction.to_noise(output, x, level),
            Quantity::X0 => (prediction.to_x0(output, x, level) - origin) / unit,
        };
        let derivatives = direction.map(|direction| {
            // The answer is linear in output and x, so its derivative is it of theirs.
            let outputs = found.split_off(x.len());
            let pairs = outputs.into_iter().zip(&direction);
            pairs.map(|(output, v)| answer(output, *v, 0.0)).collect()
        });
        let pairs = found.into_iter().zip(&x).enumerate();
        let answers = pairs.map(|(i, (output, x))| answer(output, *x, self.origin(i % d)));
        Ok((answers.collect(), derivatives))
    }

    /// The parts that a request may hold: rows of the points.
    fn parts(&self, n: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        let most = self.hello.max_batch;
        (0..n).step_by(most).map(move |i| i..(i + most).min(n))
    }

    fn labels(&self, classes: Classes, rows: std::ops::Range<usize>) -> Option<Vec<u32>> {
        (self.frame.num_classes > 0).then(|| rows.map(|i| classes.at(i)).collect())
    }
}

impl Denoiser for GivenNetwork {
    fn dim(&self) -> usize {
        self.frame.affine.scale.len()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        let none = Classes::Same(self.frame.num_classes as u32);
        self.predict_of(x, at, none, Quantity::Noise, predicted_noise)
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        let none = Classes::Same(self.frame.num_classes as u32);
        self.predict_of(x, at, none, Quantity::X0, predicted_x0)
    }

    fn predict_noise_each(
        &self,
        x: &[f64],
        at: &[Instant],
        predicted_noise: &mut [f64],
    ) -> Result<()> {
        self.each(x, at, Quantity::Noise, predicted_noise)
    }

    fn predict_x0_each(&self, x: &[f64], at: &[Instant], predicted_x0: &mut [f64]) -> Result<()> {
        self.each(x, at, Quantity::X0, predicted_x0)
    }

    fn slopes(
        &self,
        x: &[f64],
        at: Instant,
        axis: usize,
        quantity: Quantity,
    ) -> Option<Result<Vec<f64>>> {
        self.hello.jvp.then(|| {
            let d = self.dim();
            let none = Classes::Same(self.frame.num_classes as u32);
            let mut found = vec![];
            for rows in self.parts(x.len() / d) {
                let x = &x[rows.start * d..rows.end * d];
                let along = (0..x.len()).map(|i| f64::from(u8::from(i % d == axis)));
                let direction: Vec<f64> = along.collect();
                let labels = self.labels(none, rows);
                let (_, slopes) =
                    self.part(x, (at, labels.as_deref()), Some(&direction), quantity)?;
                found.extend(slopes.unwrap_or_default());
            }
            Ok(found)
        })
    }
}

impl GivenNetwork {
    /// Answers at an instant for each point: one request for all points of an instant.
    fn each(
        &self,
        x: &[f64],
        at: &[Instant],
        quantity: Quantity,
        predicted: &mut [f64],
    ) -> Result<()> {
        let d = self.dim();
        let mut order: Vec<usize> = (0..at.len()).collect();
        order.sort_by(|i, j| at[*i].t.total_cmp(&at[*j].t));
        for group in order.chunk_by(|i, j| at[*i] == at[*j]) {
            let points: Vec<f64> = group
                .iter()
                .flat_map(|i| x[i * d..(i + 1) * d].iter().copied())
                .collect();
            let mut found = vec![0.0; points.len()];
            let none = Classes::Same(self.frame.num_classes as u32);
            self.predict_of(&points, at[group[0]], none, quantity, &mut found)?;
            for (i, found) in group.iter().zip(found.chunks_exact(d)) {
                predicted[i * d..(i + 1) * d].copy_from_slice(found);
            }
        }
        Ok(())
    }
}

impl ClassDenoiser for GivenNetwork {
    fn num_classes(&self) -> usize {
        self.frame.num_classes
    }

    fn predict_of(
        &self,
        x: &[f64],
        at: Instant,
        classes: Classes,
        quantity: Quantity,
        predicted: &mut [f64],
    ) -> Result<()> {
        let d = self.dim();
        for rows in self.parts(x.len() / d) {
            let labels = self.labels(classes, rows.clone());
            let part = &x[rows.start * d..rows.end * d];
            let (found, _) = self.part(part, (at, labels.as_deref()), None, quantity)?;
            predicted[rows.start * d..rows.end * d].copy_from_slice(&found);
        }
        Ok(())
    }
}
