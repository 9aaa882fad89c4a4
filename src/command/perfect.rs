//! What a perfect network would do in a run's place, where the density of the data is known.

use crate::{
    diffusion::{LossWeightConfig, NoiseSchedule},
    experiment::{Dataset, ExperimentConfig, Split},
    model::{BatchSource, Predictor},
    points::Points,
    target::Estimate,
    truth::{BayesDenoiser, EmpiricalDenoiser, LossFloor},
};

/// Training points on which a network is held against the perfect one.
const POINTS: usize = 4096;

/// Training points up to which the denoiser that knows nothing else is asked.
const MAX_EMPIRICAL: usize = 20_000;

/// Standard errors below the perfect network at which memorising is no accident.
const SIGNIFICANT: f64 = 3.0;

/// What the losses of a run are judged by.
pub(super) struct Perfect {
    /// The mean training loss of a perfect network, with the run's weights of timesteps.
    pub(super) train_floor: f64,
    /// Its mean validation loss, which is unweighted.
    pub(super) loss_floor: f64,
    /// Its answers to the points of the first validation, `[n, d]`.
    pub(super) answers: Vec<f64>,
}

impl Perfect {
    /// The perfect network of a run; `None` where the density is not known.
    pub(super) fn new(
        config: &ExperimentConfig,
        dataset: &Dataset,
        schedule: &NoiseSchedule,
        validation: &mut BatchSource,
    ) -> Option<Self> {
        let density = dataset.standardized_density()?;
        let floor = |weight: &LossWeightConfig| {
            LossFloor::new(&density, schedule, config.model.prediction, weight)
                .mean()
                .value
        };
        let loss_floor = floor(&LossWeightConfig::Uniform);
        let train_floor = match &config.train.loss_weight {
            LossWeightConfig::Uniform => loss_floor,
            weight => floor(weight),
        };
        let bayes = BayesDenoiser::new(&density, schedule);
        Some(Self {
            train_floor,
            loss_floor,
            answers: validation.validation_answers(0, &bayes),
        })
    }
}

/// What there is to say where a network has a smaller loss on its training points than the perfect
/// network: it knows the points themselves. Both losses are of the same noised points, so that a small
/// difference is no accident of the noise.
pub(super) fn memorisation(
    config: &ExperimentConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    predictor: &Predictor,
) -> Option<String> {
    let density = dataset.standardized_density()?;
    let (train, dim) = (dataset.standardized(Split::Train), dataset.dim());
    let shown = train.len().min(POINTS);
    let points = Points::new(train.values()[..shown * dim].to_vec(), dim);
    let mut source = BatchSource::new(
        &points,
        schedule,
        &config.model,
        LossWeightConfig::Uniform,
        config.train.timestep_sampling,
        config.seed(),
    );
    let batch = source.validation_batch(0);
    let bayes = BayesDenoiser::new(&density, schedule);
    let perfect = batch.losses_of(&source.validation_answers(0, &bayes));
    let found = predictor.losses(&batch);
    let gaps: Vec<_> = found.iter().zip(&perfect).map(|(a, b)| a - b).collect();
    let gap = Estimate::mean_of(&gaps);
    if gap.value > -SIGNIFICANT * gap.standard_error {
        return None;
    }
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let least = (train.len() <= MAX_EMPIRICAL).then(|| {
        let empirical = EmpiricalDenoiser::new(&train, schedule);
        let losses = batch.losses_of(&source.validation_answers(0, &empirical));
        format!(
            "; one that knows nothing but these points would reach {:.4}",
            mean(&losses)
        )
    });
    Some(format!(
        "the network memorises: on {shown} of its {} training points its loss is {:.4}, below the {:.4} of \
         a perfect network at the same noise ({:.0} standard errors){}; more data (data.num_train), fewer \
         steps or a smaller network help",
        train.len(),
        mean(&found),
        mean(&perfect),
        -gap.value / gap.standard_error,
        least.unwrap_or_default()
    ))
}
