//! One family of denoisers: a configurable multilayer perceptron.

use super::PointShape;
use crate::{
    diffusion::{Frame, NoiseSchedule, Prediction},
    settings::{Choice, Default, Domain, Key, Kind, Range, Section, SettingError},
};
use serde::Serialize;

/// Widest layer.
const MAX_WIDTH: usize = 8192;

/// Most hidden layers.
const MAX_LAYERS: usize = 64;

/// The network: `[model]`.
///
/// The features of x (and, with `concat`, those of t) enter the input layer; `num_layers − 1` blocks
/// follow, then a linear output. With `add`, the features of t are added after the input layer and in
/// every block. The embedding of the class, if there is one, goes wherever the features of t go.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelConfig {
    /// Whether it is a network at all.
    pub kind: ModelKind,
    /// What the output stands for.
    pub prediction: Prediction,
    /// Width of the hidden layers.
    pub hidden_dim: usize,
    /// The input layer and the blocks after it.
    pub num_layers: usize,
    /// Nonlinearity of the hidden layers and of the time MLP.
    pub activation: Activation,
    /// Whether the input layer has the nonlinearity too.
    pub input_activation: bool,
    /// Linear layers in a block, 1 or 2.
    pub block_depth: usize,
    /// Whether a block ends with the nonlinearity.
    pub block_activation: bool,
    /// Whether a block's input is added to its output.
    pub residual: bool,
    /// Whether a residual block's sum is divided by √2.
    pub normalize_residual: bool,
    /// What the network sees of x.
    pub input_features: InputFeatures,
    /// Whether x_t is divided by √(a² + s²) first, which brings it to about unit variance at every level
    /// (c_in of Karras et al. 2022, Table 1, for data of unit variance). If it is absent, that is done
    /// where the noise exceeds 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_scale: Option<bool>,
    /// What the network sees of t.
    pub time_features: TimeFeatures,
    /// A small network on the features of t.
    #[serde(serialize_with = "write_time_mlp")]
    pub time_mlp: Option<TimeMlpConfig>,
    /// How t and the class enter.
    pub conditioning: Conditioning,
    /// Whether the model is class-conditional: it knows the class of every point.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub class_conditional: bool,
    /// Width of what a network sees of the class; `None` if it is not class-conditional.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_embedding_dim: Option<usize>,
}

/// Width of a class embedding beside the input, unless it is given.
const CLASS_EMBEDDING_DIM: usize = 10;

/// What stands in the denoiser's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// A network, which is trained.
    Mlp,
    /// The Bayes denoiser, the best that any network could be: nothing is trained, and of the other keys
    /// only `prediction` counts, for the units of the loss, and `class_conditional`.
    Bayes,
}

/// Linear, nonlinearity, Linear on the features of t.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimeMlpConfig {
    /// Width of its hidden layer.
    pub hidden_dim: usize,
    /// Width of its output.
    pub output_dim: usize,
}

/// A nonlinearity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// x above 0, x/100 below.
    LeakyRelu,
    /// xΦ(x), with the exact error function.
    Gelu,
    /// x/(1 + e^{−x}).
    Silu,
    /// tanh x.
    Tanh,
}

impl Choice for Activation {
    const NAMES: &'static [(Kind, Self)] = &[
        (Kind::new("relu", "max(x, 0)."), Self::Relu),
        (
            Kind::new("leaky_relu", "x above 0, and x/100 below."),
            Self::LeakyRelu,
        ),
        (
            Kind::new("gelu", "xΦ(x), with the exact error function.")
                .source("Hendrycks & Gimpel 2016"),
            Self::Gelu,
        ),
        (Kind::new("silu", "x/(1 + e^{−x})."), Self::Silu),
        (Kind::new("tanh", "tanh x."), Self::Tanh),
    ];
}

/// How t and the class enter the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conditioning {
    /// The features of t and the embedding of the class stand beside those of x in the input.
    Concat,
    /// They are added to the hidden layer before every block.
    Add,
}

impl Choice for Conditioning {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new(
                "concat",
                "The features of t and the embedding of the class stand beside those of x in the input.",
            ),
            Self::Concat,
        ),
        (
            Kind::new(
                "add",
                "They are added to the hidden layer before every block.",
            )
            .needs("time_mlp = { hidden_dim = 128, output_dim = 128 }"),
            Self::Add,
        ),
    ];
}

/// What the network sees of x.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InputFeatures {
    /// x itself.
    Identity,
    /// Sines and cosines of every coordinate.
    Sinusoidal {
        /// Features a coordinate, even.
        dim: usize,
        /// Factor on x before the frequencies.
        scale: f64,
    },
}

/// What the network sees of t.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimeFeatures {
    /// The whole number t.
    Raw,
    /// t/T.
    Scaled,
    /// Sines and cosines of t.
    Sinusoidal {
        /// Number of features, even.
        dim: usize,
        /// Factor on t before the frequencies.
        scale: f64,
    },
    /// Nothing.
    None,
}

/// Networks of the tutorials and exercises that the configuration can start from.
pub const PRESETS: [Kind; 6] = [
    Kind::new(
        "simple_mlp",
        "A plain network of 3 layers of 128 with sinusoidal features of t and a small network on them.",
    ),
    Kind::new(
        "tiny_diffusion",
        "The residual network of tiny-diffusion, with sinusoidal features of x and t.",
    ),
    Kind::new(
        "swiss_roll_plain",
        "A plain network of 5 layers of 64 that sees the whole number t.",
    ),
    Kind::new(
        "leaky_fc",
        "A plain network of 2 layers of 128 with leaky ReLU that sees t/T.",
    ),
    Kind::new(
        "improved_mlp",
        "A residual network of 4 layers of 256 with two linear layers in each block.",
    ),
    Kind::new(
        "swiss_roll_residual",
        "A residual network of 4 layers of 128 whose features of t are added in every block.",
    ),
];

/// The keys that only a network has. Their defaults are those of the preset `simple_mlp`.
const OF_NETWORK: &[Key] = &[
    Key::new(
        "preset",
        Domain::Kinds(&PRESETS),
        Default::Name("simple_mlp"),
        "The network of a tutorial that the other keys start from: it supplies their defaults.",
    ),
    Key::count("hidden_dim", 128, (1, MAX_WIDTH), "Width of the hidden layers."),
    Key::count(
        "num_layers",
        3,
        (1, MAX_LAYERS),
        "Number of hidden layers: the input layer and the blocks after it.",
    ),
    Key::choice::<Activation>(
        "activation",
        "relu",
        "Nonlinearity of the hidden layers and of the network on the features of t.",
    ),
    Key::flag("input_activation", true, "Whether the input layer has the nonlinearity too."),
    Key::count("block_depth", 1, (1, 2), "Linear layers in a block.").example("2"),
    Key::flag("block_activation", true, "Whether a block ends with the nonlinearity."),
    Key::flag("residual", false, "Whether a block's input is added to its output."),
    Key::flag(
        "normalize_residual",
        false,
        "Whether the sum of a residual block is divided by √2.",
    ),
    Key::table("input_features", InputFeatures::KEYS, "What the network sees of x.")
        .example("\"sinusoidal\""),
    Key::new(
        "input_scale",
        Domain::Flag,
        Default::Absent("true where the noise exceeds 1"),
        "Whether x_t is divided by √(signal² + noise²), which brings it to about unit variance at every level.",
    )
    .source("Karras et al. 2022, Table 1, c_in")
    .example("true"),
    Key::table("time_features", TimeFeatures::KEYS, "What the network sees of the timestep.")
        .example("\"scaled\""),
    Key::table("time_mlp", TimeMlpConfig::KEYS, "A small network on the features of t.")
        .example("\"none\""),
    Key::choice::<Conditioning>(
        "conditioning",
        "concat",
        "How the timestep and the class enter the network.",
    ),
];

const KINDS: &[Kind] = &[
    Kind::new("mlp", "A multilayer perceptron, which is trained.").keys(OF_NETWORK),
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
            "Whether the model is told the class of every point.",
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
            "bayes" => Self::read_bayes(&mut section, schedule, density_is_known)?,
            _ => Self::read_mlp(&mut section, schedule)?,
        };
        if config.class_conditional && !data_has_classes {
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

    fn read_mlp(section: &mut Section, schedule: &NoiseSchedule) -> Result<Self, SettingError> {
        let preset = section.name("preset")?;
        let base = Self::preset(preset)
            .ok_or_else(|| section.error("preset", "names no network of this version"))?;
        let config = Self {
            kind: ModelKind::Mlp,
            prediction: read_prediction(section, base.prediction, schedule)?,
            hidden_dim: section.count_or("hidden_dim", base.hidden_dim)?,
            num_layers: section.count_or("num_layers", base.num_layers)?,
            activation: section.choice_or("activation", base.activation)?,
            input_activation: section.flag_or("input_activation", base.input_activation)?,
            block_depth: section.count_or("block_depth", base.block_depth)?,
            block_activation: section.flag_or("block_activation", base.block_activation)?,
            residual: section.flag_or("residual", base.residual)?,
            normalize_residual: section.flag_or("normalize_residual", base.normalize_residual)?,
            conditioning: section.choice_or("conditioning", base.conditioning)?,
            input_features: match section.optional_section("input_features")? {
                Some(section) => InputFeatures::read(section)?,
                None => base.input_features,
            },
            input_scale: section.optional_flag("input_scale")?,
            time_features: match section.optional_section("time_features")? {
                Some(section) => TimeFeatures::read(section)?,
                None => base.time_features,
            },
            time_mlp: match section.optional_section("time_mlp")? {
                Some(section) => TimeMlpConfig::read(section)?,
                None => base.time_mlp,
            },
            class_conditional: false,
            class_embedding_dim: None,
        };
        let config = config.with_classes(section)?;
        config.check(section)?;
        Ok(config)
    }

    fn read_bayes(
        section: &mut Section,
        schedule: &NoiseSchedule,
        density_is_known: bool,
    ) -> Result<Self, SettingError> {
        if !density_is_known {
            let message = "is \"bayes\", which needs data whose density is known";
            return Err(SettingError {
                hint: Some("data from a file has none; `kind = \"mlp\"` trains a network".into()),
                ..section.error("kind", message)
            });
        }
        let base = Self::preset(PRESETS[0].name)
            .ok_or_else(|| section.error("kind", "has no defaults in this version"))?;
        let config = Self {
            kind: ModelKind::Bayes,
            prediction: read_prediction(section, base.prediction, schedule)?,
            ..base
        };
        // It embeds nothing: a width says that it is told classes, as it says of a network.
        Ok(Self {
            class_embedding_dim: None,
            ..config.with_classes(section)?
        })
    }

    /// With what `section` says of classes: the width of an embedding implies that there is one.
    fn with_classes(self, section: &mut Section) -> Result<Self, SettingError> {
        let width = section.optional_count("class_embedding_dim")?;
        let class_conditional = section.flag_or("class_conditional", width.is_some())?;
        if width.is_some() && !class_conditional {
            let message = "has no meaning with `model.class_conditional` = false";
            return Err(section.error("class_embedding_dim", message));
        }
        let default = match self.conditioning {
            Conditioning::Concat => CLASS_EMBEDDING_DIM,
            Conditioning::Add => self.hidden_dim,
        };
        Ok(Self {
            class_conditional,
            class_embedding_dim: class_conditional.then_some(width.unwrap_or(default)),
            ..self
        })
    }

    fn check(&self, section: &Section) -> Result<(), SettingError> {
        if self.time_features.dim() == 0 && self.time_mlp.is_some() {
            return Err(section.error(
                "time_features",
                "is none, but the time MLP needs features of t; set `model.time_mlp` to \"none\" too",
            ));
        }
        let added = self.conditioning == Conditioning::Add && self.time_dim() > 0;
        if added && self.time_dim() != self.hidden_dim {
            let message = format!(
                "= \"add\" needs time features as wide as the hidden layers: they are {} and {}; \
                 set `time_mlp.output_dim` to `hidden_dim`",
                self.time_dim(),
                self.hidden_dim
            );
            return Err(section.error("conditioning", message));
        }
        let width = self.class_embedding_dim.unwrap_or(self.hidden_dim);
        if self.conditioning == Conditioning::Add && width != self.hidden_dim {
            let message = format!(
                "is {width}, but with `conditioning` = \"add\" it is as wide as the hidden layers, {}",
                self.hidden_dim
            );
            return Err(section.error("class_embedding_dim", message));
        }
        Ok(())
    }

    /// Whether x_t is divided by √(a² + s²) before the network sees it.
    pub fn scales_input(&self, schedule: &NoiseSchedule) -> bool {
        let needed = schedule.terminal().noise > 1.0;
        self.kind == ModelKind::Mlp && self.input_scale.unwrap_or(needed)
    }

    /// A network of one of the tutorials, by name.
    pub fn preset(name: &str) -> Option<Self> {
        let simple = Self {
            kind: ModelKind::Mlp,
            prediction: Prediction::Noise,
            hidden_dim: 128,
            num_layers: 3,
            activation: Activation::Relu,
            input_activation: true,
            block_depth: 1,
            block_activation: true,
            residual: false,
            normalize_residual: false,
            input_features: InputFeatures::Identity,
            input_scale: None,
            time_features: TimeFeatures::Sinusoidal {
                dim: 32,
                scale: 1.0,
            },
            time_mlp: Some(TimeMlpConfig {
                hidden_dim: 64,
                output_dim: 32,
            }),
            conditioning: Conditioning::Concat,
            class_conditional: false,
            class_embedding_dim: None,
        };
        Some(match name {
            "simple_mlp" => simple,
            "tiny_diffusion" => Self {
                num_layers: 4,
                activation: Activation::Gelu,
                residual: true,
                input_features: InputFeatures::Sinusoidal {
                    dim: 128,
                    scale: 25.0,
                },
                time_features: TimeFeatures::Sinusoidal {
                    dim: 128,
                    scale: 1.0,
                },
                time_mlp: None,
                ..simple
            },
            "swiss_roll_plain" => Self {
                hidden_dim: 64,
                num_layers: 5,
                input_activation: false,
                time_features: TimeFeatures::Raw,
                time_mlp: None,
                ..simple
            },
            "leaky_fc" => Self {
                num_layers: 2,
                activation: Activation::LeakyRelu,
                time_features: TimeFeatures::Scaled,
                time_mlp: None,
                ..simple
            },
            "improved_mlp" => Self {
                hidden_dim: 256,
                num_layers: 4,
                block_depth: 2,
                block_activation: false,
                residual: true,
                time_features: TimeFeatures::Sinusoidal {
                    dim: 64,
                    scale: 1.0,
                },
                time_mlp: Some(TimeMlpConfig {
                    hidden_dim: 128,
                    output_dim: 64,
                }),
                ..simple
            },
            "swiss_roll_residual" => Self {
                num_layers: 4,
                activation: Activation::Gelu,
                block_depth: 2,
                residual: true,
                normalize_residual: true,
                time_features: TimeFeatures::Scaled,
                time_mlp: Some(TimeMlpConfig {
                    hidden_dim: 128,
                    output_dim: 128,
                }),
                conditioning: Conditioning::Add,
                ..simple
            },
            _ => return None,
        })
    }

    /// Width of what the blocks see of t, after the time MLP; 0 if they see nothing.
    pub fn time_dim(&self) -> usize {
        self.time_mlp
            .as_ref()
            .map_or(self.time_features.dim(), |mlp| mlp.output_dim)
    }

    /// Number of weights, for such points.
    pub fn num_parameters(&self, shape: impl Into<PointShape>) -> usize {
        let shape = shape.into();
        let dim = shape.dim;
        if self.kind == ModelKind::Bayes {
            return 0;
        }
        let linear = |inputs: usize, outputs: usize| (inputs + 1) * outputs;
        let width = self.hidden_dim;
        let time = self.time_mlp.as_ref().map_or(0, |mlp| {
            linear(self.time_features.dim(), mlp.hidden_dim)
                + linear(mlp.hidden_dim, mlp.output_dim)
        });
        let blocks = (self.num_layers - 1) * self.block_depth * linear(width, width);
        let classes = shape.class_rows() * self.class_embedding_dim.unwrap_or(0);
        time + linear(self.input_dim(dim), width) + blocks + linear(width, dim) + classes
    }

    /// Floating-point operations of a training step on `batch_size` such points, about. Each weight is
    /// multiplied and added once for a point on the way forward, and twice on the way back. Activations
    /// and the optimizer come on top; a time MLP runs once for each timestep that a batch holds, not for
    /// each point, and is counted at that most.
    pub fn flops_per_step(&self, shape: impl Into<PointShape>, batch_size: usize) -> f64 {
        6.0 * self.num_parameters(shape) as f64 * batch_size as f64
    }

    /// Width of the input layer's input, for points of dimension `dim`.
    pub fn input_dim(&self, dim: usize) -> usize {
        let beside = match self.conditioning {
            Conditioning::Concat => self.time_dim() + self.class_embedding_dim.unwrap_or(0),
            Conditioning::Add => 0,
        };
        self.input_features.dim(dim) + beside
    }
}

/// The absence of a time MLP is written down, for the default has one.
fn write_time_mlp<S: serde::Serializer>(
    mlp: &Option<TimeMlpConfig>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match mlp {
        Some(mlp) => mlp.serialize(serializer),
        None => serializer.serialize_str("none"),
    }
}

impl TimeMlpConfig {
    const KEYS: &[Key] = &[
        Key::kind(
            &[
                Kind::new(
                    "mlp",
                    "A linear layer, the nonlinearity, and another linear layer.",
                ),
                Kind::new("none", "The network sees the features of t as they are."),
            ],
            Default::Name("mlp"),
            "Whether there is a small network on the features of t.",
        ),
        Key::count(
            "hidden_dim",
            64,
            (1, MAX_WIDTH),
            "Width of its hidden layer.",
        ),
        Key::count("output_dim", 32, (1, MAX_WIDTH), "Width of its output."),
    ];

    fn read(mut section: Section) -> Result<Option<Self>, SettingError> {
        let kind = section.kind()?;
        let config = Self {
            hidden_dim: section.count("hidden_dim")?,
            output_dim: section.count("output_dim")?,
        };
        section.finish()?;
        Ok((kind == "mlp").then_some(config))
    }
}

impl InputFeatures {
    const KEYS: &[Key] = &[Key::kind(
        &[
            Kind::new("identity", "The coordinates themselves."),
            Kind::new("sinusoidal", "Sines and cosines of every coordinate.")
                .keys(&sinusoids(128, 25.0)),
        ],
        Default::Name("identity"),
        "What the network sees of each coordinate of x.",
    )];

    fn read(mut section: Section) -> Result<Self, SettingError> {
        let features = match section.kind()? {
            "identity" => Self::Identity,
            _ => {
                let (dim, scale) = sinusoidal(&mut section)?;
                Self::Sinusoidal { dim, scale }
            }
        };
        section.finish()?;
        Ok(features)
    }

    /// Number of features of a point of dimension `dim`.
    pub fn dim(&self, dim: usize) -> usize {
        match self {
            Self::Identity => dim,
            Self::Sinusoidal { dim: per_axis, .. } => per_axis * dim,
        }
    }
}

impl TimeFeatures {
    const KEYS: &[Key] = &[Key::kind(
        &[
            Kind::new("raw", "The whole number t."),
            Kind::new("scaled", "t/T."),
            Kind::new("sinusoidal", "Sines and cosines of t.")
                .source("Vaswani et al. 2017, section 3.5")
                .keys(&sinusoids(32, 1.0)),
            Kind::new("none", "Nothing: the network is not told the timestep.")
                .needs("[model]\ntime_features = \"none\"\ntime_mlp = \"none\""),
        ],
        Default::Name("sinusoidal"),
        "What the network sees of the timestep.",
    )];

    fn read(mut section: Section) -> Result<Self, SettingError> {
        let features = match section.kind()? {
            "raw" => Self::Raw,
            "scaled" => Self::Scaled,
            "none" => Self::None,
            _ => {
                let (dim, scale) = sinusoidal(&mut section)?;
                Self::Sinusoidal { dim, scale }
            }
        };
        section.finish()?;
        Ok(features)
    }

    /// Number of features.
    pub fn dim(&self) -> usize {
        match self {
            Self::Raw | Self::Scaled => 1,
            Self::Sinusoidal { dim, .. } => *dim,
            Self::None => 0,
        }
    }
}

/// The keys of sinusoidal features.
const fn sinusoids(dim: usize, scale: f64) -> [Key; 2] {
    [
        Key::count(
            "dim",
            dim,
            (4, MAX_WIDTH),
            "Number of sines and cosines together, an even number.",
        ),
        Key::number(
            "scale",
            scale,
            Range::positive(),
            "Factor on the value before it meets the frequencies.",
        ),
    ]
}

fn sinusoidal(section: &mut Section) -> Result<(usize, f64), SettingError> {
    let dim = section.count("dim")?;
    if !dim.is_multiple_of(2) {
        return Err(section.error("dim", format!("is {dim}, expected an even number")));
    }
    Ok((dim, section.float("scale")?))
}

/// Reads `prediction`. At a level without signal a predicted noise says nothing of the data: the default
/// is then the velocity of a straight process and v of the others.
fn read_prediction(
    section: &mut Section,
    usual: Prediction,
    schedule: &NoiseSchedule,
) -> Result<Prediction, SettingError> {
    let ends_without_signal = schedule.terminal().signal == 0.0;
    let default = match schedule.frame() {
        _ if !ends_without_signal => usual,
        Frame::Straight => Prediction::Velocity,
        _ => Prediction::V,
    };
    let prediction = section.choice_or("prediction", default)?;
    if ends_without_signal && prediction == Prediction::Noise {
        return Err(SettingError {
            hint: Some("predict \"velocity\", \"v\" or \"x0\"".into()),
            ..section.error(
                "prediction",
                "is \"noise\", but this process ends without signal (a = 0 at t = T), where the noise \
                 says nothing of the data",
            )
        });
    }
    Ok(prediction)
}
