//! Sweeps: a specification, and the runs that it stands for.

use crate::{
    error::{Error, Result},
    experiment::{
        ExperimentConfig, Run,
        config::{
            even_levels, mistakes,
            name::{in_file, is_file_name, name_from},
            toml_source::{self, Overrides},
        },
        files,
        run::earlier,
        sweep::{
            assignment::Assignment,
            choices::{self, plain},
            random_search::WholeDraws,
        },
    },
    settings::{Table, Value},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};

/// A sweep as its file describes it.
#[derive(Debug)]
pub(crate) struct SweepSpec {
    /// What its directory is named after.
    pub name: String,
    /// The file as it is.
    pub text: String,
    path: PathBuf,
    base: Table,
    overrides: Overrides,
    choices: Vec<Assignment>,
    /// The same with whole numbers as the first release drew them.
    first_choices: Vec<Assignment>,
}

/// A run of a sweep.
#[derive(Debug, Clone)]
pub(crate) struct PlannedRun {
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
    /// Runs of one training digest share their weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    training: Option<String>,
}

/// The runs of a sweep, in order, without repetitions.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The runs.
    pub runs: Vec<PlannedRun>,
    /// Choices that resolve to a run which is in the plan already.
    pub repeated: usize,
}

impl SweepSpec {
    /// Reads a sweep's file; `overrides` apply to every run.
    pub(crate) fn load(path: &Path, overrides: &Overrides) -> Result<Self> {
        let mut table = toml_source::load_table(path)?;
        let Some(sweep) = table.remove("sweep") else {
            return Err(Error::usage_hint(
                format!("`{}` has no [sweep]", path.display()),
                format!("for a single run use `truescore train {}`", path.display()),
            ));
        };
        let is_of_sweep = |key: &str| key == "sweep" || key.starts_with("sweep.");
        let of_sweep = overrides.iter().filter(|(key, _)| is_of_sweep(key));
        let mistakes: Vec<_> = of_sweep
            .map(|(_, setting)| {
                Error::usage(format!(
                    "{}: a sweep's own keys are set in its file",
                    setting.origin
                ))
            })
            .collect();
        if !mistakes.is_empty() {
            return Err(mistakes::all(mistakes));
        }
        let base = table.clone();
        toml_source::apply_all(&mut table, overrides);
        // A name of the base's is that of its runs, not of the sweep.
        let own = toml_source::parse_file(path)?
            .remove("name")
            .map(|setting| setting.value);
        let name = match (own, table.get("name")) {
            (Some(Value::String(name)), Some(_)) if is_file_name(&name) => name,
            _ => name_from(path),
        };
        let choices = choices::read(&sweep, WholeDraws::Even)?;
        let first_choices = choices::read(&sweep, WholeDraws::Rounded)?;
        let text = toml_source::text_of(path)?;
        Ok(Self {
            name,
            text,
            path: path.to_path_buf(),
            base,
            overrides: overrides.clone(),
            choices,
            first_choices,
        })
    }

    /// Every run of the sweep, each checked.
    pub(crate) fn plan(&self) -> Result<Plan> {
        self.plan_of(&self.choices, false)
    }

    /// The same for a sweep that has the plan at `path` already. One of an earlier version goes on with the
    /// numbers that it drew, and with the levels that were the default.
    pub(crate) fn plan_beside(&self, path: &Path) -> Result<Plan> {
        let plan = self.plan()?;
        if !path.is_file() {
            return Ok(plan);
        }
        let old = directories(path)?;
        if plan.holds(&old) {
            return Ok(plan);
        }
        let by_path = recorded_path(path, &old);
        for choices in [&self.choices, &self.first_choices] {
            for even_levels in [false, true] {
                let earlier = self.plan_of(choices, even_levels)?;
                if earlier.holds(&old) {
                    return Ok(earlier);
                }
                let known = by_path.as_ref().map(|file| earlier.known_by_path(file));
                let is_same = |known: &Plan| known.holds(&old) && earlier.is_unchanged(path, known);
                if let Some(known) = known.filter(is_same) {
                    return Ok(known);
                }
            }
        }
        Ok(plan)
    }

    fn plan_of(&self, choices: &[Assignment], even_levels: bool) -> Result<Plan> {
        let mut runs: Vec<PlannedRun> = vec![];
        let (mut seen, mut repeated) = (HashSet::new(), 0);
        for choice in choices {
            let read = |table: &Table| {
                let mut table = table.clone();
                toml_source::apply_all(&mut table, choice);
                if even_levels {
                    even_levels::keep(&mut table);
                }
                ExperimentConfig::from_table(&table, &self.name)
                    .map(ExperimentConfig::with_content)
                    .map_err(|error| in_choice(in_file(error, &self.path), choice))
            };
            let config = mistakes::read_with(&self.base, &self.overrides, read)?;
            let directory = directory_of(&config);
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

fn directory_of(config: &ExperimentConfig) -> String {
    format!("runs/{}", config.directory_name())
}

/// The run of a plan that lies at `path`, if it has begun.
fn begun(path: &Path, directory: &str) -> Option<Run> {
    let directory = path.parent()?.join(directory);
    Run::open(&directory).ok()
}

/// The path by which the plan of an earlier version knows the user's file.
fn recorded_path(path: &Path, directories: &[String]) -> Option<String> {
    let run = directories
        .iter()
        .find_map(|directory| begun(path, directory))?;
    let file = run
        .config
        .data
        .file()
        .filter(|file| file.sha256.is_none())?;
    Some(file.path.clone())
}

impl Plan {
    /// The same runs as an earlier version knows them: by the path of the user's file.
    fn known_by_path(&self, path: &str) -> Self {
        let known = |run: &PlannedRun| {
            let config = run.config.known_by_path(path);
            PlannedRun {
                directory: directory_of(&config),
                config,
                ..run.clone()
            }
        };
        Self {
            runs: self.runs.iter().map(known).collect(),
            repeated: self.repeated,
        }
    }

    /// Whether the user's file makes what the runs that have begun were trained on; `known` holds the same runs as
    /// an earlier version wrote them beside `path`.
    fn is_unchanged(&self, path: &Path, known: &Self) -> bool {
        let mut seen = HashSet::new();
        let pairs = self.runs.iter().zip(&known.runs);
        pairs
            .filter_map(|(run, known)| Some((run, begun(path, &known.directory)?)))
            .filter(|(run, _)| seen.insert(run.config.dataset_name()))
            .all(|(run, begun)| earlier::holds_the_same(&begun, &run.config))
    }

    /// Whether every directory is that of a run of the plan.
    fn holds(&self, directories: &[String]) -> bool {
        let is_of = |directory: &String| self.runs.iter().any(|run| run.directory == *directory);
        directories.iter().all(is_of)
    }

    /// Checks it against the `plan.jsonl` that is there: a plan is frozen, but runs may be added to it.
    ///
    /// # Errors
    /// If a run of that is none of this: exit 4.
    pub(crate) fn check(&self, path: &Path) -> Result<()> {
        let old = match path.is_file() {
            true => directories(path)?,
            false => vec![],
        };
        let is_of = |directory: &String| self.runs.iter().any(|run| run.directory == *directory);
        let Some(missing) = old.iter().find(|directory| !is_of(directory)) else {
            return Ok(());
        };
        let corrected = begun(path, missing).filter(|begun| {
            let mut runs = self.runs.iter();
            runs.any(|run| begun.config.differs_in_content(&run.config))
        });
        if let Some(file) = corrected
            .as_ref()
            .and_then(|begun| begun.config.data.file())
        {
            return Err(Error::in_use(
                format!(
                    "`{}` has changed since `{}` was trained on it",
                    file.path,
                    path.with_file_name(missing).display()
                ),
                "name another directory with --out for a sweep on the file as it is, or put it back as it was",
            ));
        }
        Err(Error::in_use(
            format!(
                "`{}` is the plan of another sweep: `{missing}` is not a run of this one",
                path.display(),
            ),
            "name another directory with --out, or restore the specification; \
             runs may be added to a sweep, but not taken away",
        ))
    }

    /// Writes `plan.jsonl` over one that it passes the check of.
    pub(crate) fn freeze(&self, path: &Path) -> Result<()> {
        self.check(path)?;
        let mut text = String::new();
        for line in self.runs.iter().map(PlannedRun::line) {
            let line = serde_json::to_string(&line)
                .map_err(|e| Error::Unexpected(format!("cannot encode the plan: {e}")))?;
            text.push_str(&line);
            text.push('\n');
        }
        files::write_atomic(path, text.as_bytes())
    }
}

/// The lines of a `plan.jsonl`; those that cannot be read are left out.
fn frozen(path: &Path) -> Result<Vec<PlanLine>> {
    let text = files::read_text(path)?;
    let lines = text.lines();
    Ok(lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect())
}

/// The directories of the runs of a plan, relative to that of the sweep.
pub(crate) fn directories(path: &Path) -> Result<Vec<String>> {
    Ok(frozen(path)?.into_iter().map(|line| line.run).collect())
}

impl PlannedRun {
    fn line(&self) -> PlanLine {
        PlanLine {
            index: self.index,
            overrides: self.overrides.clone(),
            run: self.directory.clone(),
            training: Some(self.config.training_digest()),
        }
    }

    /// What it sets, in short: the last part of each key, and its value.
    pub(crate) fn label(&self) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Dataset, Provenance};

    #[test]
    fn a_plan_of_the_first_release_keeps_the_numbers_that_it_drew() {
        let place = tempfile::tempdir().unwrap();
        let (spec, frozen) = (place.path().join("s.toml"), place.path().join("plan.jsonl"));
        let text = "[data]\nkind = \"gaussian_mixture\"\nmeans = [0.0, 2.0]\nstd_devs = [0.5, 0.5]\n\
            [sweep.random]\ncount = 6\n\
            \"model.hidden_dim\" = { kind = \"uniform\", low = 4, high = 90, whole = true }\n";
        std::fs::write(&spec, text).unwrap();
        let spec = SweepSpec::load(&spec, &Overrides::default()).unwrap();
        let names =
            |plan: &Plan| -> Vec<_> { plan.runs.iter().map(|run| run.directory.clone()).collect() };
        let first = spec.plan_of(&spec.first_choices, false).unwrap();
        let now = spec.plan_beside(&frozen).unwrap();
        assert_ne!(names(&now), names(&first));
        first.freeze(&frozen).unwrap();
        assert_eq!(names(&spec.plan_beside(&frozen).unwrap()), names(&first));
        now.freeze(&place.path().join("other.jsonl")).unwrap();
        let other = spec.plan_beside(&place.path().join("other.jsonl"));
        assert_eq!(names(&other.unwrap()), names(&now));
    }

    #[test]
    fn a_plan_of_earlier_versions_knows_the_users_file_by_its_path() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::write(at("points.csv"), "x,y\n1,2\n3,5\n2,2\n").unwrap();
        let text = "[data]\nkind = \"file\"\npath = \"points.csv\"\nnum_train = 1\nnum_val = 1\nnum_test = 1\n\
            standardize = \"none\"\n[sweep.grid]\n\"train.steps\" = [5, 6]\n";
        std::fs::write(at("s.toml"), text).unwrap();
        let spec = SweepSpec::load(&at("s.toml"), &Overrides::default()).unwrap();
        // As an earlier version has written it, in a folder that was moved since.
        let earlier = spec.plan().unwrap().known_by_path("/moved/points.csv");
        let begun = &earlier.runs[0];
        let (run, lock) = Run::create(&at(&begun.directory), &begun.config).unwrap();
        drop(lock);
        let data = Dataset::generate(&spec.plan().unwrap().runs[0].config.data).unwrap();
        let digests = [begun.config.digest(), begun.config.training_digest()];
        let provenance =
            Provenance::new("cpu".into(), 1, 1, digests, &at("data/s-1"), data.digest());
        run.write_provenance(&provenance).unwrap();
        earlier.freeze(&at("plan.jsonl")).unwrap();

        let names =
            |plan: &Plan| -> Vec<_> { plan.runs.iter().map(|run| run.directory.clone()).collect() };
        let resumed = spec.plan_beside(&at("plan.jsonl")).unwrap();
        assert_eq!(names(&resumed), names(&earlier));
        assert_ne!(names(&resumed), names(&spec.plan().unwrap()));
        // With another content it is another sweep's.
        std::fs::write(at("points.csv"), "x,y\n1,2\n3,5\n2,9\n").unwrap();
        let changed = spec.plan_beside(&at("plan.jsonl")).unwrap();
        assert_ne!(names(&changed), names(&earlier));
        assert_eq!(changed.check(&at("plan.jsonl")).unwrap_err().exit_code(), 4);
    }

    #[test]
    fn a_plan_of_earlier_versions_keeps_its_even_levels() {
        let place = tempfile::tempdir().unwrap();
        let (spec, frozen) = (place.path().join("s.toml"), place.path().join("plan.jsonl"));
        let text = "[data]\nkind = \"gaussian_mixture\"\nmeans = [0.0, 2.0]\nstd_devs = [0.5, 0.5]\n\
            [sweep.grid]\n\"sampler.kind\" = [\"ddim\", \"heun\"]\n";
        std::fs::write(&spec, text).unwrap();
        let spec = SweepSpec::load(&spec, &Overrides::default()).unwrap();
        let levels = |plan: &Plan| -> Vec<_> {
            let runs = plan.runs.iter();
            runs.map(|run| run.config.sampler.levels).collect()
        };
        let earlier = spec.plan_of(&spec.choices, true).unwrap();
        assert_ne!(levels(&spec.plan().unwrap()), levels(&earlier));
        earlier.freeze(&frozen).unwrap();
        let resumed = spec.plan_beside(&frozen).unwrap();
        assert_eq!(levels(&resumed), levels(&earlier));
    }
}
