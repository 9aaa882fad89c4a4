//! Mean log-likelihood of the samples under the true density, in nats.
//!
//! Its truth is −H(p), not a maximum: a model that collapses onto the highest mode beats it. It does not
//! exist for data on a curve without noise, which has no density.

use super::{
    contract::{About, Metric},
    evidence::Evidence,
    scatter::{TWO_SIDED, two_sided},
    value::MetricValue,
};
use crate::target::Estimate;

/// What a mean of equal numbers may be off by, in parts of them: a uniform law has no other noise.
const ROUNDING: f64 = 1e-9;

/// (1/n) Σ ln p(x̂_i), with −H(p) as its truth and √(Var ln p/n) as its noise floor.
pub(super) struct LogLikelihood;

impl Metric for LogLikelihood {
    fn name(&self) -> &'static str {
        "log_likelihood"
    }

    fn title(&self) -> &'static str {
        "mean log-likelihood of the samples"
    }

    fn about(&self) -> About {
        About {
            definition: "Mean of ln p over the samples, p being the true density. Samples outside the support are counted and leave no mean.",
            unit: "nats",
            truth: "−H(p), the negative entropy of the data. It is no maximum: a model that collapses onto the highest mode exceeds it.",
            floor: "√(Var ln p/n), the standard deviation for n perfect samples.",
            judged_by: "It is beyond noise where Holm's correction over all tests rejects its p-value. One in a hundred perfect models is further from the truth than the bound.",
            source: "",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        None
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let density = evidence.density?;
        let (entropy, variance) = (density.entropy()?, density.ln_pdf_variance()?);
        let n = evidence.samples.len() as f64;
        let ln_p: Vec<f64> = evidence.samples.rows().map(|x| density.ln_pdf(x)).collect();
        let outside = ln_p.iter().filter(|l| !l.is_finite()).count();
        let estimate = Estimate::mean_of(&ln_p);
        // One sample where the density is 0 makes the mean −∞: say how many there are instead.
        let defined = outside == 0;
        let noise = (variance / n).sqrt();
        let scatter = evidence
            .noise
            .and_then(|noise| noise.log_likelihood.as_ref());
        let bound = scatter.map_or(TWO_SIDED, |scatter| scatter.bound);
        let rounding = ROUNDING * (1.0 + entropy.value.abs());
        let gap = (estimate.value + entropy.value).abs();
        // The truth may be an estimate too.
        let deviation = noise.hypot(entropy.standard_error);
        let p_value = match (defined, gap > rounding) {
            (false, _) => 0.0,
            (true, false) => 1.0,
            (true, true) => scatter.map_or_else(
                || two_sided(gap / deviation),
                |scatter| scatter.p_value(gap / deviation),
            ),
        };
        let value = MetricValue {
            value: defined.then_some(estimate.value),
            noise_floor: Some(noise),
            noise_std_dev: Some(noise),
            noise_bound: Some((bound * noise).max(rounding)),
            p_value: evidence.noise.map(|_| p_value),
            standard_error: defined.then_some(estimate.standard_error),
            outside_fraction: (!defined).then_some(outside as f64 / n),
            ..MetricValue::default()
        };
        Some(value.with_truth(Some(Estimate {
            value: -entropy.value,
            ..entropy
        })))
    }
}

/// E ln p_θ(x) over the data: the likelihood that the model gives to the data, with −H(p) as its truth,
/// which here is a maximum (Gibbs' inequality).
pub(super) struct ModelLogLikelihood;

impl Metric for ModelLogLikelihood {
    fn name(&self) -> &'static str {
        "model_log_likelihood"
    }

    fn title(&self) -> &'static str {
        "mean log-likelihood of the data under the model"
    }

    fn about(&self) -> About {
        About {
            definition: "Mean of the log-density that the model gives to the data, by the probability flow of its network. It has a value only where every test point is reached.",
            unit: "nats",
            truth: "−H(p), the negative entropy of the data, which no model exceeds.",
            floor: "None: it needs no samples.",
            judged_by: "The distance below the truth is the Kullback-Leibler divergence of the model from the data.",
            source: "Song et al. 2021, eq. 39",
        }
    }

    fn larger_is_better(&self) -> Option<bool> {
        Some(true)
    }

    fn evaluate(&self, evidence: &Evidence) -> Option<MetricValue> {
        let found = evidence.model_likelihood?;
        let entropy = evidence.density?.entropy()?;
        let value = MetricValue {
            value: found.kl.map(|kl| -entropy.value - kl.value),
            standard_error: found.kl.map(|kl| kl.standard_error),
            outside_fraction: (found.unreached > 0.0).then_some(found.unreached),
            // In one dimension by quadrature.
            numerical_error: found
                .kl
                .map(|kl| kl.standard_error)
                .filter(|_| evidence.samples.dim() == 1),
            ..MetricValue::default()
        };
        Some(value.with_truth(Some(Estimate {
            value: -entropy.value,
            ..entropy
        })))
    }
}
