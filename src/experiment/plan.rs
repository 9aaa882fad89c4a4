//! Sweeps: a specification, and the runs that it stands for.

use super::{
    ExperimentConfig, config, files,
    toml_source::{self, Overrides},
};
use crate::{
    error::{Error, Result},
    rng::{Purpose, Seed},
    settings::{Origin, Range, Section, Setting, SettingError, Table, Value},
};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

/// Most runs in a sweep.
const MAX_RUNS: usize = 100_000;

/// One choice of values: dotted keys and what they are set to.
type Assignment = Vec<(String, Setting)>;

/// A sweep as its file describes it.
#[derive(Debug)]
pub struct SweepSpec {
    /// What its directory is named after.
    pub name: String,
    /// The file as it is.
    pub text: String,
    path: PathBuf,
    base: Table,
    choices: Vec<Assignment>,
}

/// A run of a sweep.
#[derive(Debug, Clone)]
pub struct PlannedRun {
    /// Its place in the plan, from 0.
    pub index: usize,
    /// What it sets, by dotted key.
    pub overrides: BTreeMap<String, String>,
    /// Its directory, relative to that of the sweep.
    pub directory: String,
    /// Its resolved configuration.
    pub config: ExperimentConfig,
}

/// A line of `plan.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PlanLine {
    index: usize,
    overrides: BTreeMap<String, String>,
    run: String,
}

/// The runs of a sweep, in order, without repetitions.
#[derive(Debug)]
pub struct Plan {
    /// The runs.
    pub runs: Vec<PlannedRun>,
    /// Choices that resolve to a run which is in the plan already.
    pub repeated: usize,
}

impl SweepSpec {
    /// Reads a sweep's file; `overrides` apply to every run.
    pub fn load(path: &Path, overrides: &Overrides) -> Result<Self> {
        let mut table = toml_source::load_table(path)?;
        let Some(sweep) = table.remove("sweep") else {
            return Err(Error::usage_hint(
                format!("`{}` has no [sweep]", path.display()),
                format!("for a single run use `truescore train {}`", path.display()),
            ));
        };
        for (key, setting) in overrides {
            if key == "sweep" || key.starts_with("sweep.") {
                let message = format!("{}: a sweep's own keys are set in its file", setting.origin);
                return Err(Error::usage(message));
            }
        }
        toml_source::apply_all(&mut table, overrides);
        let name = config::name_from(path);
        let choices = read_choices(&sweep)?;
        let text = toml_source::source_text(path)?;
        Ok(Self {
            name,
            text,
            path: path.to_path_buf(),
            base: table,
            choices,
        })
    }

    /// Every run of the sweep, each checked.
    pub fn plan(&self) -> Result<Plan> {
        let mut runs: Vec<PlannedRun> = vec![];
        let (mut seen, mut repeated) = (HashSet::new(), 0);
        for choice in &self.choices {
            let mut table = self.base.clone();
            toml_source::apply_all(&mut table, choice);
            let config = ExperimentConfig::from_table(&table, &self.name)
                .map_err(|error| in_choice(config::in_file(error, &self.path), choice))?;
            let directory = format!("runs/{}", config.directory_name());
            if !seen.insert(directory.clone()) {
                repeated += 1;
                continue;
            }
            let overrides = choice
                .iter()
                .map(|(k, v)| (k.clone(), plain(&v.value)))
                .collect();
            runs.push(PlannedRun {
                index: runs.len(),
                overrides,
                directory,
                config,
            });
        }
        Ok(Plan { runs, repeated })
    }
}

impl Plan {
    /// Writes `plan.jsonl`, or checks it against the one that is there: a plan is frozen, but runs
    /// may be added to it.
    pub fn freeze(&self, path: &Path) -> Result<()> {
        let lines: Vec<_> = self.runs.iter().map(PlannedRun::line).collect();
        if path.is_file() {
            let text = files::read_text(path)?;
            let old: Vec<PlanLine> = text
                .lines()
                .filter_map(|l| serde_json::from_str(l).ok())
                .collect();
            let missing = old
                .iter()
                .find(|old| !lines.iter().any(|new| new.run == old.run));
            if let Some(missing) = missing {
                return Err(Error::in_use(
                    format!(
                        "`{}` is the plan of another sweep: `{}` is not a run of this one",
                        path.display(),
                        missing.run
                    ),
                    "name another directory with --out, or restore the specification; \
                     runs may be added to a sweep, but not taken away",
                ));
            }
        }
        let mut text = String::new();
        for line in &lines {
            let line = serde_json::to_string(line)
                .map_err(|e| Error::Unexpected(format!("cannot encode the plan: {e}")))?;
            text.push_str(&line);
            text.push('\n');
        }
        files::write_atomic(path, text.as_bytes())
    }
}

impl PlannedRun {
    fn line(&self) -> PlanLine {
        PlanLine {
            index: self.index,
            overrides: self.overrides.clone(),
            run: self.directory.clone(),
        }
    }

    /// What it sets, in short: the last part of each key, and its value.
    pub fn label(&self) -> String {
        let short = |key: &str| {
            let key = key.strip_suffix(".kind").unwrap_or(key);
            key.rsplit('.').next().unwrap_or(key).to_string()
        };
        let words = self
            .overrides
            .iter()
            .map(|(k, v)| format!("{}={v}", short(k)));
        let words: Vec<_> = words.collect();
        if words.is_empty() {
            "the base itself".into()
        } else {
            words.join(" ")
        }
    }
}

fn in_choice(error: Error, choice: &Assignment) -> Error {
    let words: Vec<_> = choice
        .iter()
        .map(|(k, v)| format!("{k}={}", plain(&v.value)))
        .collect();
    match error {
        Error::Usage { message, hint } => Error::Usage {
            message: format!("{message} (in the run with {})", words.join(" ")),
            hint,
        },
        other => other,
    }
}

/// A value as a table shows it: strings without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// All combinations of a grid's blocks, zipped lists, random draws and seeds.
fn read_choices(sweep: &Setting) -> std::result::Result<Vec<Assignment>, SettingError> {
    let mut section = Section::of(sweep, "sweep".into())?;
    let seeds = read_seeds(&mut section)?;
    let blocks = match section.get("grid") {
        None => vec![],
        Some(setting) => tables_of(&section, "grid", setting)?,
    };
    let zip = match section.get("zip") {
        None => vec![],
        Some(setting) => tables_of(&section, "zip", setting)?,
    };
    let random = section.optional_section("random")?;
    let draws = random
        .map(read_random)
        .transpose()?
        .unwrap_or_else(|| vec![vec![]]);

    let too_many = |section: &Section| section.error("", format!("has more than {MAX_RUNS} runs"));
    let mut grid = vec![];
    for block in &blocks {
        let lists = lists_of("grid", block)?;
        let size = lists
            .iter()
            .try_fold(1usize, |n, (_, values)| n.checked_mul(values.len()));
        if size.is_none_or(|n| n > MAX_RUNS) {
            return Err(too_many(&section));
        }
        grid.extend(product(lists));
    }
    let mut zipped = vec![];
    for block in &zip {
        zipped.extend(side_by_side(&section, lists_of("zip", block)?)?);
    }
    let or_nothing = |list: Vec<Assignment>| if list.is_empty() { vec![vec![]] } else { list };
    let (grid, zipped) = (or_nothing(grid), or_nothing(zipped));
    let total = [zipped.len(), draws.len(), seeds.len()]
        .iter()
        .try_fold(grid.len(), |n: usize, k| n.checked_mul(*k));
    if total.is_none_or(|n| n > MAX_RUNS) {
        return Err(too_many(&section));
    }
    let mut choices = vec![];
    for parts in [&grid, &zipped, &draws, &seeds]
        .iter()
        .fold(vec![vec![]], |sofar, part| {
            let extend = |head: &Assignment| {
                let head = head.clone();
                part.iter()
                    .map(move |tail| [head.clone(), tail.clone()].concat())
                    .collect::<Vec<_>>()
            };
            sofar.iter().flat_map(extend).collect()
        })
    {
        choices.push(parts);
    }
    section.finish()?;
    Ok(choices)
}

fn read_seeds(section: &mut Section) -> std::result::Result<Vec<Assignment>, SettingError> {
    let Some(setting) = section.get("seeds") else {
        return Ok(vec![vec![]]);
    };
    let items = match &setting.value {
        Value::Integer(n) if (1..=MAX_RUNS as i64).contains(n) => (0..*n)
            .map(|seed| Setting::new(Value::Integer(seed), setting.origin.clone()))
            .collect(),
        Value::Array(items) if !items.is_empty() => items.clone(),
        other => {
            let message = format!("is {other}, expected a list of seeds, or how many there are");
            return Err(section.error("seeds", message));
        }
    };
    Ok(items
        .into_iter()
        .map(|seed| vec![("seed".to_string(), seed)])
        .collect())
}

/// One table, or a list of tables whose runs are taken together.
fn tables_of<'a>(
    section: &Section,
    key: &str,
    setting: &'a Setting,
) -> std::result::Result<Vec<&'a Table>, SettingError> {
    let items = match &setting.value {
        Value::Array(items) => items.iter().collect(),
        _ => vec![setting],
    };
    let table = |item: &'a Setting| match &item.value {
        Value::Table(table) if !table.is_empty() => Ok(table),
        other => {
            let example = "expected a table of lists, such as \"train.batch_size\" = [64, 256]";
            Err(section.error(key, format!("is {other}, {example}")))
        }
    };
    items.into_iter().map(table).collect()
}

/// The lists of a table by dotted key; tables in between are part of the key.
fn lists_of(
    key: &str,
    table: &Table,
) -> std::result::Result<Vec<(String, Vec<Setting>)>, SettingError> {
    let mut lists = vec![];
    for (name, setting) in table {
        match &setting.value {
            Value::Array(items) if !items.is_empty() => lists.push((name.clone(), items.clone())),
            Value::Table(inner) => {
                for (tail, items) in lists_of(key, inner)? {
                    lists.push((format!("{name}.{tail}"), items));
                }
            }
            other => {
                return Err(SettingError {
                    origin: Some(setting.origin.clone()),
                    message: format!(
                        "`sweep.{key}.\"{name}\"` is {other}, expected a list of at least one value"
                    ),
                    hint: None,
                });
            }
        }
    }
    Ok(lists)
}

fn product(lists: Vec<(String, Vec<Setting>)>) -> Vec<Assignment> {
    lists
        .into_iter()
        .fold(vec![vec![]], |sofar, (key, values)| {
            let extend = |head: &Assignment| {
                let head = head.clone();
                let with =
                    |value: &Setting| [head.clone(), vec![(key.clone(), value.clone())]].concat();
                values.iter().map(with).collect::<Vec<_>>()
            };
            sofar.iter().flat_map(extend).collect()
        })
}

fn side_by_side(
    section: &Section,
    lists: Vec<(String, Vec<Setting>)>,
) -> std::result::Result<Vec<Assignment>, SettingError> {
    let len = lists.first().map_or(0, |(_, values)| values.len());
    if let Some((key, values)) = lists.iter().find(|(_, values)| values.len() != len) {
        let message = format!("has lists of {len} and {} values (`{key}`)", values.len());
        return Err(section.error("zip", message));
    }
    let row = |i: usize| {
        lists
            .iter()
            .map(|(k, values)| (k.clone(), values[i].clone()))
            .collect()
    };
    Ok((0..len).map(row).collect())
}

fn read_random(mut section: Section) -> std::result::Result<Vec<Assignment>, SettingError> {
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

    fn draw(&self, rng: &mut crate::rng::Generator) -> Setting {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(text: &str) -> Vec<String> {
        let mut table = toml_source::parse_text(text, "s.toml").unwrap();
        let sweep = table.remove("sweep").unwrap();
        let show = |choice: &Assignment| {
            let words: Vec<_> = choice
                .iter()
                .map(|(k, v)| format!("{k}={}", plain(&v.value)))
                .collect();
            words.join(" ")
        };
        read_choices(&sweep).unwrap().iter().map(show).collect()
    }

    #[test]
    fn a_grid_is_a_product_and_a_zip_goes_side_by_side() {
        let text = "[sweep]\nseeds = [3, 4]\n[sweep.grid]\n\"a.b\" = [1, 2]\n[sweep.zip]\nx = ['p', 'q']\ny = [7, 8]";
        assert_eq!(choices(text).len(), 2 * 2 * 2);
        assert_eq!(choices(text)[0], "a.b=1 x=p y=7 seed=3");
        assert_eq!(choices(text)[7], "a.b=2 x=q y=8 seed=4");
    }

    #[test]
    fn blocks_of_a_grid_are_taken_together() {
        let text = "[[sweep.grid]]\na = [1, 2]\n[[sweep.grid]]\nb.c = [3]";
        assert_eq!(choices(text), ["a=1", "a=2", "b.c=3"]);
    }

    #[test]
    fn random_draws_depend_on_their_seed_alone() {
        let text = |seed| {
            format!(
                "[sweep.random]\ncount = 20\nseed = {seed}\nlr = {{ kind = 'log_uniform', low = 1e-4, high = 1e-2 }}\nact = {{ kind = 'choice', values = ['relu', 'silu'] }}\n"
            )
        };
        assert_eq!(choices(&text(1)), choices(&text(1)));
        assert_ne!(choices(&text(1)), choices(&text(2)));
        assert_eq!(choices(&text(1)).len(), 20);
    }
}
