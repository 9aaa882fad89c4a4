//! What a perfect network would do in a run's place, where the density of the data is known.

use crate::{
    diffusion::{LossWeightConfig, NoiseSchedule},
    error::Result,
    experiment::{Dataset, ExperimentConfig, Memorising},
    model::{BatchSource, NoFloor, Predictor},
    target::Mixture,
    truth::{self, PerClass},
};

/// Training points up to which the denoiser that knows nothing else is asked.
const MAX_EMPIRICAL: usize = 20_000;

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
/// network: it knows the points themselves.
pub(crate) fn memorisation(
    config: &ExperimentConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    predictor: &Predictor,
) -> Result<Option<String>> {
    let found = Memorising::of(config, dataset, schedule, predictor, MAX_EMPIRICAL)?;
    let Some(found) = found.filter(|found| found.is_sure()) else {
        return Ok(None);
    };
    let mut message = format!(
        "on its {} training points the network's loss is {:.4}, below the {:.4} of a perfect network at the same \
         noise ({:.0} standard errors)",
        found.num_points,
        found.network,
        found.perfect,
        found.gap.value / found.gap.standard_error
    );
    if let Some((share, least)) = found.share().zip(found.least) {
        if share < Memorising::WORTH_SAYING {
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
