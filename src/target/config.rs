//! Which distribution the data is drawn from, as a configuration names it.

use super::{
    Component, Gaussian, Mixture, UniformBox,
    coordinates::Coordinates,
    plane::{
        self, CELLS, Cells, Checkerboard, Circle, Circles, EightGaussians, Line, Moons, Parts,
        SwissRoll, TwoGaussians, UniformSquare,
    },
};
use crate::settings::{
    Choice, Default, Domain, Key, Kind, Range, Section, Setting, SettingError, Value,
};
use serde::Serialize;

/// Largest dimension; the exact mathematics is meant for a handful.
const MAX_DIM: usize = 64;

/// Largest number of components.
const MAX_COMPONENTS: usize = 10_000;

/// A data distribution: the `kind` of `[data]` and the keys that go with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum TargetConfig {
    /// Σ w_k N(μ_k, Σ_k); in 1D means and standard deviations are plain numbers.
    GaussianMixture {
        /// Weights, above 0; they are normalised.
        weights: Vec<f64>,
        /// Means, one a component.
        means: Vec<Coordinates>,
        /// Standard deviations, one a component: a number for every axis, or one for each.
        #[serde(skip_serializing_if = "Option::is_none")]
        std_devs: Option<Vec<Coordinates>>,
        /// Full covariances in place of `std_devs`, one `[d, d]` matrix (row-major rows) a component.
        #[serde(skip_serializing_if = "Option::is_none")]
        covariances: Option<Vec<Vec<Vec<f64>>>>,
    },
    /// A uniform box.
    Uniform {
        /// Lower ends.
        low: Coordinates,
        /// Upper ends.
        high: Coordinates,
        /// Cells along each axis that the box is cut into, each a component.
        #[serde(skip_serializing_if = "Option::is_none")]
        cells: Option<Cells>,
    },
    /// Two Gaussians beside each other.
    TwoGaussians(TwoGaussians),
    /// Eight Gaussians on a circle.
    EightGaussians(EightGaussians),
    /// The dark squares of a board.
    Checkerboard(Checkerboard),
    /// [−1, 1]², in cells.
    UniformSquare(UniformSquare),
    /// A filled rectangle.
    Line(Line),
    /// Two half circles.
    Moons(Moons),
    /// Two circles, one in the other.
    Circles(Circles),
    /// One circle.
    Circle(Circle),
    /// A spiral.
    SwissRoll(SwissRoll),
    /// Gaussians and boxes, each with its own weight.
    Mixture {
        /// The components.
        components: Vec<ComponentConfig>,
    },
    /// Columns of the user's own; their density is not known.
    File(FileColumns),
}

/// A component of a `mixture`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ComponentConfig {
    /// N(mean, diag(std_dev²)).
    Gaussian {
        /// Weight, above 0.
        weight: f64,
        /// Mean.
        mean: Coordinates,
        /// Standard deviation: a number for every axis, or one for each.
        std_dev: Coordinates,
    },
    /// A uniform box.
    Uniform {
        /// Weight, above 0.
        weight: f64,
        /// Lower ends.
        low: Coordinates,
        /// Upper ends.
        high: Coordinates,
    },
}

/// A CSV or npy file and which of its columns are the coordinates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FileColumns {
    /// The file; relative to the configuration that names it.
    pub path: String,
    /// SHA-256 of its bytes: by that the data is known, wherever the file lies. Absent in what earlier versions
    /// wrote, which is known by the path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Which array of an npz file; its only one if it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub array: Option<String>,
    /// The columns that are coordinates; all of them if it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<Column>>,
    /// The column that holds the class of each point; no coordinate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_column: Option<Column>,
    /// The unit of each coordinate, as figures show it; none if it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<Vec<String>>,
    /// Whether the first row holds names; found out if it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// The character between two cells; found out if it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// The decimal mark; found out if it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<char>,
    /// How characters are stored.
    #[serde(skip_serializing_if = "Encoding::is_auto")]
    pub encoding: Encoding,
    /// What becomes of rows with a missing number.
    #[serde(skip_serializing_if = "Missing::is_error")]
    pub missing: Missing,
}

impl FileColumns {
    /// Every column of a file, whatever its form.
    pub(crate) fn all_of(path: String) -> Self {
        Self {
            path,
            sha256: None,
            array: None,
            columns: None,
            label_column: None,
            units: None,
            header: None,
            delimiter: None,
            decimal: None,
            encoding: Encoding::Auto,
            missing: Missing::Error,
        }
    }
}

/// A column of a file: by its name in the header, or by its position from 0. Never both.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Column {
    Name(String),
    Position(usize),
}

impl Serialize for Column {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Name(name) => serializer.serialize_str(name),
            Self::Position(position) => serializer.serialize_u64(*position as u64),
        }
    }
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Position(position) => write!(f, "{position}"),
        }
    }
}

/// How the characters of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Encoding {
    /// UTF-16 by its mark, else UTF-8 where the bytes are such, else Latin-1.
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "utf-8")]
    Utf8,
    /// In the order of its mark; without one, the low byte first.
    #[serde(rename = "utf-16")]
    Utf16,
    #[serde(rename = "latin-1")]
    Latin1,
}

impl Encoding {
    fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

impl Choice for Encoding {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new(
                "auto",
                "UTF-16 by its mark, else UTF-8, else Latin-1, which is said.",
            ),
            Self::Auto,
        ),
        (Kind::new("utf-8", "UTF-8."), Self::Utf8),
        (
            Kind::new(
                "utf-16",
                "UTF-16, in the order of its mark, else the low byte first.",
            ),
            Self::Utf16,
        ),
        (
            Kind::new("latin-1", "ISO 8859-1: a byte a character."),
            Self::Latin1,
        ),
    ];
}

/// What becomes of a row in which a number is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Missing {
    Error,
    DropRows,
}

impl Missing {
    fn is_error(&self) -> bool {
        *self == Self::Error
    }
}

impl Choice for Missing {
    const NAMES: &'static [(Kind, Self)] = &[
        (Kind::new("error", "The file is refused."), Self::Error),
        (
            Kind::new(
                "drop_rows",
                "The row is left out, and it is said how many are.",
            ),
            Self::DropRows,
        ),
    ];
}

const UNIT: &str = "that of the data";

/// Any number, or a list of them.
const POINT: Domain = Domain::Either(&[
    Domain::Number(Range::finite()),
    Domain::List(&Domain::Number(Range::finite())),
]);

/// A number above 0, or a list of them.
const POSITIVE: Domain = Domain::Either(&[
    Domain::Number(Range::positive()),
    Domain::List(&Domain::Number(Range::positive())),
]);

/// A number or a name of a column.
const COLUMN: Domain = Domain::Either(&[Domain::Text, Domain::Count(0, usize::MAX)]);

const LOW: Key = Key::new(
    "low",
    POINT,
    Default::Required,
    "Lower end of the box along each axis; one number for all axes.",
)
.unit(UNIT)
.example("[0.0, 1.0]");

const HIGH: Key = Key::new(
    "high",
    POINT,
    Default::Required,
    "Upper end of the box along each axis; one number for all axes.",
)
.unit(UNIT)
.example("[3.0, 3.0]");

const BOX: &str = "low = [0.0, 1.0]\nhigh = [2.0, 2.0]";

const GAUSSIAN_MIXTURE: Kind = Kind::new(
    "gaussian_mixture",
    "A weighted sum of Gaussians, in one dimension or more.",
)
.needs("means = [-2.0, 1.0]\nstd_devs = [0.5, 0.3]")
.keys(&[
    Key::new(
        "weights",
        Domain::List(&Domain::Number(Range::positive())),
        Default::Absent("equal weights"),
        "Weight of each component. They are divided by their sum.",
    )
    .example("[0.3, 0.7]"),
    Key::new(
        "means",
        Domain::List(&POINT),
        Default::Required,
        "Mean of each component: a number, or in more than one dimension a list of coordinates.",
    )
    .unit(UNIT)
    .example("[-3.0, 3.0]"),
    Key::new(
        "std_devs",
        Domain::List(&POSITIVE),
        Default::Absent("`covariances` takes its place"),
        "Standard deviation of each component: a number for every axis, or a list with one for each.",
    )
    .unit(UNIT)
    .example("[0.1, 0.2]"),
    Key::new(
        "covariances",
        Domain::List(&Domain::List(&POINT)),
        Default::Absent("`std_devs` takes its place"),
        "Covariance matrix of each component, as a list of its rows. It stands in the place of `std_devs`.",
    )
    .unit("that of the data, squared")
    .whole_example(
        "[data]\nkind = \"gaussian_mixture\"\nmeans = [[0.0, 1.0]]\n\
         covariances = [[[1.0, 0.5], [0.5, 1.0]]]",
    ),
]);

const MIXTURE: &str = "\
[data]
kind = \"mixture\"
components = [
    { kind = \"uniform\", low = 0.0, high = 1.0 },
    { kind = \"gaussian\", weight = 2.0, mean = 3.0, std_dev = 0.1 },
]";

const WEIGHT: Key = Key::number(
    "weight",
    1.0,
    Range::positive(),
    "Weight of the component. The weights are divided by their sum.",
)
.whole_example(MIXTURE);

const COMPONENTS: &[Key] = &[
    Key::kind(
        &[
            Kind::new("gaussian", "A Gaussian whose axes are independent.").keys(&[
                Key::new("mean", POINT, Default::Required, "Mean of the Gaussian.")
                    .unit(UNIT)
                    .whole_example(MIXTURE),
                Key::new(
                    "std_dev",
                    POSITIVE,
                    Default::Required,
                    "Standard deviation: a number for every axis, or one for each.",
                )
                .unit(UNIT)
                .whole_example(MIXTURE),
            ]),
            Kind::new("uniform", "A uniform box.")
                .keys(&[LOW.whole_example(MIXTURE), HIGH.whole_example(MIXTURE)]),
        ],
        Default::Required,
        "What the component is.",
    )
    .whole_example(MIXTURE),
    WEIGHT,
];

const FILE: Kind = Kind::new(
    "file",
    "Columns of a CSV, npy or npz file of your own. Its density is not known, so metrics that need one are absent.",
)
.needs("path = \"points.csv\"")
.keys(&[
    Key::new(
        "path",
        Domain::Text,
        Default::Required,
        "The file: CSV, npy or npz, also packed with gzip. A relative path starts from the configuration that names it.",
    )
    .example("\"other.csv\""),
    Key::new(
        "sha256",
        Domain::Text,
        Default::Absent("that of the file as it is"),
        "SHA-256 of the file's bytes. A file of other bytes is refused. truescore writes it into the configuration of \
         every run.",
    )
    .example("\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"")
    .later(),
    Key::new(
        "array",
        Domain::Text,
        Default::Absent("the only array of the file"),
        "Which array of an npz file holds the points.",
    )
    .example("\"x\"")
    .later(),
    Key::new(
        "columns",
        Domain::List(&COLUMN),
        Default::Absent("all columns but `label_column`"),
        "The columns that are coordinates: texts are names of the header, whole numbers are positions from 0.",
    )
    .example("[\"x\", \"y\"]"),
    Key::new(
        "label_column",
        COLUMN,
        Default::Absent("the points carry no labels"),
        "The column that holds the class of each point: a text is its name, a whole number its position from 0.",
    )
    .example("\"class\""),
    Key::new(
        "units",
        Domain::List(&Domain::Text),
        Default::Absent("figures and tables show no units"),
        "The unit of each coordinate, beside its name in figures and tables.",
    )
    .example("[\"min\", \"min\"]")
    .later(),
    Key::new(
        "header",
        Domain::Either(&[Domain::Word("auto"), Domain::Flag]),
        Default::Name("auto"),
        "Whether the first row of a CSV holds names. `auto` refuses to guess where it may also be a point.",
    )
    .example("true")
    .later(),
    Key::new(
        "delimiter",
        Domain::Text,
        Default::Absent("that by which the whole file makes sense"),
        "The character between two cells of a CSV.",
    )
    .example("\";\"")
    .later(),
    Key::new(
        "decimal",
        Domain::Text,
        Default::Absent("that by which the whole file makes sense"),
        "The decimal mark of a CSV: a point or a comma.",
    )
    .example("\",\"")
    .later(),
    Key::choice::<Encoding>(
        "encoding",
        "auto",
        "How the characters of a CSV are stored.",
    )
    .later(),
    Key::choice::<Missing>(
        "missing",
        "error",
        "What becomes of a row in which a number is missing: an empty cell, `NA` or `nan`.",
    )
    .later(),
]);

/// The kinds of `[data]`, in the order of messages.
const KINDS: &[Kind] = &[
    GAUSSIAN_MIXTURE,
    Kind::new("uniform", "A uniform box, whole or cut into equal cells.")
        .needs(BOX)
        .keys(&[LOW, HIGH, CELLS.example("[1, 4]")]),
    Kind::new("mixture", "Gaussians and boxes, each with its own weight.")
        .needs(
            "components = [{ kind = \"uniform\", low = 0.0, high = 1.0 }, \
             { kind = \"gaussian\", mean = 3.0, std_dev = 0.1 }]",
        )
        .keys(&[Key::new(
            "components",
            Domain::List(&Domain::Table(COMPONENTS)),
            Default::Required,
            "The components, each a table.",
        )
        .whole_example(MIXTURE)]),
    TwoGaussians::KIND,
    EightGaussians::KIND,
    Checkerboard::KIND,
    UniformSquare::KIND,
    Line::KIND,
    Moons::KIND,
    Circles::KIND,
    Circle::KIND,
    SwissRoll::KIND,
    FILE,
];

/// Sets that are drawings and have no law of their own to be computed from.
const ABSENT: [(&str, &str); 1] = [(
    "dino",
    "its 142 points are a drawing: save them as a CSV for `kind = \"file\"`, or write them as the `means` of a \
     `gaussian_mixture`, whose density is then known",
)];

impl TargetConfig {
    /// `kind` in the table of `[data]`, with the keys of every kind.
    pub(crate) const KEY: Key = Key::kind(
        KINDS,
        Default::Required,
        "The distribution that the data is drawn from, or the file that holds it.",
    );

    /// Reads `kind` and its keys from `[data]`; the keys that every kind shares are left to the caller.
    pub(crate) fn read(section: &mut Section) -> Result<Self, SettingError> {
        let config = match section.kind_or_hint(&ABSENT)? {
            "gaussian_mixture" => Self::read_gaussian_mixture(section)?,
            "uniform" => {
                let (low, high) = read_box(section)?;
                let cells = Cells::read(section, low.0.len().max(high.0.len()))?;
                Self::Uniform { low, high, cells }
            }
            "two_gaussians" => Self::TwoGaussians(TwoGaussians::read(section)?),
            "eight_gaussians" => Self::EightGaussians(EightGaussians::read(section)?),
            "checkerboard" => Self::Checkerboard(Checkerboard::read(section)?),
            "uniform_square" => Self::UniformSquare(UniformSquare::read(section)?),
            "line" => Self::Line(Line {}),
            "moons" => Self::Moons(Moons::read(section)?),
            "circles" => Self::Circles(Circles::read(section)?),
            "circle" => Self::Circle(Circle::read(section)?),
            "swiss_roll" => Self::SwissRoll(SwissRoll::read(section)?),
            "mixture" => Self::Mixture {
                components: read_components(section)?,
            },
            _ => Self::File(FileColumns::read(section)?),
        };
        Ok(config)
    }

    fn read_gaussian_mixture(section: &mut Section) -> Result<Self, SettingError> {
        let weights = section.floats("weights")?;
        let means = points(section, "means")?;
        let means = section.required("means", means)?;
        let weights = weights.unwrap_or_else(|| vec![1.0; means.len()]);
        let std_devs = points(section, "std_devs")?;
        let covariances = matrices(section, "covariances")?;
        let k = means.len();
        if k > MAX_COMPONENTS {
            return Err(section.error(
                "means",
                format!("has {k} components, at most {MAX_COMPONENTS}"),
            ));
        }
        for (key, len) in [
            ("weights", Some(weights.len())),
            ("std_devs", std_devs.as_ref().map(Vec::len)),
            ("covariances", covariances.as_ref().map(Vec::len)),
        ] {
            if let Some(len) = len.filter(|len| *len != k) {
                let message = format!("has {len} entries, but `means` has {k}");
                return Err(section.error(key, message));
            }
        }
        let config = match (&std_devs, &covariances) {
            (None, None) => return Err(section.error("std_devs", "is missing")),
            (Some(_), Some(_)) => {
                let message = "stands beside `std_devs`: give one of them";
                return Err(section.error("covariances", message));
            }
            _ => Self::GaussianMixture {
                weights,
                means,
                std_devs,
                covariances,
            },
        };
        match config.parts() {
            Ok(_) => Ok(config),
            Err((key, message)) => Err(section.error(key, message)),
        }
    }

    /// The distribution, if its density is known.
    pub(crate) fn density(&self) -> Option<Mixture> {
        let (weights, components) = self.parts().expect("checked when it was read")?;
        Some(Mixture::new(weights, components))
    }

    /// Weights and components; otherwise the key at fault and what is wrong with it.
    fn parts(&self) -> Result<Option<Parts>, (&'static str, String)> {
        let parts = match self {
            Self::GaussianMixture {
                weights,
                means,
                std_devs,
                covariances,
            } => {
                let d = means[0].0.len();
                let component = |k: usize| {
                    let mean = same_dim(&means[k], d).map_err(|e| ("means", e))?;
                    match (std_devs, covariances) {
                        (Some(sd), _) => gaussian(mean, &sd[k]).map_err(|e| ("std_devs", e)),
                        (None, Some(matrices)) => {
                            full_gaussian(mean, &matrices[k], k).map_err(|e| ("covariances", e))
                        }
                        (None, None) => Err(("std_devs", "is missing".to_string())),
                    }
                };
                let components = (0..means.len()).map(component).collect::<Result<_, _>>()?;
                (weights.clone(), components)
            }
            Self::Uniform { low, high, cells } => {
                let built = uniform(low, high, low.0.len().max(high.0.len()));
                plane::cut(built.map_err(|e| ("low", e))?, cells.as_ref())
            }
            Self::TwoGaussians(set) => set.parts(),
            Self::EightGaussians(set) => set.parts(),
            Self::Checkerboard(set) => set.parts(),
            Self::UniformSquare(set) => set.parts(),
            Self::Line(set) => set.parts(),
            Self::Moons(set) => set.parts(),
            Self::Circles(set) => set.parts(),
            Self::Circle(set) => set.parts(),
            Self::SwissRoll(set) => set.parts(),
            Self::Mixture { components } => {
                let d = components
                    .iter()
                    .map(ComponentConfig::dim)
                    .max()
                    .unwrap_or(1);
                let built = components
                    .iter()
                    .map(|c| c.build(d))
                    .collect::<Result<_, _>>();
                let built = built.map_err(|e| ("components", e))?;
                (
                    components.iter().map(ComponentConfig::weight).collect(),
                    built,
                )
            }
            Self::File(_) => return Ok(None),
        };
        Ok(Some(parts))
    }
}

impl ComponentConfig {
    fn weight(&self) -> f64 {
        match self {
            Self::Gaussian { weight, .. } | Self::Uniform { weight, .. } => *weight,
        }
    }

    fn dim(&self) -> usize {
        match self {
            Self::Gaussian { mean, .. } => mean.0.len(),
            Self::Uniform { low, high, .. } => low.0.len().max(high.0.len()),
        }
    }

    fn build(&self, d: usize) -> Result<Component, String> {
        match self {
            Self::Gaussian { mean, std_dev, .. } => gaussian(same_dim(mean, d)?, std_dev),
            Self::Uniform { low, high, .. } => uniform(low, high, d).map(Component::Uniform),
        }
    }
}

impl FileColumns {
    fn read(section: &mut Section) -> Result<Self, SettingError> {
        let path = section.text("path")?;
        let path = section.required("path", path)?;
        let sha256 = section.text("sha256")?;
        let is_digest = |text: &String| {
            text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        if let Some(text) = sha256.as_ref().filter(|text| !is_digest(text)) {
            let message = format!("is {text:?}, expected 64 digits from 0 to 9 and a to f");
            return Err(section.error("sha256", message));
        }
        let columns = section.list("columns")?;
        let columns: Option<Vec<_>> = columns.map(|items| items.iter().map(column).collect());
        let label_column = section.get("label_column").map(column);
        if let (Some(label), Some(columns)) = (&label_column, &columns)
            && columns.contains(label)
        {
            let message = format!("is \"{label}\", which is one of `columns` already");
            return Err(section.error("label_column", message));
        }
        let header = match section.get("header").map(|setting| &setting.value) {
            None => None,
            Some(Value::String(word)) if word == "auto" => None,
            Some(Value::Bool(flag)) => Some(*flag),
            Some(other) => {
                let message = format!("is {other}, expected \"auto\", true or false");
                return Err(section.error("header", message));
            }
        };
        let delimiter = character(section, "delimiter", |c| {
            c.is_ascii() && !c.is_alphanumeric()
        })?;
        let decimal = character(section, "decimal", |c| matches!(c, '.' | ','))?;
        if delimiter.is_some() && delimiter == decimal {
            return Err(section.error("decimal", "is also the delimiter".to_string()));
        }
        Ok(Self {
            path,
            sha256,
            array: section.text("array")?,
            columns,
            label_column,
            units: texts(section, "units")?,
            header,
            delimiter,
            decimal,
            encoding: section.choice_or("encoding", Encoding::Auto)?,
            missing: section.choice_or("missing", Missing::Error)?,
        })
    }
}

/// A key that holds a list of texts.
fn texts(section: &mut Section, key: &'static str) -> Result<Option<Vec<String>>, SettingError> {
    let Some(items) = section.list(key)? else {
        return Ok(None);
    };
    let text = |item: &Setting| match &item.value {
        Value::String(text) => Ok(text.clone()),
        other => Err(section.error(key, format!("holds {other}, expected texts"))),
    };
    items.iter().map(text).collect::<Result<_, _>>().map(Some)
}

/// A text is a name, a whole number a position.
fn column(item: &Setting) -> Column {
    match &item.value {
        Value::String(name) => Column::Name(name.clone()),
        Value::Integer(position) => Column::Position(*position as usize),
        other => Column::Name(other.to_string()),
    }
}

/// A key that holds one character.
fn character(
    section: &mut Section,
    key: &'static str,
    is_allowed: impl Fn(char) -> bool,
) -> Result<Option<char>, SettingError> {
    let Some(text) = section.text(key)? else {
        return Ok(None);
    };
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(c), None) if is_allowed(c) => Ok(Some(c)),
        _ => Err(section.error(key, format!("is {text:?}, which is none"))),
    }
}

fn read_box(section: &mut Section) -> Result<(Coordinates, Coordinates), SettingError> {
    let mut end = |key| {
        let setting = section.get(key);
        let setting = section.required(key, setting)?;
        section.coordinates(key, setting).map(Coordinates)
    };
    let (low, high) = (end("low")?, end("high")?);
    match uniform(&low, &high, low.0.len().max(high.0.len())) {
        Ok(_) => Ok((low, high)),
        Err(message) => Err(section.error("low", message)),
    }
}

fn read_components(section: &mut Section) -> Result<Vec<ComponentConfig>, SettingError> {
    let mut sections = section.sections("components")?;
    let mut components = vec![];
    for part in &mut sections {
        let weight = part.float("weight")?;
        components.push(match part.kind()? {
            "gaussian" => {
                let mut numbers = |key| {
                    let setting = part.get(key);
                    let setting = part.required(key, setting)?;
                    part.coordinates(key, setting).map(Coordinates)
                };
                let (mean, std_dev) = (numbers("mean")?, numbers("std_dev")?);
                ComponentConfig::Gaussian {
                    weight,
                    mean,
                    std_dev,
                }
            }
            _ => {
                let (low, high) = read_box(part)?;
                ComponentConfig::Uniform { weight, low, high }
            }
        });
    }
    let d = components[0].dim();
    for (part, component) in sections.into_iter().zip(&components) {
        if component.dim() != d {
            let message = format!(
                "has {} dimensions, the first component {d}",
                component.dim()
            );
            return Err(part.error("", message));
        }
        if let Err(message) = component.build(d) {
            return Err(part.error("", message));
        }
        part.finish()?;
    }
    Ok(components)
}

fn points(
    section: &mut Section,
    key: &'static str,
) -> Result<Option<Vec<Coordinates>>, SettingError> {
    let Some(items) = section.list(key)? else {
        return Ok(None);
    };
    let point = |(i, item)| {
        section
            .coordinates(&format!("{key}[{i}]"), item)
            .map(Coordinates)
    };
    items
        .iter()
        .enumerate()
        .map(point)
        .collect::<Result<_, _>>()
        .map(Some)
}

fn matrices(
    section: &mut Section,
    key: &'static str,
) -> Result<Option<Vec<Vec<Vec<f64>>>>, SettingError> {
    let Some(items) = section.list(key)? else {
        return Ok(None);
    };
    let matrix = |(k, item): (usize, &Setting)| match &item.value {
        crate::settings::Value::Array(rows) => rows
            .iter()
            .map(|row| section.coordinates(&format!("{key}[{k}]"), row))
            .collect(),
        _ => Err(section.error(key, "is a list of matrices, each a list of rows")),
    };
    items
        .iter()
        .enumerate()
        .map(matrix)
        .collect::<Result<_, _>>()
        .map(Some)
}

fn same_dim(point: &Coordinates, d: usize) -> Result<Vec<f64>, String> {
    match point.0.len() {
        n if n != d => Err(format!("mixes points of {d} and {n} dimensions")),
        n if n > MAX_DIM => Err(format!("has {n} dimensions, at most {MAX_DIM}")),
        _ => Ok(point.0.clone()),
    }
}

fn expand(point: &Coordinates, d: usize) -> Result<Vec<f64>, String> {
    if point.0.len() == 1 {
        Ok(vec![point.0[0]; d])
    } else {
        same_dim(point, d)
    }
}

fn gaussian(mean: Vec<f64>, std_dev: &Coordinates) -> Result<Component, String> {
    let std_devs = expand(std_dev, mean.len())?;
    Gaussian::diagonal(mean, &std_devs)
        .map(Component::Gaussian)
        .ok_or_else(|| "has a standard deviation too small or too large to square".into())
}

fn full_gaussian(mean: Vec<f64>, rows: &[Vec<f64>], k: usize) -> Result<Component, String> {
    let d = mean.len();
    if rows.len() != d || rows.iter().any(|row| row.len() != d) {
        return Err(format!(
            "has {d} dimensions, so covariance {k} is {d} rows of {d} numbers"
        ));
    }
    Gaussian::new(mean, rows.concat())
        .map(Component::Gaussian)
        .ok_or_else(|| format!("has a covariance ({k}) that is not symmetric positive definite"))
}

fn uniform(low: &Coordinates, high: &Coordinates, d: usize) -> Result<UniformBox, String> {
    UniformBox::new(expand(low, d)?, expand(high, d)?)
        .ok_or_else(|| "must be below `high` along every axis".into())
}
