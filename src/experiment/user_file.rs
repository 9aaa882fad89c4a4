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
    let is_npy = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("npy"));
    if is_npy { read_npy(path, file) } else { read_csv(path, file) }
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
        let record = record.map_err(|e| unusable(path, &e.to_string()))?;
        let line = record.position().map_or(0, |position| position.line());
        let first = columns.is_none();
        let columns = match &columns {
            Some(columns) => columns,
            None => columns.insert(pick_columns(path, file, &record)?),
        };
        let is_header = first && columns.iter().any(|k| record[*k].parse::<f64>().is_err());
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

/// The numbers of the wanted columns, by name from the header or by number from 0.
fn pick_columns(path: &Path, file: &FileColumns, first: &csv::StringRecord) -> Result<Vec<usize>> {
    let Some(wanted) = &file.columns else { return Ok((0..first.len()).collect()) };
    let find = |name: &String| {
        let by_name = first.iter().position(|cell| cell == name);
        let by_number = name.parse().ok().filter(|k| *k < first.len());
        by_name.or(by_number).ok_or_else(|| {
            let known = first.iter().collect::<Vec<_>>().join(", ");
            unusable(path, &format!("has no column `{name}`; its first line is: {known}"))
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
        _ => return Err(unusable(path, &format!("has shape {shape:?}, expected [n] or [n, d]"))),
    };
    let fortran = array.order() == npyz::Order::Fortran;
    let flat = numbers(array).map_err(|e| unusable(path, &e))?;
    let at = |i: usize, k: usize| if fortran { flat[k * rows + i] } else { flat[i * width + k] };
    let columns = match &file.columns {
        None => (0..width).collect(),
        Some(wanted) => wanted
            .iter()
            .map(|name| {
                name.parse().ok().filter(|k| *k < width).ok_or_else(|| {
                    unusable(path, &format!("has no column `{name}`, expected 0 to {}", width - 1))
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

fn numbers(array: npyz::NpyFile<&[u8]>) -> std::result::Result<Vec<f64>, String> {
    let array = match array.try_data::<f64>() {
        Ok(data) => return data.collect::<std::io::Result<_>>().map_err(|e| e.to_string()),
        Err(array) => array,
    };
    let array = match array.try_data::<f32>() {
        Ok(data) => {
            let data: std::io::Result<Vec<f32>> = data.collect();
            return data.map(|v| v.into_iter().map(f64::from).collect()).map_err(|e| e.to_string());
        }
        Err(array) => array,
    };
    match array.try_data::<i64>() {
        Ok(data) => {
            let data: std::io::Result<Vec<i64>> = data.collect();
            data.map(|v| v.into_iter().map(|x| x as f64).collect()).map_err(|e| e.to_string())
        }
        Err(array) => Err(format!("has type {}, expected f8, f4 or i8", array.dtype().descr())),
    }
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
        return Err(Error::usage_hint(
            format!("the data file `{}` does not exist", path.display()),
            "`data.path` is relative to the configuration that names it",
        ));
    }
    files::read(path)
}

fn unusable(path: &Path, message: &str) -> Error {
    Error::usage(format!("`{}`: {message}", path.display()))
}
