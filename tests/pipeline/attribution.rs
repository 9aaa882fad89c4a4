//! What is known of a run without samples, and which part of its error is blamed.

use crate::common::Workspace;
use serde_json::Value;

/// The record of a run that is trained and evaluated with these settings.
fn evaluated(space: &Workspace, settings: &[&str]) -> (String, Value) {
    let run = space.trained(settings);
    space.run(&["eval", &run, "-q"]).expect(0);
    let record = space.json(&format!("{run}/eval/metrics.json"));
    (run, record)
}

fn value(record: &Value, metric: &str, field: &str) -> f64 {
    record["metrics"][metric][field]
        .as_f64()
        .unwrap_or_else(|| panic!("{metric}.{field}: {record:#}"))
}

/// Two modes of the plane.
const PLANE: &str = "data.means=[[-1.0, 0.0], [1.0, 0.5]]";

const BAYES: &str = "model.kind=bayes";

#[test]
fn the_bayes_denoiser_is_a_run_without_training_and_without_error() {
    let space = Workspace::new();
    for settings in [
        &["sampler.kind=exact"][..],
        &[
            "process.num_timesteps=300",
            "process.schedule=cosine",
            "sampler.variance=beta",
            "model.prediction=v",
        ],
    ] {
        let settings = [&[BAYES, "eval.num_samples=5000"], settings].concat();
        let (run, record) = evaluated(&space, &settings);
        let status = space.json(&format!("{run}/status.json"));
        assert_eq!(
            (&status["state"], &status["num_steps"]),
            (&"complete".into(), &0.into())
        );
        assert_eq!(record["checkpoint"], "none");
        assert!(value(&record, "excess_loss", "value").abs() < 1e-20);
        let (loss, floor) = (
            value(&record, "val_loss", "value"),
            value(&record, "val_loss", "truth"),
        );
        assert!((loss - floor).abs() < 4.0 * value(&record, "val_loss", "standard_error"));
        let floor = value(&record, "w1", "noise_floor");
        assert!(value(&record, "w1", "value") < 2.5 * floor, "{record:#}");
        assert!(value(&record, "w1_law", "value") < floor, "{record:#}");
        assert_eq!(
            record["attribution"]["verdict"], "sample_size",
            "{record:#}"
        );
        assert!(record["attribution"]["shares"]["network"].as_f64() == Some(0.0));
        // It can be listed, trained again, and evaluated again.
        space
            .run(&["train", &format!("{run}/config.toml"), "--out", &run, "-q"])
            .expect(0);
        space.run(&["list", &run]).expect(0);
    }
}

#[test]
fn a_run_made_bad_on_purpose_is_diagnosed_by_its_own_cause() {
    let space = Workspace::new();
    let long = [
        "train.steps=3000",
        "train.batch_size=128",
        "model.hidden_dim=64",
    ];
    let linear = ["process.schedule=linear", "process.num_timesteps=20"];
    // Noise that ends at half of what the data spreads over.
    let exploding = [
        "process.schedule={ kind = \"ve\", sigma_max = 0.5 }",
        "process.num_timesteps=60",
    ];
    for (cause, settings) in [
        (
            "network",
            vec!["train.steps=20", "process.num_timesteps=60"],
        ),
        (
            "network",
            vec![
                "model.hidden_dim=2",
                "process.num_timesteps=60",
                "train.steps=400",
            ],
        ),
        ("prior", [&long[..], &linear].concat()),
        ("prior", [&long[..], &exploding].concat()),
        (
            "discretisation",
            vec![BAYES, "process.num_timesteps=100", "sampler.num_steps=3"],
        ),
    ] {
        let settings = [&settings[..], &["eval.num_samples=20000"]].concat();
        let (run, record) = evaluated(&space, &settings);
        let found = &record["attribution"];
        assert_eq!(found["verdict"], cause, "{settings:?} {record:#}");
        let shares = ["prior", "network", "discretisation"];
        let sum: f64 = shares
            .iter()
            .map(|c| found["shares"][*c].as_f64().unwrap())
            .sum();
        let w1 = record["exact_law"]["w1"].as_f64().unwrap();
        assert!((sum - w1).abs() < 1e-4, "{sum} {w1}");
        let page = space.text(&format!("{run}/eval/report.md"));
        assert!(page.contains(&format!("The {cause} is to blame")), "{page}");
        assert!(space.bytes(&format!("{run}/eval/attribution.png")).len() > 2000);
        // What samples show agrees with the law within their noise.
        let (samples, floor) = (
            value(&record, "w1", "value"),
            value(&record, "w1", "noise_floor"),
        );
        assert!(
            (samples - w1).abs() < 2.5 * floor + 0.02 * w1,
            "{samples} {w1} {floor}"
        );
    }
}

#[test]
fn the_loss_at_every_timestep_is_its_floor_and_its_excess() {
    let space = Workspace::new();
    let (run, record) = evaluated(&space, &[]);
    let text = space.text(&format!("{run}/eval/loss_by_timestep.csv"));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<Vec<f64>> = reader
        .records()
        .map(|row| row.unwrap().iter().map(|x| x.parse().unwrap()).collect())
        .collect();
    assert_eq!(rows.len(), 8);
    assert!(
        rows.iter()
            .all(|row| (row[1] + row[4] - row[3]).abs() < 1e-12)
    );
    let mean = rows.iter().map(|row| row[4]).sum::<f64>() / 8.0;
    assert!((mean - value(&record, "excess_loss", "value")).abs() < 1e-12);
    // And the loss on the validation split is their sum, within its error and that of the split.
    let all = value(&record, "val_loss", "truth") + mean;
    let loss = value(&record, "val_loss", "value");
    assert!((loss - all).abs() < 5.0 * value(&record, "val_loss", "standard_error"));
    // What it costs in nats, and the likelihood of the model.
    let bound = space.text(&format!("{run}/eval/bound.csv"));
    let nats = bound.lines().skip(1).map(|line| {
        let cells: Vec<_> = line.split(',').collect();
        cells[1].parse::<f64>().unwrap()
    });
    let sum: f64 = nats.sum();
    assert!(sum > 0.0 && (sum - record["bound_nats"].as_f64().unwrap()).abs() < 1e-12 * sum);
    let gap = value(&record, "model_log_likelihood", "truth")
        - value(&record, "model_log_likelihood", "value");
    assert!((gap - value(&record, "kl_forward", "value")).abs() < 1e-12);
    assert!((record["likelihood"]["mass"].as_f64().unwrap() - 1.0).abs() < 1e-4);
    let max = record["max_ln_p"].as_f64().unwrap();
    assert!(max > value(&record, "log_likelihood", "truth"));
    let page = space.text(&format!("{run}/eval/report.md"));
    assert!(page.contains("max ln p") && page.contains("| two causes together |"));
    let trajectory = space.text(&format!("{run}/eval/trajectory.csv"));
    let last: Vec<_> = trajectory.lines().last().unwrap().split(',').collect();
    let law: f64 = last[5].parse().unwrap();
    assert!((law - value(&record, "w1_law", "value")).abs() < 1e-12);
}

#[test]
fn what_does_not_exist_is_said_and_not_shown() {
    let space = Workspace::new();
    let (run, record) = evaluated(&space, &["eval.exact=false"]);
    assert!(record["exact_law"].is_null() && record["metrics"]["excess_loss"].is_null());
    assert!(
        !space
            .text(&format!("{run}/eval/report.md"))
            .contains("Where the error comes from")
    );
    let (run, record) = evaluated(&space, &[PLANE, "train.steps=1500"]);
    assert!(record["exact_law"].is_null() && record["metrics"]["w1_law"].is_null());
    // Whatever the likelihood, it is that of a density.
    let likelihood = |key: &str| record["likelihood"][key].as_f64().unwrap();
    let (mass, error) = (likelihood("mass"), likelihood("mass_error"));
    assert!((mass - 1.0).abs() < 5.0 * error + 0.01, "{mass} {error}");
    assert!(value(&record, "excess_loss", "standard_error") > 0.0);
    // So many steps with so many modes are too many to take some hundred times.
    let modes: Vec<_> = (0..200)
        .map(|i| [f64::from(i % 20), f64::from(i / 20)])
        .collect();
    let settings = [
        BAYES,
        &format!("data.means={modes:?}"),
        &format!("data.std_devs={:?}", [0.1; 200]),
        &format!("data.weights={:?}", [1.0; 200]),
        "sampler.num_steps=400",
        "eval.num_samples=10",
        "eval.animation=false",
    ];
    let (run_of_many, record) = evaluated(&space, &settings);
    assert!(record["attribution"].is_null());
    let page = space.text(&format!("{run_of_many}/eval/report.md"));
    assert!(
        page.contains("There is no attribution: samples without each cause"),
        "{page}"
    );
    let page = space.text(&format!("{run}/eval/report.md"));
    assert!(page.contains("## Where the error comes from"), "{page}");
}

#[test]
fn in_the_plane_the_cause_is_found_from_samples_with_their_errors() {
    let space = Workspace::new();
    let linear = ["process.schedule=linear", "process.num_timesteps=20"];
    for (cause, settings) in [
        ("network", &["process.num_timesteps=20"][..]),
        ("prior", &[&[BAYES], &linear[..]].concat()),
        (
            "discretisation",
            &[BAYES, "process.num_timesteps=100", "sampler.num_steps=3"],
        ),
        (
            "sample_size",
            &[BAYES, "process.num_timesteps=20", "sampler.kind=exact"],
        ),
    ] {
        let settings = [&[PLANE, "eval.num_samples=2000"], settings].concat();
        let (run, record) = evaluated(&space, &settings);
        let found = &record["attribution"];
        assert_eq!(found["verdict"], cause, "{settings:?} {record:#}");
        let page = space.text(&format!("{run}/eval/report.md"));
        if cause == "sample_size" {
            assert!(
                page.contains("No cause is blamed. Without sampling noise W1 along the axes is"),
                "{page}"
            );
            continue;
        }
        let (share, error) = (
            &found["shares"][cause],
            &found["standard_errors"]["shares"][cause],
        );
        let (share, error) = (share.as_f64().unwrap(), error.as_f64().unwrap());
        assert!(error > 0.0 && share > 5.0 * error, "{found:#}");
        let total = &found["cells"][7];
        let (w1, error) = (
            total["w1"].as_f64().unwrap(),
            total["standard_error"].as_f64().unwrap(),
        );
        for words in [
            &format!("The {cause} is to blame"),
            "± is the standard error",
        ] {
            assert!(page.contains(words), "{page}");
        }
        assert!(space.bytes(&format!("{run}/eval/attribution.png")).len() > 2000);
        // It is W1 of the run's samples, but for their noise.
        let (samples, floor) = (
            value(&record, "w1", "value"),
            value(&record, "w1", "noise_floor"),
        );
        assert!(
            (samples - w1).abs() < 2.5 * floor + 4.0 * error,
            "{samples} {w1} ± {error} {floor}"
        );
        let same = found["sample_floor"].as_f64().unwrap();
        assert!((same / floor - 1.0).abs() < 1e-9, "{same} {floor}");
    }
}

#[test]
fn a_sweeps_report_says_which_differences_are_real_and_where_the_error_comes_from() {
    let space = Workspace::new();
    space.write(
        "spec.toml",
        "base = \"small.toml\"\n[eval]\nnum_samples = 1000\n[sweep]\nseeds = 2\n\
         [sweep.grid]\n\"process.num_timesteps\" = [4, 16]\n\"model.kind\" = [\"mlp\", \"bayes\"]\n",
    );
    let sweep = space.path_of(&["sweep", "spec.toml", "-q", "--eval"]);
    let report = space.text(&format!("{sweep}/report.md"));
    for words in [
        "## Which differences are real?",
        "two seeds: not decided",
        "Two seeds decide nothing",
        "| excess_loss | ",
        "is no measure of quality",
        "## What does each key do?",
        "(attribution_by_num_timesteps.png)",
    ] {
        assert!(report.contains(words), "{words}: {report}");
    }
    // Forty steps of training are no match for the exact answer.
    let after = |heading: &str| report.split(heading).nth(1).unwrap();
    let row = |text: &str, start: &str| {
        text.lines()
            .find(|line| line.starts_with(start))
            .map(String::from)
    };
    let compared = after("## Which differences");
    let first = compared.lines().find(|line| line.contains(" – ")).unwrap();
    let best = first.trim_start_matches("| ").split(" – ").next().unwrap();
    let best = row(after("## Results"), &format!("| {best} |")).unwrap();
    assert!(best.contains("| bayes |"), "{best}");
    assert!(
        space
            .bytes(&format!("{sweep}/attribution_by_num_timesteps.png"))
            .len()
            > 2000
    );
}
