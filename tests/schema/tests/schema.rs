//! The JSON Schemas in docs/ accept every committed configuration and every example of the reference page,
//! and refuse what the program refuses.

use jsonschema::Validator;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The validators of an experiment and of a sweep.
fn validators() -> [Validator; 2] {
    ["experiment", "sweep"].map(|name| {
        let path = root().join(format!("docs/{name}.schema.json"));
        let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    })
}

fn json_of(toml: &str) -> Value {
    let table: toml::Table = toml.parse().unwrap_or_else(|e| panic!("{e}\n{toml}"));
    serde_json::to_value(table).unwrap()
}

fn is_sweep(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("[sweep") || line.starts_with("[[sweep"))
}

#[track_caller]
fn assert_accepted(text: &str, json: &Value, place: &str) {
    let [run, sweep] = validators();
    let validator = if is_sweep(text) { &sweep } else { &run };
    if let Err(error) = validator.validate(json) {
        panic!("{place}: {}: {error}\n{text}", error.instance_path());
    }
}

/// Every TOML file below a directory.
fn configurations(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(configurations(&path));
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_committed_configuration_is_accepted() {
    let all = configurations(&root().join("configs"));
    assert!(all.len() > 10);
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        assert_accepted(&text, &json_of(&text), &path.display().to_string());
    }
}

#[test]
fn every_example_is_accepted() {
    let list = fs::read_to_string(root().join("tests/schema/examples.json")).unwrap();
    let examples: Vec<(String, String)> = serde_json::from_str(&list).unwrap();
    assert!(examples.len() > 100);
    for (name, text) in examples {
        let mut json = json_of(&text);
        if json.get("data").is_none() {
            json["base"] = "homework.toml".into();
        }
        assert_accepted(&text, &json, &name);
    }
}

#[test]
fn what_the_program_refuses_is_refused() {
    let [run, sweep] = validators();
    for (validator, wrong) in [
        (&run, "[train]\nlearning_rte = 0.1"),
        (&run, "[train]\nlearning_rate = \"high\""),
        (&run, "[train]\nlearning_rate = 10.0"),
        (&run, "[train]\nbatch_size = 0"),
        (&run, "[train]\noptimizer = \"sgd\""),
        (&run, "[train]\noptimizer = { kind = \"adam\", weight_decay = 0.1 }"),
        (&run, "[trian]\nsteps = 3"),
        (&run, "[process]\nschedule = { kind = \"vp\", beta_end = 0.1 }"),
        (&run, "[sampler]\nkind = \"ddim\"\neta = 1.5"),
        (&run, "[sampler]\nkind = \"ddpm\"\neta = 0.5"),
        (&run, "[data]\nkind = \"moons\"\nnoise = -1"),
        (&run, "[data]\nkind = \"mixture\"\ncomponents = [{ kind = \"gaussian\", low = 0 }]"),
        (&run, "format = \"truescore.config/2\""),
        (&run, "[sweep]\nseeds = 3"),
        (&sweep, "[train]\nsteps = 3"),
        (&sweep, "[sweep]\nseed = 3"),
        (&sweep, "[sweep.grid]\n\"train.learning_rte\" = [0.1]"),
        (&sweep, "[sweep.grid]\n\"train.learning_rate\" = [20.0]"),
        (&sweep, "[sweep.random]\ncount = 2\n\"train.steps\" = { kind = \"normal\" }"),
    ] {
        let mut json = json_of(wrong);
        json["base"] = "homework.toml".into();
        assert!(!validator.is_valid(&json), "{wrong}");
    }
}
