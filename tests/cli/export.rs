//! `export`: results in the forms of other programs.

use crate::common::{Workspace, assert_refused};

#[test]
fn a_sweep_becomes_a_table_for_a_paper() {
    let space = Workspace::new();
    space.write(
        "s.toml",
        "base = \"small.toml\"\n[sweep]\nseeds = 3\n[sweep.grid]\n\"train.learning_rate\" = [0.002, 0.004]\n",
    );
    let sweep = space
        .run(&["sweep", "s.toml", "--eval", "--figures", "none"])
        .expect(0);
    let sweep = sweep.stdout.trim();
    let latex = space
        .run(&["export", sweep, "--to", "latex"])
        .expect(0)
        .stdout;
    for part in [
        "\\toprule",
        "learning\\_rate & seeds",
        "0.002 & 3 & $",
        "noise floor",
        "\\pm",
    ] {
        assert!(latex.contains(part), "{part}\n{latex}");
    }
    let columns = |line: &str| line.matches(" & ").count();
    let rows: Vec<_> = latex
        .lines()
        .filter(|line| line.ends_with("\\\\"))
        .collect();
    assert_eq!(rows.len(), 4, "{latex}");
    assert!(
        rows[..3].iter().all(|row| columns(row) == columns(rows[0])),
        "{latex}"
    );
    let args = [
        "export",
        sweep,
        "--to",
        "markdown",
        "--columns",
        "w1",
        "--out",
        "t.md",
    ];
    assert_eq!(space.run(&args).expect(0).stdout, "t.md\n");
    let table = space.text("t.md");
    assert!(table.contains("| learning_rate | seeds | w1 |"), "{table}");
    assert_refused(
        &space,
        &["export", sweep, "--to", "latex", "--columns", "w1_lw"],
        2,
        &["`w1_lw`", "did you mean"],
    );
}

#[test]
fn a_trained_network_becomes_a_module_for_pytorch() {
    let space = Workspace::new();
    let run = space.path_of(&["train", "small.toml", "-q"]);
    let place = space.path_of(&["export", &run, "--to", "pytorch"]);
    assert!(place.starts_with("export/"), "{place}");
    let facts = space.json(&format!("{place}/model.json"));
    assert_eq!(facts["process"]["a"].as_array().unwrap().len(), 9);
    assert_eq!(facts["step"], 40);
    let weights = space.bytes(&format!("{place}/model.safetensors"));
    let length = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&weights[8..8 + length]).unwrap();
    assert_eq!(header["output.weight"]["shape"], serde_json::json!([1, 16]));
    assert!(
        space
            .text(&format!("{place}/model.py"))
            .contains("class Network(nn.Module)")
    );
    space
        .run(&["export", &run, "--to", "pytorch", "--out", "there"])
        .expect(0);
    assert_eq!(space.names("there").len(), 1);
}

#[test]
fn what_has_no_network_is_not_exported() {
    let space = Workspace::new();
    space.write(
        "bayes.toml",
        "base = \"small.toml\"\n[model]\nkind = \"bayes\"\n",
    );
    let run = space.path_of(&["train", "bayes.toml", "-q"]);
    let words = ["no trained network"];
    assert_refused(&space, &["export", &run, "--to", "pytorch"], 3, &words);
}

/// Reads a directory as TensorBoard does, and prints what it finds as JSON.
const TENSORBOARD: &str = "
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'images': 0})
events.Reload()
content = events.SummaryMetadata('_hparams_/session_start_info').plugin_data.content
start = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
content = events.SummaryMetadata('_hparams_/experiment').plugin_data.content
experiment = plugin_data_pb2.HParamsPluginData.FromString(content).experiment
print(json.dumps({
    'scalars': {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in events.Tags()['scalars']},
    'images': {tag: [events.Images(tag)[0].width, events.Images(tag)[0].height] for tag in events.Tags()['images']},
    'steps': start.hparams['train.steps'].number_value,
    'data': start.hparams['data.kind'].string_value,
    'metrics': [metric.name.tag for metric in experiment.metric_infos],
}))
";

#[test]
fn tensorboard_reads_every_value_back() {
    let space = Workspace::new();
    let run = space.path_of(&["train", "small.toml", "-q"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let place = space.path_of(&["export", &run, "--to", "tfevents"]);
    let names = space.names(&place);
    assert!(names[0].starts_with("events.out.tfevents."), "{names:?}");
    let python = std::env::var("TRUESCORE_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = std::process::Command::new(&python)
        .args(["-c", "import tensorboard"])
        .output();
    if !found.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: `{python}` has no tensorboard");
        return;
    }
    let read = std::process::Command::new(&python)
        .args(["-c", TENSORBOARD])
        .arg(space.path(&place))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{said}");
    let found: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    let log = space.text(&format!("{run}/metrics.jsonl"));
    let records: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (tag, key) in [
        ("train/loss", "train_loss"),
        ("validation/loss", "val_loss"),
        ("validation/loss_floor", "loss_floor"),
        ("validation/excess_loss", "excess_loss"),
        ("train/learning_rate", "learning_rate"),
    ] {
        let values = found["scalars"][tag].as_array().unwrap();
        assert_eq!(values.len(), records.len(), "{tag}");
        for (value, record) in values.iter().zip(&records) {
            assert_eq!(value[0], record["step"]);
            let [found, expected] = [&value[1], &record[key]].map(|x| x.as_f64().unwrap());
            assert!(
                (found / expected - 1.0).abs() < 1e-6,
                "{tag}: {found} {expected}"
            );
        }
    }
    assert!(found["scalars"]["train/steps_per_second"].is_array());
    let metrics = &space.json(&format!("{run}/eval/metrics.json"))["metrics"];
    for metric in ["w1", "excess_loss", "log_likelihood"] {
        let value = &found["scalars"][format!("eval/{metric}")][0][1];
        let expected = metrics[metric]["value"].as_f64().unwrap();
        assert!((value.as_f64().unwrap() - expected).abs() <= 1e-6 * expected.abs());
        assert!(
            found["metrics"]
                .to_string()
                .contains(&format!("\"eval/{metric}\""))
        );
    }
    let png = space.bytes(&format!("{run}/eval/histogram.png"));
    let width = u32::from_be_bytes(png[16..20].try_into().unwrap());
    assert_eq!(found["images"]["figures/histogram"][0], width);
    assert_eq!(
        (&found["steps"], &found["data"]),
        (&40.0.into(), &"gaussian_mixture".into())
    );
}
