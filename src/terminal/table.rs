//! Results on stdout: a path or a table, as text, JSON or CSV.

use super::{
    layout::{Layout, Printed},
    width,
};
use crate::{
    error::{Error, Result},
    terminal::options::{ColorKind, Format},
    text::significant,
};
use std::{
    cmp::Ordering,
    io::{IsTerminal, Write},
    path::Path,
    sync::OnceLock,
};

static COLOR: OnceLock<bool> = OnceLock::new();

/// Decides once whether output is coloured.
pub(crate) fn set_color(kind: ColorKind) {
    let wanted = match kind {
        ColorKind::Always => true,
        ColorKind::Never => false,
        ColorKind::Auto => {
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
        }
    };
    let _ = COLOR.set(wanted);
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A whole number, which stays whole however large it is.
    Whole(i64),
    /// Nothing: the number does not exist.
    Missing,
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value
            .filter(|x| x.is_finite())
            .map_or(Self::Missing, Self::Number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_string())
    }
}

impl Cell {
    /// The cell of a setting: a number if it is one.
    pub(crate) fn of_setting(text: &str) -> Self {
        let number = || text.parse().ok().filter(|x: &f64| x.is_finite());
        match text.parse() {
            Ok(whole) => Self::Whole(whole),
            Err(_) => number().map_or_else(|| Self::from(text), Self::Number),
        }
    }

    /// Whether it holds a number.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Whole(_))
    }

    /// Numbers before texts, what does not exist last.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let rank = |cell: &Self| match cell {
            Self::Number(_) | Self::Whole(_) => 0,
            Self::Text(_) => 1,
            Self::Missing => 2,
        };
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Whole(a), Self::Whole(b)) => a.cmp(b),
            (Self::Whole(a), Self::Number(b)) => (*a as f64).total_cmp(b),
            (Self::Number(a), Self::Whole(b)) => a.total_cmp(&(*b as f64)),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }

    /// For people: four significant digits.
    pub(crate) fn short(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(x) => significant(*x),
            Self::Whole(x) => x.to_string(),
            Self::Missing => "–".into(),
        }
    }

    fn exact(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(x) => x.to_string(),
            Self::Whole(x) => x.to_string(),
            Self::Missing => String::new(),
        }
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Number(x) if x.fract() == 0.0 && x.abs() < 9e15 => (*x as i64).into(),
            Self::Number(x) => (*x).into(),
            Self::Whole(x) => (*x).into(),
            Self::Missing => serde_json::Value::Null,
        }
    }
}

/// A table with named columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    /// Names of the columns.
    pub(crate) columns: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Prints it on stdout.
    pub(crate) fn print(&self, format: Format) -> Result<()> {
        let text = match format {
            Format::Text => self.without_empty_columns().within(width::of_stdout()),
            Format::Json => self.as_json(),
            Format::Csv => self.as_csv()?,
        };
        print(&text)
    }

    /// These columns alone, in this order; what is not there is left out.
    pub(crate) fn only(&self, columns: &[&str]) -> Self {
        let place = |name: &&str| self.columns.iter().position(|column| column == name);
        let kept: Vec<usize> = columns.iter().filter_map(place).collect();
        let of = |row: &Vec<Cell>| kept.iter().map(|i| row[*i].clone()).collect();
        Self {
            columns: kept.iter().map(|i| self.columns[*i].clone()).collect(),
            rows: self.rows.iter().map(of).collect(),
        }
    }

    /// Without the columns that have nothing in any row.
    fn without_empty_columns(&self) -> Self {
        let is_empty = |i: usize| self.rows.iter().all(|row| row[i] == Cell::Missing);
        let kept: Vec<usize> = (0..self.columns.len()).filter(|i| !is_empty(*i)).collect();
        let of = |row: &Vec<Cell>| kept.iter().map(|i| row[*i].clone()).collect();
        Self {
            columns: kept.iter().map(|i| self.columns[*i].clone()).collect(),
            rows: self.rows.iter().map(of).collect(),
        }
    }

    /// As aligned columns, for people: a line a row.
    pub(crate) fn as_text(&self) -> String {
        self.within(None)
    }

    /// The same within a width.
    fn within(&self, width: Option<usize>) -> String {
        let is_number = |i: usize| self.rows.iter().any(|row| row[i].is_number());
        let layout = Layout {
            header: self.columns.clone(),
            rows: self
                .rows
                .iter()
                .map(|row| row.iter().map(Cell::short).collect())
                .collect(),
            is_number: (0..self.columns.len()).map(is_number).collect(),
        };
        let has_color = COLOR.get() == Some(&true);
        let line = |line: Printed| match line.is_header && has_color {
            true => format!("\u{1b}[1m{}\u{1b}[0m\n", line.text),
            false => line.text + "\n",
        };
        layout.lines(width).into_iter().map(line).collect()
    }

    fn as_json(&self) -> String {
        let object = |row: &Vec<Cell>| {
            let fields = self.columns.iter().cloned().zip(row.iter().map(Cell::json));
            serde_json::Value::Object(fields.collect())
        };
        let rows = serde_json::Value::Array(self.rows.iter().map(object).collect());
        format!("{rows:#}\n")
    }

    fn as_csv(&self) -> Result<String> {
        let failed =
            |e: &dyn std::fmt::Display| Error::Unexpected(format!("cannot encode a table: {e}"));
        let mut writer = csv::Writer::from_writer(vec![]);
        writer.write_record(&self.columns).map_err(|e| failed(&e))?;
        for row in &self.rows {
            writer
                .write_record(row.iter().map(Cell::exact))
                .map_err(|e| failed(&e))?;
        }
        let bytes = writer.into_inner().map_err(|e| failed(&e))?;
        String::from_utf8(bytes).map_err(|e| failed(&e))
    }
}

/// Prints the directory that a command has made or found, under `key` where the form has keys.
pub(crate) fn print_path(format: Format, key: &str, path: &Path) -> Result<()> {
    let text = path.display().to_string();
    match format {
        Format::Text => print(&format!("{text}\n")),
        Format::Json => print(&format!("{:#}\n", serde_json::json!({ key: text }))),
        Format::Csv => {
            let row = vec![Cell::Text(text)];
            Table {
                columns: vec![key.into()],
                rows: vec![row],
            }
            .print(format)
        }
    }
}

/// Prints words for people on stdout, in lines that fit.
pub(crate) fn print_words(text: &str) -> Result<()> {
    print(&width::wrapped(text, width::of_stdout()))
}

/// A reader that has gone away (`| head`) is no error.
pub(crate) fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::io("cannot write to", "stdout", e))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_stays_whole() {
        let (large, next) = ("9007199254740993", "9007199254740992");
        let cell = Cell::of_setting(large);
        assert_eq!(cell.short(), large);
        assert_eq!(cell.exact(), large);
        assert_eq!(cell.json().to_string(), large);
        assert_eq!(cell.compare(&Cell::of_setting(next)), Ordering::Greater);
        assert_eq!(
            Cell::of_setting("2").compare(&Cell::Number(2.0)),
            Ordering::Equal
        );
        assert_eq!(
            Cell::of_setting("2.5").compare(&Cell::of_setting("3")),
            Ordering::Less
        );
        assert_eq!(
            Cell::of_setting("3").compare(&Cell::from("a")),
            Ordering::Less
        );
        assert_eq!(Cell::Missing.compare(&Cell::from("a")), Ordering::Greater);
    }

    #[test]
    fn what_does_not_exist_is_a_dash_null_or_nothing() {
        let table = Table {
            columns: vec!["a".into()],
            rows: vec![vec![Cell::Missing]],
        };
        assert!(table.as_text().contains('–'));
        assert!(table.as_json().contains("null"));
        assert_eq!(table.as_csv().unwrap(), "a\n\"\"\n");
    }
}
