//! Samples and what they are shown beside, with or without a run.

use super::words::subject;
use crate::{
    evaluation::{given::GivenSamples, run::Evaluation},
    experiment::{Dataset, run::record::EvalRecord},
    points::Points,
    truth::OutputLaw,
};

/// Samples beside their truth.
pub(super) struct Shown<'a> {
    /// What the figure is about, in a line.
    pub(super) subject: String,
    /// What the samples are called.
    pub(super) name: &'static str,
    pub(super) samples: &'a Points,
    pub(super) dataset: &'a Dataset,
    pub(super) record: &'a EvalRecord,
    /// The exact law of the samples, in one dimension, where they are those of a run.
    pub(super) law: Option<&'a OutputLaw>,
}

impl<'a> Shown<'a> {
    /// The samples of a run.
    pub(super) fn of_run(evaluation: &'a Evaluation<'_>) -> Self {
        Self {
            subject: subject(evaluation),
            name: "generated samples",
            samples: &evaluation.samples,
            dataset: &evaluation.trained.dataset,
            record: &evaluation.record,
            law: evaluation.material.law.as_ref(),
        }
    }

    /// Samples from elsewhere.
    pub(super) fn given(given: &'a GivenSamples<'_>) -> Self {
        Self {
            subject: format!("{} · given samples", given.config.name),
            name: "given samples",
            samples: given.samples,
            dataset: given.dataset,
            record: &given.record,
            law: None,
        }
    }
}
