//! What a network sees of a point and of its timestep.

use super::shared::MAX_WIDTH;
use crate::settings::{Default, Key, Kind, Range, Section, SettingError};
use serde::Serialize;

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

/// Linear, nonlinearity, Linear on the features of t.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimeMlpConfig {
    /// Width of its hidden layer.
    pub hidden_dim: usize,
    /// Width of its output.
    pub output_dim: usize,
}

/// The absence of a time MLP is written down, for the default has one.
pub(super) fn write_time_mlp<S: serde::Serializer>(
    mlp: &Option<TimeMlpConfig>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match mlp {
        Some(mlp) => mlp.serialize(serializer),
        None => serializer.serialize_str("none"),
    }
}

impl TimeMlpConfig {
    pub(super) const KEYS: &[Key] = &[
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

    pub(super) fn read(mut section: Section) -> Result<Option<Self>, SettingError> {
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
    pub(super) const KEYS: &[Key] = &[Key::kind(
        &[
            Kind::new("identity", "The coordinates themselves."),
            Kind::new("sinusoidal", "Sines and cosines of every coordinate.")
                .keys(&sinusoids(128, 25.0)),
        ],
        Default::Name("identity"),
        "What the network sees of each coordinate of x.",
    )];

    pub(super) fn read(mut section: Section) -> Result<Self, SettingError> {
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
    pub(super) const KEYS: &[Key] = &[Key::kind(
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

    pub(super) fn read(mut section: Section) -> Result<Self, SettingError> {
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
