//! Whether a network knows its training points themselves, and not only the law that they are from.

use crate::{
    diffusion::{ClassDenoiser, LossWeightConfig, NoiseSchedule},
    error::Result,
    experiment::{Dataset, ExperimentConfig, Split},
    model::{Batch, Predictor},
    target::Estimate,
    truth::PerClass,
};

/// Noised training points on which a network is held against the perfect one, at least.
const NOISED: usize = 8192;

/// Standard errors below the perfect network at which memorising is not due to chance.
const SIGNIFICANT: f64 = 5.0;

/// The losses of a network on its training points, of the perfect network, and of one that knows nothing but these
/// points. All are of the same noised points, so that a small difference is no accident of the noise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memorising {
    /// How many training points were noised.
    pub(crate) num_points: usize,
    pub(crate) network: f64,
    pub(crate) perfect: f64,
    /// By how much the network is below the perfect one.
    pub(crate) gap: Estimate,
    /// The loss of the denoiser that knows nothing but the points; `None` for too many of them.
    pub(crate) least: Option<f64>,
}

impl Memorising {
    /// The smallest fraction of the way worth a message: from the perfect network to the denoiser that
    /// knows nothing but the training points.
    pub(crate) const WORTH_SAYING: f64 = 0.05;

    /// For up to `most` training points; of more the smallest loss is not known. `None` where the density is
    /// not.
    pub(crate) fn of(
        config: &ExperimentConfig,
        dataset: &Dataset,
        schedule: &NoiseSchedule,
        predictor: &Predictor,
        most: usize,
    ) -> Result<Option<Self>> {
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
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        let mut memorising = Self {
            num_points,
            network: mean(&found),
            perfect: mean(&perfect),
            gap: Estimate::mean_of(&gaps),
            least: None,
        };
        if memorising.is_sure() && train.len() <= most {
            let told = if conditional { num_classes } else { 0 };
            memorising.least = Some(mean(&losses_of(&PerClass::empirical(&train, told))?));
        }
        Ok(Some(memorising))
    }

    /// Whether the network is below the perfect one by more than chance.
    pub(crate) fn is_sure(&self) -> bool {
        self.gap.value >= SIGNIFICANT * self.gap.standard_error
    }

    /// The fraction of the way from the perfect network to one that knows nothing but the points.
    pub(crate) fn share(&self) -> Option<f64> {
        Some(self.gap.value / (self.perfect - self.least?))
    }
}
