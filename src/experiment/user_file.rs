//! The user's own points: columns of a CSV or npy file.

use super::files;
use crate::{
    error::{Error, Result},
    points::Points,
    target::FileColumns,
};
use std::path::Path;

/// Reads the points that `file` describes.
pub(super) fn read(file: &FileColumns) -> Result<Points> {
    let path = Path::new(&file.path);
    let is_npy = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("npy"));
    if is_npy {
        read_npy(path, file)
    } else {
        read_csv(path, file)
    }
}

fn read_csv(path: &Path, file: &FileColumns) -> Result<Points> {
    let bytes = readable(path)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(bytes.as_slice());
    let mut columns: Option<Vec<usize>> = None;
    let mut values = vec![];
    for record in reader.records() {
        let record = record.map_err(|e| {
            let line = e.position().map_or(0, |position| position.line());
            unusable(path, &format!("line {line}: {}", csv_problem(&e)))
        })?;
        let line = record.position().map_or(0, |position| position.line());
        let first = columns.is_none();
        let columns = match &columns {
            Some(columns) => columns,
            None => columns.insert(pick_columns(path, file, &record)?),
        };
        let is_header = first && columns.iter().all(|k| record[*k].parse::<f64>().is_err());
        if is_header {
            continue;
        }
        for k in columns {
            values.push(number(&record[*k]).ok_or_else(|| {
                let place = format!("line {line}, column {}: `{}`", k + 1, &record[*k]);
                unusable(path, &format!("{place} is not a finite number"))
            })?);
        }
    }
    let dim = columns.map_or(1, |columns| columns.len());
    points(path, values, dim)
}

fn csv_problem(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("it has {len} columns, the lines before {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8 text".into(),
        _ => error.to_string(),
    }
}

/// The numbers of the wanted columns, by name from the header or by number from 0.
fn pick_columns(path: &Path, file: &FileColumns, first: &csv::StringRecord) -> Result<Vec<usize>> {
    let Some(wanted) = &file.columns else {
        return Ok((0..first.len()).collect());
    };
    let find = |name: &String| {
        let by_name = first.iter().position(|cell| cell == name);
        let by_number = name.parse().ok().filter(|k| *k < first.len());
        by_name.or(by_number).ok_or_else(|| {
            let known = first.iter().collect::<Vec<_>>().join(", ");
            unusable(
                path,
                &format!("has no column `{name}`; its first line is: {known}"),
            )
        })
    };
    wanted.iter().map(find).collect()
}

fn read_npy(path: &Path, file: &FileColumns) -> Result<Points> {
    let bytes = readable(path)?;
    let array = npyz::NpyFile::new(bytes.as_slice()).map_err(|e| unusable(path, &e.to_string()))?;
    let shape = array.shape().to_vec();
    let (rows, width) = match shape.as_slice() {
        [n] => (*n as usize, 1),
        [n, d] => (*n as usize, *d as usize),
        _ => {
            return Err(unusable(
                path,
                &format!("has shape {shape:?}, expected [n] or [n, d]"),
            ));
        }
    };
    if rows.checked_mul(width).is_none_or(|n| n > bytes.len()) {
        return Err(unusable(
            path,
            &format!("has shape {shape:?}, but only {} bytes", bytes.len()),
        ));
    }
    let fortran = array.order() == npyz::Order::Fortran;
    let flat = numbers(array).map_err(|e| unusable(path, &e))?;
    let at = |i: usize, k: usize| {
        if fortran {
            flat[k * rows + i]
        } else {
            flat[i * width + k]
        }
    };
    let columns = match &file.columns {
        None => (0..width).collect(),
        Some(wanted) => wanted
            .iter()
            .map(|name| {
                name.parse().ok().filter(|k| *k < width).ok_or_else(|| {
                    unusable(
                        path,
                        &format!("has no column `{name}`, it has {width}, from 0"),
                    )
                })
            })
            .collect::<Result<Vec<usize>>>()?,
    };
    let mut values = Vec::with_capacity(rows * columns.len());
    for i in 0..rows {
        for k in &columns {
            let x = at(i, *k);
            if !x.is_finite() {
                return Err(unusable(path, &format!("row {i}, column {k} is {x}")));
            }
            values.push(x);
        }
    }
    points(path, values, columns.len())
}

/// The values of an array of any float or integer type.
fn numbers(array: npyz::NpyFile<&[u8]>) -> std::result::Result<Vec<f64>, String> {
    macro_rules! try_types {
        ($array:expr, $($number:ty)*) => {{
            let mut array = $array;
            $(
                array = match array.try_data::<$number>() {
                    Ok(data) => {
                        let values: std::io::Result<Vec<$number>> = data.collect();
                        let values = values.map_err(|e| format!("is cut short: {e}"))?;
                        return Ok(values.into_iter().map(|x| x as f64).collect());
                    }
                    Err(array) => array,
                };
            )*
            array
        }};
    }
    let array = try_types!(array, f64 f32 i64 i32 i16 i8 u64 u32 u16 u8);
    Err(format!(
        "has type {}, expected floats or integers",
        array.dtype().descr()
    ))
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|x: &f64| x.is_finite())
}

fn points(path: &Path, values: Vec<f64>, dim: usize) -> Result<Points> {
    if values.is_empty() {
        return Err(unusable(path, "holds no points"));
    }
    Ok(Points::new(values, dim))
}

fn readable(path: &Path) -> Result<Vec<u8>> {
    if !path.is_file() {
        let what = if path.exists() {
            "is not a file"
        } else {
            "does not exist"
        };
        return Err(Error::usage_hint(
            format!("the data file `{}` {what}", path.display()),
            "`data.path` is relative to the configuration that names it",
        ));
    }
    files::read(path)
}

fn unusable(path: &Path, message: &str) -> Error {
    Error::usage(format!("`{}`: {message}", path.display()))
}
