//! `explain` and `schema`: what names mean, and the schema that editors check a configuration with.

use crate::common::{Workspace, assert_refused};

#[test]
fn a_key_is_explained_with_range_default_and_example() {
    let space = Workspace::new();
    for name in ["train.learning_rate", "learning_rate"] {
        let text = space.run(&["explain", name]).expect(0).stdout;
        for word in ["train.learning_rate (key)", "(0, 10)", "0.004", "[train]"] {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}

#[test]
fn kinds_metrics_files_and_exit_codes_are_explained() {
    let space = Workspace::new();
    for (name, words) in [
        (
            "cosine",
            ["process.schedule.kind", "learning_rate_schedule"],
        ),
        ("ddim", ["eta", "Song"]),
        ("w1", ["floor", "judged by"]),
        ("metrics.json", ["runs/", "import json"]),
        ("3", ["Nothing matches", "nearest"]),
    ] {
        let text = space.run(&["explain", name]).expect(0).stdout;
        for word in words {
            assert!(text.contains(word), "{name}: {word}: {text}");
        }
    }
}

#[test]
fn without_a_name_every_name_is_listed() {
    let space = Workspace::new();
    let text = space.run(&["explain", "--format", "csv"]).expect(0).stdout;
    for name in [
        "train.learning_rate",
        "moons",
        "sliced_w1",
        "config.toml",
        "143",
    ] {
        let line = format!("\n{name},");
        assert!(text.contains(&line), "{name}");
    }
}

#[test]
fn a_misspelt_name_is_refused_with_the_nearest() {
    let space = Workspace::new();
    assert_refused(
        &space,
        &["explain", "learnig_rate"],
        3,
        &["`learnig_rate`", "`learning_rate`"],
    );
}

#[test]
fn the_schema_is_one_json_document() {
    let space = Workspace::new();
    for (arguments, key) in [(&["schema"][..], "data"), (&["schema", "--sweep"], "sweep")] {
        let schema = space.run(arguments).expect(0).json();
        assert!(schema["properties"][key].is_object());
    }
}
