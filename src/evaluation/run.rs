//! The evaluation of one run: samples, trajectory, metrics, figures.

use crate::{
    diffusion::{
        Classes, Conditional, Counted, Guided, Instant, NoiseSchedule, ReverseProcess,
        WithoutClass, sampler::ReverseState,
    },
    error::{Error, Result},
    evaluation::{class_choice, draw, exact::Exactly, plane::Planar, recording::Journey},
    experiment::{
        Dataset, MetricsRecord, Run, Split, files,
        run::record::{AttributionRecord, EvalRecord, ExactLaw, LikelihoodRecord, SCHEMA},
    },
    metric::{Evidence, METRICS, TrajectoryPoint, by_axis, class_metrics, mode_weights},
    model::{DeviceKind, ModelConfig, Parameters, Predictor},
    points::Points,
    rng::{self, Purpose},
    target::{Estimate, Mixture},
};
use rayon::prelude::*;

/// Everything that an evaluation has found, for files and figures.
pub(crate) struct Evaluation<'a> {
    pub(crate) run: &'a Run,
    pub(crate) dataset: &'a Dataset,
    pub(crate) schedule: NoiseSchedule,
    pub(crate) record: EvalRecord,
    /// In the data's own units.
    pub(crate) samples: Points,
    pub(crate) trajectory: Vec<TrajectoryPoint>,
    pub(crate) losses: Vec<MetricsRecord>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) exactly: Exactly,
    pub(crate) journey: Journey,
    pub(crate) planar: Option<Planar>,
}

/// Both processes at a timestep that the figures show, in standardised units.
pub(crate) struct Snapshot {
    pub(crate) t: f64,
    pub(crate) forward: Points,
    pub(crate) reverse: Points,
    pub(crate) law: Option<Mixture>,
}

/// A digest of what an evaluation depends on.
pub(crate) fn inputs(run: &Run) -> Result<String> {
    let which = run.config.eval.checkpoint;
    let checkpoint = match run.config.model {
        ModelConfig::Mlp(_) => run
            .checkpoints()
            .digest(which)?
            .ok_or_else(|| no_checkpoint(run))?,
        ModelConfig::Bayes(_) => String::new(),
    };
    let text = format!(
        "{}\n{checkpoint}\n{}",
        env!("CARGO_PKG_VERSION"),
        run.config.identity()
    );
    Ok(files::sha256(text.as_bytes()))
}

fn no_checkpoint(run: &Run) -> Error {
    Error::corrupt(
        format!(
            "`{}` is complete, but has no checkpoint",
            run.directory().display()
        ),
        "restore its checkpoints from a copy, or remove the directory and train it again",
    )
}

impl<'a> Evaluation<'a> {
    pub(crate) fn of(
        run: &'a Run,
        dataset: &'a Dataset,
        device: DeviceKind,
        inputs: String,
    ) -> Result<Self> {
        let config = &run.config;
        let (schedule, dim) = (config.process.build(), dataset.dim());
        let density = dataset.standardized_density();
        let (predictor, step) = predictor(run, dataset, &schedule, density.as_ref(), device)?;

        let Walk {
            samples,
            mut trajectory,
            snapshots,
            journey,
            evaluations,
        } = walk_back(run, dataset, &schedule, &predictor, density.as_ref())?;
        let exactly = Exactly::of(run, dataset, &schedule, &predictor, evaluations)?;
        let scale = dataset.affine.scale[0];
        if let Some(law) = &exactly.law {
            for (point, (t, w1)) in trajectory.iter_mut().zip(&law.trajectory) {
                point.w1_law = (point.t == *t).then_some(scale * w1);
            }
        }
        let labelled = dataset
            .classes
            .as_ref()
            .filter(|_| samples.labels().is_some());
        let class_metrics = labelled.map_or(vec![], |classes| {
            let test = dataset.split(Split::Test);
            class_metrics(
                &samples,
                test,
                dataset.density.as_ref(),
                &classes.weights,
                config.guidance,
            )
        });
        let evidence = Evidence {
            classes: &class_metrics,
            samples: &samples,
            test: dataset.split(Split::Test),
            density: dataset.density.as_ref(),
            overlap_range: config.eval.overlap_range,
            val_loss: validation_loss(run, dataset, &schedule, &predictor)?,
            irreducible_loss: exactly.floor,
            excess_loss: exactly.excess,
            law: exactly.law.as_ref().map(|law| (&law.distances, scale)),
            model_likelihood: exactly.likelihood,
        };
        let values = METRICS.par_iter().filter_map(|metric| {
            metric
                .evaluate(&evidence)
                .map(|value| (metric.name().to_string(), value))
        });
        let checkpoint = match config.model {
            ModelConfig::Mlp(_) => config.eval.checkpoint.name(),
            ModelConfig::Bayes(_) => "none",
        };
        let mean_scale = dataset.affine.scale.iter().sum::<f64>() / dim as f64;
        let prior = density
            .as_ref()
            .map(|density| config.prior_mismatch(density));
        let record = EvalRecord {
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            inputs,
            checkpoint: checkpoint.into(),
            step,
            num_samples: samples.len(),
            num_sampling_steps: config.sampler.steps(schedule.num_timesteps()),
            network_evaluations: Some(evaluations),
            method: Some(config.method_label()),
            sampler: config.sampler_label(),
            terminal_signal: schedule.terminal().signal,
            prior_kl: prior.map(|prior| prior.kl.value),
            prior_w1: prior.map(|prior| prior.w1 * mean_scale),
            metrics: values.collect(),
            axes: match dim {
                1 => vec![],
                _ => by_axis(&evidence),
            },
            modes: dataset
                .density
                .as_ref()
                .map_or(vec![], |d| mode_weights(&samples, d)),
            classes: class_metrics.clone(),
            exact_law: exactly.law.as_ref().map(|law| ExactLaw::new(law, scale)),
            attribution: exactly.attribution.as_ref().map(AttributionRecord::new),
            max_ln_p: dataset
                .density
                .as_ref()
                .and_then(|density| density.max_ln_pdf()),
            likelihood: exactly.likelihood.as_ref().map(LikelihoodRecord::new),
            bound_nats: (!exactly.bound.is_empty())
                .then(|| exactly.bound.iter().map(|term| term.nats).sum()),
            verdict: None,
        };
        let planar = Planar::of(run, dataset, &schedule, &predictor, &samples, &journey)?;
        let losses = run.metrics()?;
        Ok(Self {
            run,
            dataset,
            schedule,
            record,
            samples,
            trajectory,
            losses,
            snapshots,
            exactly,
            journey,
            planar,
        })
    }
}

/// What the run has learned, and after how many steps.
pub(crate) fn predictor(
    run: &Run,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    density: Option<&Mixture>,
    device: DeviceKind,
) -> Result<(Predictor, usize)> {
    let config = &run.config;
    let network = match (&config.model, density) {
        (ModelConfig::Mlp(network), _) => network,
        (ModelConfig::Bayes(bayes), Some(density)) => {
            return Ok((Predictor::bayes(bayes, density, schedule), 0));
        }
        (ModelConfig::Bayes(_), None) => return Err(no_checkpoint(run)),
    };
    let shape = dataset.shape(config);
    let layout = Parameters::zeros(network, shape);
    let loaded = run
        .checkpoints()
        .load_weights(config.eval.checkpoint, &layout)?;
    let (weights, step) = loaded.ok_or_else(|| no_checkpoint(run))?;
    let predictor = Predictor::new(network, &weights, schedule, shape, device);
    Ok((predictor, step))
}

/// The loss on the validation split, every point noised several times.
fn validation_loss(
    run: &Run,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    predictor: &Predictor,
) -> Result<Estimate> {
    let (config, draws) = (&run.config, run.config.eval.val_draws);
    let points = dataset.standardized(Split::Val);
    let weight = config.train.loss_weight.clone();
    let mut source = config.batches(&points, schedule, dataset.num_classes(), weight);
    // The draws of one point are not independent of each other: the points are.
    let mut of_point = vec![0.0; points.len()];
    for draw in 0..draws as u64 {
        let losses = predictor.losses(&source.validation_batch(draw)?)?;
        for (sum, loss) in of_point.iter_mut().zip(losses) {
            *sum += loss / draws as f64;
        }
    }
    Ok(Estimate::mean_of(&of_point))
}

/// Samples by the reverse process and compares it with the forward process at every timestep on the
/// way. What is held at a time does not grow with T.
fn walk_back(
    run: &Run,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    predictor: &Predictor,
    density: Option<&Mixture>,
) -> Result<Walk> {
    let (config, num_samples) = (&run.config, run.config.eval.num_samples);
    let range = dataset.standardized_range();
    let sampler = config.sampler.build(schedule, &range, density);
    let forward = Forward::new(dataset, num_samples, config.seed());
    let classes = class_choice::draw(config, dataset, num_samples, config.seed());
    let told = classes.as_deref().map_or(Classes::Same(0), Classes::Each);
    let (model, guide) = (Conditional::new(predictor, told), WithoutClass(predictor));
    let denoiser = Guided::new(model, &guide, config.guidance);
    let counted = Counted::new(&denoiser);
    let process = ReverseProcess::new(&sampler, &counted, num_samples, config.seed());
    let shown = shown_times(sampler.instants());
    let (mut trajectory, mut snapshots) = (vec![], vec![]);
    let visited: Vec<_> = sampler.instants().iter().map(|at| at.t).collect();
    let (timesteps, animation) = (config.eval.timesteps.as_deref(), config.eval.animation);
    let mut journey = Journey::new(&visited, dataset.dim(), timesteps, animation);
    let mut samples = Points::new(vec![], dataset.dim());
    for state in process {
        let ReverseState { at, x, .. } = state?;
        let noised = forward.at(at);
        let law = density.map(|density| density.diffused(at.level.signal, at.level.noise));
        let point = TrajectoryPoint::compare(at.t, &x, &noised, law.as_ref(), &dataset.affine);
        trajectory.push(point);
        journey.see(at, &x, &noised, law.as_ref());
        if at.is_data() {
            samples = dataset.affine.invert(&x);
        }
        if shown.contains(&at.t) {
            snapshots.push(Snapshot {
                t: at.t,
                forward: noised,
                reverse: x,
                law,
            });
        }
    }
    let evaluations = draw::evaluations(counted.count(), num_samples, config.guidance);
    if let Some(classes) = classes {
        samples = samples.with_labels(classes);
    }
    Ok(Walk {
        samples,
        trajectory,
        snapshots,
        journey,
        evaluations,
    })
}

/// What the reverse process has shown on its way.
struct Walk {
    samples: Points,
    trajectory: Vec<TrajectoryPoint>,
    snapshots: Vec<Snapshot>,
    journey: Journey,
    /// Times that the network was asked for each sample.
    evaluations: f64,
}

/// The times that the figures show, among those that the sampler visits: T, 3T/4, T/2, T/4, T/10 and the
/// first above the data.
fn shown_times(visited: &[Instant]) -> Vec<f64> {
    let last = visited[visited.len() - 1].t;
    let nearest = |fraction: f64| {
        let distance = |t: &f64| (t - fraction * last).abs();
        let above = visited[1..].iter().map(|at| at.t);
        above
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
            .unwrap_or(last)
    };
    let mut shown: Vec<_> = [1.0, 0.75, 0.5, 0.25, 0.1, 0.0]
        .into_iter()
        .map(nearest)
        .collect();
    shown.dedup();
    shown
}

/// The forward process from test points.
struct Forward {
    x0: Points,
    seed: crate::rng::Seed,
}

impl Forward {
    /// From as many test points as there are samples, or all there are.
    fn new(dataset: &Dataset, num_samples: usize, seed: crate::rng::Seed) -> Self {
        let test = dataset.standardized(Split::Test);
        let count = num_samples.min(test.len()) * test.dim();
        let x0 = Points::new(test.values()[..count].to_vec(), test.dim());
        Self { x0, seed }
    }

    /// x_t = a x0 + s ε, with noise of its own at each instant.
    fn at(&self, at: Instant) -> Points {
        let mut noise = vec![0.0; self.x0.values().len()];
        rng::fill_normal(
            &mut self.seed.stream(Purpose::Forward, at.stream(), 0),
            &mut noise,
        );
        let mut x_t = self.x0.clone();
        at.level.diffuse(self.x0.values(), &noise, x_t.values_mut());
        x_t
    }
}
