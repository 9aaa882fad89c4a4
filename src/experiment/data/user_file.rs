//! The user's own points: columns of a CSV or npy file.

use super::{
    axes::Axes,
    header,
    packed::{self, Contents},
    table::{self, Dialect},
};
use crate::{
    error::{Error, Result},
    experiment::files,
    points::Points,
    target::{Column, FileColumns, Missing},
    text,
};
use std::{collections::BTreeMap, ops::Range, path::Path};

/// Most classes that a column of labels may name: more are no classes, but numbers.
const MAX_CLASSES: usize = 1000;

/// The user's points, and how their file was taken.
pub(crate) struct UserPoints {
    pub(crate) points: Points,
    pub(crate) axes: Axes,
    /// With a column of labels, the names of their classes, in order: by value if all are numbers, else by letter.
    pub(crate) names: Option<Vec<String>>,
    pub(crate) notices: Vec<String>,
}

/// The points that `file` describes.
///
/// # Errors
/// If it cannot be read, is no table of finite numbers, or may be read in several ways: exit 2.
pub(crate) fn read(file: &FileColumns) -> Result<UserPoints> {
    let path = Path::new(&file.path);
    let bytes = readable(path)?;
    if let Some(wanted) = &file.sha256 {
        check_content(path, &bytes, wanted)?;
    }
    taken(path, file, bytes)
}

/// The same of the bytes of a file, which messages call `path`.
pub(super) fn taken(path: &Path, file: &FileColumns, bytes: Vec<u8>) -> Result<UserPoints> {
    let found = packed::open(bytes, file.array.as_deref());
    match found.map_err(|message| unusable(path, &message))? {
        Contents::Array(bytes) => read_npy(path, file, &bytes),
        Contents::Text(_) if is_called_npy(path) => Err(unusable(path, "is no npy file")),
        Contents::Text(bytes) => read_csv(path, file, &bytes),
    }
}

/// Whether a file is called `.npy` or `.npz`, gzip aside.
fn is_called_npy(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.ends_with(".npy") || name.ends_with(".npz")
}

fn check_content(path: &Path, bytes: &[u8], wanted: &str) -> Result<()> {
    let found = files::sha256(bytes);
    if found == wanted {
        return Ok(());
    }
    Err(Error::usage_hint(
        format!(
            "`{}` has another content: its SHA-256 is {}…, and `data.sha256` is {}…",
            path.display(),
            &found[..8],
            &wanted[..8]
        ),
        "put back the file as it was, or leave out `data.sha256` to take it as it is",
    ))
}

fn read_csv(path: &Path, file: &FileColumns, bytes: &[u8]) -> Result<UserPoints> {
    let wrong = |message: String| unusable(path, &message);
    let dialect = Dialect {
        delimiter: file.delimiter.map(|c| c as u8),
        decimal: file.decimal,
        encoding: file.encoding,
    };
    let cells = table::cells(bytes, &dialect).map_err(wrong)?;
    let has_header = header::is_there(file, &cells).map_err(wrong)?;
    let header = has_header.then(|| cells.rows[0].1.as_slice());
    let below = &cells.rows[usize::from(has_header)..];
    let mut notices = cells.notices.clone();
    let width = cells.rows[0].1.len();
    let index =
        file.columns.is_none() && header.is_some_and(|names| header::is_index(names, below));
    if index {
        notices.push(
            "its first column numbers the rows and is left out (`data.columns` takes it)".into(),
        );
    }
    let columns = Columns::pick(path, file, usize::from(index)..width, |column| {
        header::find(column, header, width).map_err(wrong)
    })?;
    let taken = Taken {
        file,
        columns: &columns,
        header,
        decimal: cells.decimal,
    };
    let (mut values, mut labels, mut dropped) = (vec![], vec![], vec![]);
    for (line, row) in below {
        match taken.numbers(*line, row).map_err(wrong)? {
            Some(numbers) => {
                values.extend(numbers);
                labels.extend(columns.label.map(|k| row[k].trim().to_string()));
            }
            None => dropped.push(*line),
        }
    }
    notices.extend(told_of_dropped(&dropped));
    let told = notices
        .into_iter()
        .map(|notice| format!("`{}`: {notice}", path.display()));
    let points = points(path, values, columns.coordinates.len())?;
    let names = header.map(|names| {
        columns
            .coordinates
            .iter()
            .map(|k| names[*k].clone())
            .collect()
    });
    let mut found = labelled(path, points, file, labels, told.collect())?;
    found.axes = axes(
        file,
        names.unwrap_or_else(|| vec![String::new(); found.points.dim()]),
    )?;
    Ok(found)
}

/// The names of the coordinates with the units of the configuration.
fn axes(file: &FileColumns, names: Vec<String>) -> Result<Axes> {
    let units = file.units.clone().unwrap_or_default();
    if !units.is_empty() && units.len() != names.len() {
        return Err(Error::usage_hint(
            format!(
                "`data.units` has {} units, and `{}` has {} coordinates",
                units.len(),
                file.path,
                names.len()
            ),
            "write one text for each, empty where a coordinate has no unit",
        ));
    }
    Ok(Axes::called(&names, units))
}

/// How the cells of a row are taken.
struct Taken<'a> {
    file: &'a FileColumns,
    columns: &'a Columns,
    header: Option<&'a [String]>,
    decimal: char,
}

impl Taken<'_> {
    /// The coordinates of a row; nothing where one is missing and such rows are left out.
    fn numbers(&self, line: u64, row: &[String]) -> std::result::Result<Option<Vec<f64>>, String> {
        let mut found = vec![];
        for k in &self.columns.coordinates {
            let cell = row[*k].as_str();
            match table::number(cell, self.decimal) {
                Some(number) => found.push(number),
                None if table::is_missing(cell) && self.file.missing == Missing::DropRows => {
                    return Ok(None);
                }
                None => return Err(self.refusal(line, *k, cell)),
            }
        }
        Ok(Some(found))
    }

    fn refusal(&self, line: u64, k: usize, cell: &str) -> String {
        let name = self
            .header
            .map_or(String::new(), |names| format!(" (`{}`)", names[k]));
        let place = format!("line {line}, column {}{name}: `{cell}`", k + 1);
        match table::is_missing(cell) {
            true => {
                format!("{place} is missing: `data.missing = \"drop_rows\"` leaves such rows out")
            }
            false => format!("{place} is not a finite number"),
        }
    }
}

/// How many rows are left out, and the first of them.
fn told_of_dropped(lines: &[u64]) -> Option<String> {
    const SHOWN: usize = 5;
    let first: Vec<_> = lines.iter().take(SHOWN).map(u64::to_string).collect();
    let more = if lines.len() > SHOWN { ", …" } else { "" };
    (!lines.is_empty()).then(|| {
        let rows = text::count(lines.len(), "row");
        format!(
            "{rows} left out, in which a number is missing: line {}{more}",
            first.join(", ")
        )
    })
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
        all: Range<usize>,
        find: impl Fn(&Column) -> Result<usize>,
    ) -> Result<Self> {
        let label = file.label_column.as_ref().map(&find).transpose()?;
        let coordinates: Vec<_> = match &file.columns {
            Some(wanted) => wanted.iter().map(find).collect::<Result<_>>()?,
            None => all.filter(|k| Some(*k) != label).collect(),
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
    notices: Vec<String>,
) -> Result<UserPoints> {
    let axes = Axes::numbered(points.dim());
    let Some(column) = &file.label_column else {
        return Ok(UserPoints {
            points,
            axes,
            names: None,
            notices,
        });
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
    Ok(UserPoints {
        points: points.with_labels(labels),
        axes,
        names: Some(names),
        notices,
    })
}

fn read_npy(path: &Path, file: &FileColumns, bytes: &[u8]) -> Result<UserPoints> {
    let array = npyz::NpyFile::new(bytes).map_err(|e| unusable(path, &e.to_string()))?;
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
    let columns = Columns::pick(path, file, 0..width, |column| {
        header::find(column, None, width).map_err(|message| unusable(path, &message))
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
    let mut found = labelled(path, points, file, cells, vec![])?;
    found.axes = axes(file, vec![String::new(); found.points.dim()])?;
    Ok(found)
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
