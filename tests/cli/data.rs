//! The user's own data files, and data sets on disk that are not what they should be.

use crate::common::{
    SMALL, Workspace, assert_commands_refused, assert_refused, csv_of, npy, sha256, spiral,
};

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
    let words: Vec<_> = words.iter().copied().chain([name]).collect();
    assert_refused(&space, &["gen-data", "file.toml"], 2, &words);
}

/// A CSV of a hundred rows in which one line is another.
fn csv_with_line(number: usize, line: &str) -> String {
    let text = csv_of(Some("x,y"), &spiral(100));
    let mut lines: Vec<_> = text.lines().collect();
    lines[number - 1] = line;
    lines.join("\n") + "\n"
}

#[test]
fn a_data_file_that_is_not_there_is_refused() {
    let space = Workspace::new();
    space.write("file.toml", format!("{FILE}path = \"nowhere.csv\"\n"));
    assert_refused(&space, &["gen-data", "file.toml"], 2, &["nowhere.csv"]);
}

#[test]
fn training_on_a_data_file_that_is_not_there_writes_nothing() {
    let space = Workspace::new();
    space.write("file.toml", format!("{FILE}path = \"nowhere.csv\"\n"));
    space.write(
        "spec.toml",
        "base = \"file.toml\"\n[sweep]\nseeds = [0, 1]\n",
    );
    assert_refused(&space, &["train", "file.toml"], 2, &["nowhere.csv"]);
    assert_refused(&space, &["sweep", "spec.toml"], 2, &["nowhere.csv"]);
}

#[test]
fn training_on_a_data_file_that_cannot_be_used_writes_nothing() {
    let space = with_file("data.csv", csv_with_line(5, "1.0,abc"));
    assert_refused(&space, &["train", "file.toml"], 2, &["data.csv", "line 5"]);
    space.write("data.csv", csv_of(None, &spiral(10)));
    assert_refused(&space, &["train", "file.toml"], 2, &["10", "90"]);
}

#[test]
fn a_cell_that_is_no_finite_number_is_refused_with_line_and_column() {
    for cell in ["abc", "NaN", "inf", "-inf", "1e999", ""] {
        let text = csv_with_line(5, &format!("1.0,{cell}"));
        refused("data.csv", text, &["line 5", "column 2", cell]);
    }
}

#[test]
fn a_row_that_is_too_short_or_too_long_is_refused_with_its_line() {
    refused("data.csv", csv_with_line(5, "1.0"), &["line", "5"]);
    refused("data.csv", csv_with_line(5, "1.0,2.0,3.0"), &["line", "5"]);
}

#[test]
fn a_first_row_with_one_bad_cell_is_not_taken_for_a_header() {
    let rows = csv_of(None, &spiral(100));
    refused(
        "data.csv",
        format!("1.0,abc\n{rows}"),
        &["line 1", "column 2", "abc"],
    );
    refused("data.csv", format!("1.0,\n{rows}"), &["line 1", "column 2"]);
}

#[test]
fn a_file_without_points_is_refused() {
    refused("data.csv", "", &["points"]);
    refused("data.csv", "x,y\n", &["points"]);
    refused(
        "data.npy",
        npy(
            "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 2), }",
            &[],
        ),
        &["points"],
    );
}

#[test]
fn a_file_with_fewer_points_than_the_splits_want_is_refused_with_both_numbers() {
    refused(
        "data.csv",
        csv_of(None, &spiral(89)),
        &["89", "90", "num_train"],
    );
}

#[test]
fn a_column_that_is_not_there_is_refused_with_those_that_are() {
    let space = with_file("data.csv", csv_of(Some("x,y"), &spiral(100)));
    let set = ["gen-data", "file.toml", "--set", "data.columns=[\"z\"]"];
    assert_refused(&space, &set, 2, &["data.csv", "`z`", "x, y"]);
    let set = ["gen-data", "file.toml", "--set", "data.columns=[7]"];
    assert_refused(&space, &set, 2, &["data.csv", "`7`"]);
}

#[test]
fn a_constant_column_cannot_be_standardised() {
    let rows: Vec<_> = spiral(100).iter().map(|[x, _]| [*x, 4.0]).collect();
    let space = with_file("data.csv", csv_of(Some("time,depth"), &rows));
    let set = [
        "gen-data",
        "file.toml",
        "--set",
        "data.standardize=per_axis",
    ];
    assert_refused(&space, &set, 2, &["`depth`", "standardize"]);
}

#[test]
fn an_npy_file_that_is_none_is_refused() {
    refused("data.npy", "", &["npy"]);
    refused("data.npy", "no numbers here", &["npy"]);
    let values = spiral(100).concat();
    let header =
        |shape: &str| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    refused("data.npy", npy(&header("(200, 2)"), &values), &[]);
    refused(
        "data.npy",
        npy(&header("(10, 10, 2)"), &values),
        &["10", "[n, d]"],
    );
    refused("data.npy", npy(&header("()"), &values[..1]), &["[n, d]"]);
    let complex = header("(100,)").replace("<f8", "<c16");
    refused("data.npy", npy(&complex, &values), &["c16"]);
}

#[test]
fn an_npy_file_whose_shape_overflows_is_refused() {
    for shape in [
        "(999999999999999, 2)",
        "(18446744073709551615, 18446744073709551615)",
    ] {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        refused("data.npy", npy(&header, &spiral(100).concat()), &[]);
    }
}

#[test]
fn an_npy_file_with_a_nan_is_refused_with_row_and_column() {
    let mut values = spiral(100).concat();
    values[7] = f64::NAN;
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (100, 2), }";
    refused(
        "data.npy",
        npy(header, &values),
        &["row 3", "column 1", "NaN"],
    );
}

/// Flips one bit of the last byte of a file.
fn flip(space: &Workspace, name: &str) {
    space.edit(name, |bytes| *bytes.last_mut().unwrap() ^= 1);
}

#[test]
fn a_changed_split_is_corrupt_with_both_digests() {
    for name in ["train.npy", "val.npy", "test.npy", "train_labels.npy"] {
        let space = Workspace::new();
        let data = space.path_of(&["gen-data", "small.toml", "-q"]);
        let file = format!("{data}/{name}");
        let before = sha256(&space.bytes(&file));
        flip(&space, &file);
        let after = sha256(&space.bytes(&file));
        let words = [file.as_str(), &before, &after];
        assert_refused(&space, &["gen-data", "small.toml"], 5, &words);
    }
}

#[test]
fn training_on_a_changed_split_is_refused_and_leaves_no_run() {
    let space = Workspace::new();
    let data = space.path_of(&["gen-data", "small.toml", "-q"]);
    flip(&space, &format!("{data}/train.npy"));
    assert_refused(
        &space,
        &["train", "small.toml"],
        5,
        &["train.npy", "sha256"],
    );
}

#[test]
fn evaluating_with_a_changed_split_is_refused_with_both_digests() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let data = format!("data/{}", space.names("data")[0]);
    let file = format!("{data}/test.npy");
    let before = sha256(&space.bytes(&file));
    flip(&space, &file);
    let after = sha256(&space.bytes(&file));
    assert_refused(&space, &["eval", &run], 5, &["test.npy", &before, &after]);
}

#[test]
fn a_data_set_with_a_file_missing_or_cut_is_corrupt() {
    let space = Workspace::new();
    let data = space.path_of(&["gen-data", "small.toml", "-q"]);
    let whole = space.bytes(&format!("{data}/val.npy"));
    space.write(&format!("{data}/val.npy"), &whole[..40]);
    assert_refused(
        &space,
        &["gen-data", "small.toml"],
        5,
        &["val.npy", "sha256"],
    );
    std::fs::remove_file(space.path(&format!("{data}/val.npy"))).unwrap();
    assert_refused(
        &space,
        &["gen-data", "small.toml"],
        5,
        &["val.npy", "missing"],
    );
}

#[test]
fn a_damaged_description_of_a_data_set_is_corrupt() {
    let space = Workspace::new();
    let data = space.path_of(&["gen-data", "small.toml", "-q"]);
    let description = format!("{data}/dataset.toml");
    let whole = space.bytes(&description);
    for damaged in [
        &b"not toml = = "[..],
        b"",
        b"\xff\xfe\x00",
        &whole[..whole.len() / 2],
    ] {
        space.write(&description, damaged);
        assert_refused(&space, &["gen-data", "small.toml"], 5, &["dataset.toml"]);
    }
}

#[test]
fn a_data_set_of_another_configuration_is_refused_with_the_keys_that_differ() {
    let space = Workspace::new();
    space.write(
        "other.toml",
        SMALL.replace("num_train = 300", "num_train = 301"),
    );
    space.path_of(&["gen-data", "other.toml", "--out", "theirs", "-q"]);
    assert_commands_refused(
        &space,
        5,
        &[
            (
                &["gen-data", "small.toml", "--out", "theirs"],
                &["theirs", "num_train", "301", "300"],
            ),
            (
                &["train", "small.toml", "--data", "theirs"],
                &["theirs", "num_train", "301", "300"],
            ),
        ],
    );
}

#[test]
fn equal_data_sets_are_made_by_several_processes_at_once() {
    for _ in 0..3 {
        let space = Workspace::new();
        let seeds: Vec<_> = (0..8).map(|seed| format!("seed={seed}")).collect();
        let codes: Vec<_> = std::thread::scope(|scope| {
            let train = |seed| space.run(&["train", "small.toml", "-q", "--set", seed]);
            let threads: Vec<_> = seeds
                .iter()
                .map(|seed| scope.spawn(move || train(seed)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        for outcome in codes {
            outcome.expect(0);
        }
        assert_eq!(space.names("data").len(), 1);
    }
}

/// A CSV of labelled points and a configuration that reads it.
fn with_labels(label: impl Fn(usize) -> &'static str, more: &str) -> Workspace {
    let rows: Vec<_> = spiral(100)
        .iter()
        .enumerate()
        .map(|(i, [x, y])| format!("{x},{},{y}\n", label(i)))
        .collect();
    let space = with_file("data.csv", format!("x,class,y\n{}", rows.concat()));
    let text = format!("{FILE}path = \"data.csv\"\nlabel_column = \"class\"\n{more}");
    space.write("file.toml", text);
    space
}

#[test]
fn a_column_of_labels_names_the_classes_of_the_points() {
    let space = with_labels(
        |i| ["10", "9"][usize::from(i % 4 == 0)],
        "standardize = \"none\"\n",
    );
    let directory = space.path_of(&["gen-data", "file.toml"]);
    let text = space.text(&format!("{directory}/dataset.toml"));
    let table: toml::Table = text.parse().unwrap();
    let classes = &table["classes"];
    assert_eq!(classes["count"].as_integer(), Some(2));
    // By value, not by letter.
    let names: Vec<_> = classes["names"].as_array().unwrap().iter().collect();
    assert!(names[0].as_str() == Some("9") && names[1].as_str() == Some("10"));
    assert!((classes["weights"][0].as_float().unwrap() - 0.25).abs() < 1e-12);
    assert_eq!(table["shape"]["dim"].as_integer(), Some(2));
    // Every point keeps its own label through the shuffling.
    let read = |name: &str| space.bytes(&format!("{directory}/{name}"));
    let (points, labels) = (read("train.npy"), read("train_labels.npy"));
    let points: Vec<f64> = npyz::NpyFile::new(points.as_slice())
        .unwrap()
        .into_vec()
        .unwrap();
    let labels: Vec<u32> = npyz::NpyFile::new(labels.as_slice())
        .unwrap()
        .into_vec()
        .unwrap();
    for (point, label) in points.chunks_exact(2).zip(labels) {
        let same = |row: &[f64; 2]| row.iter().zip(point).all(|(a, b)| (a - b).abs() < 1e-9);
        let index = spiral(100).iter().position(same).unwrap();
        assert_eq!(label, u32::from(index % 4 != 0));
    }
}

#[test]
fn labels_that_cannot_be_classes_are_refused() {
    let space = with_labels(|_| "a", "columns = [\"x\", \"class\"]\n");
    assert_refused(
        &space,
        &["gen-data", "file.toml"],
        2,
        &["label_column", "columns"],
    );
    let set = ["gen-data", "file.toml", "--set", "data.label_column=z"];
    let space = with_labels(|_| "a", "");
    assert_refused(&space, &set, 2, &["data.csv", "`z`", "x, class, y"]);
}

#[test]
fn classes_are_checked_against_the_components() {
    let space = Workspace::new();
    space.write(
        "set.toml",
        "[data]\nkind = \"uniform_square\"\ncells = [3, 1]\n",
    );
    for (classes, words) in [
        ("[0, 1]", "has 2 entries, but the data has 3 components"),
        ("[0, 2, 2]", "leaves class 1 without a component"),
        ("[0, 1, 7]", "holds 7"),
        ("\"rings\"", "expected"),
    ] {
        let set = format!("data.classes={classes}");
        let arguments = ["gen-data", "set.toml", "--set", &set];
        assert_refused(&space, &arguments, 2, &["data.classes", words]);
    }
}

#[test]
fn a_constant_column_that_is_not_standardised_is_evaluated() {
    let rows: Vec<_> = spiral(200).iter().map(|[x, _]| [*x, 14.62]).collect();
    let space = Workspace::new();
    let small = SMALL.split("[data]").next().unwrap();
    let rest = SMALL.split("[process]").nth(1).unwrap();
    let data = FILE.replace("[data]", "[data]\npath = \"data.csv\"");
    let text = format!("{small}{data}standardize = \"global\"\n[process]{rest}");
    space.write("flat.toml", text);
    space.write("data.csv", csv_of(None, &rows));
    for standardize in ["global", "none"] {
        let set = format!("data.standardize={standardize}");
        space.run(&["train", "flat.toml", "--set", &set]).expect(0);
        space.run(&["eval", "runs"]).expect(0);
    }
}
