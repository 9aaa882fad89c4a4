//! What a description holds, with the names that JSON and CSV give it.

use crate::{forecast::advice::Advice, settings::Choice, target::Mode};
use serde::{Serialize, Serializer};

/// Everything that is known of a run before it is trained.
#[derive(Debug, Serialize)]
pub(crate) struct Description {
    pub schema: &'static str,
    pub name: String,
    pub data: DataFacts,
    pub schedule: ScheduleFacts,
    /// `None` where the density is not known.
    pub loss: Option<LossFacts>,
    pub network: NetworkFacts,
    pub sampler: SamplerFacts,
    pub metrics: Named<MetricFacts>,
    pub advice: Vec<Advice>,
}

/// `[data]`.
#[derive(Debug, Serialize)]
pub(crate) struct DataFacts {
    pub kind: String,
    pub dim: usize,
    pub num_train: usize,
    pub num_val: usize,
    pub num_test: usize,
    pub standardize: &'static str,
    /// Standardised points are (x − shift)/scale, `[d]`.
    pub shift: Vec<f64>,
    pub scale: Vec<f64>,
    /// How many classes the points are labelled with; 0 if they have no labels.
    pub num_classes: usize,
    /// H(p) in nats; `None` where the density is not known or does not exist.
    pub entropy: Option<f64>,
    pub entropy_standard_error: Option<f64>,
    /// Peaks of the density, in one dimension; of a plateau its middle.
    pub modes: Option<Vec<f64>>,
    /// The same with their kinds.
    #[serde(skip)]
    pub peaks: Option<Vec<Mode>>,
    pub components: Vec<ComponentFacts>,
}

/// One component of the density, in the data's own units; every list is `[d]`.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ComponentFacts {
    Gaussian {
        weight: f64,
        mean: Vec<f64>,
        std_dev: Vec<f64>,
    },
    Uniform {
        weight: f64,
        low: Vec<f64>,
        high: Vec<f64>,
        /// Standard deviation of the Gaussian noise on it, if there is any.
        #[serde(skip_serializing_if = "Option::is_none")]
        noise: Option<Vec<f64>>,
    },
    /// An arc or a spiral; `low` and `high` are the corners of the box around it.
    Curve {
        weight: f64,
        low: Vec<f64>,
        high: Vec<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        noise: Option<Vec<f64>>,
    },
}

impl ComponentFacts {
    pub(crate) fn weight(&self) -> f64 {
        match self {
            Self::Gaussian { weight, .. }
            | Self::Uniform { weight, .. }
            | Self::Curve { weight, .. } => *weight,
        }
    }
}

/// `[process]`.
#[derive(Debug, Serialize)]
pub(crate) struct ScheduleFacts {
    pub kind: &'static str,
    pub num_timesteps: usize,
    /// a_T, what is left of the data: √ᾱ_T.
    pub terminal_signal: f64,
    /// Where the process ends, in the symbols of its frame.
    #[serde(skip)]
    pub terminal: String,
    /// a²/s² at t = 1.
    pub snr_first: f64,
    /// a²/s² at t = T.
    pub snr_last: f64,
    /// The law that sampling starts from, in words; the class's own where the model is class-conditional.
    pub start: String,
    /// KL(q_T‖start) in nats.
    pub prior_kl: Option<f64>,
    pub prior_kl_standard_error: Option<f64>,
    /// W1(q_T, start) in the data's own units, mean over the axes.
    pub prior_w1: Option<f64>,
    /// First and last timestep at which 5 % to 95 % of the data's variance are open.
    pub undecided: Option<(usize, usize)>,
    /// First and last timestep at which the best linear denoiser is more than 5 % above the floor.
    pub nonlinear: Option<(usize, usize)>,
}

/// The losses that are known without training.
#[derive(Debug, Serialize)]
pub(crate) struct LossFacts {
    /// Of a perfect network, in the units of `val_loss`.
    pub floor: f64,
    pub floor_standard_error: f64,
    /// Of the best linear denoiser.
    pub linear: f64,
    /// Of the best constant output.
    pub constant: f64,
    /// Of a perfect network in the training loss, whose timesteps are weighted.
    pub train_floor: f64,
    pub by_timestep: Vec<LossRow>,
}

/// The same at one timestep, unweighted.
#[derive(Debug, Serialize)]
pub(crate) struct LossRow {
    pub t: usize,
    pub signal: f64,
    pub noise: f64,
    pub floor: f64,
    pub linear: f64,
    pub constant: f64,
    /// The fraction of the data's variance that x_t leaves open.
    pub open: f64,
}

/// `[model]` and `[train]`.
#[derive(Debug, Serialize)]
pub(crate) struct NetworkFacts {
    pub prediction: &'static str,
    pub class_conditional: bool,
    pub num_parameters: usize,
    pub flops_per_step: f64,
    pub num_steps: usize,
    pub batch_size: usize,
    /// Times through the training split.
    pub epochs: f64,
    pub num_validations: usize,
    /// Measured on this machine, just now.
    pub seconds_per_step: f64,
    pub seconds_per_validation: f64,
    pub seconds: f64,
    pub measured_steps: usize,
    pub memory_bytes: f64,
}

/// `[sampler]`.
#[derive(Debug, Serialize)]
pub(crate) struct SamplerFacts {
    pub sampler: String,
    /// Of a solver that chooses its own steps, the number of instants at which its path is looked at.
    pub num_steps: usize,
    /// Whether the tolerance chooses the steps.
    pub chooses_steps: bool,
    pub num_samples: usize,
    /// What a perfect network would draw with it; `None` where that is not known or too long to find.
    pub perfect_network: Option<PerfectFacts>,
    /// Why it is not known.
    #[serde(skip)]
    pub unknown: &'static str,
}

/// The law of what the Bayes denoiser draws.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct PerfectFacts {
    /// W1 to the data in its own units, at infinitely many samples.
    pub w1: f64,
    /// KL(data ‖ law) in nats, where it is finite.
    pub kl_forward: Option<f64>,
    /// `w1` in noise floors of `num_samples` samples.
    pub w1_floors: f64,
}

/// What is known of a metric before there are samples.
#[derive(Debug, Serialize)]
pub(crate) struct MetricFacts {
    pub truth: Option<f64>,
    pub noise_floor: Option<f64>,
    pub samples_for_half_floor: Option<f64>,
}

/// A list that is a table in JSON, in its own order.
#[derive(Debug)]
pub(crate) struct Named<T>(pub Vec<(String, T)>);

impl<T> Named<T> {
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, fact)| fact)
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, fact)| (name, fact)))
    }
}

/// The name of a choice in the configuration.
pub(crate) fn name_of<T: Choice + PartialEq>(value: T) -> &'static str {
    let named = T::NAMES.iter().find(|(_, choice)| *choice == value);
    named.map_or("–", |(kind, _)| kind.name)
}
