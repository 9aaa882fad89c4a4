//! What an evaluation depends on.

use crate::{
    error::Result,
    evaluation::trained::no_checkpoint,
    experiment::{ExperimentConfig, Run, files},
    model::ModelConfig,
};

/// The same of samples from elsewhere, by their digest.
pub(crate) fn of_given(config: &ExperimentConfig, samples: &str) -> String {
    let text = format!(
        "{}\n{samples}\n{}",
        env!("CARGO_PKG_VERSION"),
        config.identity()
    );
    files::sha256(text.as_bytes())
}

/// One digest of the version, the checkpoint and the configuration: an evaluation is done again when it changes.
///
/// # Errors
/// If the run has no checkpoint (exit 5).
pub(crate) fn digest(run: &Run) -> Result<String> {
    let which = run.config.eval.checkpoint;
    let checkpoint = match run.config.model {
        ModelConfig::Mlp(_) => run
            .checkpoints()
            .digest(which)?
            .ok_or_else(|| no_checkpoint(run))?,
        ModelConfig::Bayes(_) | ModelConfig::Given(_) => String::new(),
    };
    let text = format!(
        "{}\n{checkpoint}\n{}",
        env!("CARGO_PKG_VERSION"),
        run.config.identity()
    );
    Ok(files::sha256(text.as_bytes()))
}
