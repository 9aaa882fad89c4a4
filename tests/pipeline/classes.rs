//! Networks that are told the class of each point: trained, sampled with guidance, and evaluated class
//! by class.

use crate::common::{Workspace, assert_commands_refused};
use serde_json::Value;

/// Labels of an npy file of u32.
fn labels(space: &Workspace, name: &str) -> Vec<u32> {
    let bytes = space.bytes(name);
    let start = 10 + u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    let words = bytes[start..].chunks_exact(4);
    words
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}

fn evaluated(space: &Workspace, set: &[&str]) -> (String, Value) {
    let run = space.trained(set);
    space.run(&["eval", &run, "-q"]).expect(0);
    let record = space.json(&format!("{run}/eval/metrics.json"));
    (run, record)
}

#[test]
fn a_network_that_is_told_classes_draws_them_where_they_are() {
    let space = Workspace::new();
    let common = [
        "train.steps=800",
        "train.batch_size=128",
        "train.learning_rate=0.01",
    ];
    for extra in [
        vec!["model.class_embedding_dim=3"],
        vec![
            "model.class_embedding_dim=3",
            "train.class_dropout=0.2",
            "sampler.guidance=2.0",
        ],
        vec![
            "model.conditioning=add",
            "model.time_mlp.output_dim=16",
            "model.class_conditional=true",
        ],
    ] {
        let (run, record) = evaluated(&space, &[&common[..], &extra].concat());
        let labels = labels(&space, &format!("{run}/eval/samples_labels.npy"));
        assert!(labels.len() == 200 && labels.iter().all(|label| *label < 2));
        let ones = labels.iter().filter(|label| **label == 1).count();
        // Five standard deviations of Bin(200, 0.7).
        assert!(ones.abs_diff(140) < 33, "{ones}");
        let classes = record["classes"].as_array().unwrap();
        assert_eq!(classes.len(), 2);
        // The modes are ten standard deviations apart: eight rough steps still tell them apart.
        let accuracy = record["metrics"]["class_accuracy"]["value"]
            .as_f64()
            .unwrap();
        assert!(accuracy > 0.95, "{extra:?}: {accuracy}");
        let page = space.text(&format!("{run}/eval/report.md"));
        assert!(page.contains("## Classes"), "{page}");
    }
}

#[test]
fn the_bayes_denoiser_of_each_class_has_no_excess_and_a_lower_floor() {
    let space = Workspace::new();
    let overlapping = ["data.std_devs=[1.5, 1.0]", "model.kind=bayes"];
    let told = [&overlapping[..], &["model.class_conditional=true"]].concat();
    let (_, plain) = evaluated(&space, &overlapping);
    let (_, told) = evaluated(&space, &told);
    let floor = |record: &Value| record["metrics"]["val_loss"]["truth"].as_f64().unwrap();
    assert!(floor(&told) < 0.98 * floor(&plain));
    let excess = told["metrics"]["excess_loss"]["value"].as_f64().unwrap();
    assert!(excess.abs() < 1e-20, "{excess}");
    assert!(plain["metrics"].get("class_accuracy").is_none() && plain.get("classes").is_none());
}

#[test]
fn what_classes_need_is_said_where_it_is_missing() {
    let space = Workspace::new();
    let set = |set: &[&'static str]| -> Vec<&'static str> {
        let set = set.iter().flat_map(|text| ["--set", text]);
        ["train", "small.toml"].into_iter().chain(set).collect()
    };
    let cases = [
        (
            set(&["model.class_embedding_dim=5", "data.classes=none"]),
            [
                "`model.class_embedding_dim`",
                "data with classes",
                "data.label_column",
            ],
        ),
        (
            set(&["train.class_dropout=0.1"]),
            [
                "`train.class_dropout`",
                "told none",
                "model.class_embedding_dim",
            ],
        ),
        (
            set(&["sampler.guidance=2"]),
            [
                "`sampler.guidance`",
                "told none",
                "model.class_embedding_dim",
            ],
        ),
        (
            set(&["model.class_conditional=true", "sampler.guidance=2"]),
            [
                "`sampler.guidance`",
                "without a class",
                "train.class_dropout",
            ],
        ),
        (
            set(&["model.class_conditional=true", "sampler.kind=exact"]),
            ["`sampler.kind`", "all classes together", ""],
        ),
        (
            set(&["model.class_conditional=true", "sampler.start=exact"]),
            ["`sampler.start`", "all classes together", ""],
        ),
        (
            set(&["model.class_conditional=true", "sampler.variance=bayes"]),
            ["`sampler.variance`", "all classes together", ""],
        ),
        (
            set(&[
                "model.class_embedding_dim=5",
                "model.class_conditional=false",
            ]),
            ["`model.class_embedding_dim`", "class_conditional", ""],
        ),
        (
            set(&[
                "model.conditioning=add",
                "model.time_mlp.output_dim=16",
                "model.class_embedding_dim=5",
            ]),
            ["`model.class_embedding_dim`", "hidden layers", ""],
        ),
    ];
    let cases: Vec<_> = cases
        .iter()
        .map(|(args, words)| (args.as_slice(), words.as_slice()))
        .collect();
    assert_commands_refused(&space, 2, &cases);
}
