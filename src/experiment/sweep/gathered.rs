//! Runs of any directories, each once, apart by the law of their data.

use super::{comparable::is_of_the_law, summary::NAME};
use crate::{
    error::Result,
    experiment::{
        Run, RunState,
        run::listing::{self, RunRow},
    },
};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// The key that tells files of one path but other contents apart.
const CONTENTS: &str = "data.digest";

/// Runs of any directories.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// The runs on each law of the data, in the order of their paths.
    pub(crate) parts: Vec<Part>,
    /// Runs that are there once more.
    pub(crate) doubles: Vec<Double>,
    /// Runs that are not complete or not evaluated.
    pub(crate) open: Vec<RunRow>,
}

/// The runs on data of one law.
#[derive(Debug)]
pub(crate) struct Part {
    /// The law in a few words.
    pub(crate) law: String,
    pub(crate) rows: Vec<RunRow>,
}

/// A run whose configuration and data another one has too.
#[derive(Debug)]
pub(crate) struct Double {
    pub(crate) directory: PathBuf,
    /// The one that stays.
    pub(crate) of: PathBuf,
    /// Whether its numbers are the same.
    pub(crate) is_equal: bool,
}

/// A run and the digest of its data.
struct Found {
    row: RunRow,
    data: Option<String>,
}

impl Gathered {
    /// Reads the runs in and below the directories. A directory is known by its path without links, a run by what
    /// it is: its configuration without its name, and its data.
    ///
    /// # Errors
    /// If there is no run (exit 3), or an evaluation was edited (exit 5).
    pub(crate) fn read(directories: &[PathBuf]) -> Result<Self> {
        let read = |path: PathBuf| {
            let run = Run::open(&path)?;
            let data = run.provenance().ok().map(|found| found.dataset_digest);
            Ok(Found {
                row: RunRow::of(&run)?,
                data,
            })
        };
        let paths = listing::discover(directories)?;
        let found: Vec<_> = paths.into_par_iter().map(read).collect();
        // The first error in their order counts.
        Ok(Self::of(found.into_iter().collect::<Result<_>>()?))
    }

    fn of(mut found: Vec<Found>) -> Self {
        name_files_alike(&mut found);
        tell_contents_apart(&mut found);
        let is_done = |state| matches!(state, RunState::Complete | RunState::Judged);
        let is_ready = |row: &RunRow| row.evaluation.is_some() && is_done(row.status.state);
        let rows = found.into_iter().map(|found| found.row);
        let (ready, open): (Vec<_>, Vec<_>) = rows.partition(is_ready);
        let (kept, doubles) = without_doubles(ready);
        Self {
            parts: by_law(kept),
            doubles,
            open,
        }
    }
}

/// Files of equal points are the same data, wherever they lie and however they are written.
fn name_files_alike(found: &mut [Found]) {
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    for one in found {
        // The digest of the points takes its place.
        one.row.settings.remove("data.sha256");
        let (Some(data), Some(path)) = (&one.data, one.row.settings.get_mut("data.path")) else {
            continue;
        };
        *path = paths.entry(data.clone()).or_insert(path.clone()).clone();
    }
}

/// Files that have changed between two runs are other data under the same path.
fn tell_contents_apart(found: &mut [Found]) {
    let mut contents: BTreeMap<Vec<(String, String)>, BTreeSet<Option<String>>> = BTreeMap::new();
    for one in found.iter() {
        let digests = contents.entry(of_data(&one.row)).or_default();
        digests.insert(one.data.clone());
    }
    for one in found {
        let is_file = one.row.settings.contains_key("data.path");
        let several = contents[&of_data(&one.row)].len() > 1;
        if let (true, Some(digest)) = (is_file && several, &one.data) {
            let short = digest.chars().take(8).collect();
            one.row.settings.insert(CONTENTS.into(), short);
        }
    }
}

fn of_data(row: &RunRow) -> Vec<(String, String)> {
    let settings = row.settings.iter();
    let of_data = settings.filter(|(key, _)| key.starts_with("data."));
    of_data
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Each run once, and which ones are left out for it.
fn without_doubles(rows: Vec<RunRow>) -> (Vec<RunRow>, Vec<Double>) {
    let (mut kept, mut doubles): (Vec<RunRow>, Vec<Double>) = (vec![], vec![]);
    // The place of each among those that are kept.
    let mut places: BTreeMap<BTreeMap<String, String>, usize> = BTreeMap::new();
    let identity = |row: &RunRow| {
        let mut settings = row.settings.clone();
        settings.remove(NAME);
        settings
    };
    for row in rows {
        let place = *places.entry(identity(&row)).or_insert(kept.len());
        let Some(same) = kept.get(place) else {
            kept.push(row);
            continue;
        };
        let numbers = |row: &RunRow| row.evaluation.as_ref().map(|found| found.metrics.clone());
        doubles.push(Double {
            is_equal: numbers(same) == numbers(&row),
            of: same.directory.clone(),
            directory: row.directory,
        });
    }
    (kept, doubles)
}

/// Keys and their values.
type Settings = Vec<(String, String)>;

/// The runs by the law of their data, each law in words that tell it from the others.
fn by_law(rows: Vec<RunRow>) -> Vec<Part> {
    let law = |row: &RunRow| -> Settings {
        let mut settings = of_data(row);
        settings.retain(|(key, _)| is_of_the_law(key));
        settings
    };
    let mut sets: Vec<(Settings, Vec<RunRow>)> = vec![];
    for row in rows {
        let law = law(&row);
        match sets.iter_mut().find(|(known, _)| *known == law) {
            Some((_, rows)) => rows.push(row),
            None => sets.push((law, vec![row])),
        }
    }
    let laws: Vec<_> = sets.iter().map(|(law, _)| law.clone()).collect();
    let part = |(law, rows): (Settings, _)| Part {
        law: in_words(&law, &laws),
        rows,
    };
    sets.into_iter().map(part).collect()
}

/// Characters of a value in words, at most.
const MOST_CHARS: usize = 40;

/// A law by its kind, and by what tells it from the other laws of that kind.
fn in_words(law: &[(String, String)], all: &[Vec<(String, String)>]) -> String {
    let value = |law: &[(String, String)], key: &str| {
        let found = law.iter().find(|(other, _)| other == key);
        found.map(|(_, value)| value.clone())
    };
    let kind = value(law, "data.kind").unwrap_or_else(|| "data".into());
    let alike = |other: &&Vec<(String, String)>| value(other, "data.kind").as_ref() == Some(&kind);
    let alike: Vec<_> = all.iter().filter(alike).collect();
    let differs = |(key, own): &&(String, String)| {
        let is_other = |other: &&&Vec<(String, String)>| value(other, key).as_ref() != Some(own);
        alike.iter().any(|other| is_other(&other))
    };
    let word = |(key, value): &(String, String)| {
        let name = key.trim_start_matches("data.");
        let short: String = value.chars().take(MOST_CHARS).collect();
        let rest = if short.len() < value.len() { "…" } else { "" };
        format!("{name} = {short}{rest}")
    };
    let words: Vec<_> = law.iter().filter(differs).map(word).collect();
    match words.is_empty() {
        true => kind,
        false => format!("{kind}, {}", words.join(", ")),
    }
}
