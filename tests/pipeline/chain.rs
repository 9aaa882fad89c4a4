//! gen-data, sweep, eval, list: one after the other, and the files that they leave.

use crate::common::{Workspace, lines, sha256};
use serde_json::Value;

const SPEC: &str = "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n\
                    [sweep.grid]\n\"process.num_timesteps\" = [4, 8]\n";

#[track_caller]
fn assert_keys(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "no `{key}` in {value:#}");
    }
}

/// The shape of an npy file.
fn shape(space: &Workspace, name: &str) -> Vec<u64> {
    let bytes = space.bytes(name);
    npyz::NpyFile::new(bytes.as_slice())
        .unwrap()
        .shape()
        .to_vec()
}

fn toml(space: &Workspace, name: &str) -> toml::Table {
    space.text(name).parse().unwrap()
}

#[test]
fn a_script_can_chain_the_commands_by_exit_codes_and_stdout_alone() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    let script = "set -eu\n\
        data=$(\"$0\" gen-data small.toml 2>/dev/null)\n\
        test -f \"$data/dataset.toml\"\n\
        run=$(\"$0\" train small.toml --data \"$data\" 2>/dev/null)\n\
        sweep=$(\"$0\" sweep spec.toml --eval 2>/dev/null)\n\
        \"$0\" eval \"$run\" \"$sweep\" --format csv 2>/dev/null > table.csv\n\
        \"$0\" list \"$sweep\" --where 'w1 < 1e300' --sort w1 >/dev/null\n\
        if \"$0\" list \"$sweep\" --where 'seed = 99' 2>/dev/null; then exit 9; fi\n\
        test -f \"$sweep/report.md\"\n";
    let output = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_truescore")])
        .current_dir(space.root())
        .output()
        .unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    assert_eq!(lines(&space.path("table.csv")), 1 + 5);
}

#[test]
fn a_data_set_describes_itself() {
    let space = Workspace::new();
    let data = space.path_of(&["gen-data", "small.toml", "-q"]);
    let description = toml(&space, &format!("{data}/dataset.toml"));
    assert_eq!(
        description["data"]["kind"].as_str(),
        Some("gaussian_mixture")
    );
    assert_eq!(description["data"]["seed"].as_integer(), Some(0));
    assert_eq!(description["shape"]["dim"].as_integer(), Some(1));
    for (split, size) in [("train", 300), ("val", 80), ("test", 200)] {
        let (points, labels) = (format!("{split}.npy"), format!("{split}_labels.npy"));
        assert_eq!(shape(&space, &format!("{data}/{points}")), [size, 1]);
        assert_eq!(shape(&space, &format!("{data}/{labels}")), [size]);
        for name in [points, labels] {
            let digest = sha256(&space.bytes(&format!("{data}/{name}")));
            assert_eq!(
                description["sha256"][name.as_str()].as_str(),
                Some(digest.as_str())
            );
        }
    }
}

#[test]
fn a_data_set_holds_the_mixture_that_was_asked_for() {
    let space = Workspace::new();
    let data = space.path_of(&[
        "gen-data",
        "small.toml",
        "-q",
        "--set",
        "data.num_train=20000",
    ]);
    let bytes = space.bytes(&format!("{data}/train.npy"));
    let values: Vec<f64> = npyz::NpyFile::new(bytes.as_slice())
        .unwrap()
        .into_vec()
        .unwrap();
    let bytes = space.bytes(&format!("{data}/train_labels.npy"));
    let labels: Vec<u32> = npyz::NpyFile::new(bytes.as_slice())
        .unwrap()
        .into_vec()
        .unwrap();
    for (label, weight, mean, std_dev) in [(0, 0.3, -2.0, 0.5), (1, 0.7, 1.0, 0.3)] {
        let mode: Vec<_> = values
            .iter()
            .zip(&labels)
            .filter(|(_, k)| **k == label)
            .map(|(x, _)| *x)
            .collect();
        let n = mode.len() as f64;
        let average = mode.iter().sum::<f64>() / n;
        let variance = mode.iter().map(|x| (x - average).powi(2)).sum::<f64>() / n;
        // Five standard errors of each.
        assert!((n / 20_000.0 - weight).abs() < 5.0 * (0.21_f64 / 20_000.0).sqrt());
        assert!(
            (average - mean).abs() < 5.0 * std_dev / n.sqrt(),
            "{average}"
        );
        assert!(
            (variance.sqrt() / std_dev - 1.0).abs() < 5.0 / (2.0 * n).sqrt(),
            "{variance}"
        );
    }
}

#[test]
fn a_run_has_the_files_that_are_documented() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let name = |file: &str| format!("{run}/{file}");
    let config = toml(&space, &name("config.toml"));
    for section in ["data", "process", "model", "train", "sampler", "eval"] {
        assert!(config[section].is_table(), "{section}");
    }
    assert_eq!(config["seed"].as_integer(), Some(3));
    let provenance = space.json(&name("provenance.json"));
    assert_keys(
        &provenance,
        &["version", "commit", "command", "host", "device", "threads"],
    );
    assert_eq!(provenance["version"], env!("CARGO_PKG_VERSION"));
    assert!(
        provenance["dataset_digest"]
            .as_str()
            .is_some_and(|text| text.len() == 64)
    );
    let status = space.json(&name("status.json"));
    assert_eq!(
        (&status["state"], &status["step"]),
        (&"complete".into(), &40.into())
    );
    assert_eq!(lines(&space.path(&name("metrics.jsonl"))), 4);
    assert_eq!(lines(&space.path(&name("timing.jsonl"))), 4);
}

#[test]
fn a_metrics_log_has_a_line_for_each_validation_and_nothing_that_depends_on_time() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let text = space.text(&format!("{run}/metrics.jsonl"));
    let records: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(
        records
            .iter()
            .map(|r| r["step"].clone())
            .collect::<Vec<_>>(),
        [10, 20, 30, 40]
    );
    for record in &records {
        assert_keys(record, &["step", "epoch", "train_loss", "val_loss"]);
        assert!(record["train_loss"].as_f64().unwrap() > 0.0);
        assert!(!record.to_string().contains("second"), "{record}");
    }
    assert_eq!(records[3]["epoch"].as_f64(), Some(40.0 * 32.0 / 300.0));
    let timing = space.text(&format!("{run}/timing.jsonl"));
    let first: Value = serde_json::from_str(timing.lines().next().unwrap()).unwrap();
    assert_keys(&first, &["step", "seconds", "steps_per_second"]);
}

#[test]
fn a_checkpoint_has_a_manifest_with_size_and_digest_of_each_part() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let last = space.text(&format!("{run}/checkpoints/last"));
    assert_eq!(last.trim(), "step-00000040");
    let directory = format!("{run}/checkpoints/{}", last.trim());
    let manifest = space.json(&format!("{directory}/MANIFEST.json"));
    for part in [
        "model.safetensors",
        "ema.safetensors",
        "optimizer.safetensors",
        "state.json",
    ] {
        let bytes = space.bytes(&format!("{directory}/{part}"));
        assert_eq!(manifest[part]["size"], bytes.len(), "{part}");
        assert_eq!(manifest[part]["sha256"], sha256(&bytes), "{part}");
    }
    assert_eq!(space.json(&format!("{directory}/state.json"))["step"], 40);
    let bytes = space.bytes(&format!("{directory}/model.safetensors"));
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let weights: usize = tensors
        .tensors()
        .iter()
        .map(|(_, t)| t.shape().iter().product::<usize>())
        .sum();
    let counted = &space.json(&format!("{run}/provenance.json"))["num_parameters"];
    assert_eq!(counted, weights);
}

#[test]
fn the_best_checkpoint_is_that_of_the_smallest_validation_loss() {
    let space = Workspace::new();
    let run = space.trained(&["train.learning_rate=0.5", "train.ema_decay=0"]);
    let text = space.text(&format!("{run}/metrics.jsonl"));
    let records: Vec<Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let loss = |record: &&Value| record["val_loss"].as_f64().unwrap();
    let best = records
        .iter()
        .min_by(|a, b| loss(a).total_cmp(&loss(b)))
        .unwrap();
    let name = space.text(&format!("{run}/checkpoints/best"));
    assert_eq!(
        name.trim(),
        format!("step-{:08}", best["step"].as_u64().unwrap())
    );
    let args = ["eval", &run, "-q", "--set", "eval.checkpoint=best"];
    space.run(&args).expect(0);
    let record = space.json(&format!("{run}/eval/metrics.json"));
    assert_eq!(
        (&record["checkpoint"], &record["step"]),
        (&"best".into(), &best["step"])
    );
}

#[test]
fn an_evaluation_has_the_schema_that_is_documented() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let record = space.json(&format!("{run}/eval/metrics.json"));
    assert_eq!(record["schema"], "truescore.eval/1");
    assert_eq!(
        (&record["num_samples"], &record["step"]),
        (&200.into(), &40.into())
    );
    let metrics = &record["metrics"];
    for name in [
        "val_loss",
        "log_likelihood",
        "w1",
        "w1_test",
        "histogram_overlap",
    ] {
        assert!(metrics[name]["value"].is_f64(), "{name}: {metrics:#}");
    }
    for (name, keys) in [
        ("log_likelihood", &["truth", "standard_error"][..]),
        ("w1", &["truth", "noise_floor"]),
        ("w1_test", &["noise_floor"]),
        ("histogram_overlap", &["noise_floor"]),
    ] {
        assert!(
            keys.iter().all(|key| metrics[name][key].is_f64()),
            "{name}: {metrics:#}"
        );
    }
    // −H(p) of two modes that hardly overlap: the entropy of the choice and of each mode.
    let normal = |std_dev: f64| (std_dev * (2.0 * std::f64::consts::PI).sqrt()).ln() + 0.5;
    let entropy = 0.3 * (normal(0.5) - 0.3_f64.ln()) + 0.7 * (normal(0.3) - 0.7_f64.ln());
    let truth = metrics["log_likelihood"]["truth"].as_f64().unwrap();
    assert!((truth + entropy).abs() < 1e-3, "{truth} {entropy}");
}

#[test]
fn an_evaluation_has_samples_a_trajectory_and_five_figures() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    space.run(&["eval", &run, "-q"]).expect(0);
    assert_eq!(shape(&space, &format!("{run}/eval/samples.npy")), [200, 1]);
    let trajectory = space.text(&format!("{run}/eval/trajectory.csv"));
    let mut reader = csv::Reader::from_reader(trajectory.as_bytes());
    assert_eq!(reader.headers().unwrap().get(0), Some("t"));
    let steps: Vec<_> = reader
        .records()
        .map(|row| row.unwrap()[0].to_string())
        .collect();
    assert_eq!(steps, ["8", "7", "6", "5", "4", "3", "2", "1", "0"]);
    for name in ["histogram", "wasserstein", "marginals", "loss", "schedule"] {
        let bytes = space.bytes(&format!("{run}/eval/{name}.png"));
        assert!(
            bytes.starts_with(b"\x89PNG\r\n") && bytes.len() > 2000,
            "{name}"
        );
    }
}

#[test]
fn a_sweep_has_the_files_that_are_documented() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    space.path_of(&["sweep", "spec.toml", "--eval", "-q"]);
    assert_eq!(space.text("sweeps/spec/sweep.toml"), SPEC);
    let plan = space.text("sweeps/spec/plan.jsonl");
    let plan: Vec<Value> = plan
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(plan.len(), 4);
    for (i, line) in plan.iter().enumerate() {
        assert_eq!(line["index"], i);
        assert_keys(&line["overrides"], &["seed", "process.num_timesteps"]);
        let run = format!("sweeps/spec/{}", line["run"].as_str().unwrap());
        assert_eq!(
            space.json(&format!("{run}/status.json"))["state"],
            "complete"
        );
        assert!(space.has(&format!("{run}/eval/metrics.json")));
    }
    for name in [
        "loss_vs_log_likelihood",
        "quality_by_num_timesteps",
        "wasserstein_by_num_timesteps",
    ] {
        let bytes = space.bytes(&format!("sweeps/spec/{name}.png"));
        assert!(bytes.starts_with(b"\x89PNG\r\n"), "{name}");
    }
    assert_eq!(space.names("data").len(), 1, "the runs share their data");
}

#[test]
fn a_summary_has_a_row_for_each_run_with_its_metrics() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    space.path_of(&["sweep", "spec.toml", "--eval", "-q"]);
    let text = space.text("sweeps/spec/summary.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| {
        header
            .iter()
            .position(|h| h == name)
            .unwrap_or_else(|| panic!("{name}"))
    };
    let (run, w1) = (column("run"), column("w1"));
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4);
    for row in rows {
        let record = space.json(&format!("sweeps/spec/runs/{}/eval/metrics.json", &row[run]));
        assert_eq!(
            row[w1].parse().ok(),
            record["metrics"]["w1"]["value"].as_f64()
        );
    }
}

#[test]
fn a_report_shows_figures_that_are_there() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    space.path_of(&["sweep", "spec.toml", "--eval", "-q"]);
    let report = space.text("sweeps/spec/report.md");
    let figures: Vec<_> = report
        .split("](")
        .skip(1)
        .filter_map(|tail| tail.split(')').next())
        .collect();
    assert!(
        figures.iter().filter(|name| name.ends_with(".png")).count() >= 3,
        "{report}"
    );
    for name in figures.iter().filter(|name| !name.starts_with("http")) {
        assert!(space.has(&format!("sweeps/spec/{name}")), "{name}");
    }
}

#[test]
fn a_finished_run_is_left_as_it_is() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let before = space.times_of(".");
    assert_eq!(space.trained(&[]), run);
    space.path_of(&["gen-data", "small.toml", "-q"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    assert_eq!(space.times_of("."), before);
}

#[test]
fn a_runs_configuration_reproduces_the_run() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let before = space.times_of(".");
    assert_eq!(
        space.path_of(&["train", &format!("{run}/config.toml"), "-q"]),
        run
    );
    assert_eq!(space.times_of("."), before);
    let elsewhere = Workspace::new();
    elsewhere.write("config.toml", space.bytes(&format!("{run}/config.toml")));
    assert_eq!(elsewhere.path_of(&["train", "config.toml", "-q"]), run);
    for file in ["config.toml", "metrics.jsonl"] {
        let name = format!("{run}/{file}");
        assert_eq!(space.text(&name), elsewhere.text(&name));
    }
}

#[test]
fn an_evaluation_without_the_data_directory_draws_it_again() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let before = space.listing_of(&format!("{run}/eval"));
    space.remove(&format!("{run}/eval"));
    space.remove("data");
    space.run(&["eval", &run, "-q"]).expect(0);
    assert!(space.listing_of(&format!("{run}/eval")) == before);
}

#[test]
fn a_run_can_be_evaluated_wherever_it_is_copied() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let elsewhere = Workspace::new();
    for (name, bytes) in space.listing_of(&run) {
        if let Some(bytes) = bytes {
            elsewhere.write(&format!("moved/{name}"), bytes);
        }
    }
    space.run(&["eval", &run, "-q"]).expect(0);
    drop(elsewhere.run(&["eval", "moved", "-q"]).expect(0));
    for file in [
        "eval/metrics.json",
        "eval/samples.npy",
        "eval/trajectory.csv",
    ] {
        let (here, there) = (format!("{run}/{file}"), format!("moved/{file}"));
        assert!(space.bytes(&here) == elsewhere.bytes(&there), "{file}");
    }
    space.remove("data");
    space.copy(&run, "renamed");
    space.remove("runs");
    space
        .run(&["eval", "renamed", "-q", "--set", "eval.num_samples=100"])
        .expect(0);
}

#[test]
fn another_number_of_samples_begins_with_the_same_ones() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let samples = |n: &str| -> Vec<f64> {
        space.run(&["eval", &run, "-q", "--set", n]).expect(0);
        let bytes = space.bytes(&format!("{run}/eval/samples.npy"));
        npyz::NpyFile::new(bytes.as_slice())
            .unwrap()
            .into_vec()
            .unwrap()
    };
    let (few, many) = (
        samples("eval.num_samples=150"),
        samples("eval.num_samples=700"),
    );
    assert_eq!((few.len(), many.len()), (150, 700));
    assert_eq!(few, many[..150]);
}
