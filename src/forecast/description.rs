//! Everything that is known of a run before any training.

use super::{
    advice,
    facts::{
        ComponentFacts, DataFacts, Description, LossFacts, LossRow, SamplerFacts, ScheduleFacts,
        name_of,
    },
    measure, sampling,
};
use crate::{
    diffusion::{
        Frame, LossWeightConfig, NoiseSchedule, Start, sampler::SamplerKind, spaced_timesteps,
    },
    error::Result,
    experiment::{Dataset, ExperimentConfig, Split, Standardize},
    target::{self, Component, Mixture, Mode},
    text::{significant, without_rounding},
    truth::{self, LossAt, LossLandscape},
};

const SCHEMA: &str = "truescore.describe/1";

/// A mode is found by bisection: what is below this many roundings of the data's scale is 0.
const ROUNDING: f64 = 1000.0;

/// Most timesteps in the table of losses.
const MAX_ROWS: usize = 100;

/// What is known of a configuration, with what it was found from.
pub(crate) struct Forecast {
    /// Data as a run would have it.
    pub(crate) dataset: Dataset,
    /// The noise levels of the process.
    pub(crate) schedule: NoiseSchedule,
    /// The losses that are known at every timestep, where the density is known.
    pub(crate) landscape: Option<LossLandscape>,
    /// Everything that is told of it.
    pub(crate) description: Description,
}

impl Forecast {
    /// Of a configuration; its data is drawn, and a few training steps are timed.
    pub(crate) fn of(config: &ExperimentConfig) -> Result<Self> {
        let dataset = Dataset::generate(&config.data)?;
        let schedule = config.process.build();
        let density = dataset.standardized_density();
        let landscape = density.as_ref().map(|density| {
            let (prediction, uniform) = (config.model.prediction(), LossWeightConfig::Uniform);
            let parts = truth::parts(density, config.class_dropout());
            LossLandscape::of_parts(&parts, &schedule, prediction, &uniform)
        });
        let perfect_network = sampling::perfect_network(config, &dataset, &schedule)?;
        let mut description = Description {
            schema: SCHEMA,
            name: config.name.clone(),
            data: data_facts(config, &dataset),
            schedule: schedule_facts(config, &dataset, &schedule, landscape.as_ref()),
            loss: landscape
                .as_ref()
                .zip(density.as_ref())
                .map(|(landscape, density)| loss_facts(config, &schedule, density, landscape)),
            network: measure::network(config, &dataset)?,
            metrics: sampling::metrics(
                config,
                &dataset,
                landscape.as_ref().map(LossLandscape::floor),
                perfect_network.is_some(),
            ),
            sampler: SamplerFacts {
                sampler: config.sampler_label(),
                num_steps: config.sampler.steps(schedule.num_timesteps()),
                num_samples: config.eval.num_samples,
                chooses_steps: matches!(config.sampler.kind, SamplerKind::Rk45 { .. }),
                perfect_network,
                unknown: sampling::why_unknown(config, &dataset, &schedule),
            },
            advice: vec![],
        };
        description.advice = advice::of(config, &dataset, &schedule, &description)?;
        Ok(Self {
            dataset,
            schedule,
            landscape,
            description,
        })
    }
}

fn data_facts(config: &ExperimentConfig, dataset: &Dataset) -> DataFacts {
    let table = config.data.to_table();
    let kind = table.get("kind").and_then(toml::Value::as_str);
    let density = dataset.density.as_ref();
    let entropy = density.and_then(Mixture::entropy);
    let modes = density.filter(|law| law.dim() == 1).map(|law| {
        let scale = ROUNDING * law.variance(0).sqrt();
        let settled = |mode: Mode| mode.map(|x| without_rounding(x, scale));
        target::modes(law)
            .into_iter()
            .map(settled)
            .collect::<Vec<_>>()
    });
    DataFacts {
        kind: kind.unwrap_or_default().to_string(),
        dim: dataset.dim(),
        num_train: dataset.split(Split::Train).len(),
        num_val: dataset.split(Split::Val).len(),
        num_test: dataset.split(Split::Test).len(),
        standardize: name_of::<Standardize>(config.data.standardize),
        shift: dataset.affine.shift.clone(),
        scale: dataset.affine.scale.clone(),
        entropy: entropy.map(|entropy| entropy.value),
        entropy_standard_error: entropy.map(|entropy| entropy.standard_error),
        num_classes: dataset.num_classes(),
        modes: modes
            .as_ref()
            .map(|modes| modes.iter().map(|mode| mode.place()).collect()),
        peaks: modes,
        components: density.map_or(vec![], components),
    }
}

fn components(law: &Mixture) -> Vec<ComponentFacts> {
    let component = |(weight, component): (&f64, &Component)| match component {
        Component::Gaussian(gaussian) => ComponentFacts::Gaussian {
            weight: *weight,
            mean: (0..law.dim())
                .map(|k| without_rounding(gaussian.mean()[k], gaussian.std_dev(k)))
                .collect(),
            std_dev: (0..law.dim()).map(|k| gaussian.std_dev(k)).collect(),
        },
        Component::Uniform(uniform) => ComponentFacts::Uniform {
            weight: *weight,
            low: uniform.low().to_vec(),
            high: uniform.high().to_vec(),
            noise: some_noise(component, law.dim()),
        },
        Component::Curve(curve) => ComponentFacts::Curve {
            weight: *weight,
            low: (0..law.dim()).map(|k| curve.range(k).0).collect(),
            high: (0..law.dim()).map(|k| curve.range(k).1).collect(),
            noise: some_noise(component, law.dim()),
        },
    };
    law.weights()
        .iter()
        .zip(law.components())
        .map(component)
        .collect()
}

/// Standard deviation of a component's noise along each axis, if it has any.
fn some_noise(component: &Component, dim: usize) -> Option<Vec<f64>> {
    let noise: Vec<_> = (0..dim).map(|k| component.smoothing(k)).collect();
    noise.iter().any(|noise| *noise > 0.0).then_some(noise)
}

fn schedule_facts(
    config: &ExperimentConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    landscape: Option<&LossLandscape>,
) -> ScheduleFacts {
    let density = dataset.standardized_density();
    let prior = density.map(|density| config.prior_mismatch(&density));
    let scales = &dataset.affine.scale;
    let mean_scale = scales.iter().sum::<f64>() / scales.len() as f64;
    ScheduleFacts {
        kind: config.process.schedule.kind(),
        num_timesteps: schedule.num_timesteps(),
        terminal_signal: schedule.terminal().signal,
        terminal: terminal(schedule),
        start: start_law(config, schedule),
        snr_first: schedule.level(1).snr(),
        snr_last: schedule.terminal().snr(),
        prior_kl: prior.map(|prior| prior.kl.value),
        prior_kl_standard_error: prior.map(|prior| prior.kl.standard_error),
        prior_w1: prior.map(|prior| prior.w1 * mean_scale),
        undecided: landscape.and_then(LossLandscape::undecided),
        nonlinear: landscape.and_then(LossLandscape::nonlinear),
    }
}

/// The law that sampling starts from, in words.
fn start_law(config: &ExperimentConfig, schedule: &NoiseSchedule) -> String {
    match (config.sampler.start, schedule.frame()) {
        (Start::Exact, _) => "q_T itself".into(),
        (Start::Matched, _) => "the normal law with its moments".into(),
        (Start::Standard, Frame::VarianceExploding) => {
            format!("N(0, {}² I)", significant(schedule.prior_std_dev()))
        }
        (Start::Standard, _) => "N(0, I)".into(),
    }
}

/// Where the process ends: what is left of the data, or how much noise there is.
fn terminal(schedule: &NoiseSchedule) -> String {
    let level = schedule.terminal();
    match schedule.frame() {
        Frame::VariancePreserving => format!("√ᾱ_T = {}", significant(level.signal)),
        Frame::VarianceExploding => format!("σ_T = {}", significant(level.noise)),
        Frame::Straight => format!("a_T = {}", significant(level.signal)),
    }
}

fn loss_facts(
    config: &ExperimentConfig,
    schedule: &NoiseSchedule,
    density: &Mixture,
    landscape: &LossLandscape,
) -> LossFacts {
    let floor = landscape.floor();
    let train_floor = match &config.train.loss_weight {
        LossWeightConfig::Uniform => floor,
        weight => {
            let parts = truth::parts(density, config.class_dropout());
            let found = config.objective(weight.clone()).floor(&parts, schedule);
            found.map_or(floor, |found| found.mean())
        }
    };
    let total = schedule.num_timesteps();
    let row = |t: usize| {
        let at: &LossAt = &landscape.by_timestep[t - 1];
        LossRow {
            t,
            signal: at.level.signal,
            noise: at.level.noise,
            floor: at.floor.value,
            linear: at.linear,
            constant: at.constant,
            open: at.open,
        }
    };
    // Ascending from t = 0, which has no loss.
    let mut shown = spaced_timesteps(total, total.min(MAX_ROWS));
    shown.remove(0);
    if shown.first() != Some(&1) {
        shown.insert(0, 1);
    }
    LossFacts {
        floor: floor.value,
        floor_standard_error: floor.standard_error,
        linear: landscape.mean_of(|at| at.linear),
        constant: landscape.mean_of(|at| at.constant),
        train_floor: train_floor.value,
        by_timestep: shown.into_iter().map(row).collect(),
    }
}
