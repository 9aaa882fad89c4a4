//! What the first release wrote stays readable: every later version lists, evaluates, samples and
//! resumes it.

use crate::common::Workspace;
use std::{fs, path::Path};

/// Where the fixtures were made; their data sets are found there.
const HOME: &str = "/tmp/truescore-first-release";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// A run on the user's own file keeps its name where that would be trained, until the file is corrected.
fn a_file_is_known_by_its_path_until_it_changes(home: &Path) {
    let run = |folder: &Path, args: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_truescore"))
            .args(args)
            .current_dir(folder)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "{args:?}\n{}",
            text(&output.stderr)
        );
        text(&output.stdout).trim().to_string()
    };
    let known = "runs/file-b6a7a5c6";
    assert_eq!(run(home, &["train", "file.toml", "-q"]), known);
    // Moved, with its data set beside it; the file is gone.
    let elsewhere = Workspace::new();
    copy(&home.join(known), &elsewhere.path(known));
    let data = "data/file-8778d17e";
    copy(&home.join(data), &elsewhere.path(data));
    let aside = home.with_extension("aside");
    let _ = fs::remove_dir_all(&aside);
    fs::rename(home, &aside).unwrap();
    run(
        elsewhere.root(),
        &["eval", known, "--force", "-q", "--figures", "none"],
    );
    run(
        &aside,
        &["eval", known, "--force", "-q", "--figures", "none"],
    );
    // A moved project finds its run as well.
    assert_eq!(run(&aside, &["train", "file.toml", "-q"]), known);
    fs::rename(&aside, home).unwrap();

    let file = home.join("points.csv");
    let before = fs::read_to_string(&file).unwrap();
    fs::write(&file, before.replacen("1.", "2.", 1)).unwrap();
    assert_ne!(run(home, &["train", "file.toml", "-q"]), known);
    run(home, &["eval", known, "--force", "-q", "--figures", "none"]);
    fs::write(&file, before).unwrap();
}

/// One test, since its folder is one.
#[test]
fn directories_of_the_first_release_are_listed_evaluated_sampled_and_resumed() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/first_release");
    let home = Path::new(HOME);
    let _ = fs::remove_dir_all(home);
    copy(&fixtures, home);
    let space = Workspace::new();
    let at = |name: &str| home.join(name).display().to_string();
    let run = |args: &[&str]| {
        let outcome = space.run(args);
        assert_eq!(outcome.code, Some(0), "{args:?}\n{}", outcome.stderr);
        outcome.stdout
    };

    let listed = run(&["list", HOME, "--format", "csv"]);
    assert_eq!(listed.lines().count(), 5, "{listed}");
    assert_eq!(listed.matches("complete").count(), 3, "{listed}");
    assert_eq!(listed.matches("interrupted").count(), 1, "{listed}");

    // The same configurations name the same directories, and what is complete is left as it is.
    for (config, directory) in [
        ("small", "runs/small-a90a6f88"),
        ("file", "runs/file-b6a7a5c6"),
    ] {
        let config = at(&format!("{config}.toml"));
        let log = format!("{}/metrics.jsonl", at(directory));
        let before = fs::read(&log).unwrap();
        let out = run(&["train", &config, "--out", &at(directory), "-q"]);
        assert_eq!(out.trim(), at(directory));
        assert_eq!(fs::read(&log).unwrap(), before);
        run(&["eval", &at(directory), "-q"]);
        let samples = space.path("samples.npy").display().to_string();
        run(&["sample", &at(directory), "-q", "--out", &samples]);
        assert_eq!(
            fs::read(samples).unwrap(),
            fs::read(format!("{}/eval/samples.npy", at(directory))).unwrap()
        );
    }

    a_file_is_known_by_its_path_until_it_changes(home);

    // Half of the sweep was not done yet.
    let (spec, sweep) = (at("small-sweep.toml"), at("sweeps/small-sweep"));
    run(&["sweep", &spec, "--out", &sweep, "--eval", "-q"]);
    let listed = run(&["list", &sweep, "--format", "csv"]);
    assert_eq!(listed.matches("complete").count(), 2, "{listed}");
    for directory in ["small-sweep-3e57466a", "small-sweep-5b09fadb"] {
        assert!(
            home.join("sweeps/small-sweep/runs")
                .join(directory)
                .join("eval/metrics.json")
                .is_file()
        );
    }
}
