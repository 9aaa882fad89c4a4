//! The evaluation of samples from elsewhere: points and a law, without a run.

use crate::{
    evaluation::{
        record::{discrete_axes, named_axes},
        sample_numbers::{NetworkEvidence, SampleNumbers, SampleSet},
        told::Held,
        verdict::{Situation, Verdict},
    },
    experiment::{
        Dataset, ExperimentConfig, Split,
        run::record::{EvalRecord, SCHEMA},
    },
    points::Points,
};

/// What stands in the place of a checkpoint and of a sampler.
pub(crate) const GIVEN: &str = "given samples";

/// Given samples with everything that was found of them.
pub(crate) struct GivenSamples<'a> {
    pub(crate) config: &'a ExperimentConfig,
    pub(crate) dataset: &'a Dataset,
    /// In the data's own units; with labels where the classes that were asked for are known.
    pub(crate) samples: &'a Points,
    pub(crate) record: EvalRecord,
    pub(crate) verdict: Verdict,
}

impl<'a> GivenSamples<'a> {
    /// Evaluates `samples`, held against the law and the test split of `dataset`; `inputs` is the digest of what
    /// the record depends on.
    pub(crate) fn of(
        config: &'a ExperimentConfig,
        dataset: &'a Dataset,
        samples: &'a Points,
        inputs: String,
    ) -> Self {
        let classes = dataset.classes.as_ref();
        let overlap_range = config.eval.overlap_range;
        let set = SampleSet {
            samples,
            test: dataset.split(Split::Test),
            density: dataset.density.as_ref(),
            overlap_range,
            class_weights: classes.map(|classes| classes.weights.as_slice()),
            guidance: 1.0,
        };
        let numbers = SampleNumbers::of(&set, &NetworkEvidence::default());
        let mut record = record(config, dataset, samples.len(), inputs, numbers);
        Held::new(dataset, overlap_range, samples).tell(&mut record, None);
        let verdict = Verdict::of(&Situation {
            config,
            record: &record,
            losses: &[],
            training: &[],
            density: dataset.density.as_ref(),
            constant_loss: f64::INFINITY,
        });
        Self {
            config,
            dataset,
            samples,
            record,
            verdict,
        }
    }
}

/// The record of samples without a run: what only a run has is absent.
fn record(
    config: &ExperimentConfig,
    dataset: &Dataset,
    num_samples: usize,
    inputs: String,
    numbers: SampleNumbers,
) -> EvalRecord {
    let density = dataset.density.as_ref();
    EvalRecord {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        inputs,
        checkpoint: GIVEN.into(),
        step: 0,
        num_samples,
        num_sampling_steps: 0,
        network_evaluations: None,
        method: None,
        sampler: GIVEN.into(),
        terminal_signal: config.process.build().terminal().signal,
        prior_kl: None,
        prior_w1: None,
        first_step: None,
        metrics: numbers.metrics,
        told: None,
        faults: vec![],
        axes: numbers.axes,
        axis_names: named_axes(dataset),
        discrete: discrete_axes(dataset),
        modes: numbers.modes,
        classes: numbers.classes,
        exact_law: None,
        attribution: None,
        alternatives: vec![],
        memorised: None,
        training_excess: None,
        max_ln_p: density.and_then(|density| density.max_ln_pdf()),
        likelihood: None,
        bound_nats: None,
        plane: None,
        figures: None,
        verdict: None,
    }
}
