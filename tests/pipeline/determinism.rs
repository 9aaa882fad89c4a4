//! The same configuration gives the same bytes, whatever runs beside it, where, and how often.

use crate::common::{Workspace, assert_same};

const SPEC: &str = "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n\
                    [sweep.grid]\n\"process.num_timesteps\" = [4, 8]\n\
                    [eval]\nnum_samples = 700\n";

/// What must not depend on anything but the configuration, of every run and of the sweep.
fn results(space: &Workspace, sweep: &str) -> Vec<(String, Vec<u8>)> {
    let stable = |name: &str| {
        [
            "metrics.jsonl",
            "samples.npy",
            "trajectory.csv",
            ".safetensors",
            "config.toml",
            "plan.jsonl",
        ]
        .iter()
        .chain(&["eval/metrics.json", "summary.csv", "groups.csv"])
        .any(|end| name.ends_with(end))
    };
    let files = space.listing_of(sweep).into_iter();
    let files = files.filter_map(|(name, bytes)| Some((name, bytes?)));
    files.filter(|(name, _)| stable(name)).collect()
}

/// The results of a sweep in a directory of its own.
fn swept(options: &[&str]) -> Vec<(String, Vec<u8>)> {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    space.path_of(&[&["sweep", "spec.toml", "-q", "--eval"], options].concat());
    let found = results(&space, "sweeps/spec");
    assert!(found.len() > 4 * 6, "{}", found.len());
    found
}

#[test]
fn results_do_not_depend_on_jobs_or_on_the_working_directory() {
    let one = swept(&["--jobs", "1"]);
    assert_same(&one, &swept(&["--jobs", "2"]));
    assert_same(&one, &swept(&["--jobs", "4"]));
}

#[test]
fn a_sweeps_run_is_the_run_that_train_makes() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    space.path_of(&["sweep", "spec.toml", "-q"]);
    let set = ["seed=1", "process.num_timesteps=4", "eval.num_samples=700"];
    let run = space.trained(&set);
    let twin = format!("sweeps/spec/{run}");
    assert!(space.has(&twin), "{twin}");
    assert_same(&results(&space, &run), &results(&space, &twin));
}

#[test]
fn evaluation_does_not_depend_on_threads() {
    let space = Workspace::new();
    let run = space.trained(&["eval.num_samples=1500"]);
    space.copy(&run, "twin");
    space.run(&["eval", &run, "-q", "--jobs", "1"]).expect(0);
    space.run(&["eval", "twin", "-q", "--jobs", "3"]).expect(0);
    assert_same(&results(&space, &run), &results(&space, "twin"));
}

#[test]
fn figures_are_the_same_bytes_too() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    space.copy(&run, "copies/1");
    space.copy(&run, "copies/2");
    space
        .run(&["eval", "copies/1/", "-q", "--jobs", "1"])
        .expect(0);
    space
        .run(&["eval", "copies/2", "-q", "--jobs", "2"])
        .expect(0);
    for name in ["wasserstein", "loss", "schedule"] {
        let picture = |copy| space.bytes(&format!("copies/{copy}/eval/{name}.png"));
        assert!(picture(1) == picture(2), "{name}");
    }
}

#[test]
fn the_data_does_not_depend_on_the_seed_of_the_run() {
    let space = Workspace::new();
    space.trained(&["seed=1"]);
    space.trained(&["seed=2"]);
    assert_eq!(space.names("data").len(), 1);
    space.trained(&["data.seed=1"]);
    assert_eq!(space.names("data").len(), 2);
}

#[test]
fn another_seed_gives_other_results() {
    let space = Workspace::new();
    let (one, two) = (space.trained(&["seed=1"]), space.trained(&["seed=2"]));
    let log = |run: &str| space.text(&format!("{run}/metrics.jsonl"));
    assert_ne!(log(&one), log(&two));
}

#[test]
fn the_length_of_the_log_does_not_change_the_weights() {
    let space = Workspace::new();
    let often = space.trained(&["train.validate_every=5", "train.checkpoint_every=7"]);
    let seldom = space.trained(&["train.validate_every=40", "train.checkpoint_every=40"]);
    let weights = |run: &str| {
        let last = space.text(&format!("{run}/checkpoints/last"));
        space.bytes(&format!(
            "{run}/checkpoints/{}/model.safetensors",
            last.trim()
        ))
    };
    assert!(weights(&often) == weights(&seldom));
}
