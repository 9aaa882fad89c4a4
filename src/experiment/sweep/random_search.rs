//! Random search: what values are drawn from.

use crate::{
    experiment::sweep::assignment::{Assignment, MAX_RUNS},
    rng::{Generator, Purpose, Seed},
    settings::{Default, Domain, Key, Kind, Origin, Range, Section, Setting, SettingError, Value},
};
use rand::RngExt;

/// A whole example of a random search.
pub(super) const EXAMPLE: &str = "\
[sweep.random]
count = 20
\"train.learning_rate\" = { kind = \"log_uniform\", low = 1e-4, high = 1e-2 }
\"model.num_layers\" = { kind = \"uniform\", low = 2, high = 6, whole = true }
\"model.activation\" = { kind = \"choice\", values = [\"relu\", \"silu\"] }";

/// The keys of `[sweep.random]` itself; all others name what is drawn.
pub(super) const KEYS: &[Key] = &[
    Key::new(
        "count",
        Domain::Count(1, MAX_RUNS),
        Default::Required,
        "Number of draws.",
    )
    .unit("runs")
    .whole_example(EXAMPLE),
    Key::count("seed", 0, (0, i64::MAX as usize), "Seed of the draws.").whole_example(
        "[sweep.random]\ncount = 5\nseed = 1\n\
         \"train.batch_size\" = { kind = \"choice\", values = [64, 256] }",
    ),
];

/// The keys of a number that is drawn between two ends.
const fn ends(range: Range) -> [Key; 3] {
    let end = Domain::Number(range);
    [
        Key::new("low", end, Default::Required, "Lower end of the values.").whole_example(EXAMPLE),
        Key::new("high", end, Default::Required, "Upper end of the values.").whole_example(EXAMPLE),
        Key::flag(
            "whole",
            false,
            "Whether the values are whole numbers: with `uniform` each from `low` to `high` is equally likely, with \
             `log_uniform` each as the interval of half a unit on either side.",
        )
        .whole_example(EXAMPLE),
    ]
}

/// The table of what one value is drawn from.
pub(super) const DRAW: &[Key] = &[Key::kind(
    &[
        Kind::new("uniform", "Uniform between `low` and `high`.").keys(&ends(Range::finite())),
        Kind::new(
            "log_uniform",
            "Uniform in the logarithm, between `low` and `high` above 0.",
        )
        .source("Bergstra & Bengio 2012")
        .keys(&ends(Range::positive())),
        Kind::new("choice", "One of a list of values, each equally likely.").keys(&[Key::new(
            "values",
            Domain::List(&Domain::Any),
            Default::Required,
            "The values to choose from.",
        )
        .whole_example(EXAMPLE)]),
    ],
    Default::Required,
    "The distribution that a value is drawn from.",
)
.whole_example(EXAMPLE)];

/// How whole numbers are drawn between two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WholeDraws {
    /// The interval reaches half a unit beyond its whole ends, so that rounding treats all alike.
    Even,
    /// The interval ends where the keys say, and its ends are drawn half as often. The first release drew
    /// so, and its plans are frozen.
    Rounded,
}

/// The draws of `sweep.random`, each a function of the seed and its number alone.
pub(crate) fn read(
    mut section: Section,
    whole_draws: WholeDraws,
) -> std::result::Result<Vec<Assignment>, SettingError> {
    let count = section.count("count")?;
    let seed = Seed(section.count("seed")? as u64);
    let mut distributions = vec![];
    for (key, setting) in section.others() {
        distributions.push((
            key.to_string(),
            Distribution::read(key, setting, whole_draws)?,
        ));
    }
    let draw = |i: usize| {
        let mut rng = seed.stream(Purpose::Search, i as u64, 0);
        let pick = |(key, d): &(String, Distribution)| (key.clone(), d.draw(&mut rng));
        distributions.iter().map(pick).collect()
    };
    Ok((0..count).map(draw).collect())
}

/// What a random search draws a value from.
enum Distribution {
    Uniform {
        low: f64,
        high: f64,
        whole: bool,
        origin: Origin,
    },
    LogUniform {
        low: f64,
        high: f64,
        whole: bool,
        origin: Origin,
    },
    Choice(Vec<Setting>),
}

impl Distribution {
    fn read(
        key: &str,
        setting: &Setting,
        whole_draws: WholeDraws,
    ) -> std::result::Result<Self, SettingError> {
        let mut section = Section::of(setting, format!("sweep.random.\"{key}\""), DRAW)?;
        let kind = section.kind()?;
        let origin = setting.origin.clone();
        let distribution = if kind == "choice" {
            let values = section.list("values")?;
            Self::Choice(section.required("values", values)?.to_vec())
        } else {
            let (mut low, mut high) = (section.float("low")?, section.float("high")?);
            if low >= high {
                return Err(section.error(
                    "low",
                    format!("is {low}, expected less than `high`, {high}"),
                ));
            }
            let whole = section.flag("whole")?;
            if whole {
                let (first, last) = (low.ceil(), high.floor());
                if first > last {
                    let message =
                        format!("is {low}, and no whole number lies up to `high`, {high}");
                    return Err(section.error("low", message));
                }
                if whole_draws == WholeDraws::Even {
                    (low, high) = (first - 0.5, last + 0.5);
                }
            }
            match kind {
                "uniform" => Self::Uniform {
                    low,
                    high,
                    whole,
                    origin,
                },
                _ => Self::LogUniform {
                    low,
                    high,
                    whole,
                    origin,
                },
            }
        };
        section.finish()?;
        Ok(distribution)
    }

    fn draw(&self, rng: &mut Generator) -> Setting {
        let number = |x: f64, whole: bool, origin: &Origin| {
            let value = if whole {
                Value::Integer(x.round() as i64)
            } else {
                Value::Float(x)
            };
            Setting::new(value, origin.clone())
        };
        match self {
            Self::Uniform {
                low,
                high,
                whole,
                origin,
            } => number(rng.random_range(*low..*high), *whole, origin),
            Self::LogUniform {
                low,
                high,
                whole,
                origin,
            } => number(rng.random_range(low.ln()..high.ln()).exp(), *whole, origin),
            Self::Choice(values) => values[rng.random_range(0..values.len())].clone(),
        }
    }
}
