//! What an evaluation leaves: `eval/metrics.json` and the tables beside it.

mod alternative;
mod attribution;
mod plane;
mod told;

pub(crate) use alternative::AlternativeRecord;
#[cfg(test)]
pub(crate) use attribution::AttributionErrors;
pub(crate) use attribution::{AttributionRecord, Blamed, ByCause};
pub(crate) use plane::{
    CellsRecord, ChosenPoint, ClassShare, DrawRecord, PlaneRecord, RecoveryRecord,
};
pub(crate) use told::{Fault, ToldBy, ToldRecord};

use crate::{
    error::{Error, Result},
    experiment::{data::discrete::Discrete, files},
    metric::{AxisAgreement, ClassMetrics, MetricValue, ModeWeight},
    truth::{ModelLikelihood, OutputLaw},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// The format of `eval/metrics.json`.
pub(crate) const SCHEMA: &str = "truescore.eval/1";

/// What `eval/metrics.json` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EvalRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of truescore.
    pub version: String,
    /// What the evaluation depends on, as one digest: it is done again when that changes.
    pub inputs: String,
    /// Which checkpoint was evaluated.
    pub checkpoint: String,
    /// The step it was taken at.
    pub step: usize,
    /// Samples drawn.
    pub num_samples: usize,
    /// Steps of the sampler.
    pub num_sampling_steps: usize,
    /// Times that the network was asked for each sample.
    #[serde(default)]
    pub network_evaluations: Option<f64>,
    /// The sampler without its number of steps, in words: what is compared at several of them.
    #[serde(default)]
    pub method: Option<String>,
    /// The sampler, in words.
    pub sampler: String,
    /// √ᾱ_T: what is left of the data where sampling starts.
    pub terminal_signal: f64,
    /// KL(q_T ‖ N(0, I)) in nats, if the density is known.
    pub prior_kl: Option<f64>,
    /// W1(q_T, N(0, 1)) in the data's own units, if the density is known: how wrong the start of
    /// sampling is.
    pub prior_w1: Option<f64>,
    /// The first step of sampling, where it multiplies the error of the network by much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_step: Option<FirstStep>,
    /// Every metric that exists for this data, by name.
    pub metrics: BTreeMap<String, MetricValue>,
    /// The smallest number of samples at which these can be told from the truth, and what tells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<ToldRecord>,
    /// What is wrong with samples that are told from the truth.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// The one-dimensional metrics along each axis, in more than one dimension.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<AxisAgreement>,
    /// The names of the axes, with their units, where the data names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axis_names: Vec<String>,
    /// The coordinates that take few whole numbers, where the data is a table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discrete: Vec<Discrete>,
    /// The share of every component of the data, in the order of the configuration.
    pub modes: Vec<ModeWeight>,
    /// What is found of each class, for a class-conditional model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassMetrics>,
    /// The exact law of the samples, in one dimension.
    #[serde(default)]
    pub exact_law: Option<ExactLaw>,
    /// How much of the error of that law each cause adds, in any dimension.
    #[serde(default)]
    pub attribution: Option<AttributionRecord>,
    /// What other samplers make of the same network at as many evaluations, and other starts: where the steps or
    /// the start matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<AlternativeRecord>,
    /// How far the network has come from the perfect one to one that knows its training points alone, from 0 to
    /// 1. Told where that is beyond chance and the network is a cause of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memorised: Option<f64>,
    /// By how much the loss on the training points is above that of a perfect network; below 0 where it knows the
    /// points. Told where the network is a cause of the error and its points are few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_excess: Option<f64>,
    /// The largest ln p of the data's density, in nats: what a model that collapses onto the highest peak
    /// has for a log-likelihood.
    #[serde(default)]
    pub max_ln_p: Option<f64>,
    /// The likelihood that the model gives to the data by its probability flow, in one and two dimensions.
    #[serde(default)]
    pub likelihood: Option<LikelihoodRecord>,
    /// Σ_t of the nats that the network's errors at t = 2..=T cost in the variational bound.
    #[serde(default)]
    pub bound_nats: Option<f64>,
    /// What exists for two-dimensional data alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plane: Option<PlaneRecord>,
    /// The figures beside the record, in the order of the page: none if they were left out, absent in a
    /// record of the first release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Vec<String>>,
    /// What dominates the error and what to change next, in words.
    #[serde(default)]
    pub verdict: Option<String>,
}

/// The first step of a sampler.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct FirstStep {
    /// Where it goes: a time t in [0, T].
    pub t: f64,
    /// What it multiplies the error of a predicted noise by.
    pub gain: f64,
}

/// What the sampler draws, as a law: no samples, no noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ExactLaw {
    /// W1 to the data, in its own units.
    pub w1: f64,
    /// Numerical error of `w1`.
    pub w1_error: f64,
    /// KL(data ‖ law) in nats, if it is finite.
    pub kl_forward: Option<f64>,
    /// KL(law ‖ data) in nats, if it is finite.
    pub kl_reverse: Option<f64>,
    /// The larger numerical error of the two divergences.
    pub kl_error: f64,
    /// Total variation, in [0, 1].
    pub total_variation: f64,
    /// Numerical error of `total_variation`.
    #[serde(default)]
    pub total_variation_error: Option<f64>,
    /// The mass outside the support of the data.
    pub outside: f64,
    /// Numerical error of `outside`.
    #[serde(default)]
    pub outside_error: Option<f64>,
    /// The mass in each component of the data.
    pub mode_weights: Vec<f64>,
    /// Numerical errors of `mode_weights`.
    #[serde(default)]
    pub mode_weight_errors: Vec<f64>,
    /// The largest |∫p − 1| along the way.
    pub mass_error: f64,
}

impl ExactLaw {
    /// A law, with `scale` from standardised units to the data's own.
    pub(crate) fn new(law: &OutputLaw, scale: f64) -> Self {
        let (d, finite) = (&law.distances, |x: f64| x.is_finite().then_some(x));
        Self {
            w1: scale * d.w1.value,
            w1_error: scale * d.w1.standard_error,
            kl_forward: finite(d.kl_forward.value),
            kl_reverse: finite(d.kl_reverse.value),
            kl_error: d.kl_forward.standard_error.max(d.kl_reverse.standard_error),
            total_variation: d.total_variation.value,
            total_variation_error: Some(d.total_variation.standard_error),
            outside: d.outside.value,
            outside_error: Some(d.outside.standard_error),
            mode_weights: d.mode_weights.iter().map(|weight| weight.value).collect(),
            mode_weight_errors: d.mode_weights.iter().map(|w| w.standard_error).collect(),
            mass_error: law.mass_error,
        }
    }
}

/// A line of `eval/loss_by_timestep.csv`, in the units of the prediction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct TimestepLoss {
    /// Timestep t.
    pub t: usize,
    /// The irreducible loss.
    pub floor: f64,
    /// Its standard error, 0 where it is exact.
    pub floor_standard_error: f64,
    /// Floor and excess together.
    pub loss: f64,
    /// E‖ε̂ − ε*‖²/d, in the units of the prediction.
    pub excess: f64,
    /// Its standard error; in one dimension its numerical error.
    pub excess_standard_error: f64,
}

/// A line of `eval/bound.csv`: what the error at a timestep costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct BoundTerm {
    /// Timestep t, from 2 on.
    pub t: usize,
    /// Nats of the variational bound above what the Bayes denoiser pays.
    pub nats: f64,
    /// Its standard error; in one dimension its numerical error.
    pub standard_error: f64,
}

/// The likelihood that a model gives to the data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct LikelihoodRecord {
    /// KL(data ‖ model), nats; `None` where sampling does not reach all of the data.
    #[serde(default)]
    pub kl: Option<f64>,
    /// Its standard error; in one dimension its numerical error.
    #[serde(default)]
    pub kl_error: Option<f64>,
    /// ∫p_θ, which must be 1.
    pub mass: f64,
    /// The error of that.
    pub mass_error: f64,
    /// The fraction of the data that sampling does not reach.
    #[serde(default)]
    pub unreached: f64,
    /// Points at which p_θ was evaluated.
    pub num_points: usize,
    /// Steps of the probability flow.
    pub num_steps: usize,
    /// The median of ln p − ln p_θ over the test points, nats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    /// The fraction of the test points to which the model gives less than a hundredth of their true density.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<f64>,
    /// The smallest number of test points that make up half of the sum of |ln p − ln p_θ|.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrying: Option<usize>,
}

impl LikelihoodRecord {
    /// Of a likelihood.
    pub(crate) fn new(found: &ModelLikelihood) -> Self {
        Self {
            kl: found.kl.map(|kl| kl.value),
            kl_error: found.kl.map(|kl| kl.standard_error),
            mass: found.mass.value,
            mass_error: found.mass.standard_error,
            unreached: found.unreached,
            num_points: found.num_points,
            num_steps: found.num_steps,
            median: found.over_points.and_then(|over| over.median),
            missed: found.over_points.map(|over| over.missed),
            carrying: found.over_points.map(|over| over.carrying),
        }
    }
}

/// Writes a table with one line a row, such as `trajectory.csv`.
pub(crate) fn write_table<T: Serialize>(path: &Path, rows: &[T]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(vec![]);
    let encoded = rows.iter().try_for_each(|row| writer.serialize(row));
    let bytes = encoded
        .map_err(|e| e.to_string())
        .and_then(|()| writer.into_inner().map_err(|e| e.to_string()));
    let bytes =
        bytes.map_err(|e| Error::Unexpected(format!("cannot encode `{}`: {e}", path.display())))?;
    files::write_atomic(path, &bytes)
}
