//! `--set` and the other options of the command line.

use crate::common::{Workspace, assert_commands_refused, assert_refused};

fn refused(text: &str, words: &[&str]) {
    let space = Workspace::new();
    for command in ["gen-data", "train"] {
        assert_refused(&space, &[command, "small.toml", "--set", text], 2, words);
    }
}

#[test]
fn an_override_without_an_equals_sign_is_refused() {
    refused("train.steps", &["train.steps", "="]);
}

#[test]
fn an_override_without_a_key_is_refused() {
    refused("=5", &["=5", "key"]);
    refused("train..steps=5", &["train..steps=5", "key"]);
}

#[test]
fn an_override_of_an_unknown_key_is_refused_with_the_nearest() {
    refused(
        "train.stpes=5",
        &["--set train.stpes=5", "train.stpes", "`steps`"],
    );
    refused(
        "modle.hidden_dim=5",
        &["--set modle.hidden_dim=5", "`model`"],
    );
    refused("process.schedule.beta_strat=0.1", &["beta_strat"]);
}

#[test]
fn an_override_with_a_bad_value_is_refused_with_key_value_and_range() {
    refused(
        "train.steps=0",
        &["--set train.steps=0", "train.steps", "is 0,", "[1, "],
    );
    refused(
        "train.steps=many",
        &["--set train.steps=many", "\"many\"", "whole number"],
    );
    refused(
        "train.learning_rate=nan",
        &["train.learning_rate", "NaN", "(0, 10)"],
    );
    refused("data.means=[]", &["data.means", "[]", "at least one"]);
    refused("seed.x=1", &["--set seed.x=1", "`seed`"]);
    refused(
        "model.activation=rleu",
        &["model.activation", "rleu", "`relu`"],
    );
}

#[test]
fn an_override_is_blamed_for_what_it_breaks() {
    refused(
        "data.std_devs=[1e-200, 1]",
        &["--set data.std_devs=[1e-200, 1]", "std_devs"],
    );
    refused(
        "data.weights=[1]",
        &["--set data.weights=[1]", "data.weights"],
    );
}

/// In every command that takes overrides.
#[test]
fn every_mistake_of_a_command_line_is_told() {
    let space = Workspace::new();
    space.write(
        "spec.toml",
        "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n",
    );
    let run = space.trained(&[]);
    let told = |args: &[&str], words: &[&str]| assert_refused(&space, args, 2, words);
    let sets = ["--set", "train.stepz=1", "--set", "model.hidden_dim=0"];
    let words = ["train.stepz", "did you mean `steps`", "model.hidden_dim=0"];
    for command in [
        &["train", "small.toml"][..],
        &["gen-data", "small.toml"],
        &["describe", "small.toml"],
        &["sweep", "spec.toml"],
    ] {
        told(&[command, &sets].concat(), &words);
    }
    told(
        &[
            "sweep",
            "spec.toml",
            "--set",
            "sweep.seeds=1",
            "--set",
            "sweep.grid.a=1",
        ],
        &["sweep.seeds=1", "sweep.grid.a=1"],
    );
    for command in ["eval", "sample"] {
        let sets = ["--set", "model.hidden_dim=4", "--set", "train.steps=1"];
        told(
            &[&[command, &run], &sets[..]].concat(),
            &["model.hidden_dim", "train.steps"],
        );
        let sets = [
            "--set",
            "sampler.variance=x",
            "--set",
            "sampler.num_steps=0",
        ];
        told(
            &[&[command, &run], &sets[..]].concat(),
            &["sampler.variance=x", "num_steps=0"],
        );
    }
    told(
        &[
            "eval",
            &run,
            "--set",
            "eval.num_samples=0",
            "--set",
            "sampler.num_steps=0",
        ],
        &["eval.num_samples=0", "sampler.num_steps=0"],
    );
}

#[test]
fn an_override_of_the_sweep_itself_is_refused() {
    let space = Workspace::new();
    space.write(
        "spec.toml",
        "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n",
    );
    let args = ["sweep", "spec.toml", "--set", "sweep.seeds=[5]"];
    assert_refused(&space, &args, 2, &["--set sweep.seeds=[5]"]);
}

#[cfg(not(feature = "ndarray"))]
#[test]
fn a_device_that_is_not_built_in_names_its_feature() {
    let space = Workspace::new();
    let args = ["train", "small.toml", "--device", "ndarray"];
    assert_refused(&space, &args, 2, &["--features ndarray"]);
}

#[test]
fn options_that_do_not_exist_are_refused() {
    let space = Workspace::new();
    space.write(
        "spec.toml",
        "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n",
    );
    assert_commands_refused(
        &space,
        2,
        &[
            (
                &["train", "small.toml", "--device", "gpu"],
                &["gpu", "cpu", "flex"],
            ),
            (
                &["train", "small.toml", "--format", "yaml"],
                &["yaml", "json"],
            ),
            (
                &["train", "small.toml", "--progress", "dots"],
                &["dots", "bar"],
            ),
            (
                &["train", "small.toml", "--color", "pink"],
                &["pink", "never"],
            ),
            (
                &["train", "small.toml", "--sett", "seed=1"],
                &["--sett", "--set"],
            ),
            (&["train", "small.toml", "--out", ""], &["--out"]),
            (&["train"], &["CONFIG"]),
            (&["train", "small.toml", "other.toml"], &["other.toml"]),
            (&["sweep", "spec.toml", "--jobs", "0"], &["--jobs", "0"]),
            (
                &["sweep", "spec.toml", "--jobs", "many"],
                &["--jobs", "many"],
            ),
            (&["eval"], &["DIR"]),
            (&["trian", "small.toml"], &["trian", "train"]),
            (&[], &["Usage"]),
        ],
    );
}

#[test]
fn an_override_is_toml_and_what_is_not_toml_is_a_string() {
    let space = Workspace::new();
    let run = space.trained(&[
        "model.activation=silu",
        "name='quoted'",
        "train.learning_rate=1e-3",
        "process.schedule={ kind = \"linear\", beta_end = 0.5 }",
        "data.means=[-1, 2.5]",
        "eval.num_samples=1_000",
    ]);
    assert!(run.starts_with("runs/quoted-"), "{run}");
    let config: toml::Table = space.text(&format!("{run}/config.toml")).parse().unwrap();
    assert_eq!(config["model"]["activation"].as_str(), Some("silu"));
    assert_eq!(config["train"]["learning_rate"].as_float(), Some(1e-3));
    assert_eq!(
        config["process"]["schedule"]["beta_end"].as_float(),
        Some(0.5)
    );
    assert_eq!(config["data"]["means"][0].as_float(), Some(-1.0));
    assert_eq!(config["eval"]["num_samples"].as_integer(), Some(1000));
}

#[test]
fn the_last_override_of_a_key_holds() {
    let space = Workspace::new();
    let run = space.trained(&["seed=7", "seed=8"]);
    assert!(
        space
            .text(&format!("{run}/config.toml"))
            .contains("seed = 8")
    );
}

#[test]
fn the_order_of_overrides_of_different_keys_does_not_matter() {
    for (kind, other) in [
        ("sampler.kind=ddim", "sampler.num_steps=4"),
        ("sampler.kind=ddim", "sampler.eta=0.5"),
        (
            "process.schedule.kind=linear",
            "process.schedule.beta_end=0.3",
        ),
        ("train.optimizer.kind=adam_w", "train.optimizer.beta1=0.5"),
    ] {
        let space = Workspace::new();
        let (there, back) = (space.trained(&[kind, other]), space.trained(&[other, kind]));
        assert_eq!(there, back, "{kind} and {other}");
    }
}

#[test]
fn another_kind_keeps_the_keys_that_both_kinds_have() {
    let space = Workspace::new();
    let run = space.trained(&["sampler.num_steps=4", "sampler.kind=ddim"]);
    let config: toml::Table = space.text(&format!("{run}/config.toml")).parse().unwrap();
    assert_eq!(config["sampler"]["kind"].as_str(), Some("ddim"));
    assert_eq!(config["sampler"]["num_steps"].as_integer(), Some(4));

    space.write(
        "over.toml",
        "base = \"small.toml\"\n[data]\nkind = \"uniform\"\nlow = 0\nhigh = 1\n",
    );
    let run = space.path_of(&["train", "over.toml", "-q"]);
    let config: toml::Table = space.text(&format!("{run}/config.toml")).parse().unwrap();
    assert_eq!(config["data"]["num_train"].as_integer(), Some(300));
    assert_eq!(config["data"]["num_test"].as_integer(), Some(200));
}
