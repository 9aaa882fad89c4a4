//! What is likely to go wrong, with its number, and the key that changes it.

mod discretisation;
mod process;
mod training;

use crate::{
    diffusion::NoiseSchedule,
    error::Result,
    experiment::{Dataset, ExperimentConfig},
    forecast::facts::Description,
};
use serde::Serialize;

/// One warning or note.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Advice {
    /// A stable name.
    pub code: &'static str,
    pub severity: Severity,
    /// One sentence that holds its number.
    pub message: String,
    /// That number.
    pub value: f64,
    /// What to override, as `--set` has it.
    pub set: Option<String>,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Results will be wrong, or not mean what they seem to.
    Warning,
    /// Worth knowing.
    Note,
}

/// All that there is to say about a configuration.
pub(crate) fn of(
    config: &ExperimentConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    found: &Description,
) -> Result<Vec<Advice>> {
    let candidates = [
        process::prior(config, found),
        process::confounded(config),
        process::standardisation(config, dataset),
        discretisation::discretisation(config, dataset, found)?,
        process::amplified(config, schedule),
        process::wasted_timesteps(found),
        training::batch(config, found),
        training::few_steps(found),
        training::warm_up(config, found),
        training::test_set(found),
        training::rare_component(found),
    ];
    let mut advice: Vec<_> = candidates.into_iter().flatten().collect();
    advice.sort_by_key(|advice| advice.severity == Severity::Note);
    Ok(advice)
}
