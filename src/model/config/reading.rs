//! The keys of a network, and what they may say together.

use super::{
    features::{InputFeatures, TimeFeatures, TimeMlpConfig},
    network::{Activation, Conditioning, MlpConfig},
    preset::PRESETS,
    shared::{MAX_WIDTH, read_classes, read_prediction},
};
use crate::{
    diffusion::NoiseSchedule,
    settings::{Default, Domain, Key, Section, SettingError},
};

/// Most hidden layers.
const MAX_LAYERS: usize = 64;

/// Width of a class embedding beside the input, unless it is given.
const CLASS_EMBEDDING_DIM: usize = 10;

impl MlpConfig {
    /// The keys that only a network has. Their defaults are those of the preset `simple_mlp`.
    pub(super) const KEYS: &[Key] = &[
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

    /// Reads the keys of a network; `preset` supplies the defaults of those that are not given.
    pub(super) fn read(
        section: &mut Section,
        schedule: &NoiseSchedule,
    ) -> Result<Self, SettingError> {
        let preset = section.name("preset")?;
        let base = Self::preset(preset)
            .ok_or_else(|| section.error("preset", "names no network of this version"))?;
        let config = Self {
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
        let (class_conditional, width) = read_classes(section)?;
        let default = match config.conditioning {
            Conditioning::Concat => CLASS_EMBEDDING_DIM,
            Conditioning::Add => config.hidden_dim,
        };
        let config = Self {
            class_conditional,
            class_embedding_dim: class_conditional.then_some(width.unwrap_or(default)),
            ..config
        };
        config.check(section)?;
        Ok(config)
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
}
