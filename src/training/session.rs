//! The training of one run: steps, validation, records, checkpoints.

use crate::{
    error::{Error, Result},
    experiment::{
        CheckpointState, Dataset, MetricsLog, MetricsRecord, Run, RunState, Split, Status,
        TimingRecord, Which,
    },
    model::{Batch, DeviceKind, MlpConfig, Predictor, TrainState, Trainer},
    terminal::{options::Global, progress::Progress, sign::Sign, stop::StopFlag, threads},
    text::with_digits,
    training::perfect::{self, Floors},
};
use std::time::{Duration, Instant};

/// Time between two updates of status.json.
const STATUS_EVERY: Duration = Duration::from_millis(500);

/// How a training ended.
pub(crate) enum Outcome {
    /// All steps are done.
    Complete,
    /// A loss was not finite.
    Diverged(String),
    /// It was asked to stop, and is saved.
    Stopped {
        /// By which signal.
        signal: i32,
        /// After which step.
        step: usize,
    },
}

/// Trains a run to its end, from its last checkpoint if it has one, with `threads` threads. What it
/// finds does not depend on their number.
pub(crate) fn run(
    run: &Run,
    network: &MlpConfig,
    dataset: &Dataset,
    device: DeviceKind,
    threads: usize,
    stop: &StopFlag,
    global: &Global,
) -> Result<Outcome> {
    threads::pool(threads)?.install(|| {
        let sign = Sign::of(
            global,
            "preparing the validation and the floors of the loss",
        );
        Session::begin(run, network, dataset, device, global)?.train(
            dataset,
            stop,
            global.verbose,
            sign,
        )
    })
}

/// Records that a run ended by an error, as well as that can be done.
pub(crate) fn mark_failed(run: &Run, error: &Error) {
    let num_steps = run.config.train.num_steps(run.config.data.num_train);
    let mut status = run.status().unwrap_or_else(|_| Status::created(num_steps));
    status.state = RunState::Failed;
    status.message = Some(error.to_string());
    let _ = status.write(&run.status_path());
}

/// A training in progress.
struct Session<'a> {
    run: &'a Run,
    network: &'a MlpConfig,
    device: DeviceKind,
    num_steps: usize,
    state: TrainState,
    memory: CheckpointState,
    /// The best weights since the last checkpoint, not yet on disk.
    best: Option<(TrainState, CheckpointState)>,
    /// What the losses are judged by, where it is known.
    floors: Option<Floors>,
    /// A perfect network's answers to the points of the validation, where the density is known.
    perfect: Option<Vec<f64>>,
    /// The excess loss of the last validation.
    excess: Option<f64>,
    metrics: MetricsLog,
    timing: MetricsLog,
    status: Status,
    progress: Progress,
    begun: Instant,
    last_record: (Instant, usize),
    last_status: Instant,
}

impl<'a> Session<'a> {
    fn begin(
        run: &'a Run,
        network: &'a MlpConfig,
        dataset: &Dataset,
        device: DeviceKind,
        global: &Global,
    ) -> Result<Self> {
        let config = &run.config;
        let num_steps = config.train.num_steps(dataset.split(Split::Train).len());
        let shape = dataset.shape(config);
        let fresh = TrainState::new(network, &config.train, shape, config.seed());
        let nothing = CheckpointState {
            step: 0,
            metrics_length: 0,
            metrics_sha256: String::new(),
            loss_sum: 0.0,
            loss_count: 0,
            best: None,
        };
        let loaded = run.checkpoints().load(Which::Last, &fresh)?;
        let (state, memory) = loaded.unwrap_or((fresh, nothing));
        let metrics = MetricsLog::resume(
            &run.metrics_path(),
            memory.metrics_length,
            &memory.metrics_sha256,
        )?;
        let timing_path = run.timing_path();
        let timing_length = timing_path.metadata().map_or(0, |metadata| metadata.len());
        let timing = MetricsLog::open(&timing_path, timing_length)?;
        let mut status = run.status().unwrap_or_else(|_| Status::created(num_steps));
        status = Status {
            state: RunState::Running,
            step: state.step,
            num_steps,
            message: None,
            ..status
        };
        status.write(&run.status_path())?;
        let now = Instant::now();
        let progress = Progress::new(
            global,
            &config.name,
            "steps",
            state.step as u64,
            num_steps as u64,
        );
        let last_record = (now, state.step);
        Ok(Self {
            run,
            network,
            device,
            num_steps,
            state,
            memory,
            best: None,
            floors: None,
            perfect: None,
            excess: None,
            metrics,
            timing,
            status,
            progress,
            begun: now,
            last_record,
            last_status: now,
        })
    }

    fn train(
        mut self,
        dataset: &Dataset,
        stop: &StopFlag,
        verbose: bool,
        sign: Sign,
    ) -> Result<Outcome> {
        let config = &self.run.config;
        let (train, model) = (&config.train, self.network);
        let schedule = config.process.build();
        let points = dataset.standardized(Split::Train);
        let validation_points = dataset.standardized(Split::Val);
        let (shape, num_classes) = (dataset.shape(config), dataset.num_classes());
        let source =
            |points| config.batches(points, &schedule, num_classes, train.loss_weight.clone());
        let mut validation_source = source(&validation_points);
        let validation = validation_source.validation_batch(0)?;
        let density = dataset.standardized_density();
        match perfect::floors(config, density.as_ref(), &schedule) {
            Ok(floors) => self.floors = Some(floors),
            Err(reason) if verbose => self
                .progress
                .line(&format!("no floor of the loss: {reason}")),
            Err(_) => {}
        }
        let answers =
            |density| perfect::answers(config, density, &schedule, &mut validation_source);
        self.perfect = density.as_ref().map(answers).transpose()?;
        let mut source = source(&points);
        let mut trainer = Trainer::new(
            model,
            train,
            self.num_steps,
            shape,
            schedule.num_timesteps(),
            self.device,
        );
        drop(sign);
        let mut batch = Batch::default();
        while self.state.step < self.num_steps {
            source.training_batch(self.state.step, train.batch_size, &mut batch)?;
            let loss = trainer.step(&mut self.state, &batch);
            if !loss.is_finite() {
                let message = format!("the loss was not finite at step {}", self.state.step + 1);
                return self.diverge(message);
            }
            self.memory.loss_sum += loss;
            self.memory.loss_count += 1;
            let step = self.state.step;
            if train.validates_after(step, self.num_steps, points.len()) {
                let predictor =
                    Predictor::new(model, self.state.evaluated(), &schedule, shape, self.device);
                let validated = self.validate(&predictor, &validation)?;
                if !validated.loss.is_finite() {
                    return self
                        .diverge(format!("the validation loss was not finite at step {step}"));
                }
                self.record(validated, points.len())?;
            }
            let signal = stop.signal().filter(|_| step < self.num_steps);
            if signal.is_some()
                || step == self.num_steps
                || step.is_multiple_of(train.checkpoint_every)
            {
                self.checkpoint()?;
            }
            if let Some(signal) = signal {
                self.end(RunState::Interrupted, None)?;
                return Ok(Outcome::Stopped { signal, step });
            }
            self.show(loss)?;
        }
        self.end(RunState::Complete, None)?;
        let weights = self.state.evaluated();
        let predictor = Predictor::new(model, weights, &schedule, shape, self.device);
        if let Some(note) = perfect::memorisation(config, dataset, &schedule, &predictor)? {
            self.progress.line(&format!("warning: {note}"));
        }
        Ok(Outcome::Complete)
    }

    /// The loss on the points of `validation`, and how far the answers are from the perfect network's.
    fn validate(&self, predictor: &Predictor, validation: &Batch) -> Result<Validated> {
        let n = validation.len() as f64;
        let Some(answers) = &self.perfect else {
            let losses = predictor.losses(validation)?;
            return Ok(Validated {
                loss: losses.iter().sum::<f64>() / n,
                excess: None,
            });
        };
        let both = predictor.losses_and_distances(validation, answers)?;
        Ok(Validated {
            loss: both.iter().map(|(loss, _)| loss).sum::<f64>() / n,
            excess: Some(both.iter().map(|(_, distance)| distance).sum::<f64>() / n),
        })
    }

    /// Writes a line of metrics and of timing, and keeps the weights if they are the best so far.
    fn record(&mut self, validated: Validated, num_train: usize) -> Result<()> {
        let val_loss = validated.loss;
        let (step, train) = (self.state.step, &self.run.config.train);
        self.metrics.append(&MetricsRecord {
            step,
            epoch: (step * train.batch_size) as f64 / num_train as f64,
            train_loss: self.memory.loss_sum / self.memory.loss_count as f64,
            val_loss,
            loss_floor: self.floors.map(|floors| floors.validation),
            excess_loss: validated.excess,
            learning_rate: train.learning_rate_at(step - 1, self.num_steps),
        })?;
        self.excess = validated.excess;
        self.status.train_loss = Some(self.memory.loss_sum / self.memory.loss_count as f64);
        self.memory.loss_sum = 0.0;
        self.memory.loss_count = 0;
        let now = Instant::now();
        let (then, before) = self.last_record;
        self.timing.append(&TimingRecord {
            step,
            seconds: now.duration_since(self.begun).as_secs_f64(),
            steps_per_second: (step - before) as f64 / now.duration_since(then).as_secs_f64(),
            peak_memory_bytes: peak_memory(),
        })?;
        self.last_record = (now, step);
        self.remember()?;
        if self.memory.best.is_none_or(|(best, _)| val_loss < best) {
            self.memory.best = Some((val_loss, step));
            self.best = Some((self.state.clone(), self.memory.clone()));
        }
        Ok(())
    }

    fn remember(&mut self) -> Result<()> {
        self.memory.step = self.state.step;
        if self.memory.metrics_length != self.metrics.length() {
            self.memory.metrics_length = self.metrics.length();
            self.memory.metrics_sha256 = self.metrics.sha256()?;
        }
        Ok(())
    }

    fn checkpoint(&mut self) -> Result<()> {
        self.remember()?;
        let store = self.run.checkpoints();
        if let Some((state, memory)) = self.best.take() {
            store.save(Which::Best, &state, &memory)?;
        }
        store.save(Which::Last, &self.state, &self.memory)
    }

    fn diverge(mut self, message: String) -> Result<Outcome> {
        self.end(RunState::Diverged, Some(message.clone()))?;
        Ok(Outcome::Diverged(message))
    }

    fn end(&mut self, state: RunState, message: Option<String>) -> Result<()> {
        self.progress.finish();
        self.status.state = state;
        self.status.step = self.state.step;
        self.status.message = message;
        self.status.write(&self.run.status_path())
    }

    fn show(&mut self, loss: f64) -> Result<()> {
        let step = self.state.step as u64;
        let rate = self.progress.rate(step);
        let loss = match self.memory.loss_count {
            0 => self.status.train_loss.unwrap_or(loss),
            count => self.memory.loss_sum / count as f64,
        };
        let floor = self.floors.map(|floors| floors.train);
        let excess = self.excess;
        self.progress.update(step, || {
            let floor = floor.map_or_else(String::new, |floor| format!(" · floor {floor:.4}"));
            let excess = excess.map_or_else(String::new, |excess| {
                format!(" · excess {}", with_digits(excess, 2))
            });
            format!("loss {loss:.4}{floor}{excess} · {rate:.0} steps/s")
        });
        if self.last_status.elapsed() > STATUS_EVERY {
            self.last_status = Instant::now();
            self.status.step = self.state.step;
            self.status.write(&self.run.status_path())?;
        }
        Ok(())
    }
}

/// What a validation finds.
struct Validated {
    loss: f64,
    /// Mean squared distance to the perfect network's answers, where they are known.
    excess: Option<f64>,
}

/// Largest memory of this process so far, where the system tells.
fn peak_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
