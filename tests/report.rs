//! Every number in the tables of report.md is one of report/*.csv.
//!
//! A table is preceded by a comment that names its file and, column by column, what stands there. That is
//! a setting by its key, or a number as `a`, `a ± b` or `a / b` of the file's columns. Settings that a
//! table does not show have their most common value.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

type Row = HashMap<String, String>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// The header and the rows of a CSV file.
fn read_csv(name: &str) -> (Vec<String>, Vec<Row>) {
    let mut reader = csv::Reader::from_path(root().join("report").join(name)).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let row = |record: csv::StringRecord| {
        header
            .iter()
            .cloned()
            .zip(record.iter().map(String::from))
            .collect::<Row>()
    };
    let rows = reader
        .records()
        .map(|record| row(record.unwrap()))
        .collect();
    (header, rows)
}

/// A table of report.md: its file, the contents of its columns, and its cells.
struct Table {
    file: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn cells(line: &str) -> Vec<String> {
    line.trim()
        .trim_matches('|')
        .split('|')
        .map(|cell| cell.trim().to_string())
        .collect()
}

fn tables(text: &str) -> Vec<Table> {
    let lines: Vec<_> = text.lines().collect();
    let mut tables = vec![];
    for (i, line) in lines.iter().enumerate() {
        if !line.starts_with('|') || i == 0 || lines[i - 1].starts_with('|') {
            continue;
        }
        let comment = lines[i - 1].trim();
        let spec = comment
            .strip_prefix("<!-- ")
            .and_then(|c| c.strip_suffix(" -->"));
        let spec = spec.unwrap_or_else(|| panic!("line {}: a table without its source", i + 1));
        let (file, columns) = spec.split_once(": ").unwrap();
        let body = lines[i + 2..]
            .iter()
            .take_while(|line| line.starts_with('|'));
        tables.push(Table {
            file: file.to_string(),
            columns: cells(columns),
            rows: body.map(|line| cells(line)).collect(),
        });
    }
    tables
}

/// The most common value of each setting.
fn usual(settings: &[String], rows: &[Row]) -> BTreeMap<String, String> {
    let common = |key: &String| {
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for row in rows {
            *counts.entry(&row[key]).or_default() += 1;
        }
        let (value, _) = counts.into_iter().max_by_key(|(_, count)| *count).unwrap();
        (key.clone(), value.clone())
    };
    settings.iter().map(common).collect()
}

/// The values that a column's description stands for.
fn values(description: &str, row: &Row) -> Vec<f64> {
    let number = |name: &str| -> f64 {
        let text = row
            .get(name.trim())
            .unwrap_or_else(|| panic!("no column `{name}`"));
        text.parse()
            .unwrap_or_else(|_| panic!("`{name}` is `{text}`"))
    };
    if let Some((a, b)) = description.split_once('±') {
        vec![number(a), number(b)]
    } else if let Some((a, b)) = description.split_once('/') {
        vec![number(a) / number(b)]
    } else {
        vec![number(description)]
    }
}

/// Whether a printed number is `value` to its last digit.
fn agrees(printed: &str, value: f64) -> bool {
    let plain = printed.trim_end_matches('×').replace('−', "-");
    let Ok(number) = plain.parse::<f64>() else {
        return false;
    };
    let (mantissa, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
    let decimals = mantissa
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len() as i32);
    let unit = 10f64.powi(exponent.parse::<i32>().unwrap() - decimals);
    (number - value).abs() <= 0.5 * unit * (1.0 + 1e-9)
}

#[test]
fn every_number_of_the_tables_is_in_its_file() {
    let text = fs::read_to_string(root().join("report.md")).unwrap();
    let tables = tables(&text);
    let mut checked = 0;
    for table in &tables {
        let (header, rows) = read_csv(&table.file);
        let counts_runs = |name: &String| name == "n" || name == "runs";
        let first_number = header.iter().position(counts_runs).unwrap();
        let settings = header[..first_number].to_vec();
        let usual = usual(&settings, &rows);
        for cells in &table.rows {
            assert_eq!(cells.len(), table.columns.len(), "{cells:?}");
            let mut wanted = usual.clone();
            for (column, cell) in table.columns.iter().zip(cells) {
                if settings.contains(column) {
                    wanted.insert(column.clone(), cell.trim_matches('`').to_string());
                }
            }
            let mut found = rows
                .iter()
                .filter(|row| wanted.iter().all(|(k, v)| row[k] == *v));
            let row = found
                .next()
                .unwrap_or_else(|| panic!("no row for {cells:?}: {wanted:?}"));
            assert!(found.next().is_none(), "several rows for {cells:?}");
            for (column, cell) in table.columns.iter().zip(cells) {
                if settings.contains(column) {
                    continue;
                }
                let values = values(column, row);
                let printed: Vec<_> = cell.split('±').map(str::trim).collect();
                assert_eq!(printed.len(), values.len(), "{column} in {cells:?}");
                for (printed, value) in printed.iter().zip(values) {
                    assert!(
                        agrees(printed, value),
                        "{column}: {printed} is {value} in {cells:?}"
                    );
                    checked += 1;
                }
            }
        }
    }
    assert!(
        tables.len() >= 4 && checked > 100,
        "{} tables, {checked} numbers",
        tables.len()
    );
}

#[test]
fn a_number_agrees_to_its_last_digit_and_no_further() {
    assert!(agrees("0.0432", 0.043_249) && !agrees("0.0432", 0.043_251));
    assert!(agrees("5.8e-10", 5.76e-10) && !agrees("5.8e-10", 5.74e-10));
    assert!(agrees("−2.01", -2.0149) && agrees("1.9×", 1.94) && !agrees("1.9×", 1.96));
}
