//! `judge`: samples from elsewhere under the same evaluation.

use crate::common::{Workspace, assert_refused};
use std::{fs, path::Path};

/// The table of a judgement as JSON.
fn judged(space: &Workspace, samples: &[&str]) -> serde_json::Value {
    let mut args = vec!["judge", "small.toml", "--format", "json", "--samples"];
    args.extend(samples);
    let found = space.run(&args).expect(0);
    serde_json::from_str(&found.stdout).unwrap()
}

/// A workspace with an evaluated run, whose samples lie in `mine.npy`; its directory.
fn evaluated() -> (Workspace, String) {
    let space = Workspace::new();
    let run = space.run(&["train", "small.toml"]).expect(0).stdout;
    let run = run.trim().to_string();
    space.run(&["eval", &run, "--figures", "none"]).expect(0);
    let samples = space.bytes(&format!("{run}/eval/samples.npy"));
    space.write("mine.npy", samples);
    (space, run)
}

#[test]
fn the_samples_of_a_run_have_the_numbers_of_the_run() {
    let (space, run) = evaluated();
    judged(&space, &["mine.npy"]);
    let directory = fs::read_dir(space.path("judged")).unwrap().next().unwrap();
    let directory = format!("judged/{}", directory.unwrap().file_name().display());
    let own = space.json(&format!("{run}/eval/metrics.json"));
    let found = space.json(&format!("{directory}/eval/metrics.json"));
    let mut compared = 0;
    for (name, value) in found["metrics"].as_object().unwrap() {
        for part in ["value", "truth", "noise_floor", "noise_bound", "p_value"] {
            assert_eq!(value[part], own["metrics"][name][part], "{name}.{part}");
            compared += 1;
        }
    }
    assert!(compared >= 30, "{compared} numbers");
    assert_eq!(found["modes"], own["modes"]);
    assert!(found["metrics"].get("val_loss").is_none());
    let page = space.text(&format!("{directory}/eval/report.md"));
    assert!(
        page.contains("200 samples were read from `mine.npy`."),
        "{page}"
    );
    assert!(!page.contains("to blame"), "{page}");
    assert!(
        Path::new(&space.path(&directory))
            .join("eval/histogram.png")
            .is_file()
    );
}

#[test]
fn npy_csv_and_the_standard_input_are_the_same_samples() {
    let (space, _) = evaluated();
    let values: Vec<f64> = space.bytes("mine.npy")[128..]
        .chunks_exact(8)
        .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    let lines: String = values.iter().map(|x| format!("{x:?}\n")).collect();
    space.write("table.csv", lines);
    let rows = judged(&space, &["mine.npy", "table.csv"]);
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 2);
    for metric in ["w1", "w1_test", "log_likelihood", "outside_99"] {
        assert_eq!(rows[0][metric], rows[1][metric], "{metric}");
    }
    let again = space
        .run(&["judge", "small.toml", "--samples", "mine.npy"])
        .expect(0);
    assert!(again.stderr.contains("already judged"), "{}", again.stderr);
}

#[test]
fn judged_samples_are_listed_and_compared_and_no_run_takes_their_place() {
    let (space, run) = evaluated();
    judged(&space, &["mine.npy"]);
    let list = space.run(&["list", "--format", "csv"]).expect(0).stdout;
    assert!(
        list.contains(",judged,") && list.contains("mine.npy"),
        "{list}"
    );
    let compared = space
        .run(&["compare", "judged", "runs", "--format", "csv"])
        .expect(0);
    let rows: Vec<_> = compared.stdout.lines().collect();
    assert_eq!(rows.len(), 3, "one setting each: {rows:?}");
    let directory = fs::read_dir(space.path("judged")).unwrap().next().unwrap();
    let directory = format!("judged/{}", directory.unwrap().file_name().display());
    for args in [
        vec!["train", "small.toml", "--out", &directory],
        vec![
            "judge",
            "small.toml",
            "--samples",
            "mine.npy",
            "--out",
            &run,
        ],
    ] {
        assert_refused(&space, &args, 4, &["--out"]);
    }
    assert_refused(&space, &["sample", &directory], 3, &["truescore judge"]);
}

#[test]
fn samples_that_do_not_fit_are_refused_with_the_reason() {
    let space = Workspace::new();
    space.write("wide.csv", "1.5,2\n3,4.5\n");
    space.write("one.csv", "1\n");
    space.write("ok.csv", "1\n2\n3\n");
    space.write("labels.csv", "0\n1\n7\n");
    for (args, words) in [
        (vec!["wide.csv"], ["2 columns", "1 dimensions"]),
        (vec!["one.csv"], ["1 samples", "at least 2"]),
        (vec!["none.csv"], ["no file", "`none.csv`"]),
        (
            vec!["ok.csv", "--labels", "labels.csv"],
            ["row 3", "from 0 to 1"],
        ),
        (
            vec!["ok.csv", "wide.csv", "--labels", "labels.csv"],
            ["2 files", "1 of labels"],
        ),
        (
            vec!["ok.csv", "wide.csv", "--out", "x"],
            ["--out", "2 files"],
        ),
        (vec!["ok.csv", "--name", "a/b"], ["--name", "letters"]),
    ] {
        let args = [vec!["judge", "small.toml", "--samples"], args].concat();
        assert_refused(&space, &args, 2, &words);
    }
    assert!(!space.path("judged").exists(), "nothing is written");
}
