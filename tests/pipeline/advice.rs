//! What a page advises helps: failures are planted, and the advice on them is followed.

use crate::common::Workspace;
use serde_json::Value;

/// A failure that was planted.
struct Planted {
    name: &'static str,
    settings: &'static [&'static str],
    /// What the advice must go against; in the plane the first of them.
    against: &'static [&'static str],
    /// What it must not say.
    never: &'static [&'static str],
}

/// A row of the table of what to change next.
struct Change {
    against: String,
    set: Vec<String>,
    w1: String,
}

/// A run that is trained and evaluated, with its record and its page.
struct Evaluated {
    run: String,
    record: Value,
    page: String,
}

const BASE: [&str; 8] = [
    "process.num_timesteps=40",
    "data.num_train=4000",
    "train.steps=1500",
    "train.batch_size=128",
    "model.hidden_dim=32",
    "eval.num_samples=4000",
    "eval.animation=false",
    "train.validate_every=250",
];

const PLANE: [&str; 2] = [
    "data.means=[[-1.0, 0.0], [1.0, 0.5]]",
    "data.std_devs=[0.3, 0.5]",
];

fn evaluated(space: &Workspace, settings: &[&str]) -> Evaluated {
    let run = space.trained(settings);
    evaluated_with(space, run, &[])
}

/// A run that is evaluated with other settings.
fn evaluated_with(space: &Workspace, run: String, set: &[String]) -> Evaluated {
    let set = set.iter().flat_map(|set| ["--set", set]);
    let plain = ["eval", &run, "-q", "--figures", "none"];
    let args: Vec<_> = plain.into_iter().chain(set).collect();
    space.run(&args).expect(0);
    // Another sampler has a directory of its own.
    let names = space.names(&run);
    let other = names.iter().find(|name| name.starts_with("eval-"));
    let directory = other.map_or("eval", |name| name);
    Evaluated {
        record: space.json(&format!("{run}/{directory}/metrics.json")),
        page: space.text(&format!("{run}/{directory}/report.md")),
        run,
    }
}

/// The same run with a change: evaluated again where that is enough, else trained again.
fn changed(space: &Workspace, before: &Evaluated, settings: &[&str], set: &[String]) -> Evaluated {
    let needs_no_training = |set: &String| set.starts_with("sampler.") || set.starts_with("eval.");
    if set.iter().all(needs_no_training) {
        return evaluated_with(space, before.run.clone(), set);
    }
    let set = set.iter().map(String::as_str);
    evaluated(
        space,
        &settings.iter().copied().chain(set).collect::<Vec<_>>(),
    )
}

/// The changes that a page names, the first of them first.
fn changes(page: &str) -> Vec<Change> {
    let section = page.split("## What to change next").nth(1).unwrap_or("");
    let section = section.split("\n## ").next().unwrap_or("");
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect());
    let cells = cells.filter(|cells: &Vec<&str>| cells.len() == 4 && cells[2].starts_with('`'));
    let change = |cells: Vec<&str>| Change {
        against: cells[0].into(),
        set: cells[2]
            .split('`')
            .filter(|set| set.contains('='))
            .map(String::from)
            .collect(),
        w1: cells[3].into(),
    };
    cells.map(change).collect()
}

/// What advice is to make smaller: W1 without sampling noise, or that of the samples where there were too few.
fn w1(found: &Evaluated, of_samples: bool) -> f64 {
    let w1 = match of_samples {
        true => &found.record["metrics"]["w1"]["value"],
        false => &found.record["attribution"]["cells"][7]["w1"],
    };
    w1.as_f64().unwrap_or_else(|| panic!("{:#}", found.record))
}

/// Follows the first advice on a failure; whether that helps.
fn helps(space: &Workspace, planted: &Planted, dim: usize) -> bool {
    let base = BASE.iter().chain(&PLANE[..if dim == 2 { 2 } else { 0 }]);
    let settings: Vec<_> = base.chain(planted.settings).copied().collect();
    let before = evaluated(space, &settings);
    let changes = changes(&before.page);
    let what = format!("{} in {dim}D", planted.name);
    for word in planted.never {
        assert!(
            !before.page.contains(word),
            "{what}: {word}: {}",
            before.page
        );
    }
    let first = changes
        .first()
        .unwrap_or_else(|| panic!("{what}: no advice: {}", before.page));
    let all = if dim == 1 { planted.against.len() } else { 1 };
    for against in &planted.against[..all] {
        let is_there = changes.iter().any(|change| change.against == *against);
        assert!(
            is_there,
            "{what}: nothing against {against}: {}",
            before.page
        );
    }
    let after = changed(space, &before, &settings, &first.set);
    let of_samples = first.against == "sample size";
    let (then, now) = (w1(&before, of_samples), w1(&after, of_samples));
    println!("{what}: {:?} ({}): {then} -> {now}", first.set, first.w1);
    // What was tried on the run is what a run with these settings has.
    if let Some(told) = first.w1.strip_suffix(" (tried)") {
        let mut numbers = told.split(" ± ").map(|x| x.parse::<f64>().unwrap());
        let (value, error) = (numbers.next().unwrap(), numbers.next().unwrap_or(0.0));
        let error = error.hypot(
            after.record["attribution"]["cells"][7]["standard_error"]
                .as_f64()
                .unwrap_or(0.0),
        );
        assert!(
            (value - now).abs() < 4.0 * error + 1e-3 * now,
            "{what}: {value} {now}"
        );
    }
    now < then
}

/// A network that predicts v, which errs little.
const GOOD: &str = "model.prediction=v";

const PLANTED: &[Planted] = &[
    Planted {
        name: "wrong prior",
        settings: &[GOOD, "process.schedule=linear"],
        against: &["prior"],
        never: &["more steps"],
    },
    Planted {
        name: "narrow network",
        settings: &["model.hidden_dim=2"],
        against: &["network"],
        never: &["emorising"],
    },
    Planted {
        name: "few steps of training",
        settings: &["train.steps=40"],
        against: &["network"],
        never: &["emorising"],
    },
    Planted {
        name: "few sampling steps",
        settings: &[GOOD, "sampler.num_steps=5"],
        against: &["discretisation"],
        never: &["emorising"],
    },
    Planted {
        name: "steps far too long",
        settings: &[
            GOOD,
            "sampler.kind=heun",
            "sampler.num_steps=10",
            "sampler.levels=uniform",
        ],
        against: &["discretisation"],
        never: &["emorising"],
    },
    Planted {
        name: "few samples",
        settings: &[GOOD, "eval.num_samples=50"],
        against: &["sample size"],
        never: &["rain longer", "wider network"],
    },
    Planted {
        name: "memorising",
        settings: &["data.num_train=20", "train.steps=4000"],
        against: &["network"],
        never: &["rain longer", "wider network"],
    },
    Planted {
        name: "cost near t = T",
        settings: &["sampler.kind=ddim"],
        against: &["network"],
        never: &["more steps"],
    },
    Planted {
        name: "cancelling causes",
        settings: CANCELLING,
        against: &["discretisation"],
        never: &["emorising"],
    },
    Planted {
        name: "a loss that starves the clean levels",
        settings: STARVED,
        against: &["network"],
        never: &["emorising"],
    },
    Planted {
        name: "two equal causes",
        settings: &[GOOD, "sampler.variance=beta"],
        against: &["network", "discretisation"],
        never: &["emorising"],
    },
];

/// Levels that the loss starves, in one dimension and in the plane.
const STARVED: &[&str] = &[
    "train.loss_weight={ kind = \"min_snr\", gamma = 0.001 }",
    "process.schedule=cosine",
];

const CANCELLING: &[&str] = &["sampler.num_steps=8"];

/// Follows the advice on every failure that is planted; it must help on nine of ten.
fn follow(dim: usize) {
    let space = Workspace::new();
    let helped = PLANTED.iter().filter(|planted| helps(&space, planted, dim));
    let helped = helped.count();
    assert!(
        10 * helped >= 9 * PLANTED.len(),
        "{helped} of {}",
        PLANTED.len()
    );
}

#[test]
fn following_the_advice_helps_in_one_dimension() {
    follow(1);
}

#[test]
#[ignore = "a minute on two cores"]
fn following_the_advice_helps_in_the_plane() {
    follow(2);
}

/// A perfect network, whose samples are drawn in these ways.
const PERFECT: [&str; 4] = [
    "model={ kind = \"bayes\" }",
    "process.num_timesteps=40",
    "eval.num_samples=4000",
    "eval.animation=false",
];

#[test]
fn other_samplers_are_tried_only_where_the_steps_or_the_start_matter() {
    let space = Workspace::new();
    let of = |settings: &[&str]| {
        let settings: Vec<_> = PERFECT.iter().chain(settings).copied().collect();
        evaluated(&space, &settings)
    };
    // No network is asked, and nothing is wrong.
    let exact = of(&["sampler.kind=exact"]);
    assert!(exact.record["alternatives"].is_null(), "{:#}", exact.record);
    assert!(!exact.page.contains("ried on this run"), "{}", exact.page);
    let base = ["sampler.num_steps=5", "sampler.variance=beta"];
    let coarse = of(&base);
    assert!(
        coarse.page.contains("All that was tried"),
        "{}",
        coarse.page
    );
    let tried = coarse.record["alternatives"].as_array().unwrap();
    assert!(tried.len() >= 3, "{tried:?}");
    // The best is what an evaluation with its settings finds.
    let w1_of = |tried: &&Value| tried["w1"].as_f64().unwrap();
    let best = tried
        .iter()
        .min_by(|a, b| w1_of(a).total_cmp(&w1_of(b)))
        .unwrap();
    let set = best["set"].as_array().unwrap().iter();
    let set: Vec<_> = set.map(|set| set.as_str().unwrap().to_string()).collect();
    let after = changed(&space, &coarse, &[], &set);
    let error = best["w1_error"].as_f64().unwrap();
    let gap = (w1_of(&best) - w1(&after, false)).abs();
    assert!(gap <= 1e-12 + error, "{gap} {error}");
    assert_eq!(after.record["network_evaluations"], best["evaluations"]);
}
