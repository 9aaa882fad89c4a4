//! Exact laws: what is known before and beside any training, because the density is.

pub(crate) mod attribution;
pub(crate) mod denoiser;
pub(crate) mod guided;
pub(crate) mod likelihood;
pub(crate) mod loss;
pub(crate) mod missed;
pub(crate) mod prior;
#[cfg(test)]
mod tests;
pub(crate) mod transfer;

pub(crate) use attribution::{
    Attribution, Cause, Factorial, NetworkCost, PerfectSamples, SIGNIFICANT, Subject, Verdict,
};
#[cfg(test)]
pub(crate) use denoiser::linear::linear_denoiser;
pub(crate) use denoiser::{
    bayes::BayesDenoiser,
    empirical::EmpiricalDenoiser,
    per_class::{Part, PerClass, excess_over_parts, loss_floor, parts},
};
pub(crate) use guided::{GuidedLaw, guided_laws};
pub(crate) use likelihood::{LogLikelihood, log_likelihood, model::ModelLikelihood};
pub(crate) use loss::{
    bound::{BoundAt, bound_at, bound_terms},
    excess::{ErrorMap, excess_loss},
    irreducible::LossFloor,
    landscape::{LossAt, LossLandscape},
};
pub(crate) use missed::Missed;
pub(crate) use prior::PriorMismatch;
pub(crate) use transfer::{Distances, OutputLaw, Precision, w1_of_sampler};
