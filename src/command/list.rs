//! `list`: runs of any directories as a table.

use crate::{
    cli::ListArgs,
    error::{Error, Result},
    experiment::run::listing::{self, RunRow},
    report::runs::{
        choice::{self, Filter},
        overview,
    },
    terminal::context::Context,
};
use std::path::PathBuf;

/// Runs that cannot be read and are named one by one, at most.
const MAX_WARNINGS: usize = 3;

pub(super) fn execute(args: &ListArgs, context: &Context) -> Result<()> {
    let directories = if args.directories.is_empty() {
        let defaults = ["runs", "sweeps"].map(PathBuf::from);
        defaults
            .into_iter()
            .filter(|directory| directory.is_dir())
            .collect()
    } else {
        args.directories.clone()
    };
    if directories.is_empty() {
        return Err(Error::nothing(
            "there is no `runs` and no `sweeps` here",
            "name the directories to list, or train a run first",
        ));
    }
    let mut rows = vec![];
    let mut broken = vec![];
    for path in listing::discover(&directories)? {
        match RunRow::read(&path) {
            Ok(row) => rows.push(row),
            Err(error) => broken.push(error),
        }
    }
    for error in broken.iter().take(MAX_WARNINGS) {
        context.warn(format!("left out: {error}"));
    }
    if let Some(more) = broken.len().checked_sub(MAX_WARNINGS + 1) {
        let more = more + 1;
        context.warn(format!("left out: {more} more that cannot be read"));
    }
    if let (true, Some(error)) = (rows.is_empty(), broken.pop()) {
        return Err(error);
    }
    let mut table = overview::table(&rows, &asked_for(args));
    for filter in &args.filter {
        let filter = Filter::parse(filter, &rows, &table)?;
        let keep: Vec<_> = (0..rows.len())
            .map(|i| filter.matches(&rows[i], &table.rows[i]))
            .collect();
        let mut flags = keep.iter();
        rows.retain(|_| flags.next() == Some(&true));
        let mut flags = keep.iter();
        table.rows.retain(|_| flags.next() == Some(&true));
    }
    if table.rows.is_empty() {
        let message = format!("no run matches {}", args.filter.join(" and "));
        return Err(Error::nothing(
            message,
            "`truescore list` without --where shows all of them",
        ));
    }
    if let Some(key) = &args.sort {
        choice::sort(&mut table, &rows, key)?;
    }
    table.print(context.global.format)
}

/// The keys that rows are chosen or sorted by.
fn asked_for(args: &ListArgs) -> Vec<&str> {
    let filters = args.filter.iter().filter_map(|text| choice::split(text));
    let sorted = args.sort.iter().map(|key| key.trim_start_matches('-'));
    filters.map(|(key, ..)| key).chain(sorted).collect()
}
