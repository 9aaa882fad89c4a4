//! A text table as people have them: which characters part its cells, which mark its decimals, how it is encoded.

use crate::target::Encoding;

/// How a table may be written; what is not given is found out.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    pub(crate) delimiter: Option<u8>,
    pub(crate) decimal: Option<char>,
    pub(crate) encoding: Encoding,
}

/// The cells of a table with what was found out of it.
#[derive(Debug)]
pub(crate) struct Cells {
    /// Each with its line in the file, from 1.
    pub(crate) rows: Vec<(u64, Vec<String>)>,
    pub(crate) decimal: char,
    /// What a reader should know of how the file was taken.
    pub(crate) notices: Vec<String>,
}

/// Marks that part cells, the usual one first.
const DELIMITERS: [u8; 5] = [b',', b';', b'\t', b'|', b' '];

/// What stands for a number that is not there.
const MISSING: [&str; 8] = ["", "na", "n/a", "nan", "null", "none", "-", "?"];

/// Whether a cell says that its number is missing.
pub(crate) fn is_missing(cell: &str) -> bool {
    MISSING.contains(&cell.trim().to_lowercase().as_str())
}

/// The number of a cell.
pub(crate) fn number(cell: &str, decimal: char) -> Option<f64> {
    let cell = cell.trim();
    let found = match decimal {
        ',' if cell.contains('.') => return None,
        ',' => cell.replace(',', ".").parse(),
        _ => cell.parse(),
    };
    found.ok().filter(|x: &f64| x.is_finite())
}

/// Takes `bytes` apart.
///
/// # Errors
/// If they are no table, or several kinds of table: what is wrong and the key that says which.
pub(crate) fn cells(bytes: &[u8], dialect: &Dialect) -> Result<Cells, String> {
    let (text, mut notices) = decoded(bytes, dialect.encoding)?;
    let (text, said) = without_separator_line(text);
    if let Some(said) = said {
        notices.push(format!(
            "its first line says that cells are parted by {}",
            name_of(said)
        ));
    }
    let delimiter = dialect.delimiter.or(said);
    let decimals = dialect
        .decimal
        .map_or(vec!['.', ','], |decimal| vec![decimal]);
    let delimiters = delimiter.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let mut readings = vec![];
    let mut first_problem = None;
    for delimiter in delimiters {
        match split(&text, delimiter) {
            Ok(rows) => readings.extend(decimals.iter().filter_map(|decimal| {
                let is_possible = !(delimiter == b',' && *decimal == ',');
                is_possible.then(|| Reading::new(rows.clone(), delimiter, *decimal))
            })),
            Err(problem) => {
                first_problem.get_or_insert(problem);
            }
        }
    }
    let best = readings.iter().map(Reading::rank).max();
    // Where no column holds numbers, what is wrong with the usual reading says more.
    if let (Some((0, _)), Some(problem)) = (best, &first_problem) {
        return Err(problem.clone());
    }
    let Some(place) = readings
        .iter()
        .position(|reading| Some(reading.rank()) == best)
    else {
        return Err(first_problem.unwrap_or_else(|| "holds no points".into()));
    };
    if let Some(doubt) = doubt(&readings, place) {
        return Err(doubt);
    }
    let found = readings.swap_remove(place);
    if found.ends_empty {
        notices.push("its last column is empty and is left out".into());
    }
    if delimiter.is_none() && found.delimiter != b',' && found.width() > 1 {
        notices.push(format!(
            "its cells are parted by {}",
            name_of(found.delimiter)
        ));
    }
    if dialect.decimal.is_none() && found.decimal == ',' {
        notices.push("its decimal mark is a comma".into());
    }
    Ok(Cells {
        rows: found.rows,
        decimal: found.decimal,
        notices,
    })
}

/// A way to read the whole table.
struct Reading {
    rows: Vec<(u64, Vec<String>)>,
    delimiter: u8,
    decimal: char,
    /// Columns all of whose cells below the first row are numbers or missing.
    numeric: usize,
    /// Whether a last column was there without a single cell.
    ends_empty: bool,
}

impl Reading {
    fn new(mut rows: Vec<(u64, Vec<String>)>, delimiter: u8, decimal: char) -> Self {
        let is_empty =
            |(_, row): &(u64, Vec<String>)| row.len() > 1 && row[row.len() - 1].trim().is_empty();
        let ends_empty = rows.len() > 1 && rows.iter().all(is_empty);
        if ends_empty {
            rows.iter_mut().for_each(|(_, row)| drop(row.pop()));
        }
        let width = rows.first().map_or(0, |(_, row)| row.len());
        let numeric = (0..width)
            .filter(|k| is_numeric(&rows, *k, decimal))
            .count();
        Self {
            rows,
            delimiter,
            decimal,
            numeric,
            ends_empty,
        }
    }

    fn width(&self) -> usize {
        self.rows.first().map_or(0, |(_, row)| row.len())
    }

    /// The more columns of numbers, the better; the usual delimiter and decimal mark come first among equals.
    fn rank(&self) -> (usize, std::cmp::Reverse<usize>) {
        (self.numeric, std::cmp::Reverse(self.width()))
    }
}

/// Whether a column has numbers below the first row, and nothing else but missing ones.
pub(crate) fn is_numeric(rows: &[(u64, Vec<String>)], k: usize, decimal: char) -> bool {
    let below = if rows.len() > 1 { &rows[1..] } else { rows };
    let mut cells = below.iter().map(|(_, row)| row[k].as_str());
    let is_fine = |cell: &str| is_missing(cell) || number(cell, decimal).is_some();
    let has_number = below
        .iter()
        .any(|(_, row)| number(&row[k], decimal).is_some());
    has_number && cells.all(is_fine)
}

/// Why the best reading is no better than another one: `-1,1788` is one number or two.
fn doubt(readings: &[Reading], best: usize) -> Option<String> {
    let found = &readings[best];
    if found.delimiter != b',' || found.width() != 2 {
        return None;
    }
    let is_one_column =
        |reading: &&Reading| reading.decimal == ',' && reading.width() == 1 && reading.numeric == 1;
    let other = readings.iter().find(is_one_column)?;
    number(&other.rows[0].1[0], ',').map(|_| {
        "its lines are one number with a decimal comma or two whole numbers: set `data.delimiter = \",\"`, or \
         `data.decimal = \",\"`"
            .into()
    })
}

fn name_of(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => "semicolons",
        b'\t' => "tabs",
        b'|' => "bars",
        b' ' => "spaces",
        _ => "commas",
    }
}

/// The rows of a text; every line has as many cells as the first.
fn split(text: &str, delimiter: u8) -> Result<Vec<(u64, Vec<String>)>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut rows = vec![];
    for record in reader.records() {
        let record = record.map_err(|e| problem(&e))?;
        let line = record.position().map_or(0, |position| position.line());
        rows.push((line, record.iter().map(String::from).collect()));
    }
    match rows.is_empty() {
        true => Err("holds no points".into()),
        false => Ok(rows),
    }
}

fn problem(error: &csv::Error) -> String {
    let line = error.position().map_or(0, |position| position.line());
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!(
            "line {line}: it has {len} columns, the lines before {expected_len}; `data.delimiter` says what parts them"
        ),
        _ => format!("line {line}: {error}"),
    }
}

/// The characters, and what was taken for granted.
fn decoded(bytes: &[u8], encoding: Encoding) -> Result<(String, Vec<String>), String> {
    let wide = |from_bytes: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| from_bytes([pair[0], pair[1]]))
            .collect();
        String::from_utf16(&units)
            .map_err(|_| "is not UTF-16 text: set `data.encoding`".to_string())
    };
    let is_wide = matches!(encoding, Encoding::Auto | Encoding::Utf16);
    let found = match encoding {
        Encoding::Auto => vec!["it is UTF-16 text".to_string()],
        _ => vec![],
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] if is_wide => return Ok((wide(u16::from_le_bytes, rest)?, found)),
        [0xfe, 0xff, rest @ ..] if is_wide => return Ok((wide(u16::from_be_bytes, rest)?, found)),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let latin = || {
        bytes
            .iter()
            .map(|byte| char::from(*byte))
            .collect::<String>()
    };
    match encoding {
        Encoding::Utf16 => Ok((wide(u16::from_le_bytes, bytes)?, vec![])),
        Encoding::Latin1 => Ok((latin(), vec![])),
        Encoding::Utf8 => match std::str::from_utf8(bytes) {
            Ok(text) => Ok((text.into(), vec![])),
            Err(e) => Err(format!(
                "is not UTF-8 text at byte {}: set `data.encoding`",
                e.valid_up_to()
            )),
        },
        Encoding::Auto if bytes.contains(&0) => {
            Err("holds bytes that are no text: set `data.encoding` (\"utf-16\"?)".into())
        }
        Encoding::Auto => match std::str::from_utf8(bytes) {
            Ok(text) => Ok((text.into(), vec![])),
            Err(_) => Ok((
                latin(),
                vec!["it is not UTF-8 and is taken for Latin-1 (`data.encoding`)".into()],
            )),
        },
    }
}

/// The text without the line `sep=X` that Excel writes, and the X; the line stays, empty.
fn without_separator_line(text: String) -> (String, Option<u8>) {
    let first = text.lines().next().unwrap_or_default();
    let said = first.trim().strip_prefix("sep=").map(str::as_bytes);
    match said {
        Some([delimiter]) => {
            let (delimiter, length) = (*delimiter, first.len());
            (text[length..].to_string(), Some(delimiter))
        }
        Some([]) if first.ends_with('\t') => (text[first.len()..].to_string(), Some(b'\t')),
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Seed};
    use rand::RngExt;

    const FOUND_OUT: Dialect = Dialect {
        delimiter: None,
        decimal: None,
        encoding: Encoding::Auto,
    };

    fn read(bytes: &[u8]) -> Result<Cells, String> {
        cells(bytes, &FOUND_OUT)
    }

    fn values(found: &Cells) -> Vec<Option<f64>> {
        let below = found.rows[1..].iter();
        below
            .flat_map(|(_, row)| row.iter().map(|cell| number(cell, found.decimal)))
            .collect()
    }

    #[test]
    fn what_is_written_in_any_dialect_is_read_or_the_error_names_a_key() {
        let mut rng = Seed(5).stream(Purpose::TestData, 0, 0);
        let mut read_back = 0;
        for case in 0..400 {
            let delimiter = DELIMITERS[rng.random_range(0..4)] as char;
            let decimal = if delimiter != ',' && rng.random() {
                ','
            } else {
                '.'
            };
            let (width, rows) = (rng.random_range(1..5), rng.random_range(3..20));
            let numbers: Vec<f64> = (0..width * rows)
                .map(|_| (rng.random_range(-1e6..1e6_f64)).round() / 1e3)
                .collect();
            let line = |cells: Vec<String>| cells.join(&delimiter.to_string()) + "\r\n";
            let mut text = line((0..width).map(|k| format!("name {k}")).collect());
            for row in numbers.chunks(width) {
                let cells = row
                    .iter()
                    .map(|x| format!("{x:?}").replace('.', &decimal.to_string()));
                text += &line(cells.collect());
            }
            let bytes: Vec<u8> = match case % 4 {
                0 => text.clone().into_bytes(),
                1 => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
                2 => [0xfeff]
                    .into_iter()
                    .chain(text.encode_utf16())
                    .flat_map(u16::to_le_bytes)
                    .collect(),
                _ => [0xfeff]
                    .into_iter()
                    .chain(text.encode_utf16())
                    .flat_map(u16::to_be_bytes)
                    .collect(),
            };
            match read(&bytes) {
                Ok(found) => {
                    let expected: Vec<_> = numbers.iter().copied().map(Some).collect();
                    assert_eq!(values(&found), expected, "{text}");
                    read_back += 1;
                }
                Err(message) => assert!(message.contains("`data."), "{message}: {text}"),
            }
        }
        assert!(read_back >= 390, "{read_back} of 400");
    }

    #[test]
    fn one_column_of_decimal_commas_is_not_taken_for_two_columns() {
        let text = b"-1,1788\n0,6695\n1,1010\n";
        let message = read(text).unwrap_err();
        assert!(
            message.contains("data.delimiter") && message.contains("data.decimal"),
            "{message}"
        );
        let told = Dialect {
            decimal: Some(','),
            ..FOUND_OUT
        };
        let found = cells(text, &told).unwrap();
        assert_eq!(number(&found.rows[0].1[0], found.decimal), Some(-1.1788));
    }

    #[test]
    fn excel_says_what_parts_its_cells_and_an_empty_last_column_is_none() {
        let found = read(b"sep=;\nx;y;\n1,5;2;\n3;4,5;\n").unwrap();
        assert_eq!(values(&found), [1.5, 2.0, 3.0, 4.5].map(Some));
        for said in ["parted by semicolons", "last column is empty", "comma"] {
            let is_told = found.notices.iter().any(|notice| notice.contains(said));
            assert!(is_told, "{said}: {:?}", found.notices);
        }
        assert_eq!(found.rows[1].0, 3, "lines are those of the file");
    }

    #[test]
    fn text_that_is_not_utf_8_is_taken_for_latin_1_and_said_so() {
        let found = read(b"gr\xf6\xdfe,x\n1.5,2.5\n3,4\n").unwrap();
        assert_eq!(found.rows[0].1[0], "gr\u{f6}\u{df}e");
        assert!(found.notices[0].contains("Latin-1"), "{:?}", found.notices);
        let told = Dialect {
            encoding: Encoding::Utf8,
            ..FOUND_OUT
        };
        assert!(
            cells(b"gr\xf6,x\n1,2\n", &told)
                .unwrap_err()
                .contains("data.encoding")
        );
    }
}
