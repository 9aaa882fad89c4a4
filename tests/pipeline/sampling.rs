//! Drawing from finished runs: other samplers, other numbers of steps, every kind of process.

use crate::common::{Workspace, assert_refused};

/// Rows of an npy file of f64 points of one dimension.
fn rows(bytes: &[u8]) -> usize {
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    (bytes.len() - 10 - header) / 8
}

#[test]
fn samples_are_drawn_from_a_finished_run_with_any_sampler() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let own = space.path_of(&["sample", &run]);
    assert!(own.starts_with(&format!("{run}/samples-")) && own.ends_with(".npy"));
    // Without options they are those of the evaluation.
    space.run(&["eval", &run, "-q"]).expect(0);
    let evaluated = space.bytes(&format!("{run}/eval/samples.npy"));
    assert_eq!(space.bytes(&own), evaluated);
    let mut different = vec![evaluated];
    for sampler in ["heun", "dpm_solver_pp_2m", "rk45", "euler", "ddim"] {
        let kind = format!("sampler.kind={sampler}");
        let steps = "sampler.num_steps=20";
        let path = space.path_of(&[
            "sample",
            &run,
            "--set",
            &kind,
            "--set",
            steps,
            "--num-samples",
            "50",
        ]);
        let bytes = space.bytes(&path);
        assert_eq!(rows(&bytes), 50, "{sampler}");
        assert!(!different.contains(&bytes), "{sampler}");
        different.push(bytes);
    }
    // The first samples do not depend on how many there are, and a CSV holds the same ones.
    let heun = ["--set", "sampler.kind=heun", "--seed", "5"];
    let csv = [
        &["sample", &run, "--num-samples", "3", "--out", "a.csv"],
        &heun[..],
    ]
    .concat();
    let more = [
        &["sample", &run, "--num-samples", "7", "--out", "b.csv"],
        &heun[..],
    ]
    .concat();
    let outcome = space.run(&csv).expect(0);
    assert_eq!(outcome.stdout, "a.csv\n");
    assert!(
        outcome.stderr.contains("network evaluations a sample"),
        "{outcome:?}"
    );
    space.run(&more).expect(0);
    let (a, b) = (space.text("a.csv"), space.text("b.csv"));
    assert!(
        b.starts_with(&a) && a.starts_with("x\n") && a.lines().count() == 4,
        "{a}{b}"
    );
}

#[test]
fn what_a_finished_run_cannot_change_is_refused() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let set = |over| ["sample", &run, "--set", over];
    assert_refused(
        &space,
        &set("train.steps=3"),
        2,
        &["train.steps", "[sampler]"],
    );
    assert_refused(&space, &set("sampler.kind=heum"), 2, &["heum", "heun"]);
    let out = ["sample", &run, "--out", "a.txt"];
    assert_refused(&space, &out, 2, &["a.txt", ".npy or .csv"]);
    assert_refused(&space, &["sample", "nowhere"], 3, &["nowhere"]);
}

#[test]
fn one_run_is_evaluated_at_several_numbers_of_steps() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let own = space.listing_of(&format!("{run}/eval"));
    let args = [
        "eval",
        &run,
        "--set",
        "sampler.kind=heun",
        "--steps",
        "2,5",
        "-q",
        "--format",
        "csv",
    ];
    let (columns, table) = space.run(&args).expect(0).csv();
    let column = |name: &str| columns.iter().position(|c| c == name).unwrap();
    let of = |name: &str| -> Vec<&str> { table.iter().map(|r| r[column(name)].as_str()).collect() };
    assert_eq!(of("sampler.num_steps"), ["2", "5"]);
    // Heun's method asks twice but in the last step.
    assert_eq!(of("network_evaluations"), ["3", "9"]);
    assert_eq!(space.listing_of(&format!("{run}/eval")), own);
    let names = space.names(&run);
    let others = names.iter().filter(|name| name.starts_with("eval-"));
    assert_eq!(others.count(), 2, "{names:?}");
    assert!(space.has(&format!("{run}/sampling.png")));
    // The run's own evaluation and the two.
    assert_eq!(
        space.text(&format!("{run}/sampling.csv")).lines().count(),
        4
    );
}

#[test]
fn every_process_trains_and_is_evaluated() {
    for schedule in ["ve", "karras", "flow", "cosine_open", "alpha_bar_sigmoid"] {
        let space = Workspace::new();
        let schedule = format!("process.schedule={schedule}");
        let run = space.trained(&[&schedule, "sampler.start=exact"]);
        space.run(&["eval", &run, "-q"]).expect(0);
        let record = space.json(&format!("{run}/eval/metrics.json"));
        assert_eq!(record["prior_kl"], 0.0, "{schedule}");
        for metric in ["w1", "w1_law", "excess_loss", "val_loss"] {
            let value = record["metrics"][metric]["value"].as_f64();
            assert!(value.is_some_and(f64::is_finite), "{schedule} {metric}");
        }
    }
    let space = Workspace::new();
    let mended = ["process.zero_terminal_snr=true", "model.prediction=noise"];
    let args = [
        "train",
        "small.toml",
        "--set",
        mended[0],
        "--set",
        mended[1],
    ];
    assert_refused(
        &space,
        &args,
        2,
        &["model.prediction", "without signal", "velocity"],
    );
    let run = space.trained(&[mended[0]]);
    let config: toml::Table = space.text(&format!("{run}/config.toml")).parse().unwrap();
    assert_eq!(config["model"]["prediction"].as_str(), Some("v"));
}
