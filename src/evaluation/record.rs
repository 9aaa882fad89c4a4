//! The record of an evaluation, put together from what was found.

use crate::{
    evaluation::{
        diagnosis::Diagnosis, plane::view::PlaneView, sample_numbers::SampleNumbers,
        trained::Trained,
    },
    experiment::{
        Dataset, Split,
        config::amplification::amplification,
        data::discrete::{self, Discrete},
        run::record::{
            AttributionRecord, EvalRecord, ExactLaw, FirstStep, LikelihoodRecord, SCHEMA,
        },
    },
    model::ModelConfig,
};

/// What an evaluation has found of a run.
pub(super) struct Findings<'a> {
    pub(super) num_samples: usize,
    /// Times that the network was asked for each sample.
    pub(super) evaluations: f64,
    pub(super) numbers: SampleNumbers,
    pub(super) diagnosis: &'a Diagnosis,
    pub(super) plane: Option<&'a PlaneView>,
}

/// The record of what was found; the verdict and the figures are still to come.
pub(super) fn assemble(trained: &Trained, inputs: String, found: Findings) -> EvalRecord {
    let (config, dataset) = (&trained.run.config, &trained.dataset);
    let (numbers, diagnosis) = (found.numbers, found.diagnosis);
    let scale = &dataset.affine.scale;
    let mean_scale = scale.iter().sum::<f64>() / dataset.dim() as f64;
    let prior = trained.law.as_ref().map(|law| config.prior_mismatch(law));
    let law = diagnosis.law.as_ref();
    let density = dataset.density.as_ref();
    let bound = &diagnosis.bound;
    EvalRecord {
        schema: SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        inputs,
        checkpoint: checkpoint(trained).into(),
        step: trained.step,
        num_samples: found.num_samples,
        num_sampling_steps: trained.num_sampling_steps(),
        network_evaluations: Some(found.evaluations),
        method: Some(config.method_label()),
        sampler: config.sampler_label(),
        terminal_signal: trained.schedule.terminal().signal,
        prior_kl: prior.map(|prior| prior.kl.value),
        prior_w1: prior.map(|prior| prior.w1 * mean_scale),
        first_step: amplification(config, &trained.schedule)
            .filter(|(_, gain)| gain.is_finite())
            .map(|(t, gain)| FirstStep { t, gain }),
        metrics: numbers.metrics,
        told: None,
        faults: vec![],
        axes: numbers.axes,
        axis_names: named_axes(&trained.dataset),
        discrete: discrete_axes(&trained.dataset),
        modes: numbers.modes,
        classes: numbers.classes,
        exact_law: law.map(|law| ExactLaw::new(law, scale[0])),
        attribution: diagnosis.attribution.as_ref().map(AttributionRecord::new),
        alternatives: diagnosis.alternatives.clone(),
        memorised: diagnosis.memorised,
        training_excess: diagnosis.training_excess,
        max_ln_p: density.and_then(|density| density.max_ln_pdf()),
        likelihood: diagnosis.likelihood.as_ref().map(LikelihoodRecord::new),
        bound_nats: (!bound.is_empty()).then(|| bound.iter().map(|term| term.nats).sum()),
        plane: found.plane.map(PlaneView::record),
        figures: None,
        verdict: None,
    }
}

/// The names of the axes where the data has some.
pub(super) fn named_axes(dataset: &Dataset) -> Vec<String> {
    match dataset.axes.is_numbered() {
        true => vec![],
        false => dataset.axes.labels(),
    }
}

/// The coordinates of a table that take few whole numbers.
pub(super) fn discrete_axes(dataset: &Dataset) -> Vec<Discrete> {
    match dataset.density {
        Some(_) => vec![],
        None => discrete::of(dataset.split(Split::Train)),
    }
}

/// Which checkpoint was evaluated; `none` where nothing is trained, `given` where a network answers from elsewhere.
fn checkpoint(trained: &Trained) -> &'static str {
    let config = &trained.run.config;
    match config.model {
        ModelConfig::Mlp(_) => config.eval.checkpoint.name(),
        ModelConfig::Bayes(_) => "none",
        ModelConfig::Given(_) => "given",
    }
}
