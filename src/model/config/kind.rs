//! A network, or the exact answer in its place.

use super::{
    features::InputFeatures,
    network::MlpConfig,
    shared::{MAX_WIDTH, read_classes, read_prediction},
};
use crate::{
    diffusion::{NoiseSchedule, Prediction},
    model::PointShape,
    settings::{Default, Domain, Key, Kind, Section, SettingError},
};
use serde::Serialize;

/// What predicts the noise: `[model]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ModelConfig {
    /// A network, which is trained.
    Mlp(MlpConfig),
    /// The Bayes denoiser, the best that any network could be: nothing is trained.
    Bayes(AnswersConfig),
    /// A network from elsewhere. No configuration names it: a command line does.
    Given(AnswersConfig),
}

/// What is not trained here: the Bayes denoiser, or a network from elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnswersConfig {
    /// The units of the loss.
    pub prediction: Prediction,
    /// Whether it knows the class of every point.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub class_conditional: bool,
}

impl AnswersConfig {
    /// It embeds nothing: the width of an embedding says that it is class-conditional, as it says of a
    /// network.
    fn read(section: &mut Section, schedule: &NoiseSchedule) -> Result<Self, SettingError> {
        Ok(Self {
            prediction: read_prediction(section, Prediction::Noise, schedule)?,
            class_conditional: read_classes(section)?.0,
        })
    }
}

const KINDS: &[Kind] = &[
    Kind::new("mlp", "A multilayer perceptron, which is trained.").keys(MlpConfig::KEYS),
    Kind::new(
        "bayes",
        "The Bayes denoiser, the best that any network could be. Nothing is trained.",
    ),
];

impl ModelConfig {
    /// The table of `[model]`.
    pub(crate) const KEYS: &[Key] = &[
        Key::kind(KINDS, Default::Name("mlp"), "What predicts the noise."),
        Key::choice::<Prediction>(
            "prediction",
            "noise",
            "What the output stands for. A process that ends without signal predicts `v` or `velocity`.",
        ),
        Key::new(
            "class_conditional",
            Domain::Flag,
            Default::Absent("true where `class_embedding_dim` is given"),
            "Whether the model is class-conditional: it knows the class of every point.",
        )
        .example("true"),
        Key::new(
            "class_embedding_dim",
            Domain::Count(1, MAX_WIDTH),
            Default::Absent("10, or `hidden_dim` with `conditioning = \"add\"`"),
            "Width of what a network sees of the class. A class-conditional model is implied.",
        )
        .example("5"),
    ];

    /// Reads `[model]`; `preset` supplies the defaults of the keys that are not given. The Bayes denoiser
    /// needs data of known density, and whatever is told classes needs data that has them.
    pub fn read(
        mut section: Section,
        schedule: &NoiseSchedule,
        density_is_known: bool,
        data_has_classes: bool,
    ) -> Result<Self, SettingError> {
        let config = match section.kind()? {
            "bayes" if !density_is_known => {
                let message = "is \"bayes\", which needs data whose density is known";
                return Err(SettingError {
                    hint: Some(
                        "data from a file has none; `kind = \"mlp\"` trains a network".into(),
                    ),
                    ..section.error("kind", message)
                });
            }
            "bayes" => Self::Bayes(AnswersConfig::read(&mut section, schedule)?),
            _ => Self::Mlp(MlpConfig::read(&mut section, schedule)?),
        };
        if config.class_conditional() && !data_has_classes {
            let given = section.get("class_conditional").is_some();
            let key = if given {
                "class_conditional"
            } else {
                "class_embedding_dim"
            };
            return Err(SettingError {
                hint: Some(
                    "`data.classes` says which components make up a class; a file has its in \
                     `data.label_column`"
                        .into(),
                ),
                ..section.error(key, "needs data with classes, and this data has none")
            });
        }
        section.finish()?;
        Ok(config)
    }

    /// The network, where there is one.
    pub fn network(&self) -> Option<&MlpConfig> {
        match self {
            Self::Mlp(network) => Some(network),
            Self::Bayes(_) | Self::Given(_) => None,
        }
    }

    /// What the output stands for.
    pub fn prediction(&self) -> Prediction {
        match self {
            Self::Mlp(network) => network.prediction,
            Self::Bayes(answers) | Self::Given(answers) => answers.prediction,
        }
    }

    /// Whether it knows the class of every point.
    pub fn class_conditional(&self) -> bool {
        match self {
            Self::Mlp(network) => network.class_conditional,
            Self::Bayes(answers) | Self::Given(answers) => answers.class_conditional,
        }
    }

    /// What it sees of x.
    pub fn input_features(&self) -> &InputFeatures {
        match self {
            Self::Mlp(network) => &network.input_features,
            Self::Bayes(_) | Self::Given(_) => &InputFeatures::Identity,
        }
    }

    /// Whether x_t is divided by √(a² + s²) before it is seen.
    pub fn scales_input(&self, schedule: &NoiseSchedule) -> bool {
        self.network()
            .is_some_and(|network| network.scales_input(schedule))
    }

    /// Number of weights, for such points.
    pub fn num_parameters(&self, shape: impl Into<PointShape>) -> usize {
        self.network()
            .map_or(0, |network| network.num_parameters(shape))
    }
}

impl From<MlpConfig> for ModelConfig {
    fn from(network: MlpConfig) -> Self {
        Self::Mlp(network)
    }
}
