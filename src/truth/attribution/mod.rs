//! How much of the error each cause adds: prior, network, discretisation, or sample size.

mod factorial;
mod found;
mod kind;
mod law;
mod paired;
mod subject;

pub(crate) use factorial::{Cause, Factorial};
pub(crate) use found::{Attribution, SIGNIFICANT, Sampled, Verdict};
pub(crate) use paired::{NetworkCost, PerfectSamples};
pub(crate) use subject::Subject;
