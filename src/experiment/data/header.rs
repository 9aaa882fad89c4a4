//! The first row of a table: names or numbers, and the column that a name means.

use super::table::{Cells, is_missing, is_numeric, number};
use crate::{
    settings::nearest,
    target::{Column, FileColumns},
};
use unicode_normalization::UnicodeNormalization;

/// A row with its line in the file.
type Row = (u64, Vec<String>);

/// Whether the first row holds names.
///
/// # Errors
/// If it may be either: the key that says which.
pub(super) fn is_there(file: &FileColumns, cells: &Cells) -> Result<bool, String> {
    if let Some(said) = file.header {
        return Ok(said);
    }
    let first = &cells.rows[0].1;
    let wanted = file.columns.iter().flatten().chain(&file.label_column);
    let names: Vec<_> = wanted
        .filter_map(|column| match column {
            Column::Name(name) => Some(name),
            Column::Position(_) => None,
        })
        .collect();
    if !names.is_empty() && names.iter().all(|name| first.contains(name)) {
        return Ok(true);
    }
    let is_text =
        |k: &usize| !is_missing(&first[*k]) && number(&first[*k], cells.decimal).is_none();
    let numeric: Vec<usize> = (0..first.len())
        .filter(|k| is_numeric(&cells.rows, *k, cells.decimal))
        .collect();
    // The name of the column that numbers the rows is empty.
    let named: Vec<_> = numeric
        .iter()
        .filter(|k| **k > 0 || !first[0].trim().is_empty())
        .collect();
    if !named.is_empty() && named.iter().all(|k| is_text(k)) {
        return Ok(true);
    }
    if numeric.is_empty() {
        return Ok((0..first.len()).all(|k| is_text(&k)));
    }
    let in_doubt = looks_like_names(first, &cells.rows[1..], cells.decimal);
    match in_doubt {
        // Whoever asks for a column by its name says that there are names.
        true if !names.is_empty() => Ok(true),
        true => Err(format!(
            "its first row `{}` may hold names or a point: set `data.header` to true or false",
            first.join(",")
        )),
        false => Ok(false),
    }
}

/// Whether whole numbers above others are likely to be names: years, or the positions that pandas writes.
fn looks_like_names(first: &[String], below: &[Row], decimal: char) -> bool {
    let is_whole =
        |cell: &String| !cell.trim().is_empty() && cell.trim().chars().all(|c| c.is_ascii_digit());
    if below.is_empty() || !first.iter().all(is_whole) {
        return false;
    }
    let numbers: Vec<f64> = first
        .iter()
        .filter_map(|cell| number(cell, decimal))
        .collect();
    let ascend = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    let is_lone_name = |x: f64| x == 0.0 || (1000.0..3000.0).contains(&x);
    if !ascend || numbers.len() == 1 && !is_lone_name(numbers[0]) {
        return false;
    }
    let are_positions = first.len() > 1
        && first
            .iter()
            .enumerate()
            .all(|(k, cell)| cell.trim() == k.to_string());
    are_positions || (0..first.len()).all(|k| is_mostly_fractions(below, k, decimal))
}

/// Whether at least half of the numbers of a column are not whole.
fn is_mostly_fractions(rows: &[Row], k: usize, decimal: char) -> bool {
    let numbers = rows.iter().filter_map(|(_, row)| number(&row[k], decimal));
    let (fractions, whole): (Vec<f64>, Vec<f64>) = numbers.partition(|x| x.fract() != 0.0);
    fractions.len() >= whole.len()
}

/// Whether the first column has no name and numbers the rows, from 0 or from 1.
pub(super) fn is_index(names: &[String], below: &[Row]) -> bool {
    let first = |row: &Row| row.1[0].trim().parse::<usize>().ok();
    let start = below.first().and_then(first);
    let counts = |start: usize| {
        below
            .iter()
            .enumerate()
            .all(|(i, row)| first(row) == Some(start + i))
    };
    names.len() > 1
        && names[0].trim().is_empty()
        && start.is_some_and(|start| start < 2 && counts(start))
}

/// A name without what the eye does not tell apart: case, spaces at the ends, the form of accents and of emoji.
fn plain(name: &str) -> String {
    let is_seen =
        |c: &char| !matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{200b}'..='\u{200d}' | '\u{feff}');
    name.trim()
        .nfkc()
        .filter(is_seen)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The place of a column.
pub(super) fn find(
    column: &Column,
    header: Option<&[String]>,
    width: usize,
) -> Result<usize, String> {
    let name = match column {
        Column::Position(place) if *place < width => return Ok(*place),
        Column::Position(place) => {
            return Err(format!("has no column `{place}`, it has {width}, from 0"));
        }
        Column::Name(name) => name,
    };
    let Some(names) = header else {
        return Err(format!(
            "has no header, so no column is called `{name}`: positions are whole numbers from 0, without quotes"
        ));
    };
    if let Some(place) = names.iter().position(|known| known == name) {
        return Ok(place);
    }
    let alike = names.iter().find(|known| plain(known) == plain(name));
    let near = alike
        .map(String::as_str)
        .or_else(|| nearest(name, names.iter().map(String::as_str)));
    let offer = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    Err(format!(
        "has no column `{name}`; its first line is: {}{offer}",
        names.join(", ")
    ))
}
