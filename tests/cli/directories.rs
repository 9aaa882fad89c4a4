//! Directories that hold something else, are in use, are missing, or hold damaged runs.

use crate::common::{SMALL, Workspace, assert_commands_refused, assert_refused, lines};

const SPEC: &str = "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n";

/// A training that ends only when it is told to.
const ENDLESS: [&str; 8] = [
    "train",
    "small.toml",
    "-q",
    "--set",
    "train.steps=100000000",
    "--set",
    "train.validate_every=1000",
    "--out=long",
];

#[test]
fn a_directory_that_holds_something_else_is_left_alone() {
    let space = Workspace::new();
    space.write("thesis/chapter.txt", "precious");
    space.write("spec.toml", SPEC);
    assert_commands_refused(
        &space,
        4,
        &[
            (
                &["gen-data", "small.toml", "--out", "thesis"],
                &["thesis", "--out"],
            ),
            (
                &["train", "small.toml", "--out", "thesis"],
                &["thesis", "--out"],
            ),
            (
                &["sweep", "spec.toml", "--out", "thesis"],
                &["thesis", "--out"],
            ),
        ],
    );
}

#[test]
fn training_on_a_directory_that_is_no_data_set_is_refused() {
    let space = Workspace::new();
    space.write("thesis/chapter.txt", "precious");
    assert_refused(
        &space,
        &["train", "small.toml", "--data", "thesis"],
        4,
        &["thesis"],
    );
}

#[test]
fn a_regular_file_is_not_replaced_by_a_directory() {
    let space = Workspace::new();
    space.write("notes.txt", "precious");
    space.write("spec.toml", SPEC);
    for args in [
        &["gen-data", "small.toml", "--out", "notes.txt"][..],
        &["train", "small.toml", "--out", "notes.txt"],
        &["train", "small.toml", "--data", "notes.txt"],
        &["sweep", "spec.toml", "--out", "notes.txt"],
    ] {
        let before = space.listing();
        let outcome = space.run(args);
        assert!(matches!(outcome.code, Some(1 | 4)), "{outcome:?}");
        assert!(outcome.stderr.contains("notes.txt"), "{outcome:?}");
        assert_eq!(outcome.stdout, "");
        assert!(
            space.listing() == before,
            "something was written: {outcome:?}"
        );
    }
}

#[test]
fn a_users_temporary_file_is_not_taken_for_one_of_ours() {
    let space = Workspace::new();
    space.write("keep/thesis.tmp", "precious");
    assert_refused(
        &space,
        &["gen-data", "small.toml", "--out", "keep"],
        4,
        &["keep"],
    );
}

#[test]
fn an_empty_directory_may_be_named() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    for name in ["data-here", "run-here", "sweep-here"] {
        std::fs::create_dir(space.path(name)).unwrap();
    }
    assert_eq!(
        space.path_of(&["gen-data", "small.toml", "--out", "data-here"]),
        "data-here"
    );
    assert_eq!(
        space.path_of(&["train", "small.toml", "--out", "run-here"]),
        "run-here"
    );
    assert_eq!(
        space.path_of(&["sweep", "spec.toml", "--out", "sweep-here"]),
        "sweep-here"
    );
}

#[test]
fn the_working_directory_may_be_named_if_it_is_empty() {
    let space = Workspace::new();
    let config = space.path("small.toml").display().to_string();
    let data = space.path("data").display().to_string();
    for args in [
        &["gen-data", &config, "--out", "."][..],
        &["train", &config, "--out", ".", "--data", &data],
    ] {
        let here = Workspace::new();
        std::fs::remove_file(here.path("small.toml")).unwrap();
        assert_eq!(here.path_of(args), ".");
    }
}

#[test]
fn the_directory_of_another_run_is_refused_with_the_keys_that_differ() {
    let space = Workspace::new();
    space.path_of(&["train", "small.toml", "-q", "--out", "mine"]);
    let other = [
        "train",
        "small.toml",
        "--out",
        "mine",
        "--set",
        "train.batch_size=64",
    ];
    assert_refused(&space, &other, 4, &["mine", "train.batch_size"]);
}

#[test]
fn the_directory_of_another_sweep_is_refused() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    space.path_of(&["sweep", "spec.toml", "-q", "--out", "mine"]);
    space.write("other.toml", SPEC.replace("[0, 1]", "[5, 6]"));
    assert_refused(
        &space,
        &["sweep", "other.toml", "--out", "mine"],
        4,
        &["mine", "--out"],
    );
}

#[test]
fn a_directory_that_cannot_be_made_is_an_io_error() {
    let space = Workspace::new();
    space.write("notes.txt", "precious");
    space.write("spec.toml", SPEC);
    space.path_of(&["gen-data", "small.toml", "-q"]);
    assert_commands_refused(
        &space,
        1,
        &[
            (
                &["gen-data", "small.toml", "--out", "notes.txt/below"],
                &["notes.txt"],
            ),
            (
                &["train", "small.toml", "--out", "notes.txt/below"],
                &["notes.txt"],
            ),
            (
                &["sweep", "spec.toml", "--out", "notes.txt/below"],
                &["notes.txt"],
            ),
        ],
    );
}

#[test]
fn a_data_directory_that_cannot_be_made_is_an_io_error_and_leaves_no_run() {
    let space = Workspace::new();
    space.write("notes.txt", "precious");
    let args = ["train", "small.toml", "--data", "notes.txt/below"];
    assert_refused(&space, &args, 1, &["notes.txt"]);
}

#[test]
fn a_run_in_use_by_a_live_process_is_refused() {
    let space = Workspace::new();
    let mut training = space.spawn(&ENDLESS);
    assert!(training.wait_until(|| lines(&space.path("long/metrics.jsonl")) > 0));
    let outcome = space.run(&ENDLESS).expect(4);
    assert!(outcome.stderr.contains("`long`") && outcome.stderr.contains("live process"));
    assert_eq!(outcome.stdout, "");
    let outcome = space.run(&["eval", "long"]).expect(3);
    assert!(outcome.stderr.contains("running"), "{outcome:?}");
    let row = &space
        .run(&["list", "long", "--format", "json"])
        .expect(0)
        .json()[0];
    assert_eq!(row["status"], "running");
    training.kill();
}

#[test]
fn a_sweep_in_use_by_a_live_process_is_refused() {
    let space = Workspace::new();
    space.write("spec.toml", format!("{SPEC}[train]\nsteps = 100000000\n"));
    let args = ["sweep", "spec.toml", "-q"];
    let mut sweep = space.spawn(&args);
    assert!(sweep.wait_until(|| !space.names("sweeps/spec/runs").is_empty()));
    let outcome = space.run(&args).expect(4);
    assert!(outcome.stderr.contains("sweeps/spec") && outcome.stderr.contains("live process"));
    assert_eq!(outcome.stdout, "");
    sweep.signal("TERM");
    sweep.end().expect(143);
}

#[test]
fn a_directory_that_is_missing_or_holds_no_run_matches_nothing() {
    let space = Workspace::new();
    std::fs::create_dir(space.path("empty")).unwrap();
    space.write("other/file.txt", "no run");
    for command in ["eval", "list"] {
        assert_commands_refused(
            &space,
            3,
            &[
                (&[command, "nowhere"], &["nowhere"]),
                (&[command, "empty"], &["empty", "no run"]),
                (&[command, "other"], &["other", "no run"]),
                (&[command, "empty", "nowhere"], &["nowhere"]),
            ],
        );
    }
}

#[test]
fn listing_a_working_directory_without_runs_says_where_it_looked() {
    let space = Workspace::new();
    assert_refused(&space, &["list"], 3, &["runs", "sweeps"]);
}

#[test]
fn a_run_that_is_not_complete_is_not_evaluated() {
    let space = Workspace::new();
    let mut training = space.spawn(&ENDLESS);
    assert!(training.wait_until(|| lines(&space.path("long/metrics.jsonl")) > 0));
    training.kill();
    assert_refused(&space, &["eval", "long"], 3, &["long", "interrupted"]);
}

#[test]
fn evaluating_under_another_training_is_refused() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    for text in [
        "train.steps=50",
        "data.num_test=5",
        "process.num_timesteps=4",
        "seed=9",
        "xyz=1",
    ] {
        let words = [&format!("--set {text}")[..], "eval"];
        assert_refused(&space, &["eval", &run, "--set", text], 2, &words);
    }
}

#[test]
fn evaluating_with_bad_settings_is_refused() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    for (text, word) in [
        ("eval.num_samples=0", "[1, "),
        ("eval.num_sample=5", "`num_samples`"),
        ("eval.checkpoint=bset", "`best`"),
        ("eval.num_samples=1000000000000", "eval.num_samples"),
    ] {
        let words = [&format!("--set {text}")[..], word];
        assert_refused(&space, &["eval", &run, "--set", text], 2, &words);
    }
}

/// What is done to a run.
type Damage = dyn Fn(&Workspace);

/// What is done to a file of it.
type BytesDamage = dyn Fn(&mut Vec<u8>);

/// A complete run in `broken`, damaged by `damage`.
fn damaged(damage: impl FnOnce(&Workspace)) -> Workspace {
    let space = Workspace::new();
    space.path_of(&["train", "small.toml", "-q", "--out", "broken"]);
    damage(&space);
    space
}

/// A file of the last checkpoint of `broken`.
fn part(space: &Workspace, name: &str) -> String {
    format!("{}/{name}", checkpoint(space))
}

fn checkpoint(space: &Workspace) -> String {
    format!(
        "broken/checkpoints/{}",
        space.text("broken/checkpoints/last").trim()
    )
}

#[test]
fn weights_that_were_changed_are_corrupt_with_both_digests() {
    for cut in [false, true] {
        let space = damaged(|space| {
            let name = format!("{}/ema.safetensors", checkpoint(space));
            space.edit(&name, |bytes| {
                if cut {
                    bytes.truncate(100)
                } else {
                    *bytes.last_mut().unwrap() ^= 1
                }
            });
        });
        let manifest = space.json(&format!("{}/MANIFEST.json", checkpoint(&space)));
        let recorded = manifest["ema.safetensors"]["sha256"].as_str().unwrap();
        let words = ["ema.safetensors", "sha256", recorded];
        assert_refused(&space, &["eval", "broken"], 5, &words);
    }
}

#[test]
fn a_checkpoint_with_a_part_missing_or_damaged_is_corrupt() {
    let cases: [(&str, &Damage); 6] = [
        ("MANIFEST.json", &|space| {
            space.write(&part(space, "MANIFEST.json"), "{")
        }),
        ("state.json", &|space| {
            space.write(&part(space, "state.json"), "{}")
        }),
        ("state.json", &|space| {
            space.replace(&part(space, "state.json"), "40", "30")
        }),
        ("ema.safetensors", &|space| {
            std::fs::remove_file(space.path(&part(space, "ema.safetensors"))).unwrap();
        }),
        ("last", &|space| space.remove(&checkpoint(space))),
        ("last", &|space| {
            space.write("broken/checkpoints/last", b"\xff\xfe")
        }),
    ];
    for (name, damage) in cases {
        let space = damaged(damage);
        assert_refused(&space, &["eval", "broken"], 5, &["broken", name]);
    }
}

#[test]
fn a_complete_run_without_its_checkpoints_or_provenance_is_corrupt() {
    let space = damaged(|space| space.remove("broken/checkpoints"));
    assert_refused(&space, &["eval", "broken"], 5, &["broken", "checkpoint"]);
    let space = damaged(|space| {
        std::fs::remove_file(space.path("broken/provenance.json")).unwrap();
    });
    assert_refused(&space, &["eval", "broken"], 5, &["broken/provenance.json"]);
}

#[test]
fn a_damaged_status_or_configuration_is_corrupt() {
    for (name, text) in [
        ("status.json", "garbage"),
        ("status.json", "{}"),
        ("provenance.json", "{}"),
        ("config.toml", "garbage"),
        ("config.toml", "nmae = \"x\"\n"),
    ] {
        let space = damaged(|space| space.write(&format!("broken/{name}"), text));
        assert_refused(&space, &["eval", "broken"], 5, &[&format!("broken/{name}")]);
        let space = damaged(|space| space.write(&format!("broken/{name}"), b"\xff\xfe"));
        assert_refused(&space, &["eval", "broken"], 5, &[&format!("broken/{name}")]);
    }
}

#[test]
fn a_metrics_log_that_was_changed_is_corrupt() {
    let cases: [&BytesDamage; 3] = [
        &|bytes| bytes.truncate(100),
        &|bytes| bytes[110] = b'x',
        &|bytes| bytes.clear(),
    ];
    for damage in cases {
        let space = damaged(|space| space.edit("broken/metrics.jsonl", damage));
        assert_refused(&space, &["eval", "broken"], 5, &["broken/metrics.jsonl"]);
    }
}

#[test]
fn an_interrupted_run_whose_metrics_log_was_cut_is_corrupt() {
    let space = Workspace::new();
    let mut training = space.spawn(&ENDLESS);
    assert!(training.wait_until(
        || space.has("long/checkpoints/last") && lines(&space.path("long/metrics.jsonl")) > 2
    ));
    training.signal("TERM");
    training.end().expect(143);
    space.edit("long/metrics.jsonl", |bytes| bytes.truncate(50));
    let outcome = space.run(&ENDLESS).expect(5);
    assert!(outcome.stderr.contains("long/metrics.jsonl"), "{outcome:?}");
    assert_eq!(
        space.bytes("long/metrics.jsonl").len(),
        50,
        "it is left as it is"
    );
}

#[test]
fn an_interrupted_run_whose_checkpoint_was_changed_is_not_begun_again() {
    let space = Workspace::new();
    let mut training = space.spawn(&ENDLESS);
    assert!(training.wait_until(|| lines(&space.path("long/metrics.jsonl")) > 0));
    training.signal("TERM");
    training.end().expect(143);
    let last = space.text("long/checkpoints/last");
    let name = format!("long/checkpoints/{}/optimizer.safetensors", last.trim());
    space.edit(&name, |bytes| *bytes.last_mut().unwrap() ^= 1);
    let before = space.listing_of("long/checkpoints");
    let outcome = space.run(&ENDLESS).expect(5);
    assert!(
        outcome.stderr.contains("optimizer.safetensors"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("sha256"), "{outcome:?}");
    assert!(space.listing_of("long/checkpoints") == before);
}

#[test]
fn a_configuration_edited_inside_a_run_is_noticed() {
    let edited =
        |from: &str, to: &str| damaged(|space| space.replace("broken/config.toml", from, to));
    let space = edited("num_timesteps = 8", "num_timesteps = 16");
    assert_refused(&space, &["eval", "broken"], 5, &["broken/config.toml"]);
    let args = ["train", "small.toml", "--out", "broken"];
    let outcome = space.run(&args);
    assert!(matches!(outcome.code, Some(4 | 5)), "{outcome:?}");
    assert!(outcome.stderr.contains("num_timesteps") || outcome.stderr.contains("config.toml"));
}

#[test]
fn a_damaged_run_does_not_hide_the_others_from_list() {
    let space = damaged(|space| space.write("broken/status.json", "garbage"));
    space.path_of(&["train", "small.toml", "-q", "--out", "whole"]);
    let outcome = space.run(&["list", ".", "--format", "json"]).expect(0);
    let rows = outcome.json();
    let names: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["run"].clone())
        .collect();
    assert_eq!(names, ["whole"]);
    assert!(outcome.stderr.contains("broken/status.json"), "{outcome:?}");
}

#[test]
fn a_damaged_evaluation_is_made_again() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let metrics = format!("{run}/eval/metrics.json");
    let whole = space.bytes(&metrics);
    space.write(&metrics, &whole[..whole.len() / 2]);
    space.run(&["list", &run]).expect(5);
    space.run(&["eval", &run, "-q"]).expect(0);
    assert_eq!(space.bytes(&metrics), whole);
}

#[test]
fn an_edited_evaluation_is_refused_and_made_again_by_force() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let metrics = format!("{run}/eval/metrics.json");
    let whole = space.text(&metrics);
    let w1 = space.json(&metrics)["metrics"]["w1"]["value"].to_string();
    assert!(whole.contains(&w1) && whole.contains("\"digest\""));
    space.write(&metrics, whole.replace(&w1, "0.001"));
    for command in ["compare", "eval"] {
        assert_refused(&space, &[command, &run], 5, &[&metrics, "eval --force"]);
    }
    let listed = space.run(&["list", &run, "--format", "json"]).expect(0);
    let row = &listed.json()[0];
    assert_eq!(row["evaluation"], "edited");
    assert!(
        row.get("w1").is_none() && listed.stderr.contains(&metrics),
        "{listed:?}"
    );
    space.run(&["eval", &run, "-q", "--force"]).expect(0);
    assert_eq!(space.text(&metrics), whole);
    // White space is no number.
    space.write(&metrics, space.json(&metrics).to_string());
    let listed = space.run(&["list", &run, "--format", "json"]).expect(0);
    assert!(listed.stderr.is_empty() && listed.json()[0].get("evaluation").is_none());
    space.run(&["compare", &run]).expect(0);
}

/// An evaluation with another sampler lies beside the run's own.
#[test]
fn an_edited_evaluation_with_another_sampler_is_noticed() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let steps = ["eval", &run, "-q", "--figures", "none", "--steps", "4"];
    space.run(&steps[..5]).expect(0);
    space.run(&steps).expect(0);
    let names = space.names(&run);
    let other = names.iter().find(|name| name.starts_with("eval-")).unwrap();
    let metrics = format!("{run}/{other}/metrics.json");
    let w1 = space.json(&metrics)["metrics"]["w1"]["value"].to_string();
    space.replace(&metrics, &w1, "0.001");
    assert_refused(&space, &["compare", &run], 5, &[&metrics]);
    assert_refused(&space, &steps, 5, &[&metrics]);
}

#[test]
fn the_same_configuration_under_another_file_name_is_the_same_run() {
    let space = Workspace::new();
    space.write(
        "twin.toml",
        SMALL.replace("num_val = 80", "num_val = 80 # the same"),
    );
    let run = space.trained(&[]);
    assert_eq!(space.path_of(&["train", "twin.toml", "-q"]), run);
}

#[test]
fn memory_does_not_grow_with_the_draws_of_the_validation_loss() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let args = ["eval", &run, "-q", "--set", "eval.val_draws=50000"];
    space.run_within(1, &args).expect(0);
}
