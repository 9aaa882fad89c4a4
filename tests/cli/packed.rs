//! Files in files: gzip, and the arrays of an npz.

use crate::common::{Workspace, assert_refused, csv_of, npy, spiral};
use std::io::Write;

const FILE: &str = "[data]\nkind = \"file\"\nnum_train = 50\nnum_val = 20\nnum_test = 20\n";

/// A workspace whose `file.toml` reads `name`, which holds `bytes`.
fn with_file(name: &str, bytes: impl AsRef<[u8]>) -> Workspace {
    let space = Workspace::new();
    space.write("file.toml", format!("{FILE}path = \"{name}\"\n"));
    space.write(name, bytes);
    space
}

fn refused(name: &str, bytes: impl AsRef<[u8]>, words: &[&str]) {
    let space = with_file(name, bytes);
    assert_refused(&space, &["gen-data", "file.toml"], 2, words);
}

/// The bytes of a file packed with gzip.
fn gzipped(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    packer.write_all(bytes.as_ref()).unwrap();
    packer.finish().unwrap()
}

/// An npz of these arrays.
fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    for (name, bytes) in arrays {
        let options = zip::write::FileOptions::default();
        archive.start_file(format!("{name}.npy"), options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The spiral as an npy file.
fn spiral_npy() -> Vec<u8> {
    let values: Vec<f64> = spiral(100).into_iter().flatten().collect();
    npy(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (100, 2), }",
        &values,
    )
}

#[test]
fn packed_files_hold_what_they_held_before() {
    let train = |space: &Workspace, set: &[&str]| {
        let args = [&["gen-data", "file.toml", "-q"], set].concat();
        let directory = space.path_of(&args);
        space.bytes(&format!("{directory}/train.npy"))
    };
    let csv = csv_of(Some("x,y"), &spiral(100));
    let expected = train(&with_file("data.csv", &csv), &[]);
    let other = npy(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }",
        &[1.0],
    );
    let both = npz(&[("other", other), ("points", spiral_npy())]);
    for (name, bytes, set) in [
        ("data.csv.gz", gzipped(&csv), vec![]),
        ("data.npy.gz", gzipped(spiral_npy()), vec![]),
        ("data.npz", npz(&[("points", spiral_npy())]), vec![]),
        ("data.npz", both.clone(), vec!["--set", "data.array=points"]),
    ] {
        assert_eq!(train(&with_file(name, bytes), &set), expected, "{name}");
    }
    refused("data.npz", both, &["`other`, `points`", "data.array"]);
    refused("data.csv.gz", &gzipped(&csv)[..50], &["gzip"]);
    refused("data.npz", csv, &["is no npy file"]);
}

#[test]
fn packed_samples_are_judged() {
    let space = Workspace::new();
    let (a, b) = (spiral(60), spiral(50));
    let one =
        |rows: &[[f64; 2]]| -> String { rows.iter().map(|[x, _]| format!("{x}\n")).collect() };
    let flat = |n: usize, rows: &[[f64; 2]]| {
        let values: Vec<f64> = rows.iter().map(|[x, _]| *x).collect();
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({n},), }}");
        npy(&header, &values)
    };
    space.write("plain.csv", one(&a));
    space.write("packed.csv.gz", gzipped(one(&a)));
    space.write("two.npz", npz(&[("a", flat(60, &a)), ("b", flat(50, &b))]));
    let judge = |file: &str| {
        let args = [
            "judge",
            "small.toml",
            "--samples",
            file,
            "--figures",
            "none",
            "-q",
        ];
        let outcome = space.run(&[&args[..], &["--format", "json"]].concat());
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let rows: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        rows[0]["sliced_w1"]
            .as_f64()
            .or(rows[0]["w1_test"].as_f64())
            .unwrap()
    };
    let plain = judge("plain.csv");
    assert_eq!(judge("packed.csv.gz"), plain);
    assert_eq!(judge("two.npz:a"), plain);
    assert_ne!(judge("two.npz:b"), plain);
    let args = ["judge", "small.toml", "--samples", "two.npz"];
    assert_refused(&space, &args, 2, &["`a`, `b`", "FILE:ARRAY"]);
}
