//! `compare`: runs of any directories side by side.

use crate::common::{Workspace, assert_refused};
use serde_json::Value;
use std::collections::HashMap;
use unicode_width::UnicodeWidthStr;

/// Three seeds of `small` in a sweep, and three of a narrower network under another name, all evaluated.
fn two_settings() -> Workspace {
    let space = Workspace::new();
    space.write("spec.toml", "base = \"small.toml\"\n[sweep]\nseeds = 3\n");
    space.path_of(&["sweep", "spec.toml", "--eval", "-q", "--figures", "none"]);
    for seed in ["seed=0", "seed=1", "seed=2"] {
        space.trained(&[
            "name=narrow",
            "model.hidden_dim=4",
            "train.batch_size=16",
            seed,
        ]);
    }
    space
        .run(&["eval", "runs", "-q", "--figures", "none"])
        .expect(0);
    space
}

fn compared(space: &Workspace, directories: &[&str]) -> Vec<Value> {
    let args = [&["compare", "--format", "json", "-q"], directories].concat();
    space
        .run(&args)
        .expect(0)
        .json()
        .as_array()
        .unwrap()
        .clone()
}

/// The rows of a CSV file by the names of its columns.
fn table(space: &Workspace, name: &str) -> Vec<HashMap<String, String>> {
    let bytes = space.bytes(name);
    let mut reader = csv::Reader::from_reader(&bytes[..]);
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// Differences are those of the pairs of one seed, with Student's interval for two degrees of freedom.
#[test]
fn runs_of_two_names_are_paired_by_their_seeds() {
    let space = two_settings();
    let rows = compared(&space, &["sweeps", "runs"]);
    assert_eq!(rows.len(), 2, "{rows:?}");
    for row in &rows {
        assert_eq!(
            (&row["seeds"], &row["metric"]),
            (&3.into(), &"w1_law".into())
        );
        assert!(row.get("name").is_none() && row.get("model.hidden_dim").is_some());
    }
    assert_eq!(rows[0]["against_the_smallest"], "smallest");
    assert!(rows[0]["mean"].as_f64() < rows[1]["mean"].as_f64());

    space
        .run(&["compare", "sweeps", "runs", "-q", "--out", "page"])
        .expect(0);
    let (summary, pairs) = (
        table(&space, "page/summary.csv"),
        table(&space, "page/comparisons.csv"),
    );
    let w1 = |dim: &str, seed: &str| -> f64 {
        let is_it =
            |row: &&HashMap<String, String>| row["model.hidden_dim"] == dim && row["seed"] == seed;
        summary.iter().find(is_it).unwrap()["w1_law"]
            .parse()
            .unwrap()
    };
    let first = &pairs[0];
    let dims =
        [&first["first"], &first["second"]].map(|text| match text.contains("hidden_dim=4") {
            true => "4",
            false => "16",
        });
    let differences = ["0", "1", "2"].map(|seed| w1(dims[1], seed) - w1(dims[0], seed));
    let mean = differences.iter().sum::<f64>() / 3.0;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 2.0;
    let number = |key: &str| -> f64 { first[key].parse().unwrap() };
    assert_eq!(
        (&*first["data"], &*first["at_equal"], &*first["seeds"]),
        ("1", "", "3")
    );
    assert!((number("difference") - mean).abs() < 1e-12);
    // Student's quantile of 97.5 % for two degrees of freedom.
    let half_width = 4.302_652_729_9 * (variance / 3.0).sqrt();
    assert!(
        (number("half_width") / half_width - 1.0).abs() < 1e-6,
        "{first:?}"
    );
}

#[test]
fn the_page_also_compares_at_equal_cost() {
    let space = two_settings();
    space
        .run(&[
            "eval",
            "runs",
            "sweeps",
            "-q",
            "--figures",
            "none",
            "--steps",
            "4",
        ])
        .expect(0);
    space
        .run(&["compare", "sweeps", "runs", "-q", "--out", "page"])
        .expect(0);
    let page = space.text("page/report.md");
    // 40 steps of 16 points, and 40 of 32.
    for words in [
        "The least training had 640 of them.",
        "At 4 network evaluations a sample:",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let pairs = table(&space, "page/comparisons.csv");
    let at: Vec<_> = pairs
        .iter()
        .map(|row| (&*row["at_equal"], &*row["metric"]))
        .collect();
    assert_eq!(
        at,
        [
            ("", "w1_law"),
            ("640 training evaluations", "excess_loss"),
            ("4 evaluations a sample", "w1_law"),
            ("8 evaluations a sample", "w1_law"),
        ]
    );
    for figure in ["distances.png", "training_cost.png", "sampling_cost.png"] {
        assert!(
            space.has(&format!("page/{figure}")) && page.contains(figure),
            "{figure}"
        );
    }
    // The excess losses are those at the last validation within the budget: step 20 of 40 for batches of 32.
    let line = space.text(&format!("{}/metrics.jsonl", run_of(&space, 0)));
    let record: Value = serde_json::from_str(line.lines().nth(1).unwrap()).unwrap();
    assert_eq!(record["step"], 20);
}

/// The run of a seed in the sweep.
fn run_of(space: &Workspace, seed: u64) -> String {
    let text = space.text("sweeps/spec/plan.jsonl");
    let line = text.lines().nth(seed as usize).unwrap();
    let run: Value = serde_json::from_str(line).unwrap();
    format!("sweeps/spec/{}", run["run"].as_str().unwrap())
}

#[test]
fn a_run_that_is_there_twice_counts_once() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    space
        .run(&["eval", &run, "-q", "--figures", "none"])
        .expect(0);
    space.copy(&run, "elsewhere/copy");
    std::os::unix::fs::symlink(space.path(&run), space.path("link")).unwrap();
    let outcome = space
        .run(&["compare", &run, "elsewhere", "link", "--format", "json"])
        .expect(0);
    assert_eq!(outcome.json()[0]["seeds"], 1);
    assert!(
        outcome
            .stderr
            .contains("`elsewhere/copy` is the same run as")
            && !outcome.stderr.contains("link"),
        "{outcome:?}"
    );
    assert!(!outcome.stderr.contains("differ"), "{outcome:?}");
}

#[test]
fn distances_on_different_data_are_not_compared() {
    let space = Workspace::new();
    for means in ["[-2.0, 1.0]", "[-1.0, 1.0]"] {
        for steps in ["train.steps=20", "train.steps=40"] {
            space.trained(&[&format!("data.means={means}"), steps]);
        }
    }
    space
        .run(&["eval", "runs", "-q", "--figures", "none"])
        .expect(0);
    let args = [
        "compare",
        "runs",
        "--out",
        "page",
        "--figures",
        "none",
        "--format",
        "json",
    ];
    let outcome = space.run(&args).expect(0);
    let words = "distances on different data are not compared";
    assert!(outcome.stderr.contains(words), "{outcome:?}");
    let page = space.text("page/report.md");
    assert!(
        page.contains(words) && page.contains("## Data 2: gaussian_mixture, means = "),
        "{page}"
    );
    let rows = outcome.json();
    let laws: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["data"].clone())
        .collect();
    assert_eq!(laws, [1, 1, 2, 2].map(Value::from));
    for pair in table(&space, "page/comparisons.csv") {
        let of = |side: &str| pair[side].contains("means");
        assert!(!of("first") && !of("second"), "{pair:?}");
    }
    // On the same data nothing of this is said.
    let alone = space
        .run(&["compare", "runs", "--format", "json"])
        .expect(0);
    let one: Vec<String> = space.names("runs").into_iter().take(1).collect();
    let single = space
        .run(&["compare", &format!("runs/{}", one[0])])
        .expect(0);
    assert!(alone.stderr.contains(words) && !single.stderr.contains(words));
}

#[test]
fn nothing_but_a_comparison_is_replaced() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    let nothing = ["compare", run.as_str()];
    assert_refused(&space, &nothing, 3, &["truescore eval"]);
    space
        .run(&["eval", &run, "-q", "--figures", "none"])
        .expect(0);
    space.write("thesis/chapter.txt", "precious");
    assert_refused(
        &space,
        &["compare", &run, "--out", "thesis"],
        4,
        &["thesis", "--out"],
    );
    assert_refused(&space, &["compare", &run, "--out", &run], 4, &["--out"]);
    let again = ["compare", &run, "-q", "--out", "page", "--figures", "none"];
    space.run(&again).expect(0);
    let before = space.listing_of("page");
    space.run(&again).expect(0);
    assert!(space.listing_of("page") == before);
}

/// No word of a table is broken, and no line is wider than the terminal.
#[test]
fn tables_fit_eighty_columns() {
    let space = two_settings();
    for args in [
        &["list"][..],
        &["list", "--columns", "all"],
        &["eval", "runs", "sweeps", "-q", "--figures", "none"],
        &[
            "eval",
            "runs",
            "-q",
            "--figures",
            "none",
            "--columns",
            "all",
        ],
        &["compare", "runs", "sweeps"],
        &["explain", "train.learning_rate"],
        &["explain"],
        &["sweep", "spec.toml", "--dry-run"],
    ] {
        let outcome = space.run_with(args, &[("COLUMNS", "80")]).expect(0);
        for line in outcome.stdout.lines().chain(outcome.stderr.lines()) {
            assert!(line.width() <= 80, "{args:?}: {line}");
        }
        assert!(!outcome.stdout.is_empty());
    }
}

/// The same points under two names are one law; the same name with other points is another.
#[test]
fn a_file_is_known_by_its_contents() {
    let space = Workspace::new();
    let points = |shift: f64| -> String {
        let rows = (0..400).map(|i| format!("{}\n", (f64::from(i + 1) * 0.37).sin() + shift));
        rows.collect()
    };
    let config = |file: &str| {
        format!(
            "name = \"{}\"\n[data]\nkind = \"file\"\npath = \"{file}\"\nnum_train = 200\nnum_val = 50\n\
             num_test = 100\n[process]\nnum_timesteps = 8\n[model]\nhidden_dim = 8\nnum_layers = 1\n\
             [train]\nsteps = 20\n[eval]\nnum_samples = 100\n",
            file.trim_end_matches(".csv")
        )
    };
    for (file, shift) in [("a.csv", 0.0), ("b.csv", 0.0), ("c.csv", 1.0)] {
        space.write(file, points(shift));
        space.write(&format!("{file}.toml"), config(file));
        space.path_of(&["train", &format!("{file}.toml"), "-q"]);
    }
    space
        .run(&["eval", "runs", "-q", "--figures", "none"])
        .expect(0);
    let args = ["compare", "runs", "--format", "json"];
    let outcome = space.run(&args).expect(0);
    let laws = |rows: &[Value]| {
        rows.iter()
            .map(|row| row["data"].clone())
            .collect::<Vec<_>>()
    };
    let rows = outcome.json().as_array().unwrap().clone();
    assert_eq!(laws(&rows), [1, 2].map(Value::from), "{outcome:?}");
    assert!(outcome.stderr.contains("is the same run as"), "{outcome:?}");
}
