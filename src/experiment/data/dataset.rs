//! A data set: three splits, how they are standardised, and what is known of their law.

use crate::{
    error::{Error, Result},
    experiment::{
        DataConfig, ExperimentConfig, Standardize,
        config::content::without_file,
        data::{axes::Axes, user_file},
        files, places,
    },
    model::PointShape,
    points::{Affine, Points},
    rng::{Purpose, Seed},
    target::{Mixture, TargetConfig},
    text::significant,
};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The file that describes a data set.
const DESCRIPTION: &str = "dataset.toml";

/// A part of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Split {
    /// What the network is trained on.
    Train,
    /// What it is validated on.
    Val,
    /// What evaluations compare with.
    Test,
}

impl Split {
    /// Every split.
    pub(crate) const ALL: [Self; 3] = [Self::Train, Self::Val, Self::Test];

    fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        }
    }

    fn file(self) -> String {
        format!("{}.npy", self.name())
    }

    fn labels_file(self) -> String {
        format!("{}_labels.npy", self.name())
    }
}

/// A data set in memory, in the data's own units.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dataset {
    splits: [Points; 3],
    /// To standardised units.
    pub affine: Affine,
    /// The density of the data in its own units, if it is known.
    pub density: Option<Mixture>,
    /// The classes that the labels number, if the points have labels.
    pub classes: Option<Classes>,
    /// What the coordinates are called.
    pub axes: Axes,
    /// The files of the splits and the SHA-256 of each.
    pub digests: BTreeMap<String, String>,
    /// How the user's file was taken, where it was read just now.
    pub notices: Vec<String>,
}

/// The classes of labelled points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Classes {
    /// How many there are; labels are 0..count.
    pub count: usize,
    /// p(c): of the density where it is known, else the fraction of each class in the user's file.
    pub weights: Vec<f64>,
    /// What the user's file calls them, in the order of the labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
}

/// What `dataset.toml` holds.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    format: String,
    /// The `[data]` that made it.
    data: toml::Table,
    /// The user's file that it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<FileFacts>,
    shape: Shape,
    standardization: Standardization,
    density: Option<DensityFacts>,
    /// What the coordinates are called, where they have names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    axes: Option<Axes>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    classes: Option<Classes>,
    sha256: BTreeMap<String, String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileFacts {
    /// Where it lay: as seen from the data set, so that both can be moved together, or from the root.
    path: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
struct Shape {
    dim: usize,
    num_train: usize,
    num_val: usize,
    num_test: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Standardization {
    shift: Vec<f64>,
    scale: Vec<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DensityFacts {
    /// In nats; absent where the data lies on a curve and has no density.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entropy: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entropy_standard_error: Option<f64>,
    mean: Vec<f64>,
    std_dev: Vec<f64>,
}

const FORMAT: &str = "truescore.dataset/1";

/// A standard deviation below this part of the mean is rounding, and the column is constant.
const ROUNDING: f64 = 1e-12;

impl Dataset {
    /// The data that `config` describes: drawn from its density, or read from the user's file.
    pub(crate) fn generate(config: &DataConfig) -> Result<Self> {
        let density = config.density();
        let mut notices = vec![];
        let mut axes = None;
        let (splits, classes) = match (&density, &config.target) {
            (Some(density), _) => {
                let draw =
                    |n, purpose| density.sample(n, &mut Seed(config.seed).stream(purpose, 0, 0));
                let splits = [
                    draw(config.num_train, Purpose::TrainData),
                    draw(config.num_val, Purpose::ValData),
                    draw(config.num_test, Purpose::TestData),
                ];
                (splits, Classes::of_density(density))
            }
            (None, TargetConfig::File(file)) => {
                let found = user_file::read(file)?;
                notices = found.notices;
                axes = Some(found.axes);
                let classes = Classes::of_file(&found.points, found.names);
                (split(found.points, config, &file.path)?, classes)
            }
            (None, _) => return Err(Error::Unexpected("a target without a density".into())),
        };
        let axes = axes.unwrap_or_else(|| Axes::numbered(splits[0].dim()));
        let affine = standardization(&splits[0], &axes, config)?;
        let digests = encode(&splits)
            .into_iter()
            .map(|(name, bytes)| (name, files::sha256(&bytes)))
            .collect();
        Ok(Self {
            splits,
            affine,
            density,
            classes,
            axes,
            digests,
            notices,
        })
    }

    /// One split, in the data's own units.
    pub(crate) fn split(&self, split: Split) -> &Points {
        &self.splits[split as usize]
    }

    /// One split, as the network sees it.
    pub(crate) fn standardized(&self, split: Split) -> Points {
        self.affine.apply(self.split(split))
    }

    /// The density of the data as the network sees it, if it is known.
    pub(crate) fn standardized_density(&self) -> Option<Mixture> {
        self.density
            .as_ref()
            .map(|density| density.standardized(&self.affine))
    }

    /// Dimension d.
    pub(crate) fn dim(&self) -> usize {
        self.splits[0].dim()
    }

    /// How many classes the points are labelled with; 0 if they have no labels.
    pub(crate) fn num_classes(&self) -> usize {
        self.classes.as_ref().map_or(0, |classes| classes.count)
    }

    /// What the network of a configuration has to know of its points.
    pub(crate) fn shape(&self, config: &ExperimentConfig) -> PointShape {
        config.shape(self.dim(), self.num_classes())
    }

    /// Smallest and largest value of each axis of the training split, as the network sees it.
    pub(crate) fn standardized_range(&self) -> Vec<(f64, f64)> {
        let train = self.standardized(Split::Train);
        let range = |k| {
            let axis = train.axis(k);
            let low = axis.iter().copied().fold(f64::INFINITY, f64::min);
            (low, axis.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        };
        (0..train.dim()).map(range).collect()
    }

    /// One digest for all splits.
    pub(crate) fn digest(&self) -> String {
        digest(&self.digests)
    }

    /// Where the data set of a configuration lies unless it is told otherwise.
    pub(crate) fn default_directory(config: &ExperimentConfig) -> PathBuf {
        Path::new("data").join(config.dataset_name())
    }

    /// The data set in `directory`, which is made first if it is not there.
    pub(crate) fn ensure(config: &DataConfig, directory: &Path) -> Result<Self> {
        if directory.join(DESCRIPTION).is_file() {
            return Self::load(config, directory);
        }
        if files::holds_something(directory) {
            return Err(Error::in_use(
                format!(
                    "`{}` holds something that is not a data set",
                    directory.display()
                ),
                "name another directory with --out or --data",
            ));
        }
        let mut dataset = Self::generate(config)?;
        let earlier = dataset.of_other_content(config, directory);
        match dataset.save(config, directory) {
            // Another process has made it in the meantime.
            Err(_) if directory.join(DESCRIPTION).is_file() => Self::load(config, directory),
            saved => saved.map(|()| {
                dataset.notices.extend(earlier);
                dataset
            }),
        }
    }

    /// What there is to say where `directory` becomes a new data set, since the user's file was corrected.
    fn of_other_content(&self, config: &DataConfig, directory: &Path) -> Option<String> {
        let file = config.file()?;
        let beside = directory.parent().map(files::entries).unwrap_or_default();
        let is_earlier = |place: &PathBuf| -> Option<bool> {
            let found = read_description(place).ok()?;
            let path = match &found.file {
                Some(file) => place.join(&file.path),
                // Earlier versions know the file by its path.
                None => PathBuf::from(found.data.get("path")?.as_str()?),
            };
            let same_file = places::settled(&path) == places::settled(Path::new(&file.path));
            let other_content = digest(&found.sha256) != self.digest();
            Some(same_file && other_content && without_file(&found.data) == config.without_file())
        };
        let earlier = beside
            .into_iter()
            .find(|place| is_earlier(place) == Some(true))?;
        Some(format!(
            "`{}` has changed since `{}` was made of it: `{}` is a new data set",
            file.path,
            earlier.display(),
            directory.display()
        ))
    }

    /// The data set in `directory`, checked against its digests and against `config`.
    pub(crate) fn load(config: &DataConfig, directory: &Path) -> Result<Self> {
        let description = read_description(directory)?;
        if description.data != config.identity() {
            return Err(Error::corrupt(
                format!(
                    "the data set in `{}` was made from another [data]",
                    directory.display()
                ),
                differences(&description.data, &config.identity()),
            ));
        }
        let mut splits = vec![];
        for split in Split::ALL {
            let bytes = verified(directory, &split.file(), &description.sha256)?;
            let values = decode::<f64>(&directory.join(split.file()), &bytes)?;
            let mut points = Points::new(values, description.shape.dim);
            if description.sha256.contains_key(&split.labels_file()) {
                let bytes = verified(directory, &split.labels_file(), &description.sha256)?;
                points = points.with_labels(decode(&directory.join(split.labels_file()), &bytes)?);
            }
            splits.push(points);
        }
        let [train, val, test] = <[Points; 3]>::try_from(splits)
            .map_err(|_| Error::Unexpected("a data set has three splits".into()))?;
        let Standardization { shift, scale } = description.standardization;
        Ok(Self {
            splits: [train, val, test],
            affine: Affine { shift, scale },
            density: config.density(),
            classes: description.classes,
            axes: description
                .axes
                .unwrap_or_else(|| Axes::numbered(description.shape.dim)),
            digests: description.sha256,
            notices: vec![],
        })
    }

    fn save(&self, config: &DataConfig, directory: &Path) -> Result<()> {
        let write = |directory: &Path| {
            let description = toml::to_string(&self.describe(config, directory))
                .map_err(|e| Error::Unexpected(format!("cannot encode the data set: {e}")))?;
            for (name, bytes) in encode(&self.splits) {
                files::write_atomic(&directory.join(name), &bytes)?;
            }
            // The description comes last: a data set is there when it is.
            files::write_atomic(&directory.join(DESCRIPTION), description.as_bytes())
        };
        if directory.is_dir() {
            return write(directory);
        }
        if let Some(parent) = directory.parent() {
            files::create_dir(parent)?;
        }
        files::write_directory_atomic(directory, write)
    }

    fn describe(&self, config: &DataConfig, directory: &Path) -> Description {
        let axes = 0..self.dim();
        let entropy = self.density.as_ref().and_then(Mixture::entropy);
        Description {
            format: FORMAT.into(),
            data: config.identity(),
            file: config.file().map(|file| FileFacts {
                path: config
                    .place_from(directory)
                    .unwrap_or_else(|| file.path.clone())
                    .into(),
            }),
            shape: Shape {
                dim: self.dim(),
                num_train: self.split(Split::Train).len(),
                num_val: self.split(Split::Val).len(),
                num_test: self.split(Split::Test).len(),
            },
            standardization: Standardization {
                shift: self.affine.shift.clone(),
                scale: self.affine.scale.clone(),
            },
            density: self.density.as_ref().map(|density| DensityFacts {
                entropy: entropy.map(|entropy| entropy.value),
                entropy_standard_error: entropy.map(|entropy| entropy.standard_error),
                mean: axes.clone().map(|k| density.mean(k)).collect(),
                std_dev: axes.map(|k| density.variance(k).sqrt()).collect(),
            }),
            axes: (!self.axes.is_numbered()).then(|| self.axes.clone()),
            classes: self.classes.clone(),
            sha256: self.digests.clone(),
        }
    }
}

impl Classes {
    fn of_density(density: &Mixture) -> Option<Self> {
        (density.num_classes() > 0).then(|| Self {
            count: density.num_classes(),
            weights: density.class_weights(),
            names: None,
        })
    }

    fn of_file(points: &Points, names: Option<Vec<String>>) -> Option<Self> {
        let names = names?;
        let mut weights = vec![0.0; names.len()];
        for label in points.labels().into_iter().flatten() {
            weights[*label as usize] += 1.0 / points.len() as f64;
        }
        Some(Self {
            count: names.len(),
            weights,
            names: Some(names),
        })
    }
}

/// The digest of the data set that lies in a directory, as it is recorded there; `None` where none is.
pub(crate) fn recorded_digest(directory: &Path) -> Option<String> {
    let description = directory.join(DESCRIPTION).is_file();
    let description = description.then(|| read_description(directory).ok());
    Some(digest(&description.flatten()?.sha256))
}

fn digest(files: &BTreeMap<String, String>) -> String {
    let lines = files
        .iter()
        .map(|(name, sha256)| format!("{name} {sha256}\n"));
    files::sha256(lines.collect::<String>().as_bytes())
}

fn read_description(directory: &Path) -> Result<Description> {
    let path = directory.join(DESCRIPTION);
    if !path.is_file() {
        return Err(Error::corrupt(
            format!("there is no data set in `{}`", directory.display()),
            "make it with `truescore gen-data CONFIG --out DIR`",
        ));
    }
    let text = files::read_own(&path)?;
    let description: Description = toml::from_str(&text).map_err(|e| {
        Error::corrupt(
            format!(
                "`{}` is not a data set's description: {}",
                path.display(),
                e.message()
            ),
            "remove the directory; the data is made again from its configuration",
        )
    })?;
    if description.format != FORMAT {
        return Err(Error::corrupt(
            format!(
                "`{}` has format `{}`, expected `{FORMAT}`",
                path.display(),
                description.format
            ),
            "it was made by another version of truescore",
        ));
    }
    Ok(description)
}

/// The bytes of a file whose digest is recorded.
fn verified(directory: &Path, name: &str, digests: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let path = directory.join(name);
    let hint = "remove the directory; the data is made again from its configuration";
    if !path.is_file() {
        let message = format!("`{}` is missing", path.display());
        return Err(Error::corrupt(message, hint));
    }
    let bytes = files::read(&path)?;
    let (found, recorded) = (files::sha256(&bytes), digests.get(name));
    if recorded != Some(&found) {
        let recorded = recorded.map_or("none", String::as_str);
        let message = format!(
            "`{}` has sha256 {found}, but {recorded} is recorded",
            path.display()
        );
        return Err(Error::corrupt(message, hint));
    }
    Ok(bytes)
}

fn decode<T: npyz::Deserialize>(path: &Path, bytes: &[u8]) -> Result<Vec<T>> {
    let array = npyz::NpyFile::new(bytes).and_then(|npy| npy.into_vec());
    array.map_err(|e| Error::corrupt(format!("`{}`: {e}", path.display()), "remove its directory"))
}

/// Names and bytes of the splits' files.
fn encode(splits: &[Points; 3]) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![];
    for (split, points) in Split::ALL.iter().zip(splits) {
        files.push((split.file(), files::npy_f64(points.values(), points.dim())));
        if let Some(labels) = points.labels() {
            files.push((split.labels_file(), files::npy_u32(labels)));
        }
    }
    files
}

/// The keys in which two tables differ.
fn differences(recorded: &toml::Table, wanted: &toml::Table) -> String {
    let show = |value: Option<&toml::Value>| value.map_or("–".to_string(), ToString::to_string);
    let keys: std::collections::BTreeSet<_> = recorded.keys().chain(wanted.keys()).collect();
    let lines: Vec<_> = keys
        .into_iter()
        .filter(|key| recorded.get(*key) != wanted.get(*key))
        .map(|key| {
            let (there, here) = (show(recorded.get(key)), show(wanted.get(key)));
            format!("data.{key} is {there} there and {here} here")
        })
        .collect();
    lines.join("; ")
}

/// Three disjoint sets of the user's points, in a random order.
fn split(points: Points, config: &DataConfig, path: &str) -> Result<[Points; 3]> {
    let (n, wanted) = (points.len(), config.num_points());
    if wanted > n {
        return Err(Error::usage_hint(
            format!("`{path}` has {n} points, but the splits want {wanted}"),
            "set data.num_train, data.num_val and data.num_test to at most that many together",
        ));
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut Seed(config.seed).stream(Purpose::Split, 0, 0));
    let mut rest = order.as_slice();
    Ok(
        [config.num_train, config.num_val, config.num_test].map(|size| {
            let (part, tail) = rest.split_at(size);
            rest = tail;
            let values = part.iter().flat_map(|i| points.row(*i)).copied().collect();
            let split = Points::new(values, points.dim());
            match points.labels() {
                Some(labels) => split.with_labels(part.iter().map(|i| labels[*i]).collect()),
                None => split,
            }
        }),
    )
}

/// Shift and scale by the statistics of the training split.
fn standardization(train: &Points, axes: &Axes, config: &DataConfig) -> Result<Affine> {
    let d = train.dim();
    let statistics = |values: &[f64]| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        (
            mean,
            variance.sqrt() / config.standardize_scale.unwrap_or(1.0),
        )
    };
    let (shift, scale): (Vec<_>, Vec<_>) = match config.standardize {
        Standardize::None => return Ok(Affine::identity(d)),
        Standardize::Global => vec![statistics(train.values()); d].into_iter().unzip(),
        Standardize::PerAxis => (0..d).map(|k| statistics(&train.axis(k))).unzip(),
    };
    match scale
        .iter()
        .zip(&shift)
        .position(|(scale, shift)| !(*scale > ROUNDING * shift.abs() && scale.is_finite()))
    {
        Some(k) => Err(Error::usage_hint(
            format!(
                "the training data cannot be standardised: `{}` is constant within rounding, with a \
                 standard deviation of {}",
                axes.shown(k),
                significant(scale[k])
            ),
            "set data.standardize = \"none\", or leave that column out",
        )),
        None => Ok(Affine { shift, scale }),
    }
}
