//! The user's own file is known by what it holds: not by where it lies.

use crate::common::{Workspace, assert_refused, csv_of, spiral};
use std::fs;

const CONFIG: &str = r#"[data]
kind = "file"
path = "points.csv"
num_train = 50
num_val = 20
num_test = 20
[process]
num_timesteps = 8
[model]
hidden_dim = 8
num_layers = 1
[train]
steps = 20
batch_size = 16
[eval]
num_samples = 50
animation = false
"#;

const SWEEP: &str = "base = \"exp.toml\"\n[sweep.grid]\n\"train.steps\" = [10, 15]\n";

/// A folder `project` with a configuration, a sweep and the user's file.
fn project() -> Workspace {
    let space = Workspace::new();
    space.write("project/exp.toml", CONFIG);
    space.write("project/sweep.toml", SWEEP);
    space.write("project/points.csv", csv_of(Some("x,y"), &spiral(100)));
    space
}

/// The corrected file: one number is another.
fn corrected() -> String {
    let mut rows = spiral(100);
    rows[3][0] = 0.75;
    csv_of(Some("x,y"), &rows)
}

/// What a command says where it is run in a folder of the workspace.
fn run_in(space: &Workspace, folder: &str, args: &[&str]) -> (i32, String, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_truescore"))
        .args(args)
        .current_dir(space.path(folder))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code().unwrap(),
        text(&output.stdout).trim().to_string(),
        text(&output.stderr),
    )
}

fn done_in(space: &Workspace, folder: &str, args: &[&str]) -> (String, String) {
    let (code, out, err) = run_in(space, folder, args);
    assert_eq!(code, 0, "{args:?}\n{err}");
    (out, err)
}

#[test]
fn a_corrected_file_is_a_new_data_set_and_a_new_run_and_says_so() {
    let space = project();
    let run = |args: &[&str]| done_in(&space, "project", args);
    let (first_data, err) = run(&["gen-data", "exp.toml"]);
    assert!(!err.contains("has changed"), "{err}");
    let (first, err) = run(&["train", "exp.toml"]);
    assert!(!err.contains("has changed"), "{err}");
    space.write("project/points.csv", corrected());

    let (second_data, err) = run(&["gen-data", "exp.toml"]);
    assert_ne!(first_data, second_data);
    let told = [
        "points.csv` has changed",
        &format!("`{first_data}`"),
        &format!("`{second_data}`"),
    ];
    assert!(told.iter().all(|words| err.contains(words)), "{err}");
    let (second, err) = run(&["train", "exp.toml"]);
    assert_ne!(first, second);
    let told = [
        "points.csv` has changed",
        &format!("`{first}`"),
        &format!("`{second}`"),
    ];
    assert!(told.iter().all(|words| err.contains(words)), "{err}");
    // Both runs keep their own data while it is there.
    run(&["eval", &first, &second, "-q", "--figures", "none"]);

    // What was there before is there again, without a word.
    space.write("project/points.csv", csv_of(Some("x,y"), &spiral(100)));
    let (again, err) = run(&["train", "exp.toml"]);
    assert_eq!(again, first);
    assert!(!err.contains("has changed"), "{err}");
}

#[test]
fn without_its_data_set_a_run_wants_the_file_that_it_was_trained_on() {
    let space = project();
    let (run, _) = done_in(&space, "project", &["train", "exp.toml", "-q"]);
    space.remove("project/data");
    let eval = ["eval", &run, "-q", "--force", "--figures", "none"];
    done_in(&space, "project", &eval);
    space.write("project/points.csv", corrected());
    let (code, _, err) = run_in(&space, "project", &eval);
    assert_eq!(code, 5, "{err}");
    assert!(err.contains("points.csv` has another content"), "{err}");
    fs::remove_file(space.path("project/points.csv")).unwrap();
    let (code, _, err) = run_in(&space, "project", &eval);
    assert_eq!(code, 5, "{err}");
    assert!(err.contains("no data set `data/exp-"), "{err}");
    assert!(err.contains("points.csv` does not exist"), "{err}");
}

#[test]
fn a_sweep_goes_on_with_the_file_that_it_began_with_or_is_refused() {
    let space = project();
    let sweep = ["sweep", "sweep.toml", "-q", "--jobs", "1"];
    done_in(&space, "project", &sweep);
    space.write("project/points.csv", corrected());
    let before = space.listing();
    let (code, _, err) = run_in(&space, "project", &sweep);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("points.csv` has changed since"), "{err}");
    assert!(err.contains("--out"), "{err}");
    assert_eq!(space.listing(), before);
    // A sweep whose specification is another is not told of the file.
    space.write("project/points.csv", csv_of(Some("x,y"), &spiral(100)));
    space.write("project/sweep.toml", SWEEP.replace("15", "16"));
    let (code, _, err) = run_in(&space, "project", &sweep);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("another sweep"), "{err}");
}

#[test]
fn a_moved_project_goes_on_as_before() {
    let space = project();
    let (run, _) = done_in(&space, "project", &["train", "exp.toml", "-q"]);
    let sweep = ["sweep", "sweep.toml", "-q", "--jobs", "1"];
    done_in(&space, "project", &sweep);
    fs::create_dir(space.path("far")).unwrap();
    fs::rename(space.path("project"), space.path("far/moved")).unwrap();
    let names = |folder: &str| space.names(&format!("far/moved/{folder}"));
    let before = [names("runs"), names("data"), names("sweeps/sweep/runs")];

    for with_data in [true, false] {
        let here = |args: &[&str]| done_in(&space, "far/moved", args);
        assert_eq!(
            here(&["list", "--format", "csv"])
                .0
                .matches("complete")
                .count(),
            3
        );
        here(&[
            "eval",
            "runs",
            "sweeps/sweep",
            "-q",
            "--force",
            "--figures",
            "none",
        ]);
        here(&["sample", &run, "--num-samples", "5", "--out", "s.csv", "-q"]);
        assert_eq!(here(&["train", "exp.toml", "-q"]).0, run);
        here(&sweep);
        // Another folder's command line finds the same.
        let from_above = format!("far/moved/{run}");
        done_in(
            &space,
            ".",
            &["eval", &from_above, "-q", "--force", "--figures", "none"],
        );
        assert_eq!(
            [names("runs"), names("sweeps/sweep/runs")],
            [&before[0], &before[2]].map(Clone::clone)
        );
        if with_data {
            assert_eq!(names("data"), before[1]);
            space.remove("far/moved/data");
        }
    }
}

#[test]
fn a_run_is_evaluated_wherever_it_is_copied_with_its_data_set_beside_it() {
    let space = project();
    let (run, _) = done_in(&space, "project", &["train", "exp.toml", "-q"]);
    let data = format!("data/{}", space.names("project/data")[0]);
    space.copy(&format!("project/{run}"), "other/one");
    space.copy(&format!("project/{data}"), &format!("other/{data}"));
    space.copy(&format!("project/{run}"), "alone/one");
    space.copy(&format!("project/{run}"), "with-file/one");
    space.copy("project", "kept");
    space.write("with-file/points.csv", space.bytes("project/points.csv"));
    space.remove("project");
    let eval = |folder: &str| run_in(&space, folder, &["eval", "one", "-q", "--figures", "none"]);
    for folder in ["other", "with-file"] {
        let (code, _, err) = eval(folder);
        assert_eq!(code, 0, "{err}");
    }
    let (code, _, err) = eval("alone");
    assert_eq!(code, 5, "{err}");
    assert!(err.contains(&format!("no data set `{data}`")), "{err}");
    // The configuration of a run makes the same run again.
    let (again, _) = done_in(
        &space,
        "kept",
        &["train", &format!("{run}/config.toml"), "-q"],
    );
    assert_eq!(again, run);
}

#[test]
fn a_file_of_another_content_than_the_configuration_wants_is_refused() {
    let space = project();
    let wrong = format!("data.sha256=\"{}\"", "0".repeat(64));
    let args = ["gen-data", "project/exp.toml", "--set"];
    let with = |setting| [&args[..], &[setting]].concat();
    assert_refused(
        &space,
        &with(wrong.as_str()),
        2,
        &["points.csv", "data.sha256", "00000000"],
    );
    assert_refused(
        &space,
        &with("data.sha256=abc"),
        2,
        &["data.sha256", "64 digits"],
    );
}
