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
    let floor = |name: &str| found["metrics"][name]["noise_floor"].as_f64();
    assert!(floor("outside_99") > Some(0.0) && floor("missed_99") > Some(0.0));
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

/// The text of the description of `file` with some keys.
fn told(space: &Workspace, file: &str, set: &[&str]) -> String {
    let mut args = vec!["describe", file];
    args.extend(set.iter().flat_map(|text| ["--set", text]));
    space.run(&args).expect(0).stdout
}

/// The line that begins with this field.
fn line(text: &str, field: &str) -> String {
    let found = text
        .lines()
        .find(|line| line.trim_start().starts_with(field));
    found
        .unwrap_or_else(|| panic!("{field}: {text}"))
        .trim()
        .to_string()
}

#[test]
fn the_start_and_the_end_of_the_process_have_the_symbols_of_its_frame() {
    let space = Workspace::new();
    let exploding = told(
        &space,
        "small.toml",
        &["process.schedule.kind=ve", "process.schedule.sigma_max=30"],
    );
    assert!(exploding.contains("KL(q_T‖N(0, 30² I))"), "{exploding}");
    assert_eq!(
        line(&exploding, "terminal noise"),
        "terminal noise    σ_T = 30"
    );
    assert!(
        !exploding.contains("√ᾱ") && !exploding.contains("‖N(0, I)"),
        "{exploding}"
    );
    let preserving = told(&space, "small.toml", &["process.schedule=linear"]);
    assert!(preserving.contains("KL(q_T‖N(0, I))"), "{preserving}");
    assert!(line(&preserving, "terminal signal").contains("√ᾱ_T = 0."));
    assert!(!preserving.contains("σ_T"), "{preserving}");
}

#[test]
fn modes_of_a_box_are_its_points_and_zero_is_zero() {
    let space = Workspace::new();
    space.write(
        "box.toml",
        "[data]\nkind = \"uniform\"\nlow = [2.0]\nhigh = [5.0]\n[model]\nkind = \"bayes\"\n",
    );
    let found = told(&space, "box.toml", &[]);
    assert_eq!(
        line(&found, "modes"),
        "modes             every point from 2 to 5"
    );
    // Its log-likelihood has no noise, so no number of test points is to blame.
    let row = line(&found, "log_likelihood");
    assert!(row.split_whitespace().nth(2) == Some("0"), "{row}");
    assert!(!found.contains("floor of log_likelihood"), "{found}");
    let set = [
        "data.means=[-2.0, 2.0]",
        "data.std_devs=[2.5, 2.5]",
        "data.weights=[1, 1]",
    ];
    let found = told(&space, "small.toml", &set);
    assert_eq!(line(&found, "modes"), "modes             1, at 0");
}

#[test]
fn components_are_classes_only_where_something_asks_for_them() {
    let space = Workspace::new();
    let plain = told(&space, "small.toml", &[]);
    assert!(!plain.contains("classes"), "{plain}");
    let conditional = told(&space, "small.toml", &["model.class_conditional=true"]);
    assert_eq!(line(&conditional, "classes"), "classes           2");
    assert!(
        conditional.contains("– (known of a model without classes)"),
        "{conditional}"
    );
}

#[test]
fn an_unknown_law_has_its_reason() {
    let space = Workspace::new();
    let heun = ["sampler.kind=heun", "sampler.s_churn=10"];
    let churned = told(&space, "small.toml", &heun);
    assert!(churned.contains("– (not known with churn)"), "{churned}");
    let plain = told(&space, "small.toml", &heun[..1]);
    assert!(line(&plain, "perfect network").contains("floor of val_loss"));
    assert!(
        plain.contains("noise floors), KL") && !plain.contains("churn"),
        "{plain}"
    );
    let long = told(&space, "small.toml", &["process.num_timesteps=201"]);
    assert!(long.contains("– (known up to 200 steps)"), "{long}");
}

#[test]
fn a_solver_that_chooses_its_steps_has_no_first_step() {
    let space = Workspace::new();
    let noise = "model.prediction=noise";
    let adaptive = told(&space, "small.toml", &[noise, "sampler.kind=rk45"]);
    assert!(
        adaptive.contains("with steps of its own choice, looked at 2 times"),
        "{adaptive}"
    );
    assert!(
        !adaptive.contains("amplified_error") && !adaptive.contains("2 steps"),
        "{adaptive}"
    );
    let fixed = told(
        &space,
        "small.toml",
        &[noise, "sampler.kind=ddim", "sampler.num_steps=2"],
    );
    assert!(
        fixed.contains("amplified_error") && fixed.contains("2 steps"),
        "{fixed}"
    );
}

#[test]
fn the_best_linear_denoiser_sees_every_coordinate() {
    let space = Workspace::new();
    space.write(
        "ridge.toml",
        "[data]\nkind = \"gaussian_mixture\"\nweights = [1.0]\nmeans = [[0.0, 0.0]]\n\
         covariances = [[[1.0, 0.995], [0.995, 1.0]]]\n[model]\nkind = \"bayes\"\n",
    );
    let ridge = told(&space, "ridge.toml", &[]);
    assert!(
        line(&ridge, "more than linear").contains("at no t"),
        "{ridge}"
    );
    let number = |field: &str| -> f64 {
        let text = line(&ridge, field);
        let rest = text[field.len()..].trim_start();
        let end = rest.find([',', ':', ' ']).unwrap();
        rest[..end].parse().unwrap()
    };
    let (linear, perfect) = (number("linear denoiser"), number("perfect network"));
    assert!((linear / perfect - 1.0).abs() < 0.01, "{linear} {perfect}");
    let curved = told(&space, "small.toml", &[]);
    assert!(
        !line(&curved, "more than linear").contains("at no t"),
        "{curved}"
    );
}

#[test]
fn rare_components_are_counted_and_equal_ones_are_not_rare() {
    let space = Workspace::new();
    let few = ["data.weights=[0.02, 1]", "eval.num_samples=100"];
    let found = described(&space, &few);
    let rare = advice(&found, "rare_component").unwrap();
    let message = rare["message"].as_str().unwrap();
    space
        .run(&["gen-data", "small.toml", "--set", few[0], "--out", "drawn"])
        .expect(0);
    let labels = space.bytes("drawn/train_labels.npy");
    let labels = &labels[labels.len() - 4 * 300..];
    let own = labels.chunks_exact(4).filter(|label| label[0] == 0).count();
    assert!(
        message.contains(&format!(" and {own} training points")),
        "{own}: {message}"
    );
    let equal = described(&space, &["data.weights=[1, 1]", "eval.num_samples=50"]);
    assert_eq!(advice(&equal, "rare_component"), None);
}

#[test]
fn rows_of_a_file_are_not_asked_for() {
    let space = Workspace::new();
    space.write("points.csv", csv_of(Some("a,b"), &spiral(200)));
    space.write(
        "file.toml",
        "[data]\nkind = \"file\"\npath = \"points.csv\"\nnum_train = 100\nnum_val = 40\nnum_test = 60\n",
    );
    let found = told(&space, "file.toml", &[]);
    assert!(
        found.contains("[small_test_set]") && !found.contains("data.num_test="),
        "{found}"
    );
    let drawn = told(&space, "small.toml", &["eval.num_samples=2000"]);
    assert!(drawn.contains("try --set data.num_test=2000"), "{drawn}");
}

#[test]
fn steps_that_are_far_too_long_are_told_and_short_ones_are_not() {
    let space = Workspace::new();
    let set = [
        "process.num_timesteps=100",
        "sampler.kind=heun",
        "sampler.num_steps=20",
    ];
    let long = described(&space, &[&set[..], &["sampler.levels=uniform"]].concat());
    let warning = advice(&long, "long_steps").unwrap();
    assert_eq!(warning["set"], "sampler.levels=lambda");
    let floors = |found: &Value| found["sampler"]["perfect_network"]["w1"].as_f64().unwrap();
    let sound = described(&space, &set);
    assert_eq!(advice(&sound, "long_steps"), None);
    // The exact law agrees.
    assert!(floors(&long) > 5.0 * floors(&sound), "{long} {sound}");
}

#[test]
fn every_mistake_of_the_command_line_is_told() {
    let space = Workspace::new();
    let two = ["describe", "small.toml", "--set", "a=1", "--set", "b=2"];
    assert_refused(
        &space,
        &two,
        2,
        &["--set a=1: unknown key `a`", "--set b=2: unknown key `b`"],
    );
    let outcome = space.run(&["describe", "small.toml", "--set", "a=1", "--set", "seed=2"]);
    let outcome = outcome.expect(2);
    assert!(!outcome.stderr.contains("seed=2"), "{outcome:?}");
}

/// What sees the plane as a whole has its floor before any training, the same as after it.
#[test]
fn the_floors_of_the_plane_are_those_of_an_evaluation() {
    let space = Workspace::new();
    let plane = [
        "data.means=[[-1.0, 0.0], [1.0, 0.5]]",
        "data.std_devs=[0.3, 0.5]",
    ];
    let found = described(&space, &plane);
    let run = space.trained(&plane);
    space
        .run(&["eval", &run, "-q", "--figures", "none"])
        .expect(0);
    let metrics = space.json(&format!("{run}/eval/metrics.json"));
    for name in ["sliced_w1", "covariance_error", "outside_99", "missed_99"] {
        let floor = &found["metrics"][name]["noise_floor"];
        assert!(floor.as_f64() > Some(0.0), "{name}: {floor}");
        assert_eq!(*floor, metrics["metrics"][name]["noise_floor"], "{name}");
    }
}
