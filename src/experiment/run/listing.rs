//! Runs of any directories, side by side.

use crate::{
    error::{Error, Result},
    experiment::{
        MetricsLog, MetricsRecord, Run, Status, files,
        run::{judged::JudgedSource, record::EvalRecord},
    },
    metric::MetricValue,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// The column of the file that judged samples come from.
const SAMPLES: &str = "samples";

/// How deep below a named directory runs are looked for.
const MAX_DEPTH: usize = 4;

/// What is known of a run without reading its weights.
#[derive(Debug, Clone)]
pub(crate) struct RunRow {
    /// Its directory.
    pub directory: PathBuf,
    /// Name of the directory.
    pub name: String,
    /// Where it stands.
    pub status: Status,
    /// Its resolved configuration, by dotted key.
    pub settings: BTreeMap<String, String>,
    /// Its evaluation, if it has one.
    pub evaluation: Option<EvalRecord>,
    /// `excess_loss` of the last validation, if there has been one and the density is known.
    pub excess_loss: Option<f64>,
    /// Whether its evaluation was edited after it was written, so that it is left out.
    pub is_edited: bool,
}

impl RunRow {
    /// Reads a run's files.
    pub(crate) fn read(directory: &Path) -> Result<Self> {
        Self::of(&Run::open(directory)?)
    }

    /// The same where an edited evaluation is no obstacle: its numbers are left out, and the row is marked.
    pub(crate) fn marked(directory: &Path) -> Result<Self> {
        let run = Run::open(directory)?;
        match run.verify_eval_record() {
            Ok(()) => Self::with(&run, run.verified_eval_record()?),
            Err(_) => Ok(Self {
                is_edited: true,
                ..Self::with(&run, None)?
            }),
        }
    }

    /// Reads the files of a run that is open, with the sampler that it was opened with.
    pub(crate) fn of(run: &Run) -> Result<Self> {
        Self::with(run, run.eval_record()?)
    }

    fn with(run: &Run, evaluation: Option<EvalRecord>) -> Result<Self> {
        Ok(Self {
            directory: run.directory().to_path_buf(),
            name: run.name(),
            status: run.status()?,
            settings: settings(run),
            evaluation,
            excess_loss: last_excess(run),
            is_edited: false,
        })
    }

    /// The same run with another value of a metric.
    pub(crate) fn with_metric(&self, name: &str, value: Option<f64>) -> Self {
        let mut row = self.clone();
        let value = MetricValue {
            value,
            ..MetricValue::default()
        };
        if let Some(record) = &mut row.evaluation {
            record.metrics.insert(name.into(), value);
        }
        row
    }

    /// A metric's value, if there is one; the excess loss is known from training as well.
    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        let metrics = self.evaluation.as_ref().map(|record| &record.metrics);
        match metrics.and_then(|metrics| metrics.get(name)) {
            Some(metric) => metric.value,
            None if name == "excess_loss" => self.excess_loss,
            None => None,
        }
    }
}

/// The settings of a run by dotted key. Samples from elsewhere have only those of their data and evaluation, and
/// the file that they come from.
fn settings(run: &Run) -> BTreeMap<String, String> {
    let all = run.config.leaves();
    let Some(source) = JudgedSource::read(run.directory()) else {
        return all.into_iter().collect();
    };
    let of_network = matches!(source, JudgedSource::Denoiser(_));
    let is_known = |key: &str| {
        let of_process = ["process.", "sampler."]
            .iter()
            .any(|room| key.starts_with(room));
        ["name", "eval.overlap_range"].contains(&key)
            || key.starts_with("data.")
            || of_network && of_process
    };
    let known = all.into_iter().filter(|(key, _)| is_known(key));
    known
        .chain([(SAMPLES.to_string(), source.name().to_string())])
        .collect()
}

fn last_excess(run: &Run) -> Option<f64> {
    // A run that has not begun has no log.
    let records: Vec<MetricsRecord> = MetricsLog::read(&run.metrics_path()).ok()?;
    records.last()?.excess_loss
}

/// The runs in and below the given directories, each once, in the order of their paths.
///
/// # Errors
/// If a directory does not exist, or no run is found at all.
pub(crate) fn discover(directories: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = vec![];
    for directory in directories {
        if !directory.is_dir() {
            return Err(Error::nothing(
                format!("there is no directory `{}`", directory.display()),
                "name a run's directory, a sweep's, or one that holds several",
            ));
        }
        search(directory, MAX_DEPTH, &mut found);
    }
    let found = without_links(found);
    if found.is_empty() {
        let names: Vec<_> = directories
            .iter()
            .map(|d| format!("`{}`", d.display()))
            .collect();
        return Err(Error::nothing(
            format!("there is no run in {}", names.join(", ")),
            "train one with `truescore train CONFIG` or several with `truescore sweep SPEC`",
        ));
    }
    Ok(found)
}

/// Each directory once, by its own path where links lead to it too.
fn without_links(found: Vec<PathBuf>) -> Vec<PathBuf> {
    let canonical = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let is_link =
        |path: &PathBuf| std::path::absolute(path).is_ok_and(|here| here != canonical(path));
    let direct: BTreeSet<_> = found
        .iter()
        .filter(|path| !is_link(path))
        .map(canonical)
        .collect();
    let mut seen = BTreeSet::new();
    let keep = |path: &PathBuf| {
        let place = canonical(path);
        !(is_link(path) && direct.contains(&place)) && seen.insert(place)
    };
    found.into_iter().filter(keep).collect()
}

fn search(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    if Run::is_at(directory) {
        found.push(directory.to_path_buf());
    } else if depth > 0 {
        for path in files::entries(directory)
            .into_iter()
            .filter(|path| path.is_dir())
        {
            search(&path, depth - 1, found);
        }
    }
}

/// The keys in which the runs differ, in order; with a single run none do. A key that follows from
/// the `kind` beside it is left out: β_max does not tell more than that the schedule is `vp`.
pub(crate) fn differing_keys(rows: &[RunRow]) -> Vec<String> {
    let keys: BTreeSet<_> = rows.iter().flat_map(|row| row.settings.keys()).collect();
    let differs = |key: &&String| {
        let values: BTreeSet<_> = rows.iter().map(|row| row.settings.get(*key)).collect();
        values.len() > 1 && !follows_from_kind(key, rows)
    };
    keys.into_iter().filter(differs).cloned().collect()
}

/// The keys in which runs of one name differ: what parts experiments of different names is their names.
pub(crate) fn differing_within_names(rows: &[RunRow]) -> Vec<String> {
    let mut by_name: BTreeMap<_, Vec<RunRow>> = BTreeMap::new();
    for row in rows {
        let name = row.settings.get("name");
        by_name.entry(name).or_default().push(row.clone());
    }
    let keys: BTreeSet<_> = by_name
        .values()
        .flat_map(|rows| differing_keys(rows))
        .collect();
    keys.into_iter().collect()
}

fn follows_from_kind(key: &str, rows: &[RunRow]) -> bool {
    let follows_from = |kind: String| {
        if kind == key || rows.iter().all(|row| !row.settings.contains_key(&kind)) {
            return false;
        }
        let mut by_kind = BTreeMap::new();
        rows.iter().all(|row| {
            let value = row.settings.get(key);
            *by_kind.entry(row.settings.get(&kind)).or_insert(value) == value
        })
    };
    // Of its own table, and of those around it.
    let dots = key.match_indices('.');
    dots.map(|(end, _)| format!("{}.kind", &key[..end]))
        .any(follows_from)
}

/// Values in the order of a reader: numbers by size, before texts.
pub(crate) fn natural_order(a: &str, b: &str) -> std::cmp::Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        (Ok(_), Err(_)) => std::cmp::Ordering::Less,
        (Err(_), Ok(_)) => std::cmp::Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}
