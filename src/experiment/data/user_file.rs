//! The user's own points: columns of a CSV or npy file.

use crate::{
    error::{Error, Result},
    experiment::files,
    points::Points,
    target::FileColumns,
};
use std::{collections::BTreeMap, path::Path};

/// Most classes that a column of labels may name: more are no classes, but numbers.
const MAX_CLASSES: usize = 1000;

/// The points that `file` describes; with a column of labels, also the names of their classes, in order:
/// by value if all are numbers, else by letter.
pub(crate) fn read(file: &FileColumns) -> Result<(Points, Option<Vec<String>>)> {
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

fn read_csv(path: &Path, file: &FileColumns) -> Result<(Points, Option<Vec<String>>)> {
    let bytes = readable(path)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(bytes.as_slice());
    let mut columns: Option<Columns> = None;
    let (mut values, mut cells) = (vec![], vec![]);
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
        let is_text = |k: &usize| record[*k].parse::<f64>().is_err();
        if first && columns.coordinates.iter().all(is_text) {
            continue;
        }
        cells.extend(columns.label.map(|k| record[k].to_string()));
        for k in &columns.coordinates {
            values.push(number(&record[*k]).ok_or_else(|| {
                let place = format!("line {line}, column {}: `{}`", k + 1, &record[*k]);
                unusable(path, &format!("{place} is not a finite number"))
            })?);
        }
    }
    let dim = columns.map_or(1, |columns| columns.coordinates.len());
    labelled(path, points(path, values, dim)?, file, cells)
}

/// Where in a row the coordinates and the label are.
struct Columns {
    coordinates: Vec<usize>,
    label: Option<usize>,
}

impl Columns {
    /// Those that `file` wants of the `width` there are; `find` knows them by name.
    fn pick(
        path: &Path,
        file: &FileColumns,
        width: usize,
        find: impl Fn(&String) -> Result<usize>,
    ) -> Result<Self> {
        let label = file.label_column.as_ref().map(&find).transpose()?;
        let coordinates: Vec<_> = match &file.columns {
            Some(wanted) => wanted.iter().map(find).collect::<Result<_>>()?,
            None => (0..width).filter(|k| Some(*k) != label).collect(),
        };
        if coordinates.is_empty() {
            return Err(unusable(path, "has no column beside that of the labels"));
        }
        if label.is_some_and(|label| coordinates.contains(&label)) {
            return Err(unusable(path, "has its labels in a column of coordinates"));
        }
        Ok(Self { coordinates, label })
    }
}

/// The points with the classes that the `cells` of the label column name.
fn labelled(
    path: &Path,
    points: Points,
    file: &FileColumns,
    cells: Vec<String>,
) -> Result<(Points, Option<Vec<String>>)> {
    let Some(column) = &file.label_column else {
        return Ok((points, None));
    };
    let mut names = cells.clone();
    names.sort_unstable();
    names.dedup();
    if names.len() > MAX_CLASSES {
        let message = format!(
            "has {} different labels in column `{column}`, at most {MAX_CLASSES}",
            names.len()
        );
        return Err(unusable(path, &message));
    }
    let numbers: Option<Vec<f64>> = names.iter().map(|name| number(name)).collect();
    if let Some(numbers) = numbers {
        let mut order: Vec<_> = numbers.into_iter().zip(names).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        names = order.into_iter().map(|(_, name)| name).collect();
    }
    let index: BTreeMap<_, _> = names.iter().zip(0..).collect();
    let labels = cells.iter().map(|cell| index[cell]).collect();
    Ok((points.with_labels(labels), Some(names)))
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

/// The wanted columns, by name from the header or by number from 0.
fn pick_columns(path: &Path, file: &FileColumns, first: &csv::StringRecord) -> Result<Columns> {
    Columns::pick(path, file, first.len(), |name| {
        let by_name = first.iter().position(|cell| cell == name);
        let by_number = name.parse().ok().filter(|k| *k < first.len());
        by_name.or(by_number).ok_or_else(|| {
            let known = first.iter().collect::<Vec<_>>().join(", ");
            unusable(
                path,
                &format!("has no column `{name}`; its first line is: {known}"),
            )
        })
    })
}

fn read_npy(path: &Path, file: &FileColumns) -> Result<(Points, Option<Vec<String>>)> {
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
    let columns = Columns::pick(path, file, width, |name| {
        name.parse().ok().filter(|k| *k < width).ok_or_else(|| {
            unusable(
                path,
                &format!("has no column `{name}`, it has {width}, from 0"),
            )
        })
    })?;
    let mut values = Vec::with_capacity(rows * columns.coordinates.len());
    let mut cells = vec![];
    for i in 0..rows {
        cells.extend(columns.label.map(|k| at(i, k).to_string()));
        for k in &columns.coordinates {
            let x = at(i, *k);
            if !x.is_finite() {
                return Err(unusable(path, &format!("row {i}, column {k} is {x}")));
            }
            values.push(x);
        }
    }
    let points = points(path, values, columns.coordinates.len())?;
    labelled(path, points, file, cells)
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
