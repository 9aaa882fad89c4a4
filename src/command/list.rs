//! `list`: runs of any directories as a table.

use crate::{
    cli::ListArgs,
    error::{Error, Result},
    experiment::run::listing::{self, RunRow},
    settings,
    terminal::{
        context::Context,
        table::{Cell, Table},
    },
};
use std::{cmp::Ordering, path::PathBuf};

/// Metrics that are worth a column.
const MAIN_METRICS: [&str; 5] = [
    "val_loss",
    "excess_loss",
    "log_likelihood",
    "w1",
    "histogram_overlap",
];

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
    let mut table = table(&rows, &asked_for(args));
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
        sort(&mut table, &rows, key)?;
    }
    table.print(context.global.format)
}

/// The keys that rows are chosen or sorted by.
fn asked_for(args: &ListArgs) -> Vec<&str> {
    let filters = args.filter.iter().filter_map(|text| split(text));
    let sorted = args.sort.iter().map(|key| key.trim_start_matches('-'));
    filters.map(|(key, ..)| key).chain(sorted).collect()
}

/// The settings in which runs of one name differ, and those of `asked` that differ at all.
fn table(rows: &[RunRow], asked: &[&str]) -> Table {
    let within = listing::differing_within_names(rows);
    let mut keys = listing::differing_keys(rows);
    keys.retain(|key| within.contains(key) || asked.contains(&key.as_str()));
    let mut columns = vec![
        "run".to_string(),
        "status".into(),
        "steps".into(),
        "of".into(),
    ];
    columns.extend(keys.iter().cloned());
    let present = |name: &&&str| rows.iter().any(|row| row.metric(name).is_some());
    let metrics: Vec<_> = MAIN_METRICS.iter().filter(present).collect();
    columns.extend(metrics.iter().map(|name| name.to_string()));
    columns.push("directory".into());
    let cells = |row: &RunRow| {
        let mut cells = vec![
            Cell::Text(row.name.clone()),
            Cell::Text(row.status.state.to_string()),
        ];
        cells.extend([row.status.step, row.status.num_steps].map(|n| Cell::Number(n as f64)));
        cells.extend(keys.iter().map(|key| setting(row, key)));
        cells.extend(metrics.iter().map(|name| Cell::from(row.metric(name))));
        cells.push(Cell::Text(row.directory.display().to_string()));
        cells
    };
    Table {
        columns,
        rows: rows.iter().map(cells).collect(),
    }
}

fn setting(row: &RunRow, key: &str) -> Cell {
    row.settings
        .get(key)
        .map_or(Cell::Missing, |text| Cell::of_setting(text))
}

/// What a row has under a key: a column of the table, a setting that all runs share, or a metric.
fn lookup(row: &RunRow, cells: &[Cell], columns: &[String], key: &str) -> Cell {
    if let Some(i) = columns.iter().position(|column| column == key) {
        return cells[i].clone();
    }
    match row.metric(key) {
        Some(value) => Cell::Number(value),
        None => setting(row, key),
    }
}

/// Refuses a key that no row has.
fn check_key(key: &str, rows: &[RunRow], columns: &[String]) -> Result<()> {
    let metrics = crate::metric::METRICS.iter().map(|metric| metric.name());
    let known = columns.iter().map(String::as_str).chain(metrics);
    let mut known: Vec<_> = known
        .chain(
            rows.iter()
                .flat_map(|row| row.settings.keys().map(String::as_str)),
        )
        .collect();
    known.sort_unstable();
    known.dedup();
    if known.contains(&key) {
        return Ok(());
    }
    let message = format!("no run has a column `{key}`");
    Err(match settings::nearest(key, known.into_iter()) {
        Some(name) => Error::usage_hint(message, format!("did you mean `{name}`?")),
        None => Error::usage(message),
    })
}

/// `KEY OP VALUE`.
struct Filter {
    key: String,
    operator: &'static str,
    value: Cell,
    columns: Vec<String>,
}

/// Longer operators first, so that `<=` is not read as `<`.
const OPERATORS: [&str; 7] = ["<=", ">=", "!=", "==", "<", ">", "="];

/// Key, operator and value of a comparison.
fn split(text: &str) -> Option<(&str, &'static str, &str)> {
    let found = OPERATORS
        .iter()
        .filter_map(|op| text.find(op).map(|at| (at, *op)));
    let (at, operator) = found.min_by_key(|(at, op)| (*at, usize::MAX - op.len()))?;
    Some((
        text[..at].trim(),
        operator,
        text[at + operator.len()..].trim(),
    ))
}

impl Filter {
    fn parse(text: &str, rows: &[RunRow], table: &Table) -> Result<Self> {
        let Some((key, operator, value)) = split(text) else {
            return Err(Error::usage_hint(
                format!("`--where {text}` has no comparison"),
                "write 'KEY OP VALUE' with one of = != < <= > >=, such as 'w1 < 0.05'",
            ));
        };
        check_key(key, rows, &table.columns)?;
        if value.is_empty() {
            let message = format!("`--where {text}` has no value after `{operator}`");
            return Err(Error::usage_hint(
                message,
                "such as 'w1 < 0.05' or 'status = complete'",
            ));
        }
        let value = Cell::of_setting(value.trim_matches(['"', '\'']));
        let has_numbers = rows
            .iter()
            .zip(&table.rows)
            .any(|(row, cells)| matches!(lookup(row, cells, &table.columns, key), Cell::Number(_)));
        if has_numbers && matches!(value, Cell::Text(_)) && operator.contains(['<', '>']) {
            let message = format!(
                "`--where {text}`: `{key}` is a number, `{}` is not",
                value.short()
            );
            return Err(Error::usage(message));
        }
        Ok(Self {
            key: key.to_string(),
            operator,
            value,
            columns: table.columns.clone(),
        })
    }

    fn matches(&self, row: &RunRow, cells: &[Cell]) -> bool {
        let found = lookup(row, cells, &self.columns, &self.key);
        if std::mem::discriminant(&found) != std::mem::discriminant(&self.value) {
            return self.operator == "!=";
        }
        let order = compare(&found, &self.value);
        match self.operator {
            "=" | "==" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }
    }
}

/// Numbers before texts, what does not exist last.
fn compare(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Number(a), Cell::Number(b)) => a.total_cmp(b),
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        (Cell::Missing, Cell::Missing) => Ordering::Equal,
        (Cell::Missing, _) => Ordering::Greater,
        (_, Cell::Missing) => Ordering::Less,
        (Cell::Number(_), Cell::Text(_)) => Ordering::Less,
        (Cell::Text(_), Cell::Number(_)) => Ordering::Greater,
    }
}

fn sort(table: &mut Table, rows: &[RunRow], key: &str) -> Result<()> {
    let (key, descending) = key
        .strip_prefix('-')
        .map_or((key, false), |key| (key, true));
    check_key(key, rows, &table.columns)?;
    let columns = &table.columns;
    let mut keyed: Vec<_> = std::mem::take(&mut table.rows)
        .into_iter()
        .zip(rows)
        .map(|(cells, row)| (lookup(row, &cells, columns, key), cells))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| match (a, b) {
        // What does not exist stays last in either direction.
        (Cell::Missing, _) | (_, Cell::Missing) => compare(a, b),
        _ if descending => compare(b, a),
        _ => compare(a, b),
    });
    table.rows = keyed.into_iter().map(|(_, cells)| cells).collect();
    Ok(())
}
