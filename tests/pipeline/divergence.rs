//! A loss that is not finite ends a run, and nothing else.

use crate::common::Workspace;

/// A weight decay times a learning rate beyond 2 makes the weights grow without bound.
const DIVERGING: [&str; 4] = [
    "train.learning_rate=9.9",
    "train.learning_rate_schedule=constant",
    "train.optimizer={ kind = \"adam_w\", weight_decay = 10.0 }",
    "train.checkpoint_every=2",
];

fn diverging(extra: &[&'static str]) -> Vec<&'static str> {
    let mut args = vec!["train", "small.toml", "-q", "--out", "wild"];
    args.extend(
        DIVERGING
            .iter()
            .chain(extra)
            .flat_map(|text| ["--set", text]),
    );
    args
}

#[test]
fn a_run_whose_loss_is_not_finite_ends_as_diverged_with_its_last_good_checkpoint() {
    let space = Workspace::new();
    let outcome = space.run(&diverging(&["train.validate_every=2"])).expect(6);
    assert_eq!(outcome.stdout, "");
    assert!(
        outcome.stderr.contains("wild") && outcome.stderr.contains("not finite"),
        "{outcome:?}"
    );
    let status = space.json("wild/status.json");
    assert_eq!(status["state"], "diverged");
    assert!(
        status["message"].as_str().unwrap().contains("not finite"),
        "{status}"
    );

    let last = space.text("wild/checkpoints/last");
    let directory = format!("wild/checkpoints/{}", last.trim());
    let step = space.json(&format!("{directory}/state.json"))["step"]
        .as_u64()
        .unwrap();
    assert!((2..40).contains(&step), "{step}");
    for part in ["model.safetensors", "ema.safetensors"] {
        let bytes = space.bytes(&format!("{directory}/{part}"));
        let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        for (name, tensor) in tensors.tensors() {
            let values = tensor.data().chunks_exact(4);
            let mut values = values.map(|b| f32::from_le_bytes(b.try_into().unwrap()));
            assert!(values.all(f32::is_finite), "{part}: {name}");
        }
    }
    assert!(!space.text("wild/metrics.jsonl").contains("null"));
}

#[test]
fn a_diverged_run_is_listed_as_such_and_not_evaluated() {
    let space = Workspace::new();
    space.run(&diverging(&[])).expect(6);
    let rows = space
        .run(&["list", "wild", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(rows[0]["status"], "diverged");
    let outcome = space.run(&["eval", "wild"]).expect(3);
    assert!(outcome.stderr.contains("diverged"), "{outcome:?}");
}

#[test]
fn a_diverged_run_diverges_again() {
    let space = Workspace::new();
    space.run(&diverging(&[])).expect(6);
    let log = space.text("wild/metrics.jsonl");
    space.run(&diverging(&[])).expect(6);
    assert_eq!(space.text("wild/metrics.jsonl"), log);
    assert_eq!(space.json("wild/status.json")["state"], "diverged");
}

const SPEC: &str = "base = \"small.toml\"\n[train]\nlearning_rate_schedule = \"constant\"\n\
                    optimizer = { kind = \"adam_w\", weight_decay = 10.0 }\n\
                    [sweep.grid]\n\"train.learning_rate\" = [9.9, 0.002, 0.001]\n";

#[test]
fn a_diverging_run_does_not_stop_the_others_of_its_sweep() {
    for jobs in ["1", "2"] {
        let space = Workspace::new();
        space.write("spec.toml", SPEC);
        let outcome = space
            .run(&["sweep", "spec.toml", "--eval", "--jobs", jobs])
            .expect(6);
        assert_eq!(outcome.stdout, "sweeps/spec\n");
        let rows = space
            .run(&["list", "sweeps", "--format", "json"])
            .expect(0)
            .json();
        let mut states: Vec<_> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                (
                    row["train.learning_rate"].as_f64().unwrap(),
                    row["status"].clone(),
                )
            })
            .collect();
        states.sort_by(|a, b| a.0.total_cmp(&b.0));
        let states: Vec<_> = states.into_iter().map(|(_, state)| state).collect();
        assert_eq!(states, ["complete", "complete", "diverged"]);
        assert!(space.text("sweeps/spec/report.md").contains("diverged"));
    }
}

#[test]
fn a_failed_run_of_a_sweep_is_shown_with_the_path_of_its_log() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    for options in [&[][..], &["-q"], &["--progress", "none"]] {
        let outcome = space
            .run(&[&["sweep", "spec.toml"], options].concat())
            .expect(6);
        let words: Vec<_> = outcome.stderr.split_whitespace().collect();
        let log = words.iter().find(|word| word.contains("sweeps/spec/runs/"));
        let log = log.unwrap_or_else(|| panic!("no log is named: {outcome:?}"));
        assert!(
            space
                .text(log.trim_end_matches([')', ',', ';']))
                .contains("not finite"),
            "{log}"
        );
        assert!(outcome.stderr.contains("1 of 3"), "{outcome:?}");
    }
}

#[test]
fn a_sweep_that_has_failed_runs_does_not_repeat_the_finished_ones() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    space.run(&["sweep", "spec.toml", "-q", "--eval"]).expect(6);
    let complete = |space: &Workspace| {
        let mut times = space.times_of("sweeps/spec/runs");
        times.retain(|name, _| {
            let run = name.split('/').next().unwrap();
            let status = format!("sweeps/spec/runs/{run}/status.json");
            space.json(&status)["state"] == "complete"
        });
        times
    };
    let before = complete(&space);
    space.run(&["sweep", "spec.toml", "-q", "--eval"]).expect(6);
    assert_eq!(complete(&space), before);
}

#[test]
fn a_sweep_of_which_every_run_diverges_ends_in_order() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC.replace(", 0.002, 0.001", ""));
    let outcome = space.run(&["sweep", "spec.toml", "--eval", "-q"]).expect(6);
    assert_eq!(outcome.stdout, "sweeps/spec\n");
    assert!(outcome.stderr.contains("1 of 1"), "{outcome:?}");
}

/// A training whose rate is far too large, and data that is a point twice: no law of their samples is easy.
#[test]
fn a_law_far_away_or_narrower_than_a_panel_is_evaluated() {
    let space = Workspace::new();
    let run = space.trained(&["train.learning_rate=2.0"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let spec = "[data]\nkind = \"gaussian_mixture\"\nmeans = [0.0, 1.0]\nstd_devs = [1e-10, 1e-11]\n\
                num_train = 100\nnum_val = 50\nnum_test = 50\n[process]\nnum_timesteps = 6\n\
                schedule = \"cosine\"\n[model]\nkind = \"bayes\"\n[eval]\nnum_samples = 100\n";
    space.write("points.toml", spec);
    let points = space.path_of(&["train", "points.toml", "-q"]);
    for kind in ["ddpm", "ddim", "heun"] {
        let set = format!("sampler.kind={kind}");
        space.run(&["eval", &points, "-q", "--set", &set]).expect(0);
    }
}
