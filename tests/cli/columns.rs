//! Columns of a user's table keep their names, and what is special about them is said.

use crate::common::{SMALL, Workspace, assert_refused, csv_of, spiral};

/// What a small run on `geyser.csv` needs beside its `[data]`.
fn file(more: &str) -> String {
    let rest = &SMALL[SMALL.find("[process]").unwrap()..];
    format!(
        "[data]\nkind = \"file\"\npath = \"geyser.csv\"\nnum_train = 60\nnum_val = 20\nnum_test = 20\n{more}\n{rest}"
    )
}

fn with_geyser(more: &str, rows: &[[f64; 2]]) -> Workspace {
    let space = Workspace::new();
    space.write("file.toml", file(more));
    space.write("geyser.csv", csv_of(Some("eruptions,waiting"), rows));
    space
}

#[test]
fn names_and_units_are_in_tables_pages_and_samples() {
    let space = with_geyser("units = [\"min\", \"\"]", &spiral(100));
    let told = space.run(&["gen-data", "file.toml"]).expect(0);
    assert!(
        told.stderr.contains("eruptions (min): mean"),
        "{}",
        told.stderr
    );
    let run = space.path_of(&["train", "file.toml", "-q"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let page = space.text(&format!("{run}/eval/report.md"));
    for name in ["eruptions (min)", "waiting"] {
        assert!(page.contains(&format!("| {name} |")), "{name}: {page}");
    }
    let record = space.json(&format!("{run}/eval/metrics.json"));
    assert_eq!(record["axis_names"][0], "eruptions (min)");
    let out = space.run(&[
        "sample",
        &run,
        "--num-samples",
        "3",
        "--out",
        "new.csv",
        "-q",
    ]);
    out.expect(0);
    assert!(space.text("new.csv").starts_with("eruptions,waiting\n"));
}

#[test]
fn points_without_names_are_numbered_as_before() {
    let space = with_geyser("", &spiral(100));
    space.write("geyser.csv", csv_of(None, &spiral(100)));
    let told = space.run(&["gen-data", "file.toml"]).expect(0);
    assert!(told.stderr.contains("x1: mean"), "{}", told.stderr);
}

#[test]
fn units_are_one_for_each_coordinate() {
    let space = with_geyser("units = [\"min\"]", &spiral(100));
    let words = ["data.units", "1 unit", "2 coordinates"];
    assert_refused(&space, &["gen-data", "file.toml"], 2, &words);
    let space = with_geyser("units = [3]", &spiral(100));
    assert_refused(&space, &["gen-data", "file.toml"], 2, &["units"]);
}

#[test]
fn few_whole_numbers_are_called_discrete_with_what_follows() {
    let rows: Vec<_> = spiral(100)
        .iter()
        .zip(0..)
        .map(|([x, _], i)| [*x, f64::from(i % 3)])
        .collect();
    let space = with_geyser("", &rows);
    let told = space.run(&["describe", "file.toml"]).expect(0).stdout;
    assert!(told.contains("`waiting` takes 3 whole numbers"), "{told}");
    let run = space.path_of(&["train", "file.toml", "-q"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let page = space.text(&format!("{run}/eval/report.md"));
    assert!(
        page.contains("waiting takes only 3 whole numbers from 0 to 2."),
        "{page}"
    );
    let other = with_geyser("", &spiral(100));
    let told = other.run(&["describe", "file.toml"]).expect(0).stdout;
    assert!(!told.contains("whole numbers"), "{told}");
}

#[test]
fn unequal_scales_are_warned_of_with_the_key() {
    let rows: Vec<_> = spiral(100).iter().map(|[x, y]| [*x, 1e3 * y]).collect();
    let space = with_geyser("", &rows);
    let told = |set: &[&str]| {
        let args = [&["describe", "file.toml"], set].concat();
        space.run(&args).expect(0).stdout
    };
    let global = told(&[]);
    assert!(global.contains("data.standardize=per_axis"), "{global}");
    assert!(
        global.contains("`waiting` has a standard deviation"),
        "{global}"
    );
    let each = told(&["--set", "data.standardize=per_axis"]);
    assert!(
        !each.contains("`waiting` has a standard deviation"),
        "{each}"
    );
}
