//! Files in files: gzip, and the arrays of an npz.

use std::io::{Cursor, Read};

/// What an npy file begins with.
const NPY: &[u8] = b"\x93NUMPY";

/// What is inside of a file.
#[derive(Debug, PartialEq)]
pub(super) enum Contents {
    /// The bytes of an npy file.
    Array(Vec<u8>),
    /// Those of a text.
    Text(Vec<u8>),
}

/// Most bytes that are unpacked: more is no table that fits into memory.
const MAX_BYTES: u64 = 16 << 30;

/// What other programs write that is no table, by its first bytes.
const FOREIGN: [(&[u8], &str); 6] = [
    (b"\x28\xb5\x2f\xfd", "packed with zstd"),
    (b"BZh", "packed with bzip2"),
    (b"\xfd7zXZ", "packed with xz"),
    (b"PAR1", "a Parquet file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"ARROW1", "an Arrow file"),
];

/// What is inside of `bytes`: those of an npz's `array`, or its only one.
///
/// # Errors
/// If they cannot be unpacked, or are no table.
pub(super) fn open(bytes: Vec<u8>, array: Option<&str>) -> Result<Contents, String> {
    let bytes = match bytes.starts_with(b"\x1f\x8b") {
        true => gunzip(&bytes)?,
        false => bytes,
    };
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return of_npz(&bytes, array).map(Contents::Array);
    }
    if let Some((_, what)) = FOREIGN.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(format!(
            "is {what}: write it as CSV, npy or npz, gzip included"
        ));
    }
    if let Some(name) = array {
        return Err(format!(
            "is no npz, so it has no array `{name}`: leave out `data.array`"
        ));
    }
    Ok(match bytes.starts_with(NPY) {
        true => Contents::Array(bytes),
        false => Contents::Text(bytes),
    })
}

fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    read_all(flate2::read::MultiGzDecoder::new(bytes))
        .map_err(|e| format!("is gzip that cannot be unpacked: {e}"))
}

fn read_all(source: impl Read) -> Result<Vec<u8>, String> {
    let mut found = vec![];
    let read = source.take(MAX_BYTES + 1).read_to_end(&mut found);
    read.map_err(|e| e.to_string())?;
    match found.len() as u64 > MAX_BYTES {
        true => Err(format!("there are more than {} GiB in it", MAX_BYTES >> 30)),
        false => Ok(found),
    }
}

fn of_npz(bytes: &[u8], wanted: Option<&str>) -> Result<Vec<u8>, String> {
    let broken = |e: zip::result::ZipError| format!("is an npz that cannot be read: {e}");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut names: Vec<String> = archive
        .file_names()
        .filter_map(|name| Some(name.strip_suffix(".npy")?.into()))
        .collect();
    names.sort_unstable();
    if names.is_empty() {
        return Err(
            "is a zip file without arrays: a spreadsheet is read where it is saved as CSV".into(),
        );
    }
    let listed = names.join("`, `");
    let name = match wanted {
        Some(wanted) if names.iter().any(|name| name == wanted) => wanted,
        Some(wanted) => {
            return Err(format!(
                "has no array `{wanted}`, its arrays are `{listed}`"
            ));
        }
        None if names.len() > 1 => {
            return Err(format!(
                "has {} arrays: `{listed}`; `data.array` says which, in `judge --samples` FILE:ARRAY does",
                names.len()
            ));
        }
        None => names[0].as_str(),
    };
    let entry = archive.by_name(&format!("{name}.npy")).map_err(broken)?;
    read_all(entry).map_err(|e| format!("has an array `{name}` that cannot be unpacked: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn npz(arrays: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(vec![]));
        let options = zip::write::FileOptions::default().compression_method(method);
        for (name, bytes) in arrays {
            archive.start_file(format!("{name}.npy"), options).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let (text, array) = (b"x,y\n1,2\n".to_vec(), [NPY, b"rest"].concat());
        let open = |bytes: Vec<u8>, name| super::open(bytes, name).unwrap();
        for (bytes, expected) in [
            (text.clone(), Contents::Text(text.clone())),
            (gzipped(&text), Contents::Text(text.clone())),
            // Two members, as `cat a.gz b.gz` makes them.
            (
                [gzipped(&text[..3]), gzipped(&text[3..])].concat(),
                Contents::Text(text.clone()),
            ),
            (array.clone(), Contents::Array(array.clone())),
            (gzipped(&array), Contents::Array(array.clone())),
        ] {
            assert_eq!(open(bytes, None), expected);
        }
        for method in [
            zip::CompressionMethod::Stored,
            zip::CompressionMethod::Deflated,
        ] {
            let one = npz(&[("x", &array)], method);
            assert_eq!(open(one, None), Contents::Array(array.clone()));
            let two = npz(&[("other", b"none"), ("x", &array)], method);
            assert_eq!(open(two.clone(), Some("x")), Contents::Array(array.clone()));
            let message = super::open(two, None).unwrap_err();
            assert!(message.contains("`other`, `x`"), "{message}");
            assert!(message.contains("data.array"), "{message}");
        }
    }

    #[test]
    fn what_cannot_be_unpacked_is_told() {
        let cut = gzipped(b"x,y\n1,2\n");
        let array = npz(&[("x", b"none")], zip::CompressionMethod::Stored);
        for (bytes, name, words) in [
            (cut[..cut.len() - 6].to_vec(), None, "cannot be unpacked"),
            (array.clone(), Some("y"), "has no array `y`"),
            (b"x,y\n".to_vec(), Some("y"), "leave out `data.array`"),
            (array[..array.len() - 9].to_vec(), None, "cannot be read"),
            (
                npz(&[], zip::CompressionMethod::Stored),
                None,
                "without arrays",
            ),
            (b"PAR1abc".to_vec(), None, "Parquet"),
        ] {
            let message = open(bytes, name).unwrap_err();
            assert!(message.contains(words), "{message}");
        }
    }
}
