//! Random search: what values are drawn from.

use crate::{
    experiment::sweep::choices::{Assignment, MAX_RUNS},
    rng::{Generator, Purpose, Seed},
    settings::{Origin, Range, Section, Setting, SettingError, Value},
};
use rand::RngExt;

/// The draws of `sweep.random`, each a function of the seed and its number alone.
pub(crate) fn read(mut section: Section) -> std::result::Result<Vec<Assignment>, SettingError> {
    let count = section.optional_count("count", 1, MAX_RUNS)?;
    let count = section.required("count", count)?;
    let seed = Seed(section.count("seed", 0, 0, i64::MAX as usize)? as u64);
    let mut distributions = vec![];
    for key in section
        .keys()
        .filter(|key| !matches!(*key, "count" | "seed"))
    {
        distributions.push((key.to_string(), Distribution::read(&section, key)?));
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
    fn read(parent: &Section, key: &str) -> std::result::Result<Self, SettingError> {
        let Some(setting) = parent.setting(key) else {
            return Err(parent.error(key, "is missing"));
        };
        let mut section = Section::of(setting, format!("sweep.random.\"{key}\""))?;
        let kind = section.kind(&["uniform", "log_uniform", "choice"], None)?;
        let origin = setting.origin.clone();
        let distribution = if kind == "choice" {
            let values = section.list("values")?;
            Self::Choice(section.required("values", values)?.to_vec())
        } else {
            let range = if kind == "uniform" {
                Range::finite()
            } else {
                Range::positive()
            };
            let low = section.required_float("low", range)?;
            let high = section.required_float("high", range)?;
            if low >= high {
                return Err(section.error(
                    "low",
                    format!("is {low}, expected less than `high`, {high}"),
                ));
            }
            let whole = section.flag("whole", false)?;
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
