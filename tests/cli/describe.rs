//! `describe`: what is known before training, without a trace.

use crate::common::{Workspace, assert_refused, csv_of, spiral};
use serde_json::Value;

fn described(space: &Workspace, set: &[&str]) -> Value {
    let mut args = vec!["describe", "small.toml", "--format", "json"];
    args.extend(set.iter().flat_map(|text| ["--set", text]));
    space.run(&args).expect(0).json()
}

/// The advice of this code.
fn advice(found: &Value, code: &str) -> Option<Value> {
    let list = found["advice"].as_array().unwrap();
    list.iter().find(|advice| advice["code"] == code).cloned()
}

#[test]
fn it_says_everything_and_writes_nothing() {
    let space = Workspace::new();
    let before = space.listing();
    for format in ["text", "json", "csv"] {
        let outcome = space
            .run(&["describe", "small.toml", "--format", format])
            .expect(0);
        assert_eq!(outcome.stderr, "", "{outcome:?}");
        assert!(space.listing() == before, "{outcome:?}");
    }
    let text = space.run(&["describe", "small.toml"]).expect(0).stdout;
    for word in [
        "Data",
        "Schedule",
        "Loss",
        "Network",
        "Samples",
        "Advice",
        "2 modes",
        "cosine",
        "w1_test",
        "perfect network",
        "noise floors",
        "nats",
    ] {
        let word = word.replace("2 modes", "modes             2");
        assert!(text.contains(&word), "{word}: {text}");
    }
    assert!(
        !text.contains("NaN") && !text.contains("inf nats"),
        "{text}"
    );
    assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
}

#[test]
fn csv_has_a_row_for_every_value_of_the_json() {
    let space = Workspace::new();
    let found = described(&space, &[]);
    let outcome = space
        .run(&["describe", "small.toml", "--format", "csv"])
        .expect(0);
    let (header, rows) = outcome.csv();
    assert_eq!(header, ["key", "value"]);
    let value = |key: &str| -> f64 {
        let row = rows.iter().find(|row| row[0] == key);
        row.unwrap_or_else(|| panic!("{key}"))[1].parse().unwrap()
    };
    assert_eq!(
        value("loss.floor"),
        found["loss"]["floor"].as_f64().unwrap()
    );
    let weight = &found["data"]["components"][1]["weight"];
    assert_eq!(value("data.components.1.weight"), weight.as_f64().unwrap());
}

#[test]
fn what_it_says_is_what_training_and_evaluation_find() {
    let space = Workspace::new();
    let found = described(&space, &[]);
    let run = space.trained(&[]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let metrics = space.json(&format!("{run}/eval/metrics.json"));
    assert_eq!(
        found["loss"]["floor"],
        metrics["metrics"]["val_loss"]["truth"]
    );
    for key in ["terminal_signal", "prior_kl", "prior_w1"] {
        assert_eq!(found["schedule"][key], metrics[key], "{key}");
    }
    for (name, fact) in found["metrics"].as_object().unwrap() {
        let measured = &metrics["metrics"][name];
        assert_eq!(fact["noise_floor"], measured["noise_floor"], "{name}");
    }
    let line = space.text(&format!("{run}/metrics.jsonl"));
    let record: Value = serde_json::from_str(line.lines().last().unwrap()).unwrap();
    assert_eq!(record["loss_floor"], found["loss"]["floor"]);
    let excess = record["excess_loss"].as_f64().unwrap();
    assert!(excess > 0.0 && excess < 2.0, "{record}");
}

#[test]
fn losses_are_in_order_and_the_network_is_measured() {
    let space = Workspace::new();
    for prediction in ["noise", "x0", "v"] {
        let set = format!("model.prediction={prediction}");
        let found = described(&space, &[&set]);
        let loss = |key: &str| found["loss"][key].as_f64().unwrap();
        assert!(loss("floor") < loss("linear") && loss("linear") < loss("constant"));
        assert_eq!(found["loss"]["by_timestep"].as_array().unwrap().len(), 8);
        assert_eq!(found["network"]["prediction"], prediction);
        assert!(found["network"]["seconds_per_step"].as_f64().unwrap() > 0.0);
        assert!(found["network"]["measured_steps"].as_f64().unwrap() > 0.0);
        assert_eq!(found["network"]["num_steps"], 40);
    }
}

#[test]
fn each_mistake_has_its_warning_and_its_key() {
    let space = Workspace::new();
    for (set, code, key) in [
        (
            &["process.schedule=linear"][..],
            "wrong_prior",
            "process.schedule=",
        ),
        (
            &["process.schedule=linear"],
            "confounded_num_timesteps",
            "process.schedule=",
        ),
        (&["process.schedule=linear"], "discretisation", "process."),
        (
            &["train.batch_size=301"],
            "batch_larger_than_data",
            "train.batch_size=75",
        ),
        (&["train.steps=5"], "few_steps", "train.steps="),
        (
            &["train.warmup_steps=30"],
            "long_warm_up",
            "train.warmup_steps=2",
        ),
        (
            &["data.standardize=none", "data.means=[4, 7]"],
            "not_standardised",
            "data.standardize=global",
        ),
        (
            &["eval.num_samples=2000"],
            "small_test_set",
            "data.num_test=2000",
        ),
        (
            &["data.weights=[0.01, 1]"],
            "rare_component",
            "eval.num_samples=",
        ),
        (
            &["model.prediction=noise"],
            "amplified_error",
            "model.prediction=v",
        ),
    ] {
        let found = described(&space, set);
        let advice = advice(&found, code).unwrap_or_else(|| panic!("{code}: {found}"));
        assert!(
            advice["value"].is_f64() || advice["value"].is_u64(),
            "{advice}"
        );
        let message = advice["message"].as_str().unwrap();
        assert!(message.contains(|c: char| c.is_ascii_digit()), "{message}");
        let change = advice["set"].as_str().unwrap();
        assert!(change.starts_with(key), "{change}");
        // What is advised is a configuration, and it helps.
        let mut changed = set.to_vec();
        changed.push(change);
        let after = described(&space, &changed);
        let again = after["advice"]
            .as_array()
            .unwrap()
            .iter()
            .find(|a| a["code"] == code);
        assert!(
            again.is_none_or(|again| code == "discretisation" && again["value"] != advice["value"]),
            "{code} {change}: {again:?}"
        );
    }
}

#[test]
fn the_bayes_denoiser_has_no_error_to_amplify() {
    let space = Workspace::new();
    for (kind, expected) in [("mlp", true), ("bayes", false)] {
        let kind = format!("model.kind={kind}");
        let found = described(&space, &["model.prediction=noise", &kind]);
        assert_eq!(
            advice(&found, "amplified_error").is_some(),
            expected,
            "{kind}"
        );
    }
}

#[test]
fn a_good_configuration_has_no_warning() {
    let space = Workspace::new();
    let found = described(
        &space,
        &[
            "process.num_timesteps=200",
            "train.steps=5000",
            "model.prediction=v",
            "data.num_train=2000",
        ],
    );
    let warnings = found["advice"].as_array().unwrap().iter();
    let warnings: Vec<_> = warnings.filter(|a| a["severity"] == "warning").collect();
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn points_without_a_density_are_described_as_far_as_they_are_known() {
    let space = Workspace::new();
    space.write("points.csv", csv_of(Some("a,b"), &spiral(200)));
    space.write(
        "file.toml",
        "[data]\nkind = \"file\"\npath = \"points.csv\"\nnum_train = 100\nnum_val = 40\nnum_test = 60\n",
    );
    let outcome = space
        .run(&["describe", "file.toml", "--figure", "file.png"])
        .expect(0);
    assert!(
        outcome.stdout.contains("entropy H(p)      –"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("file.png"), "{outcome:?}");
    assert!(space.bytes("file.png").starts_with(b"\x89PNG"));
    let found = space
        .run(&["describe", "file.toml", "--format", "json"])
        .expect(0)
        .json();
    assert!(found["loss"].is_null() && found["data"]["entropy"].is_null());
    assert!(found["metrics"]["w1_test"]["noise_floor"].is_f64());
    assert_eq!(found["data"]["dim"], 2);
}

#[test]
fn in_two_dimensions_it_says_what_it_can() {
    let space = Workspace::new();
    let set = [
        "data.means=[[-1, 0], [1, 1]]",
        "data.std_devs=[0.3, [0.2, 0.4]]",
    ];
    let found = described(&space, &set);
    assert!(found["sampler"]["perfect_network"].is_null());
    let rows = found["loss"]["by_timestep"].as_array().unwrap();
    for row in rows {
        let loss = |key: &str| row[key].as_f64().unwrap();
        assert!(loss("floor") <= 1.001 * loss("linear"), "{row}");
    }
    assert!(found["loss"]["floor_standard_error"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_figure_is_the_one_file_that_is_written() {
    let space = Workspace::new();
    let outcome = space
        .run(&["describe", "small.toml", "--figure", "page.png", "-q"])
        .expect(0);
    assert_eq!(outcome.stderr, "");
    assert_eq!(space.names("."), ["page.png", "small.toml"]);
    assert!(space.bytes("page.png").starts_with(b"\x89PNG"));
}

#[test]
fn what_cannot_be_described_is_refused() {
    let space = Workspace::new();
    assert_refused(&space, &["describe", "nowhere.toml"], 2, &["nowhere.toml"]);
    assert_refused(
        &space,
        &["describe", "small.toml", "--figure", "page.jpg"],
        2,
        &["page.jpg", ".png"],
    );
    assert_refused(
        &space,
        &[
            "describe",
            "small.toml",
            "--set",
            "process.schedule=linear_rescaled",
        ],
        2,
        &["linear_rescaled", "β_", "cosine"],
    );
    assert_refused(
        &space,
        &["describe", "small.toml", "--figure", "no/such/page.png"],
        1,
        &["no/such/page.png"],
    );
}
