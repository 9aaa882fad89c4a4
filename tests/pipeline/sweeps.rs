//! What a sweep's specification can say, and that a plan is kept.

use crate::common::Workspace;
use serde_json::Value;

fn space_with(spec: &str) -> Workspace {
    let space = Workspace::new();
    space.write("spec.toml", format!("base = \"small.toml\"\n{spec}"));
    space
}

/// The plan of a specification: for every run the values of some keys.
fn plan(space: &Workspace, keys: &[&str]) -> Vec<Vec<Value>> {
    let args = ["sweep", "spec.toml", "--dry-run", "--format", "json", "-q"];
    let rows = space.run(&args).expect(0).json();
    let values = |row: &Value| keys.iter().map(|key| row[key].clone()).collect();
    rows.as_array().unwrap().iter().map(values).collect()
}

/// The resolved configurations of the runs that a sweep has made, in the order of its plan.
fn configurations(space: &Workspace) -> Vec<toml::Table> {
    let plan = space.text("sweeps/spec/plan.jsonl");
    let run = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let name = format!("sweeps/spec/{}/config.toml", line["run"].as_str().unwrap());
        space.text(&name).parse().unwrap()
    };
    plan.lines().map(run).collect()
}

#[test]
fn a_grid_is_every_combination() {
    let space = space_with(
        "[sweep.grid]\n\"train.batch_size\" = [16, 32]\n\"model.hidden_dim\" = [8, 16]\n",
    );
    let mut found = plan(&space, &["train.batch_size", "model.hidden_dim"]);
    found.sort_by_key(|row| (row[0].as_i64(), row[1].as_i64()));
    assert_eq!(
        found,
        [[16, 8], [16, 16], [32, 8], [32, 16]].map(|row| row.map(Value::from).to_vec())
    );
}

#[test]
fn keys_of_a_grid_may_be_nested_tables() {
    let space = space_with("[sweep.grid.train]\nbatch_size = [16, 64]\n");
    assert_eq!(
        plan(&space, &["train.batch_size"]),
        [[Value::from(16)], [Value::from(64)]]
    );
}

#[test]
fn blocks_of_a_grid_stand_one_after_the_other() {
    let space = space_with(
        "[[sweep.grid]]\n\"train.batch_size\" = [16, 64]\n\
         [[sweep.grid]]\n\"model.hidden_dim\" = [8, 12, 20]\n",
    );
    assert_eq!(plan(&space, &["index"]).len(), 2 + 3);
    space.path_of(&["sweep", "spec.toml", "-q"]);
    let sizes: Vec<_> = configurations(&space)
        .iter()
        .map(|c| {
            (
                c["train"]["batch_size"].as_integer(),
                c["model"]["hidden_dim"].as_integer(),
            )
        })
        .collect();
    let expected = [(16, 16), (64, 16), (32, 8), (32, 12), (32, 20)];
    assert_eq!(
        sizes,
        expected.map(|(batch, width)| (Some(batch), Some(width)))
    );
}

#[test]
fn a_zip_goes_side_by_side() {
    let space =
        space_with("[sweep.zip]\n\"train.batch_size\" = [16, 64]\n\"train.steps\" = [80, 20]\n");
    let found = plan(&space, &["train.batch_size", "train.steps"]);
    assert_eq!(
        found,
        [[16, 80], [64, 20]].map(|row| row.map(Value::from).to_vec())
    );
}

#[test]
fn seeds_grid_and_zip_multiply() {
    let space = space_with(
        "[sweep]\nseeds = [5, 6, 7]\n[sweep.grid]\n\"process.num_timesteps\" = [2, 4]\n\
         [sweep.zip]\n\"train.batch_size\" = [16, 64]\n\"train.steps\" = [80, 20]\n",
    );
    assert_eq!(plan(&space, &["index"]).len(), 3 * 2 * 2);
}

#[test]
fn a_random_search_is_seeded_and_keeps_to_its_ranges() {
    let spec = "[sweep.random]\ncount = 12\nseed = 4\n\
        \"train.learning_rate\" = { kind = \"log_uniform\", low = 1e-4, high = 1e-2 }\n\
        \"train.ema_decay\" = { kind = \"uniform\", low = 0.5, high = 0.9 }\n\
        \"model.hidden_dim\" = { kind = \"uniform\", low = 4, high = 9, whole = true }\n\
        \"model.activation\" = { kind = \"choice\", values = [\"relu\", \"silu\"] }\n";
    let keys = [
        "train.learning_rate",
        "train.ema_decay",
        "model.hidden_dim",
        "model.activation",
    ];
    let space = space_with(spec);
    let rows = plan(&space, &keys);
    assert_eq!(rows.len(), 12);
    for row in &rows {
        assert!((1e-4..1e-2).contains(&row[0].as_f64().unwrap()), "{row:?}");
        assert!((0.5..0.9).contains(&row[1].as_f64().unwrap()), "{row:?}");
        assert!((4..=9).contains(&row[2].as_i64().unwrap()), "{row:?}");
        assert!(
            ["relu", "silu"].contains(&row[3].as_str().unwrap()),
            "{row:?}"
        );
    }
    let below = rows
        .iter()
        .filter(|row| row[0].as_f64().unwrap() < 1e-3)
        .count();
    assert!((1..12).contains(&below), "both decades are visited");
    assert_eq!(
        plan(&space, &keys),
        rows,
        "the same seed draws the same plan"
    );
    let other = space_with(&spec.replace("seed = 4", "seed = 5"));
    assert_ne!(plan(&other, &keys), rows);
    let longer = space_with(&spec.replace("count = 12", "count = 14"));
    assert_eq!(
        plan(&longer, &keys)[..12],
        rows,
        "more draws keep the first ones"
    );
}

#[test]
fn a_specification_overrides_its_base_and_the_command_line_both() {
    let space = space_with("[train]\nsteps = 20\n[sweep]\nseeds = [0, 1]\n");
    space.path_of(&["sweep", "spec.toml", "-q", "--set", "train.batch_size=16"]);
    for config in configurations(&space) {
        assert_eq!(config["train"]["steps"].as_integer(), Some(20));
        assert_eq!(config["train"]["batch_size"].as_integer(), Some(16));
        assert_eq!(config["model"]["hidden_dim"].as_integer(), Some(16));
    }
}

#[test]
fn a_base_is_relative_to_the_file_that_names_it() {
    let space = Workspace::new();
    space.write("configs/base.toml", space.bytes("small.toml"));
    space.write(
        "configs/deep/spec.toml",
        "base = \"../base.toml\"\n[sweep]\nseeds = [0]\n",
    );
    assert_eq!(
        space.path_of(&["sweep", "configs/deep/spec.toml", "-q"]),
        "sweeps/spec"
    );
}

#[test]
fn a_kind_and_its_parameter_may_both_be_in_a_grid() {
    for (spec, section, key, expected) in [
        (
            "\"process.schedule.kind\" = [\"linear\"]\n\"process.schedule.beta_end\" = [0.2, 0.5]",
            "process",
            "schedule",
            vec![0.2, 0.5],
        ),
        (
            "\"sampler.kind\" = [\"ddim\"]\n\"sampler.eta\" = [0.0, 0.5]",
            "sampler",
            "eta",
            vec![0.0, 0.5],
        ),
        (
            "\"sampler.eta\" = [0.0, 0.5]\n\"sampler.kind\" = [\"ddim\"]",
            "sampler",
            "eta",
            vec![0.0, 0.5],
        ),
    ] {
        let space = space_with(&format!("[sweep.grid]\n{spec}\n"));
        space.path_of(&["sweep", "spec.toml", "-q"]);
        let value = |config: &toml::Table| match &config[section][key] {
            toml::Value::Table(schedule) => schedule["beta_end"].as_float(),
            number => number.as_float(),
        };
        let found: Vec<_> = configurations(&space).iter().filter_map(value).collect();
        assert_eq!(found, expected, "{spec}");
    }
}

#[test]
fn a_grid_over_kinds_keeps_what_the_kinds_have_in_common() {
    let space = space_with(
        "[sampler]\nnum_steps = 4\n[sweep.grid]\n\"sampler.kind\" = [\"ddpm\", \"ddim\"]\n",
    );
    space.path_of(&["sweep", "spec.toml", "-q"]);
    let steps = |config: &toml::Table| config["sampler"]["num_steps"].as_integer();
    let found: Vec<_> = configurations(&space).iter().map(steps).collect();
    assert_eq!(found, [Some(4), Some(4)]);
}

#[test]
fn schedules_of_different_kinds_may_be_in_one_grid() {
    let space = space_with(
        "[sweep.grid]\n\"process.schedule\" = [\"cosine\", \"vp\", { kind = \"linear\", beta_end = 0.5 }]\n",
    );
    space.path_of(&["sweep", "spec.toml", "-q", "--eval"]);
    let kinds: Vec<_> = configurations(&space)
        .iter()
        .map(|c| {
            c["process"]["schedule"]["kind"]
                .as_str()
                .unwrap()
                .to_string()
        })
        .collect();
    assert_eq!(kinds, ["cosine", "vp", "linear"]);
}

#[test]
fn a_finished_sweep_is_left_as_it_is() {
    let space = space_with("[sweep]\nseeds = [0, 1]\n");
    space.path_of(&["sweep", "spec.toml", "-q", "--eval"]);
    let before = space.times_of("sweeps/spec/runs");
    let plan = space.text("sweeps/spec/plan.jsonl");
    assert_eq!(
        space.path_of(&["sweep", "spec.toml", "--eval"]),
        "sweeps/spec"
    );
    assert_eq!(space.times_of("sweeps/spec/runs"), before);
    assert_eq!(space.text("sweeps/spec/plan.jsonl"), plan);
}

#[test]
fn a_sweep_is_evaluated_on_another_day_too() {
    let space = space_with("[sweep]\nseeds = [0, 1]\n");
    space.path_of(&["sweep", "spec.toml", "-q"]);
    assert!(!space.has("sweeps/spec/report.md"));
    let rows = space
        .run(&["eval", "sweeps/spec", "-q", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(rows.as_array().unwrap().len(), 2);
    assert!(space.has("sweeps/spec/report.md") && space.has("sweeps/spec/summary.csv"));
}

#[test]
fn runs_may_be_added_to_a_sweep_and_the_old_ones_are_kept() {
    let space = space_with("[sweep]\nseeds = [0, 1]\n");
    space.path_of(&["sweep", "spec.toml", "-q"]);
    let before = space.times_of("sweeps/spec/runs");
    space.replace("spec.toml", "[0, 1]", "[0, 1, 2]");
    space.path_of(&["sweep", "spec.toml", "-q"]);
    let after = space.times_of("sweeps/spec/runs");
    assert!(
        before
            .iter()
            .all(|(name, time)| after.get(name) == Some(time))
    );
    assert_eq!(space.names("sweeps/spec/runs").len(), 3);
}

#[test]
fn runs_may_not_be_taken_from_a_sweep() {
    let space = space_with("[sweep]\nseeds = [0, 1]\n");
    space.path_of(&["sweep", "spec.toml", "-q"]);
    let before = space.listing_of("sweeps");
    space.replace("spec.toml", "[0, 1]", "[0]");
    let outcome = space.run(&["sweep", "spec.toml"]).expect(4);
    assert!(
        outcome.stderr.contains("sweeps/spec") && outcome.stdout.is_empty(),
        "{outcome:?}"
    );
    assert!(space.listing_of("sweeps") == before);
}

#[test]
fn runs_that_are_equal_are_planned_once_and_it_is_said() {
    let space = space_with("[sweep.grid]\n\"train.steps\" = [20, 40, 20]\n");
    let outcome = space
        .run(&["sweep", "spec.toml", "--dry-run", "--format", "json"])
        .expect(0);
    assert_eq!(outcome.json().as_array().unwrap().len(), 2);
    let said = ["same", "equal", "twice", "repeat", "duplicate"];
    assert!(
        said.iter().any(|word| outcome.stderr.contains(word)),
        "{outcome:?}"
    );
}

#[test]
fn a_sweep_over_the_data_makes_each_data_set_once() {
    let space =
        space_with("[sweep]\nseeds = [0, 1]\n[sweep.grid]\n\"data.num_train\" = [100, 200]\n");
    space.path_of(&["sweep", "spec.toml", "-q", "--eval", "--jobs", "4"]);
    assert_eq!(space.names("data").len(), 2);
}

#[test]
fn a_run_of_a_sweep_whose_data_set_is_damaged_is_refused() {
    let space = space_with("[sweep]\nseeds = [0, 1]\n");
    let data = space.path_of(&["gen-data", "small.toml", "-q"]);
    space.edit(&format!("{data}/train.npy"), |bytes| {
        *bytes.last_mut().unwrap() ^= 1
    });
    let outcome = space.run(&["sweep", "spec.toml"]).expect(5);
    assert!(
        outcome.stderr.contains("train.npy") && outcome.stderr.contains("sha256"),
        "{outcome:?}"
    );
    assert_eq!(outcome.stdout, "");
}

#[test]
fn links_and_copies_are_no_further_seeds() {
    let space = space_with("[sweep]\nseeds = 2\n");
    let sweep = space.path_of(&["sweep", "spec.toml", "-q", "--eval"]);
    let before = space.text(&format!("{sweep}/groups.csv"));
    let run = space.names(&format!("{sweep}/runs"))[0].clone();
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, space.path(&format!("{sweep}/{name}"))).unwrap();
    };
    link(&format!("runs/{run}"), "best");
    link(".", "here");
    let listed = space
        .run(&["list", &sweep, "--format", "csv"])
        .expect(0)
        .csv()
        .1;
    assert_eq!(listed.len(), 2, "{listed:?}");
    let directory = listed[0].last().unwrap();
    assert!(directory.contains("/runs/"), "{directory}");

    space.copy(
        &format!("{sweep}/runs/{run}"),
        &format!("{sweep}/runs/copy"),
    );
    let outcome = space.run(&["eval", &sweep]).expect(0);
    assert!(
        outcome.stderr.contains("runs/copy` is no run of the plan"),
        "{}",
        outcome.stderr
    );
    assert_eq!(space.text(&format!("{sweep}/groups.csv")), before);
    assert_eq!(
        space.text(&format!("{sweep}/summary.csv")).lines().count(),
        3
    );
}
