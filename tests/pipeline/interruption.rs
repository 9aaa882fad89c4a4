//! Stopped anywhere and called again, a command ends with the bytes of one that was never stopped.

use crate::common::{Background, Workspace, assert_same, lines};
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

/// About a second of training, with a record every fifty steps and a checkpoint every two hundred.
const LONG: [&str; 11] = [
    "train",
    "small.toml",
    "-q",
    "--out=run",
    "--data=data",
    "--set",
    "train.steps=3000",
    "--set",
    "train.validate_every=50",
    "--set",
    "train.checkpoint_every=200",
];

/// What a run leaves that does not depend on time: its log, and the checkpoints that are named.
fn results(space: &Workspace, run: &str) -> Vec<(String, Vec<u8>)> {
    let named = ["last", "best"].map(|name| {
        let path = space.path(&format!("{run}/checkpoints/{name}"));
        std::fs::read_to_string(path).unwrap().trim().to_string()
    });
    let mut files = space.listing_of(run);
    files.retain(|name, _| match name.strip_prefix("checkpoints/") {
        None => name == "metrics.jsonl" || name == "config.toml" || name == "eval/samples.npy",
        Some(part) => part == "last" || part == "best" || named.iter().any(|n| part.starts_with(n)),
    });
    files
        .into_iter()
        .filter_map(|(name, bytes)| Some((name, bytes?)))
        .collect()
}

/// What a run leaves that was never stopped.
static UNDISTURBED: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let space = Workspace::new();
    space.path_of(&LONG);
    let found = results(&space, "run");
    assert!(found.len() >= 9, "{}", found.len());
    found
});

/// Waits for some time, or for the end of the process.
fn wait(process: &mut Background, milliseconds: u64) {
    let begun = Instant::now();
    process.wait_until(|| begun.elapsed() > Duration::from_millis(milliseconds));
}

#[test]
fn a_training_killed_at_its_landmarks_ends_like_one_that_was_not() {
    let space = Workspace::new();
    let records = || lines(&space.path("run/metrics.jsonl"));
    let landmarks: [&dyn Fn() -> bool; 6] = [
        &|| space.has("run/config.toml"),
        &|| space.has("run/provenance.json"),
        &|| records() >= 1,
        &|| space.has("run/checkpoints/last"),
        &|| records() >= 12,
        &|| records() >= 40,
    ];
    for landmark in landmarks {
        let mut training = space.spawn(&LONG);
        training.wait_until(landmark);
        training.kill();
    }
    space.path_of(&LONG);
    assert_same(&results(&space, "run"), &UNDISTURBED);
    assert_eq!(space.json("run/status.json")["state"], "complete");
}

/// Twenty chunks a step, which are more than are held at a time by few threads.
const WIDE: [&str; 13] = [
    "train",
    "small.toml",
    "-q",
    "--data=data",
    "--set=data.num_train=6000",
    "--set=data.num_val=700",
    "--set=train.steps=60",
    "--set=train.batch_size=5000",
    "--set=train.validate_every=20",
    "--set=train.checkpoint_every=10",
    "--set=model.hidden_dim=24",
    "--set=model.activation=gelu",
    "--set=train.ema_decay=0.99",
];

#[test]
fn a_training_does_not_depend_on_threads_even_when_they_change_on_the_way() {
    let space = Workspace::new();
    let on = |threads: &'static str, out: &'static str| {
        [&WIDE[..], &["--threads", threads, "--out", out]].concat()
    };
    space.path_of(&on("1", "one"));
    let one = results(&space, "one");
    assert!(one.len() >= 9, "{}", one.len());
    for (threads, out) in [("2", "two"), ("19", "many")] {
        space.path_of(&on(threads, out));
        assert_same(&results(&space, out), &one);
        let recorded = &space.json(&format!("{out}/provenance.json"))["threads"];
        assert_eq!(recorded.to_string(), threads);
    }
    let mut training = space.spawn(&on("2", "resumed"));
    training.wait_until(|| space.has("resumed/checkpoints/last"));
    training.kill();
    space.path_of(&on("1", "resumed"));
    assert_same(&results(&space, "resumed"), &one);
}

#[test]
fn a_training_killed_again_and_again_ends_like_one_that_was_not() {
    let space = Workspace::new();
    for milliseconds in [2, 5, 9, 14, 40, 80, 110, 150, 190, 230] {
        let mut training = space.spawn(&LONG);
        wait(&mut training, milliseconds);
        training.kill();
    }
    space.path_of(&LONG);
    assert_same(&results(&space, "run"), &UNDISTURBED);
    let left: Vec<_> = space
        .listing_of("run")
        .into_keys()
        .filter(|n| n.ends_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_killed_training_is_listed_as_interrupted() {
    let space = Workspace::new();
    let mut training = space.spawn(&LONG);
    assert!(training.wait_until(|| lines(&space.path("run/metrics.jsonl")) > 0));
    training.kill();
    assert_eq!(
        space.json("run/status.json")["state"],
        "running",
        "it had no time to tell"
    );
    let rows = space
        .run(&["list", "run", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(rows[0]["status"], "interrupted");
    space
        .run(&["list", "run", "--where", "status = running"])
        .expect(3);
}

#[test]
fn a_training_killed_before_its_first_step_is_listed() {
    let space = Workspace::new();
    let mut training = space.spawn(&LONG);
    training.wait_until(|| space.has("run/provenance.json"));
    training.kill();
    let rows = space
        .run(&["list", "run", "--format", "json"])
        .expect(0)
        .json();
    let status = rows[0]["status"].as_str().unwrap();
    assert!(["created", "interrupted"].contains(&status), "{status}");
}

#[test]
fn a_training_asked_to_stop_saves_itself_and_continues_when_called_again() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let space = Workspace::new();
        let mut training = space.spawn(&LONG);
        assert!(training.wait_until(|| lines(&space.path("run/metrics.jsonl")) > 0));
        training.signal(signal);
        let outcome = training.end().expect(code);
        assert_eq!(outcome.stdout, "");
        assert!(
            outcome.stderr.contains("`run`"),
            "it names the run: {outcome:?}"
        );
        let status = space.json("run/status.json");
        assert_eq!(status["state"], "interrupted");
        let last = space.text("run/checkpoints/last");
        let state = space.json(&format!("run/checkpoints/{}/state.json", last.trim()));
        assert_eq!(state["step"], status["step"], "it stops after a checkpoint");
        assert_eq!(space.path_of(&LONG), "run");
        assert_same(&results(&space, "run"), &UNDISTURBED);
    }
}

#[test]
fn a_training_killed_after_its_last_step_has_nothing_left_to_do() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let before = results(&space, &run);
    space.replace(&format!("{run}/status.json"), "\"complete\"", "\"running\"");
    assert_eq!(space.trained(&[]), run);
    assert_eq!(
        space.json(&format!("{run}/status.json"))["state"],
        "complete"
    );
    assert_same(&results(&space, &run), &before);
}

#[test]
fn a_checkpoint_that_nothing_names_any_more_is_removed_by_the_next_call() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let before: Vec<_> = space
        .listing_of(&format!("{run}/checkpoints"))
        .into_keys()
        .collect();
    let last = space.text(&format!("{run}/checkpoints/last"));
    let stale = format!("{run}/checkpoints/step-00000001");
    space.copy(&format!("{run}/checkpoints/{}", last.trim()), &stale);
    space.replace(&format!("{run}/status.json"), "\"complete\"", "\"running\"");
    space.trained(&[]);
    let after: Vec<_> = space
        .listing_of(&format!("{run}/checkpoints"))
        .into_keys()
        .collect();
    assert_eq!(after, before);
}

#[test]
fn a_data_set_whose_making_was_killed_is_made_again() {
    let args = [
        "gen-data",
        "small.toml",
        "-q",
        "--out=data/set",
        "--set",
        "data.num_train=300000",
    ];
    let whole = Workspace::new();
    whole.path_of(&args);
    let space = Workspace::new();
    for milliseconds in [2, 4, 8, 12, 16, 24] {
        let mut making = space.spawn(&args);
        wait(&mut making, milliseconds);
        making.kill();
        let visible = space.has("data/set");
        assert!(!visible || space.listing_of("data/set") == whole.listing_of("data/set"));
    }
    space.path_of(&args);
    assert!(space.listing_of("data/set") == whole.listing_of("data/set"));
}

#[test]
fn an_evaluation_that_was_killed_is_made_again() {
    let space = Workspace::new();
    let run = space.trained(&["eval.num_samples=5000"]);
    space.copy(&run, "twin");
    space.run(&["eval", "twin", "-q"]).expect(0);
    for milliseconds in [5, 15, 30, 50, 80, 120] {
        let mut evaluation = space.spawn(&["eval", &run, "-q"]);
        wait(&mut evaluation, milliseconds);
        evaluation.kill();
    }
    space.run(&["eval", &run, "-q"]).expect(0);
    let files = |run: &str| {
        let mut files = space.listing_of(&format!("{run}/eval"));
        files.retain(|name, _| !name.ends_with(".png"));
        files
    };
    assert!(files(&run) == files("twin"));
}

const SPEC: &str = "base = \"small.toml\"\n[train]\nsteps = 800\nvalidate_every = 50\n\
                    checkpoint_every = 100\n[sweep]\nseeds = [0, 1]\n\
                    [sweep.grid]\n\"process.num_timesteps\" = [4, 8]\n";

const SWEEP: [&str; 6] = ["sweep", "spec.toml", "-q", "--eval", "--jobs", "2"];

fn sweep_space() -> Workspace {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    space
}

/// What a sweep leaves that was never stopped.
static UNDISTURBED_SWEEP: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let space = sweep_space();
    space.path_of(&SWEEP);
    sweep_results(&space)
});

fn sweep_results(space: &Workspace) -> Vec<(String, Vec<u8>)> {
    let runs = space.names("sweeps/spec/runs");
    let of = |run: String| {
        let found = results(space, &format!("sweeps/spec/runs/{run}"));
        found
            .into_iter()
            .map(move |(name, bytes)| (format!("{run}/{name}"), bytes))
    };
    runs.into_iter().flat_map(of).collect()
}

/// Number of runs of the sweep with at least so many records.
fn runs_with(space: &Workspace, records: usize) -> usize {
    let log = |run: &String| space.path(&format!("sweeps/spec/runs/{run}/metrics.jsonl"));
    let runs = space.names("sweeps/spec/runs");
    runs.iter()
        .filter(|run| lines(&log(run)) >= records)
        .count()
}

#[test]
fn a_sweep_killed_at_its_landmarks_ends_like_one_that_was_not() {
    for with_its_runs in [false, true] {
        let space = sweep_space();
        let landmarks: [&dyn Fn() -> bool; 5] = [
            &|| space.has("sweeps/spec/plan.jsonl"),
            &|| !space.names("sweeps/spec/runs").is_empty(),
            &|| runs_with(&space, 2) > 0,
            &|| runs_with(&space, 16) > 0,
            &|| runs_with(&space, 8) > 2,
        ];
        for landmark in landmarks {
            let mut sweep = space.spawn(&SWEEP);
            sweep.wait_until(landmark);
            if with_its_runs {
                sweep.kill_group()
            } else {
                sweep.kill()
            }
        }
        assert_eq!(space.path_of(&SWEEP), "sweeps/spec");
        assert_same(&sweep_results(&space), &UNDISTURBED_SWEEP);
    }
}

#[test]
fn no_run_outlives_a_killed_sweep() {
    let space = sweep_space();
    space.replace("spec.toml", "steps = 800", "steps = 100000000");
    let mut sweep = space.spawn(&SWEEP);
    assert!(sweep.wait_until(|| runs_with(&space, 1) == 2));
    sweep.kill();
    let begun = Instant::now();
    loop {
        let rows = space
            .run(&["list", "sweeps", "--format", "json"])
            .expect(0)
            .json();
        let running = rows
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["status"] == "running");
        if !running {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{rows:#}");
    }
}

#[test]
fn a_sweep_asked_to_stop_saves_its_runs_and_continues_when_called_again() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let space = sweep_space();
        let mut sweep = space.spawn(&SWEEP);
        assert!(sweep.wait_until(|| runs_with(&space, 2) > 0));
        sweep.signal(signal);
        let outcome = sweep.end().expect(code);
        assert_eq!(outcome.stdout, "");
        assert!(outcome.stderr.contains("sweeps/spec"), "{outcome:?}");
        let rows = space
            .run(&["list", "sweeps", "--format", "json"])
            .expect(0)
            .json();
        for row in rows.as_array().unwrap() {
            assert!(
                ["interrupted", "complete"].contains(&row["status"].as_str().unwrap()),
                "{rows:#}"
            );
        }
        space.path_of(&SWEEP);
        assert_same(&sweep_results(&space), &UNDISTURBED_SWEEP);
    }
}

#[test]
fn an_evaluation_asked_to_stop_stops() {
    let space = sweep_space();
    let many = [
        "--set",
        "eval.num_samples=2000000",
        "--set",
        "train.steps=10",
    ];
    let sweep = [&SWEEP[..], &many].concat();
    let train_only: Vec<_> = sweep
        .iter()
        .copied()
        .filter(|arg| *arg != "--eval")
        .collect();
    space.path_of(&train_only);
    for (args, signal, code) in [
        (&sweep[..], "TERM", 143),
        (&sweep, "INT", 130),
        (&["eval", "sweeps/spec", "-q"], "TERM", 143),
        (&["eval", "sweeps/spec", "-q"], "INT", 130),
    ] {
        let mut evaluation = space.spawn(args);
        wait(&mut evaluation, 150);
        evaluation.signal(signal);
        let outcome = evaluation.end().expect(code);
        assert_eq!(outcome.stdout, "");
    }
}
