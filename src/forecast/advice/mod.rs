//! What is likely to go wrong, with its number, and the key that changes it.

mod columns;
mod discretisation;
mod entry;
mod process;
mod training;

pub(crate) use entry::{Advice, Severity};

use crate::{
    diffusion::NoiseSchedule,
    error::Result,
    experiment::{Dataset, ExperimentConfig},
    forecast::facts::Description,
};

/// All that there is to say about a configuration.
pub(crate) fn of(
    config: &ExperimentConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    found: &Description,
) -> Result<Vec<Advice>> {
    let candidates = [
        process::prior(config, found),
        columns::unequal_scales(config, dataset),
        columns::discrete(dataset),
        process::confounded(config),
        process::standardisation(config, dataset),
        discretisation::discretisation(config, dataset, found)?,
        process::long_steps(config, schedule),
        process::amplified(config, schedule),
        process::wasted_timesteps(found),
        training::batch(config, found),
        training::few_steps(found),
        training::warm_up(config, found),
        training::test_set(config, found),
        training::rare_component(dataset, found),
    ];
    let mut advice: Vec<_> = candidates.into_iter().flatten().collect();
    advice.sort_by_key(|advice| advice.severity == Severity::Note);
    Ok(advice)
}
