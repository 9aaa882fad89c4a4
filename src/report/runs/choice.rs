//! Rows that are chosen by a comparison, and their order.

use super::lookup::{check_key, lookup};
use crate::{
    error::{Error, Result},
    experiment::run::listing::RunRow,
    terminal::table::{Cell, Table},
};
use std::cmp::Ordering;

/// `KEY OP VALUE`.
pub(crate) struct Filter {
    key: String,
    operator: &'static str,
    value: Cell,
    columns: Vec<String>,
}

/// Longer operators first, so that `<=` is not read as `<`.
const OPERATORS: [&str; 7] = ["<=", ">=", "!=", "==", "<", ">", "="];

/// Key, operator and value of a comparison.
pub(crate) fn split(text: &str) -> Option<(&str, &'static str, &str)> {
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
    /// Reads a comparison; refuses a key that no row has.
    pub(crate) fn parse(text: &str, rows: &[RunRow], table: &Table) -> Result<Self> {
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
            .any(|(row, cells)| lookup(row, cells, &table.columns, key).is_number());
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

    /// Whether a row satisfies it.
    pub(crate) fn matches(&self, row: &RunRow, cells: &[Cell]) -> bool {
        let found = lookup(row, cells, &self.columns, &self.key);
        let is_of_kind = match &self.value {
            Cell::Text(_) => matches!(found, Cell::Text(_)),
            value => found.is_number() == value.is_number(),
        };
        if !is_of_kind {
            return self.operator == "!=";
        }
        let order = found.compare(&self.value);
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

/// Adds the column of a key or a metric, where it is not there.
pub(crate) fn add(table: &mut Table, rows: &[RunRow], key: &str) -> Result<()> {
    check_key(key, rows, &table.columns)?;
    if table.columns.iter().any(|column| column == key) {
        return Ok(());
    }
    for (cells, row) in table.rows.iter_mut().zip(rows) {
        let cell = lookup(row, cells, &table.columns, key);
        cells.push(cell);
    }
    table.columns.push(key.into());
    Ok(())
}

/// Sorts by a key; a leading `-` reverses the order.
pub(crate) fn sort(table: &mut Table, rows: &[RunRow], key: &str) -> Result<()> {
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
        (Cell::Missing, _) | (_, Cell::Missing) => a.compare(b),
        _ if descending => b.compare(a),
        _ => a.compare(b),
    });
    table.rows = keyed.into_iter().map(|(_, cells)| cells).collect();
    Ok(())
}
