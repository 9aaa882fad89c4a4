//! What an evaluation leaves of the attribution of its error.

use crate::{
    target::Estimate,
    truth::{Attribution, Cause, Factorial, Verdict},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something for each cause of error.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct ByCause<T> {
    /// Sampling starts from N(0, 1) and not from q_T.
    pub prior: T,
    /// The network is not the Bayes denoiser.
    pub network: T,
    /// The steps are not those of the exact reverse process.
    pub discretisation: T,
}

impl<T> ByCause<T> {
    /// What `of` says of each.
    pub(crate) fn of(of: impl Fn(Cause) -> T) -> Self {
        Self {
            prior: of(Cause::Prior),
            network: of(Cause::Network),
            discretisation: of(Cause::Discretisation),
        }
    }
}

/// What the error of the samples is put down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Blamed {
    /// Where sampling starts.
    Prior,
    /// The network.
    Network,
    /// The steps of the sampler.
    Discretisation,
    /// None of them: the error cannot be told from the noise of so few samples.
    SampleSize,
}

/// One combination of causes, each there or removed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct CellRecord {
    /// Which causes are there.
    pub causes: ByCause<bool>,
    /// W1 of the law of the samples to the data, in its own units.
    pub w1: f64,
    /// Its standard error, where it is an estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
}

/// The attribution of W1 of the law of the samples, in the data's own units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttributionRecord {
    /// What dominates.
    pub verdict: Blamed,
    /// A cause whose share cannot be told from that of the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rival: Option<Blamed>,
    /// Samples of each combination, where they are not those of exact laws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub num_samples: Option<usize>,
    /// The share of each cause (Shapley); they sum to W1 of the run's law.
    pub shares: ByCause<f64>,
    /// W1 with this cause alone.
    pub alone: ByCause<f64>,
    /// W1 of the run without this cause.
    pub without: ByCause<f64>,
    /// What each cause adds to W1, on average over the others being there or not.
    #[serde(default)]
    pub main_effects: ByCause<f64>,
    /// How much more two causes add together than one by one; each by the cause that is not one of them.
    #[serde(default)]
    pub interactions_without: ByCause<f64>,
    /// The standard errors of all of these, where they are estimates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_errors: Option<AttributionErrors>,
    /// What as many perfect samples show.
    pub sample_floor: f64,
    /// All eight combinations; the last is the run.
    pub cells: Vec<CellRecord>,
}

/// Standard errors of an attribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttributionErrors {
    /// Of the shares.
    pub shares: ByCause<f64>,
    /// Of W1 with a cause alone.
    pub alone: ByCause<f64>,
    /// Of W1 without a cause.
    pub without: ByCause<f64>,
    /// Of the main effects.
    pub main_effects: ByCause<f64>,
    /// Of the interactions.
    pub interactions_without: ByCause<f64>,
}

impl AttributionRecord {
    /// An attribution in the data's own units.
    pub(crate) fn new(found: &Attribution) -> Self {
        let sampled = found.sampled.as_ref();
        let cell = |index: usize| {
            let w1 = found.estimate(|cells| cells.0[index]);
            CellRecord {
                causes: ByCause {
                    prior: index & 1 != 0,
                    network: index & 2 != 0,
                    discretisation: index & 4 != 0,
                },
                w1: w1.value,
                standard_error: sampled.map(|_| w1.standard_error),
            }
        };
        let verdict = match found.verdict() {
            Verdict::SampleSize => Blamed::SampleSize,
            Verdict::Of(cause) => cause.into(),
        };
        let rival = found.rival().filter(|_| verdict != Blamed::SampleSize);
        // Numbers of each cause, as values or as standard errors.
        let of = |number: fn(&Factorial, Cause) -> f64, pick: fn(&Estimate) -> f64| {
            ByCause::of(|cause| pick(&found.estimate(|cells| number(cells, cause))))
        };
        let value: fn(&Estimate) -> f64 = |estimate| estimate.value;
        let error: fn(&Estimate) -> f64 = |estimate| estimate.standard_error;
        Self {
            verdict,
            rival: rival.map(Blamed::from),
            num_samples: sampled.map(|sampled| sampled.num_samples),
            shares: of(Factorial::share, value),
            alone: of(Factorial::alone, value),
            without: of(Factorial::without, value),
            main_effects: of(Factorial::main_effect, value),
            interactions_without: of(interaction_without, value),
            standard_errors: sampled.map(|_| AttributionErrors {
                shares: of(Factorial::share, error),
                alone: of(Factorial::alone, error),
                without: of(Factorial::without, error),
                main_effects: of(Factorial::main_effect, error),
                interactions_without: of(interaction_without, error),
            }),
            sample_floor: found.sample_floor,
            cells: (0..8).map(cell).collect(),
        }
    }

    /// W1 of the run's law.
    pub(crate) fn total(&self) -> &CellRecord {
        &self.cells[7]
    }
}

impl From<Cause> for Blamed {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Prior => Self::Prior,
            Cause::Network => Self::Network,
            Cause::Discretisation => Self::Discretisation,
        }
    }
}

impl fmt::Display for Blamed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Prior => "prior",
            Self::Network => "network",
            Self::Discretisation => "discretisation",
            Self::SampleSize => "sample size",
        })
    }
}

/// The interaction of the two other causes.
fn interaction_without(cells: &Factorial, cause: Cause) -> f64 {
    let mut others = Cause::ALL.into_iter().filter(|other| *other != cause);
    let pair = others.next().zip(others.next());
    pair.map_or(0.0, |(a, b)| cells.interaction(a, b))
}
