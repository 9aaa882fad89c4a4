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
                "is not class-conditional",
                "model.class_embedding_dim",
            ],
        ),
        (
            set(&["sampler.guidance=2"]),
            [
                "`sampler.guidance`",
                "is not class-conditional",
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

/// Rows of an npy file of f64 points of one dimension.
fn points(space: &Workspace, name: &str) -> Vec<f64> {
    let bytes = space.bytes(name);
    let start = 10 + u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    let words = bytes[start..].chunks_exact(8);
    words
        .map(|b| f64::from_le_bytes(b.try_into().unwrap()))
        .collect()
}

#[test]
fn samples_of_a_class_are_those_that_were_asked_to_be_of_it() {
    let space = Workspace::new();
    let run = space.trained(&["model.class_embedding_dim=3", "train.class_dropout=0.2"]);
    let sample = |options: &[&str]| space.path_of(&[&["sample", &run, "-q"], options].concat());
    for guidance in ["1", "2"] {
        let guidance = format!("sampler.guidance={guidance}");
        let set = ["--set", guidance.as_str()];
        let all = sample(&set);
        let labels_of = |path: &str| labels(&space, &path.replace(".npy", "_labels.npy"));
        let (drawn, told) = (points(&space, &all), labels_of(&all));
        assert!(drawn.len() == 200 && told.len() == 200);
        for class in 0..2 {
            let number = class.to_string();
            let path = sample(&[&set[..], &["--class", &number]].concat());
            let of_class = points(&space, &path);
            assert_eq!(labels_of(&path), vec![class; 200]);
            assert!(told.contains(&class) && of_class != drawn);
            // Everything but the class is the same for the same seed, to the last bit.
            for (i, _) in told.iter().enumerate().filter(|(_, told)| **told == class) {
                assert_eq!(of_class[i], drawn[i], "{guidance}, class {class}, {i}");
            }
        }
        // Without `--class` they are those of the evaluation with this weight of guidance.
        space
            .run(&["eval", &run, "-q", "--set", &guidance])
            .expect(0);
        let names = space.names(&run);
        let is_its = |name: &&String| {
            let samples = format!("{run}/{name}/samples.npy");
            name.starts_with("eval") && space.has(&samples) && points(&space, &samples) == drawn
        };
        let evaluation = names.iter().find(is_its).expect("the same samples");
        let evaluated = labels(&space, &format!("{run}/{evaluation}/samples_labels.npy"));
        assert_eq!(evaluated, told);
    }
    // Another seed is another draw of the classes too.
    let other = sample(&["--seed", "9"]);
    let own = sample(&[]);
    let labels_of = |path: &str| labels(&space, &path.replace(".npy", "_labels.npy"));
    assert_ne!(labels_of(&other), labels_of(&own));
}

#[test]
fn samples_without_classes_leave_no_classes_of_others_beside_them() {
    let space = Workspace::new();
    let told = space.trained(&["model.class_embedding_dim=3"]);
    let untold = space.trained(&[]);
    let sample = |run: &str| {
        space
            .run(&["sample", run, "-q", "--out", "a.npy"])
            .expect(0);
        space.has("a_labels.npy")
    };
    assert!(sample(&told));
    assert!(!sample(&untold));
}

#[test]
fn each_class_starts_where_its_own_process_ends() {
    // With the exact denoiser of each class and the exact start, σ_T = 1 spoils nothing: samples of a class
    // keep its mean, which a start from N(0, σ_T²) pulls towards 0.
    let space = Workspace::new();
    let mean = |start: &str| {
        let start = format!("sampler.start={start}");
        let run = space.trained(&[
            "model.kind=bayes",
            "model.class_embedding_dim=3",
            "process.schedule=ve",
            "process.num_timesteps=100",
            "sampler.kind=heun",
            &start,
        ]);
        let options = [
            "sample",
            &run,
            "-q",
            "--class",
            "0",
            "--num-samples",
            "4000",
        ];
        let drawn = points(&space, &space.path_of(&options));
        drawn.iter().sum::<f64>() / drawn.len() as f64
    };
    // N(−2, 0.5²): five standard errors of the mean, and as much for what standardisation rounds. A start at 0
    // is 2.1 too far to the right (the mean of the data is 0.1), of which σ/√(σ² + σ_T²) is left.
    let (exact, standard) = (mean("exact"), mean("standard"));
    assert!((exact + 2.0).abs() < 0.05, "{exact}");
    assert!((standard + 2.0 - 2.1 * 0.325).abs() < 0.1, "{standard}");
}

#[test]
fn a_class_is_named_as_in_the_file_of_its_points() {
    let space = Workspace::new();
    let row = |i: usize| {
        let (place, class) = [(-2.0, "left"), (1.0, "right")][i % 2];
        format!("{},{class}\n", place + (i as f64).sin())
    };
    let rows: String = (0..300).map(row).collect();
    space.write("points.csv", format!("x,side\n{rows}"));
    let config = "name = \"sides\"\n[data]\nkind = \"file\"\npath = \"points.csv\"\nlabel_column = \"side\"\n\
        num_train = 150\nnum_val = 75\nnum_test = 75\n\
        [process]\nnum_timesteps = 8\n[model]\nhidden_dim = 16\nclass_embedding_dim = 2\n\
        [train]\nsteps = 20\nbatch_size = 32\n[eval]\nnum_samples = 50\n";
    space.write("sides.toml", config);
    let run = space.path_of(&["train", "sides.toml", "-q"]);
    let sample = |options: &[&str]| {
        let command = ["sample", &run, "-q", "--out", "a.csv"];
        space.run(&[&command[..], options].concat()).expect(0);
        space.text("a.csv")
    };
    let drawn = sample(&[]);
    assert!(drawn.starts_with("x,class\n") && drawn.lines().count() == 51);
    assert!(drawn.contains(",left\n") && drawn.contains(",right\n"));
    assert!(!space.has("a_labels.npy"));
    let named = sample(&["--class", "right"]);
    assert!(named.lines().skip(1).all(|line| line.ends_with(",right")));
    assert_eq!(sample(&["--class", "1"]), named);
    let plain = space.trained(&[]);
    let cases: [(&[&str], &[&str]); 3] = [
        (
            &["sample", &run, "--class", "rihgt"],
            &["no class `rihgt`", "expected one of left, right"],
        ),
        (
            &["sample", &run, "--set", "sampler.guidance=2"],
            &["`sampler.guidance`", "train.class_dropout"],
        ),
        (
            &["sample", &plain, "--class", "0"],
            &["--class", "is not class-conditional"],
        ),
    ];
    assert_commands_refused(&space, 2, &cases);
}
