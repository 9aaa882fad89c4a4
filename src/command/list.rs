//! `list`: runs of any directories as a table.

use crate::{
    cli::ListArgs,
    error::{Error, Result},
    experiment::run::listing::{self, RunRow},
    report::runs::{
        choice::{self, Filter},
        order, overview,
    },
    terminal::{context::Context, options::Format, sign::Sign},
    text::count,
};
use rayon::prelude::*;
use std::path::PathBuf;

/// Runs that cannot be read and are named one by one, at most.
const MAX_WARNINGS: usize = 3;

pub(super) fn execute(args: &ListArgs, context: &Context) -> Result<()> {
    let directories = if args.directories.is_empty() {
        let defaults = ["runs", "sweeps", "judged"].map(PathBuf::from);
        defaults
            .into_iter()
            .filter(|directory| directory.is_dir())
            .collect()
    } else {
        args.directories.clone()
    };
    if directories.is_empty() {
        return Err(Error::nothing(
            "there is no `runs`, no `sweeps` and no `judged` here",
            "name the directories to list, or train a run first",
        ));
    }
    let mut rows = vec![];
    let mut broken = vec![];
    let sign = Sign::of(&context.global, "reading the runs");
    let found = listing::discover(&directories)?;
    let read: Vec<_> = found.par_iter().map(|path| RunRow::marked(path)).collect();
    for row in read {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => broken.push(error),
        }
    }
    drop(sign);
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
    warn_of_edited(&rows, context);
    order::sort(&mut rows);
    let mut table = overview::table(&rows, args.columns.iter().any(|name| name == ALL));
    for name in args.columns.iter().filter(|name| *name != ALL) {
        choice::add(&mut table, &rows, name)?;
    }
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
    if context.global.format == Format::Text && args.columns.iter().all(|name| name != ALL) {
        let (shown, left_out) = overview::for_people(&table, &rows, &asked_for(args));
        if left_out > 0 {
            let keys = count(left_out, "more key");
            context.say(format!(
                "The runs differ in {keys}: `--columns all` shows them."
            ));
        }
        return shown.print(Format::Text);
    }
    table.print(context.global.format)
}

/// Stands for every column.
const ALL: &str = "all";

/// Names the runs whose evaluation was edited.
fn warn_of_edited(rows: &[RunRow], context: &Context) {
    for row in rows.iter().filter(|row| row.is_edited) {
        context.warn(format!(
            "`{}` was changed after it was written: its numbers are left out, and `truescore eval --force` makes \
             them again",
            row.directory.join("eval/metrics.json").display()
        ));
    }
}

/// The keys that rows are chosen or sorted by, and the columns that are asked for.
fn asked_for(args: &ListArgs) -> Vec<&str> {
    let filters = args.filter.iter().filter_map(|text| choice::split(text));
    let sorted = args.sort.iter().map(|key| key.trim_start_matches('-'));
    let columns = args.columns.iter().map(String::as_str);
    filters
        .map(|(key, ..)| key)
        .chain(sorted)
        .chain(columns)
        .collect()
}
