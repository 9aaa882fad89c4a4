//! Beside every validation loss stands how far the network is from a perfect one.

use crate::common::{Workspace, csv_of, spiral};
use serde_json::Value;

fn records(space: &Workspace, run: &str) -> Vec<Value> {
    let text = space.text(&format!("{run}/metrics.jsonl"));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn number(record: &Value, key: &str) -> f64 {
    record[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key}: {record}"))
}

#[test]
fn the_excess_falls_and_is_what_the_loss_is_above_its_floor() {
    let space = Workspace::new();
    for prediction in ["noise", "x0", "v"] {
        let set = [
            "train.steps=400",
            "data.num_val=20000",
            "train.validate_every=100",
            "train.learning_rate=0.01",
            &format!("model.prediction={prediction}"),
        ];
        let records = records(&space, &space.trained(&set));
        let excess: Vec<_> = records.iter().map(|r| number(r, "excess_loss")).collect();
        assert!(excess[3] < excess[0] && excess[3] > 0.0, "{excess:?}");
        for record in &records {
            // With 20000 points the noise of the loss itself is about 0.01.
            let above = number(record, "val_loss") - number(record, "loss_floor");
            let gap = (above - number(record, "excess_loss")).abs();
            assert!(gap < 0.03, "{prediction}: {record}");
        }
    }
}

#[test]
fn a_weight_in_training_does_not_change_what_validation_is_judged_by() {
    let space = Workspace::new();
    let plain = records(&space, &space.trained(&[]));
    let weighted = records(&space, &space.trained(&["train.loss_weight=min_snr"]));
    assert_eq!(plain[0]["loss_floor"], weighted[0]["loss_floor"]);
}

#[test]
fn without_a_density_there_is_neither_floor_nor_excess() {
    let space = Workspace::new();
    space.write("points.csv", csv_of(Some("a,b"), &spiral(200)));
    space.write(
        "file.toml",
        "[data]\nkind = \"file\"\npath = \"points.csv\"\nnum_train = 100\nnum_val = 40\nnum_test = 60\n\
         [train]\nsteps = 20\n[model]\nhidden_dim = 16\n",
    );
    let run = space.path_of(&["train", "file.toml", "-q"]);
    let last = records(&space, &run).pop().unwrap();
    assert!(last["loss_floor"].is_null() && last["excess_loss"].is_null());
    assert!(last["val_loss"].is_f64(), "{last}");
    space.run(&["eval", &run, "-q"]).expect(0);
}

#[test]
fn a_network_that_knows_its_points_by_heart_is_told_so() {
    let space = Workspace::new();
    let train = |num_train: &str| {
        let set = [
            num_train,
            "train.steps=1500",
            "train.learning_rate=0.005",
            "model.hidden_dim=64",
            "model.num_layers=3",
        ];
        let mut args = vec!["train", "small.toml", "--progress", "none"];
        args.extend(set.iter().flat_map(|text| ["--set", text]));
        space.run(&args).expect(0).stderr
    };
    let few = train("data.num_train=8");
    assert!(
        few.contains("memorising") && few.contains("8 training points"),
        "{few}"
    );
    let many = train("data.num_train=20000");
    assert!(!many.contains("memorising"), "{many}");
}

#[test]
fn a_log_of_an_older_version_can_still_be_drawn() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let text = space.text(&format!("{run}/metrics.jsonl"));
    let line = text.lines().next().unwrap();
    let mut record: Value = serde_json::from_str(line).unwrap();
    let fields = record.as_object_mut().unwrap();
    fields.remove("loss_floor");
    fields.remove("excess_loss");
    let old: truescore::internals::MetricsRecord = serde_json::from_value(record).unwrap();
    assert_eq!(old.excess_loss, None);
}
