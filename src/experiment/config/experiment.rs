//! The whole configuration of an experiment, resolved: every key has its value.

use super::{
    even_levels,
    identity::{collect_leaves, forget_place, identity_of, to_table, to_value},
    name::{in_file, is_file_name, name_from},
};
use crate::{
    diffusion::{
        LossWeightConfig, NoiseSchedule, ProcessConfig, SamplerConfig, Start,
        sampler::{Levels, SamplerKind},
    },
    error::{Error, Result},
    experiment::{
        DataConfig, EvalConfig,
        config::{
            memory::{self, Need},
            mistakes,
            toml_source::{self, Overrides},
        },
        files,
    },
    model::{BatchSource, Denoising, MlpConfig, ModelConfig, Objective, PointShape, TrainConfig},
    points::Points,
    rng::Seed,
    settings::{Default, Domain, Key, Section, SettingError, Table},
    target::Mixture,
    truth::{self, PriorMismatch},
};
use std::path::Path;

/// A resolved configuration.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExperimentConfig {
    /// What directories and titles are named after.
    pub name: String,
    /// The seed of everything but the data.
    pub seed: u64,
    /// `[data]`.
    pub data: DataConfig,
    /// `[process]`.
    pub process: ProcessConfig,
    /// `[model]`.
    pub model: ModelConfig,
    /// `[train]`.
    pub train: TrainConfig,
    /// `[sampler]`.
    pub sampler: SamplerConfig,
    /// Weight w of classifier-free guidance, `guidance` in `[sampler]`: 1 is none.
    pub guidance: f64,
    /// `[eval]`.
    pub eval: EvalConfig,
}

/// Reads `guidance` of `[sampler]`.
fn read_guidance(
    section: &mut Section,
    model: &ModelConfig,
    train: &TrainConfig,
) -> std::result::Result<f64, SettingError> {
    let guidance = section.float("guidance")?;
    let (message, hint) = match model {
        _ if guidance == 1.0 => return Ok(guidance),
        _ if !model.class_conditional() => (
            "guides towards classes, but the model is not class-conditional",
            "set `model.class_embedding_dim` or `model.class_conditional`",
        ),
        ModelConfig::Mlp(_) if train.class_dropout == 0.0 => (
            "needs the network's answer without a class, which it does not learn",
            "set `train.class_dropout`, to 0.1 for example",
        ),
        _ => return Ok(guidance),
    };
    Err(SettingError {
        hint: Some(hint.into()),
        ..section.error("guidance", message)
    })
}

/// Reads the rest of `[sampler]`; what takes the law of x0 of all classes together is not for a
/// denoiser that is told one.
fn read_sampler(
    section: Section,
    density_is_known: bool,
    model: &ModelConfig,
) -> std::result::Result<SamplerConfig, SettingError> {
    let whole = "takes the law of all classes together, but the model is class-conditional";
    let [kind, variance] = ["kind", "variance"].map(|key| section.error(key, whole));
    let config = SamplerConfig::read(section, density_is_known)?;
    match config.kind {
        _ if !model.class_conditional() => Ok(config),
        SamplerKind::Exact => Err(kind),
        _ if config.kind.needs_density() => Err(variance),
        _ => Ok(config),
    }
}

/// What `format` says in the configurations of runs.
const FORMAT: &str = "truescore.config/1";

/// The parts of a configuration that decide the weights.
const TRAINING: [&str; 5] = ["seed", "data", "process", "model", "train"];

fn forget_file_place(root: &mut toml::Table) {
    if let Some(toml::Value::Table(data)) = root.get_mut("data") {
        forget_place(data);
    }
}

fn toml_of(table: &toml::Table) -> String {
    let text = toml::to_string(table);
    let text = text.expect("a resolved configuration is valid TOML");
    format!("format = {FORMAT:?}\n{text}")
}

impl ExperimentConfig {
    /// The table of a whole configuration.
    pub(crate) const KEYS: &[Key] = &[
        Key::new(
            "format",
            Domain::Word(FORMAT),
            Default::Absent("a configuration of this or an earlier version"),
            "The form of the file. truescore writes it into the configuration of every run.",
        )
        .whole_example("format = \"truescore.config/1\"")
        .later(),
        toml_source::BASE,
        Key::new(
            "name",
            Domain::Text,
            Default::Absent("the name of the file"),
            "What directories and titles are named after: letters, digits, `-`, `_` and `.`.",
        )
        .example("\"homework\""),
        Key::count(
            "seed",
            0,
            (0, i64::MAX as usize),
            "The seed of everything but the data.",
        )
        .example("1"),
        Key::table(
            "data",
            DataConfig::KEYS,
            "What the data is and how much of it there is.",
        )
        .whole_example("[data]\nkind = \"moons\"\nnum_train = 4000"),
        Key::table(
            "process",
            ProcessConfig::KEYS,
            "The forward process, from data to noise.",
        )
        .whole_example("[process]\nnum_timesteps = 50\nschedule = \"cosine\""),
        Key::table(
            "model",
            ModelConfig::KEYS,
            "The network, or the perfect model in its place.",
        )
        .whole_example("[model]\nhidden_dim = 64\nactivation = \"silu\""),
        Key::table("train", TrainConfig::KEYS, "How the network is trained.")
            .whole_example("[train]\nsteps = 2000\nlearning_rate = 0.002"),
        Key::table("sampler", SamplerConfig::KEYS, "How samples are drawn.")
            .whole_example("[sampler]\nkind = \"ddim\"\nnum_steps = 20"),
        Key::table("eval", EvalConfig::KEYS, "How a run is evaluated.")
            .whole_example("[eval]\nnum_samples = 20000\ncheckpoint = \"best\""),
    ];

    /// The configuration of a file, with overrides.
    pub(crate) fn load(path: &Path, overrides: &Overrides) -> Result<Self> {
        let mut table = toml_source::load_table(path)?;
        if table.contains_key("sweep") {
            return Err(Error::usage_hint(
                format!("`{}` describes a sweep, not a run", path.display()),
                format!("try `truescore sweep {}`", path.display()),
            ));
        }
        if table.contains_key("format") {
            even_levels::keep(&mut table);
        }
        let read = |table: &Table| Self::from_table(table, &name_from(path));
        let config = mistakes::read_with(&table, overrides, read);
        Ok(config.map_err(|error| in_file(error, path))?.with_content())
    }

    /// The configuration of a table of settings; `default_name` is its name if it has none.
    pub(crate) fn from_table(table: &Table, default_name: &str) -> Result<Self> {
        let config = Self::read(table, default_name)?;
        config.check_memory()?;
        Ok(config)
    }

    fn read(table: &Table, default_name: &str) -> std::result::Result<Self, SettingError> {
        let mut root = Section::root(table, Self::KEYS);
        if root.text("format")?.is_some_and(|format| format != FORMAT) {
            let error = root.error("format", format!("is not {FORMAT:?}"));
            let hint = "the configuration is of another version of truescore";
            return Err(SettingError {
                hint: Some(hint.into()),
                ..error
            });
        }
        let name = root
            .text("name")?
            .unwrap_or_else(|| default_name.to_string());
        if !is_file_name(&name) {
            let message = format!("is {name:?}, expected letters, digits, `-`, `_` and `.`");
            return Err(root.error("name", message));
        }
        let seed = root.count("seed")? as u64;
        let sections = ["data", "process", "model", "train", "sampler", "eval"];
        let [data, process, model, train, sampler, eval] = sections;
        let data = root.section(data)?;
        let process = root.section(process)?;
        let model = root.section(model)?;
        let train = root.section(train)?;
        let mut sampler = root.section(sampler)?;
        let eval = root.section(eval)?;
        root.finish()?;
        let process = ProcessConfig::read(process)?;
        let data = DataConfig::read(data)?;
        let density_is_known = data.density().is_some();
        let schedule = process.build();
        let model = ModelConfig::read(model, &schedule, density_is_known, data.has_classes())?;
        let train = TrainConfig::read(train, model.class_conditional())?;
        let guidance = read_guidance(&mut sampler, &model, &train)?;
        let sampler = read_sampler(sampler, density_is_known, &model)?;
        Ok(Self {
            name,
            seed,
            model,
            train,
            sampler,
            guidance,
            eval: EvalConfig::read(eval, process.num_timesteps)?,
            data,
            process,
        })
    }

    /// Refuses what cannot fit into memory, before anything is allocated or written.
    fn check_memory(&self) -> Result<()> {
        let density = self.data.density();
        let (dim, num_classes) = match &density {
            Some(density) => (density.dim(), density.num_classes()),
            None => (1, 1),
        };
        memory::check(&self.needs(self.shape(dim, num_classes)))
    }

    /// What the network has to know of points of dimension `dim` in `num_classes` classes.
    pub(crate) fn shape(&self, dim: usize, num_classes: usize) -> PointShape {
        match self.model.class_conditional() {
            true => PointShape {
                dim,
                num_classes,
                without_class: self.train.class_dropout > 0.0,
            },
            false => dim.into(),
        }
    }

    /// The probability with which a class-conditional model is shown no class in training; `None` for
    /// any other model.
    pub(crate) fn class_dropout(&self) -> Option<f64> {
        self.model
            .class_conditional()
            .then_some(self.train.class_dropout)
    }

    /// Whether a class-conditional model also answers without a class.
    pub(crate) fn answers_without_class(&self) -> bool {
        self.train.class_dropout > 0.0 || self.model.network().is_none()
    }

    /// What the network is trained for, with these weights of its loss.
    pub(crate) fn objective(&self, weight: LossWeightConfig) -> Box<dyn Objective> {
        Box::new(Denoising {
            prediction: self.model.prediction(),
            weight,
        })
    }

    /// Batches of `points`, a split in standardised units whose labels are of `num_classes` classes.
    pub(crate) fn batches<'a>(
        &'a self,
        points: &'a Points,
        schedule: &'a NoiseSchedule,
        num_classes: usize,
        loss_weight: LossWeightConfig,
    ) -> BatchSource<'a> {
        let sampling = self.train.timestep_sampling;
        let (model, seed) = (&self.model, self.seed());
        let objective = self.objective(loss_weight);
        let source = BatchSource::new(points, schedule, model, objective, sampling, seed);
        match self.class_dropout() {
            Some(dropout) => source.with_classes(num_classes, dropout),
            None => source,
        }
    }

    /// About how many bytes data, training and evaluation need together, for such points.
    pub(crate) fn memory_bytes(&self, shape: PointShape) -> f64 {
        let needs = self.needs(shape);
        needs.iter().filter_map(Need::bytes).sum::<usize>() as f64
    }

    fn needs(&self, shape: PointShape) -> Vec<Need> {
        let dim = shape.dim;
        let mut needs = vec![Need::of(
            "data",
            "the sizes in `[data]`",
            &[self.data.num_points(), dim, 3 * 8],
        )];
        if let Some(network) = self.model.network() {
            needs.extend(self.needs_of_network(network, shape));
        }
        needs.push(Need::of(
            "samples",
            "`eval.num_samples`",
            &[self.eval.num_samples, dim, 12 * 8],
        ));
        needs
    }

    fn needs_of_network(&self, network: &MlpConfig, shape: PointShape) -> [Need; 4] {
        let input = network.input_dim(shape.dim);
        let time = network.time_features.dim();
        let layers = 1 + network.num_layers * network.block_depth;
        [
            Need::of(
                "weights",
                "`model.hidden_dim` and `model.num_layers`",
                &[network.num_parameters(shape), 8 * 4],
            ),
            Need::of(
                "one training step",
                "`train.batch_size` and the network's size",
                &[
                    self.train.batch_size,
                    network.hidden_dim.max(input),
                    layers,
                    6 * 4,
                ],
            ),
            Need::of(
                "validation split",
                "`data.num_val`",
                &[self.data.num_val, input + time + 4, 4],
            ),
            Need::of(
                "time features",
                "`process.num_timesteps`",
                &[self.process.num_timesteps, time.max(4), 3 * 4],
            ),
        ]
    }

    /// The seed that all streams of the experiment derive from.
    pub(crate) fn seed(&self) -> Seed {
        Seed(self.seed)
    }

    fn sampler_table(&self) -> toml::Table {
        let mut sampler = to_table(&self.sampler.kind);
        if let Some(steps) = self.sampler.num_steps {
            sampler.insert("num_steps".into(), toml::Value::Integer(steps as i64));
        }
        if self.guidance != 1.0 {
            sampler.insert("guidance".into(), toml::Value::Float(self.guidance));
        }
        // Always there for these, so that a file without it is of an earlier version, with its default.
        if self.sampler.levels != Levels::default() || self.sampler.kind.solves_in_sigma() {
            sampler.insert("levels".into(), to_value(&self.sampler.levels));
        }
        if self.sampler.start != Start::default() {
            sampler.insert("start".into(), to_value(&self.sampler.start));
        }
        sampler
    }

    /// What tells its sampler from others, as TOML.
    pub(crate) fn sampler_identity(&self) -> String {
        let mut table = self.sampler_table();
        even_levels::forget(&mut table);
        identity_of(table, SamplerConfig::KEYS)
    }

    /// The configuration as a TOML file that reproduces it.
    pub(crate) fn to_toml(&self) -> String {
        toml_of(&self.to_table())
    }

    /// The same as a file of `directory`: it finds the user's file from there, so that both can be moved together.
    pub(crate) fn to_toml_in(&self, directory: &Path) -> String {
        let mut table = self.to_table();
        if let (Some(toml::Value::Table(data)), Some(path)) =
            (table.get_mut("data"), self.data.place_from(directory))
        {
            data.insert("path".into(), toml::Value::String(path));
        }
        toml_of(&table)
    }

    /// The configuration with these settings, `key=value` as `--set` takes them; `None` where they are refused or
    /// change nothing.
    pub(crate) fn changed(&self, settings: &[String]) -> Option<Self> {
        let mut table = toml_source::parse_text(&self.to_toml(), &self.name).ok()?;
        let settings = settings
            .iter()
            .map(|text| toml_source::parse_override(text));
        toml_source::apply_all(&mut table, &settings.collect::<Result<Vec<_>>>().ok()?);
        let changed = Self::from_table(&table, &self.name).ok()?;
        (changed != *self).then_some(changed)
    }

    /// The keys of sampler and evaluation that `wanted` has otherwise, each `key=value` as `--set` takes it, the kind
    /// first.
    pub(crate) fn settings_of_samples(&self, wanted: &Self) -> Vec<String> {
        let sampler = |config: &Self| {
            let mut table = config.sampler_table();
            // A table leaves these out where they are at their defaults.
            let defaults = [
                ("levels", to_value(&Levels::default())),
                ("start", to_value(&Start::default())),
                ("guidance", toml::Value::Float(1.0)),
            ];
            for (key, value) in defaults {
                table.entry(key).or_insert(value);
            }
            table
        };
        let tables = [
            ("sampler", sampler(self), sampler(wanted)),
            ("eval", to_table(&self.eval), to_table(&wanted.eval)),
        ];
        let mut found = vec![];
        for (section, own, other) in tables {
            let is_new = |(key, value): &(String, toml::Value)| own.get(key) != Some(value);
            let mut keys: Vec<_> = other.into_iter().filter(is_new).collect();
            keys.sort_by_key(|(key, _)| key != "kind");
            let told = |(key, value)| match value {
                toml::Value::String(text) => format!("{section}.{key}={text}"),
                value => format!("{section}.{key}={value}"),
            };
            found.extend(keys.into_iter().map(told));
        }
        found
    }

    fn to_table(&self) -> toml::Table {
        let mut root = toml::Table::new();
        root.insert("name".into(), toml::Value::String(self.name.clone()));
        root.insert("seed".into(), toml::Value::Integer(self.seed as i64));
        for (key, table) in [
            ("data", self.data.to_table()),
            ("process", to_table(&self.process)),
            ("model", to_table(&self.model)),
            ("train", to_table(&self.train)),
            ("sampler", self.sampler_table()),
            ("eval", to_table(&self.eval)),
        ] {
            root.insert(key.into(), toml::Value::Table(table));
        }
        root
    }

    /// The sampler, with its guidance if there is any, for titles and tables.
    pub(crate) fn sampler_label(&self) -> String {
        self.sampler.label() + &self.guidance_label()
    }

    /// The same without the number of steps.
    pub(crate) fn method_label(&self) -> String {
        self.sampler.method_label() + &self.guidance_label()
    }

    fn guidance_label(&self) -> String {
        match self.guidance == 1.0 {
            true => String::new(),
            false => format!(", guidance {}", self.guidance),
        }
    }

    /// How far the process ends from where sampling starts, for data of the law `density` (standardised
    /// units): the mean over the classes, for a class-conditional model.
    pub(crate) fn prior_mismatch(&self, density: &Mixture) -> PriorMismatch {
        let parts = truth::parts(density, self.model.class_conditional().then_some(0.0));
        PriorMismatch::over(&parts, &self.process.build(), self.sampler.start)
    }

    /// Training steps; none if there is nothing to train.
    pub(crate) fn num_steps(&self) -> usize {
        match self.model {
            ModelConfig::Mlp(_) => self.train.num_steps(self.data.num_train),
            ModelConfig::Bayes(_) | ModelConfig::Given(_) => 0,
        }
    }

    /// What tells it from others, as TOML: the resolved configuration without what later versions add.
    pub(crate) fn identity(&self) -> String {
        let mut table = self.to_table();
        if let Some(toml::Value::Table(sampler)) = table.get_mut("sampler") {
            even_levels::forget(sampler);
        }
        forget_file_place(&mut table);
        identity_of(table, Self::KEYS)
    }

    /// SHA-256 of its identity, in hexadecimal.
    pub(crate) fn digest(&self) -> String {
        files::sha256(self.identity().as_bytes())
    }

    /// SHA-256 of what decides the weights of a run: data, process, model, training and seed.
    pub(crate) fn training_digest(&self) -> String {
        let mut table = self.to_table();
        table.retain(|key, _| TRAINING.contains(&key));
        forget_file_place(&mut table);
        files::sha256(identity_of(table, Self::KEYS).as_bytes())
    }

    /// `<name>-<8 hex of the digest>`: the name of the run's directory.
    pub(crate) fn directory_name(&self) -> String {
        format!("{}-{}", self.name, &self.digest()[..8])
    }

    /// `<name>-<8 hex of the data's digest>`: the name of the data set's directory.
    pub(crate) fn dataset_name(&self) -> String {
        let text = toml::to_string(&self.data.identity()).expect("tables are valid TOML");
        format!("{}-{}", self.name, &files::sha256(text.as_bytes())[..8])
    }

    /// Every leaf of the resolved configuration by its dotted key, as text.
    pub(crate) fn leaves(&self) -> Vec<(String, String)> {
        let mut leaves = vec![];
        collect_leaves("", &toml::Value::Table(self.to_table()), &mut leaves);
        leaves.retain(|(key, value)| key != "sampler.levels" || value != "auto");
        for (key, value) in &mut leaves {
            if key == "data.sha256" {
                value.truncate(8);
            }
        }
        leaves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = "[data]\nkind = 'gaussian_mixture'\nmeans = [0]\nstd_devs = [1]\n";

    fn parse(text: &str) -> ExperimentConfig {
        let table = toml_source::parse_text(text, "c.toml").unwrap();
        ExperimentConfig::from_table(&table, "c").unwrap_or_else(|e| panic!("{e}\n{text}"))
    }

    /// The configuration of an example, over data that has what it takes.
    fn complete(example: &str) -> Result<ExperimentConfig> {
        let data = "[data]\nkind = 'gaussian_mixture'\nmeans = [-1, 1]\nstd_devs = [1, 1]\n";
        let mut table = toml_source::parse_text(data, "data.toml")?;
        toml_source::merge(&mut table, toml_source::parse_text(example, "c.toml")?);
        ExperimentConfig::from_table(&table, "c")
    }

    /// What is wrong with an example: it cannot be read, or does not reproduce itself.
    fn flaw(example: &str) -> Option<String> {
        match complete(example) {
            Err(error) => Some(format!("{error}\n{example}")),
            Ok(config) if parse(&config.to_toml()) != config => Some(example.into()),
            Ok(_) => None,
        }
    }

    #[test]
    fn every_key_and_kind_is_read_and_reproduces_itself() {
        let mut flaws = vec![];
        for place in crate::settings::places(ExperimentConfig::KEYS) {
            let (name, key) = (place.name(), &place.key);
            let example = place
                .example()
                .unwrap_or_else(|| panic!("`{name}` has no example"));
            assert!(example.contains(key.name), "{name}: {example}");
            if key.name == toml_source::BASE.name {
                continue;
            }
            flaws.extend(flaw(&example));
            for kind in key.domain.kinds().unwrap_or_default() {
                let example = place.example_of(&kind);
                flaws.extend(flaw(&example));
                // Presets are resolved, and some defaults are not written.
                let is_default = matches!(key.default, Default::Name(name) if name == kind.name);
                if is_default || key.name == "preset" {
                    continue;
                }
                let written = complete(&example).map(|config| config.to_toml());
                let is_written =
                    written.is_ok_and(|text| text.contains(&format!("{:?}", kind.name)));
                flaws.extend((!is_written).then(|| format!("{name} is not {:?}", kind.name)));
            }
        }
        assert!(flaws.is_empty(), "{}", flaws.join("\n\n"));
    }

    #[test]
    fn combinations_reproduce_themselves() {
        for text in [
            "[model]\npreset = 'swiss_roll_residual'\nclass_conditional = true",
            "[model]\nkind = 'bayes'\nclass_conditional = true\n[sampler]\nguidance = 0",
            "[process]\nschedule = 'flow'\n[model]\nkind = 'bayes'\nprediction = 'x0'",
            "[process]\nschedule = 'cosine_open'\nzero_terminal_snr = true",
            "[model]\ntime_features = 'none'\ntime_mlp = 'none'\nprediction = 'v'",
            "[data]\nkind = 'uniform'\nlow = [0, 1]\nhigh = [2, 2]\ncells = [1, 4]\nclasses = 'none'",
            "[data]\nkind = 'checkerboard'\nnoise = 0",
        ] {
            assert_eq!(flaw(text), None);
        }
    }

    #[test]
    fn the_format_is_accepted_and_enters_no_digest() {
        let plain = parse(DATA);
        let text = plain.to_toml();
        assert!(text.starts_with("format = \"truescore.config/1\"\nname = "));
        assert_eq!(parse(&text).digest(), plain.digest());
        let other = toml_source::parse_text("format = 'truescore.config/2'", "c.toml").unwrap();
        let error = ExperimentConfig::from_table(&other, "c").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("c.toml:1:10: `format` is not"),
            "{error}"
        );
    }

    #[test]
    fn a_configuration_of_the_first_release_has_the_directory_that_it_had() {
        let text = include_str!("../../../tests/fixtures/first_release/small.toml");
        assert_eq!(parse(text).directory_name(), "small-a90a6f88");
        assert_eq!(parse(text).dataset_name(), "small-56c936f7");
    }

    #[test]
    fn the_directory_follows_the_configuration() {
        let (a, b) = (parse(DATA), parse(&format!("{DATA}[train]\nsteps = 10\n")));
        assert_eq!(a.directory_name(), parse(DATA).directory_name());
        assert_ne!(a.directory_name(), b.directory_name());
        assert_eq!(a.dataset_name(), b.dataset_name());
    }

    #[test]
    fn what_needs_a_density_is_refused_for_data_without_one() {
        for (part, words) in [
            ("[sampler]\nkind = 'exact'", "`sampler.kind` is \"exact\""),
            (
                "[sampler]\nvariance = 'bayes'",
                "`sampler.variance` is \"bayes\"",
            ),
            (
                "[sampler]\nstart = 'exact'",
                "`sampler.start` needs data whose density is known",
            ),
            ("[model]\nkind = 'bayes'", "`model.kind` is \"bayes\""),
        ] {
            let text = format!("[data]\nkind = 'file'\npath = 'x.csv'\n{part}\n");
            let table = toml_source::parse_text(&text, "c.toml").unwrap();
            let error = ExperimentConfig::from_table(&table, "c").unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.to_string().starts_with("c.toml:5:"), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
