//! What a perfect network would do in a run's place, where the density of the data is known.

use crate::{
    diffusion::{ClassDenoiser, LossWeightConfig, NoiseSchedule},
    error::Result,
    experiment::{Dataset, ExperimentConfig, Split},
    model::{Batch, BatchSource, NoFloor, Predictor},
    target::{Estimate, Mixture},
    truth::{self, PerClass},
};

/// Noised training points on which a network is held against the perfect one, at least.
const NOISED: usize = 8192;

/// Training points up to which the denoiser that knows nothing else is asked.
const MAX_EMPIRICAL: usize = 20_000;

/// Standard errors below the perfect network at which memorising is not due to chance.
const SIGNIFICANT: f64 = 5.0;

/// The smallest fraction of the way worth a message: from the perfect network to the denoiser that
/// knows nothing but the training points.
const WORTH_SAYING: f64 = 0.05;

/// The mean losses of a perfect network.
#[derive(Clone, Copy)]
pub(crate) struct Floors {
    /// In training, with the run's weights of timesteps.
    pub(crate) train: f64,
    /// In validation, which is unweighted.
    pub(crate) validation: f64,
}

/// The floors of a run's losses on data of the law `density` (standardised units), or why there are none.
pub(crate) fn floors(
    config: &ExperimentConfig,
    density: Option<&Mixture>,
    schedule: &NoiseSchedule,
) -> std::result::Result<Floors, NoFloor> {
    let parts = density.map_or(vec![], |density| {
        truth::parts(density, config.class_dropout())
    });
    let floor = |weight: &LossWeightConfig| {
        let floor = config.objective(weight.clone()).floor(&parts, schedule)?;
        Ok(floor.mean().value)
    };
    let validation = floor(&LossWeightConfig::Uniform)?;
    let train = match &config.train.loss_weight {
        LossWeightConfig::Uniform => validation,
        weight => floor(weight)?,
    };
    Ok(Floors { train, validation })
}

/// A perfect network's answers to the points of the first validation, `[n, d]`.
pub(crate) fn answers(
    config: &ExperimentConfig,
    density: &Mixture,
    schedule: &NoiseSchedule,
    validation: &mut BatchSource,
) -> Result<Vec<f64>> {
    let bayes = PerClass::bayes(density, schedule, config.model.class_conditional());
    validation.validation_answers(0, &bayes)
}

/// What there is to say where a network has a smaller loss on its training points than the perfect
/// network: it knows the points themselves. All losses are of the same noised points, so that a small
/// difference is no accident of the noise.
pub(crate) fn memorisation(
    config: &ExperimentConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    predictor: &Predictor,
) -> Result<Option<String>> {
    let Some(density) = dataset.standardized_density() else {
        return Ok(None);
    };
    let train = dataset.standardized(Split::Train);
    let num_points = train.len().min(NOISED);
    let points = train.first(num_points);
    let num_classes = dataset.num_classes();
    let mut source = config.batches(&points, schedule, num_classes, LossWeightConfig::Uniform);
    let draws = NOISED.div_ceil(num_points) as u64;
    let batches: Vec<_> = (0..draws)
        .map(|draw| source.validation_batch(draw))
        .collect::<Result<_>>()?;
    let mut losses_of = |denoiser: &dyn ClassDenoiser| -> Result<Vec<f64>> {
        let of = |(draw, batch): (u64, &Batch)| -> Result<_> {
            Ok(batch.losses_of(&source.validation_answers(draw, denoiser)?))
        };
        let losses: Vec<_> = (0..draws).zip(&batches).map(of).collect::<Result<_>>()?;
        Ok(losses.concat())
    };
    let conditional = config.model.class_conditional();
    let perfect = losses_of(&PerClass::bayes(&density, schedule, conditional))?;
    let found = batches.iter().map(|batch| predictor.losses(batch));
    let found = found.collect::<Result<Vec<_>>>()?.concat();
    let gaps: Vec<_> = perfect.iter().zip(&found).map(|(a, b)| a - b).collect();
    let gap = Estimate::mean_of(&gaps);
    if gap.value < SIGNIFICANT * gap.standard_error {
        return Ok(None);
    }
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let (perfect, found) = (mean(&perfect), mean(&found));
    let mut message = format!(
        "on its {num_points} training points the network's loss is {found:.4}, below the {perfect:.4} of a \
         perfect network at the same noise ({:.0} standard errors)",
        gap.value / gap.standard_error
    );
    if train.len() <= MAX_EMPIRICAL {
        let told = if conditional { num_classes } else { 0 };
        let least = mean(&losses_of(&PerClass::empirical(&train, told))?);
        let share = gap.value / (perfect - least);
        if share < WORTH_SAYING {
            return Ok(None);
        }
        message += &format!(
            ". It has come {:.0} % of the way to memorising them, which would be {least:.4}",
            100.0 * share
        );
    }
    message += ". More data (data.num_train), fewer steps or a smaller network help";
    Ok(Some(message))
}
