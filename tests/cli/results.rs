//! What stands on stdout: one path, one table, one JSON document; and where everything else goes.

use crate::common::{Workspace, assert_commands_refused, assert_refused};
use serde_json::Value;

const SPEC: &str = "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n\
                    [sweep.grid]\n\"process.num_timesteps\" = [4, 8]\n";

/// Four runs in `sweeps/spec`, evaluated.
fn swept() -> Workspace {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    assert_eq!(
        space.path_of(&["sweep", "spec.toml", "--eval", "-q"]),
        "sweeps/spec"
    );
    space
}

#[test]
fn a_command_that_makes_a_directory_prints_its_path_alone() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    let data = space.path_of(&["gen-data", "small.toml"]);
    let run = space.path_of(&["train", "small.toml"]);
    let sweep = space.path_of(&["sweep", "spec.toml", "--eval"]);
    assert!(data.starts_with("data/small-") && run.starts_with("runs/small-"));
    assert_eq!(sweep, "sweeps/spec");
    assert_eq!(
        space.path_of(&["gen-data", "small.toml", "--out", "d"]),
        "d"
    );
    assert_eq!(
        space.path_of(&["train", "small.toml", "--out", "r", "--data", "d"]),
        "r"
    );
    assert_eq!(space.path_of(&["sweep", "spec.toml", "--out", "s"]), "s");
}

#[test]
fn a_directorys_name_ends_in_eight_digits_of_a_hash_of_its_configuration() {
    let space = Workspace::new();
    let (one, same) = (space.trained(&[]), space.trained(&["seed=3"]));
    assert_eq!(one, same);
    let other = space.trained(&["seed=4"]);
    assert_ne!(one, other);
    let data = format!("data/{}", space.names("data")[0]);
    for name in [one, other, data] {
        let (_, hash) = name.rsplit_once('-').unwrap();
        assert!(
            hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit()),
            "{name}"
        );
    }
}

#[test]
fn json_is_one_document_for_every_command() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    let json = |args: &[&str]| {
        space
            .run(&[args, &["--format", "json"]].concat())
            .expect(0)
            .json()
    };
    let run = json(&["train", "small.toml"]);
    assert!(space.has(run["run"].as_str().unwrap()));
    assert!(
        space.has(
            json(&["gen-data", "small.toml"])["dataset"]
                .as_str()
                .unwrap()
        )
    );
    assert_eq!(
        json(&["sweep", "spec.toml", "--dry-run"])
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert_eq!(
        json(&["sweep", "spec.toml", "--eval"])["sweep"],
        "sweeps/spec"
    );
    let rows = json(&["eval", "sweeps/spec"]);
    assert_eq!(rows.as_array().unwrap().len(), 4);
    assert!(
        rows[0]["w1"].is_f64() && rows[0]["w1_noise_floor"].is_f64(),
        "{rows}"
    );
    let rows = json(&["list", "sweeps/spec"]);
    assert_eq!(rows.as_array().unwrap().len(), 4);
    assert_eq!(rows[0]["status"], "complete");
    assert!(rows[0]["excess_loss"].is_f64(), "{rows}");
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .all(|row| row["w1"].is_f64()),
        "{rows}"
    );
}

#[test]
fn csv_has_a_header_and_a_row_for_each_result() {
    let space = swept();
    for (command, rows, column) in [
        ("eval", 4, "log_likelihood"),
        ("list", 4, "process.num_timesteps"),
    ] {
        let outcome = space
            .run(&[command, "sweeps/spec", "--format", "csv"])
            .expect(0);
        let (header, found) = outcome.csv();
        assert_eq!(found.len(), rows, "{outcome:?}");
        assert!(header.iter().any(|name| name == column), "{header:?}");
    }
    let (header, rows) = space
        .run(&["gen-data", "small.toml", "--format", "csv"])
        .expect(0)
        .csv();
    assert_eq!((header, rows.len()), (vec!["dataset".to_string()], 1));
}

#[test]
fn an_error_leaves_stdout_empty_in_every_format() {
    let space = Workspace::new();
    for format in ["text", "json", "csv"] {
        assert_commands_refused(
            &space,
            2,
            &[(&["train", "nowhere.toml", "--format", format], &[])],
        );
        assert_commands_refused(
            &space,
            3,
            &[(&["list", "nowhere", "--format", format], &[])],
        );
    }
}

#[test]
fn quiet_commands_say_nothing_on_stderr() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    for args in [
        &["gen-data", "small.toml", "-q"][..],
        &["train", "small.toml", "-q"],
        &["train", "small.toml", "-q"],
        &["sweep", "spec.toml", "-q", "--dry-run"],
        &["sweep", "spec.toml", "-q", "--eval"],
        &["eval", "runs", "--quiet"],
        &["list", "runs", "-q"],
    ] {
        let outcome = space.run(args).expect(0);
        assert_eq!(outcome.stderr, "", "{outcome:?}");
        assert_ne!(outcome.stdout, "");
    }
}

#[test]
fn progress_off_a_terminal_is_a_line_every_ten_percent() {
    let space = Workspace::new();
    let outcome = space
        .run(&["train", "small.toml", "--set", "train.steps=200"])
        .expect(0);
    let lines = outcome
        .stderr
        .lines()
        .filter(|line| line.contains('%'))
        .count();
    assert!((8..=12).contains(&lines), "{lines} lines: {outcome:?}");
    assert!(
        !outcome.stderr.contains('\x1b') && !outcome.stderr.contains('\r'),
        "{outcome:?}"
    );
    let none = space
        .run(&["train", "small.toml", "--progress", "none"])
        .expect(0);
    assert!(!none.stderr.contains('%'), "{none:?}");
}

#[test]
fn a_table_off_a_terminal_has_no_colour_unless_it_is_asked_for() {
    let space = swept();
    assert!(
        !space
            .run(&["list", "sweeps"])
            .expect(0)
            .stdout
            .contains('\x1b')
    );
    let coloured = space
        .run(&["list", "sweeps", "--color", "always"])
        .expect(0);
    assert!(coloured.stdout.contains('\x1b'), "{coloured:?}");
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    let before = space.listing();
    for extra in [
        &[][..],
        &["--eval"],
        &["--jobs", "2"],
        &["--out", "elsewhere"],
    ] {
        let outcome = space
            .run(&[&["sweep", "spec.toml", "--dry-run"], extra].concat())
            .expect(0);
        assert_eq!(outcome.stdout.lines().count(), 5, "{outcome:?}");
        assert!(
            outcome.stdout.contains("process.num_timesteps"),
            "{outcome:?}"
        );
        assert!(
            space.listing() == before,
            "something was written: {outcome:?}"
        );
    }
}

#[test]
fn a_dry_run_names_the_directories_that_the_sweep_makes() {
    let space = Workspace::new();
    space.write("spec.toml", SPEC);
    let plan = space
        .run(&["sweep", "spec.toml", "--dry-run", "--format", "json"])
        .expect(0)
        .json();
    space.path_of(&["sweep", "spec.toml", "-q"]);
    for row in plan.as_array().unwrap() {
        let directory = row["directory"].as_str().unwrap();
        assert!(
            space.has(&format!("{directory}/config.toml")),
            "{directory}"
        );
    }
}

/// A column of `list` on `sweeps/spec`.
fn column(space: &Workspace, key: &str, options: &[&str]) -> Vec<Value> {
    let args = [&["list", "sweeps/spec", "--format", "json"], options].concat();
    let rows = space.run(&args).expect(0).json();
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| row[key].clone())
        .collect()
}

#[test]
fn list_shows_only_the_settings_that_differ() {
    let space = swept();
    let rows = space
        .run(&["list", "sweeps/spec", "--format", "json"])
        .expect(0)
        .json();
    let row = rows[0].as_object().unwrap();
    assert!(row.contains_key("seed") && row.contains_key("process.num_timesteps"));
    assert!(!row.contains_key("train.batch_size") && !row.contains_key("model.hidden_dim"));
}

#[test]
fn list_of_several_experiments_shows_the_keys_that_differ() {
    let space = swept();
    let other = [
        "name=other",
        "model.hidden_dim=7",
        "model.activation=tanh",
        "data.kind=moons",
    ];
    for seed in ["seed=0", "seed=1"] {
        space.trained(&[&other[..], &[seed]].concat());
    }
    let columns = |options: &[&str]| -> Vec<String> {
        let args = [&["list", "runs", "sweeps", "--format", "csv"], options].concat();
        let table = space.run(&args).expect(0).stdout;
        let header = table.lines().next().unwrap();
        header.split(',').map(String::from).collect()
    };
    let has = |columns: &[String], key: &str| columns.iter().any(|column| column == key);
    let plain = columns(&[]);
    assert!(has(&plain, "seed") && has(&plain, "process.num_timesteps"));
    for key in ["model.hidden_dim", "model.activation", "data.kind"] {
        assert!(has(&plain, key), "{key}");
    }
    assert!(!has(&plain, "name") && !has(&plain, "model.num_layers"));
    assert!(has(
        &columns(&["--columns", "model.num_layers"]),
        "model.num_layers"
    ));
    assert!(has(&columns(&["--columns", "all"]), "directory"));
    assert_refused(
        &space,
        &["list", "runs", "--columns", "model.hiden_dim"],
        2,
        &["model.hidden_dim"],
    );
}

/// In the order of what differs, and not of the digests in their names.
#[test]
fn rows_stand_in_the_order_of_their_settings() {
    let space = swept();
    for command in [
        &["list", "sweeps"][..],
        &["eval", "sweeps", "--figures", "none"],
    ] {
        let args = [command, &["--format", "json", "-q"]].concat();
        let rows = space.run(&args).expect(0).json();
        let order: Vec<_> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["process.num_timesteps"].as_u64(), row["seed"].as_u64()))
            .collect();
        let expected = [(4, 0), (4, 1), (8, 0), (8, 1)].map(|(t, s)| (Some(t), Some(s)));
        assert_eq!(order, expected, "{command:?}");
    }
}

#[test]
fn list_keeps_the_rows_that_match_every_filter() {
    let space = swept();
    let key = "process.num_timesteps";
    for (filters, expected) in [
        (&["process.num_timesteps = 4"][..], vec![4, 4]),
        (&["process.num_timesteps == 4"], vec![4, 4]),
        (&["process.num_timesteps != 4"], vec![8, 8]),
        (&["process.num_timesteps<=4"], vec![4, 4]),
        (&["process.num_timesteps > 4", "seed = 1"], vec![8]),
        (&["seed < 1", "process.num_timesteps >= 8"], vec![8]),
        (
            &["status = complete", "seed = 0", "process.num_timesteps < 8"],
            vec![4],
        ),
        (
            &[
                "train.batch_size = 32",
                "seed = 0",
                "process.num_timesteps = 8",
            ],
            vec![8],
        ),
    ] {
        let options: Vec<_> = filters
            .iter()
            .flat_map(|filter| ["--where", filter])
            .collect();
        let found = column(&space, key, &options);
        assert_eq!(found, expected, "{filters:?}");
    }
}

#[test]
fn list_filters_by_metrics() {
    let space = swept();
    let all = column(&space, "w1", &[]);
    let smallest = all
        .iter()
        .filter_map(Value::as_f64)
        .fold(f64::INFINITY, f64::min);
    let below = |bound: f64| {
        let filter = format!("w1 <= {bound}");
        column(&space, "w1", &["--where", &filter])
    };
    assert_eq!(below(smallest), [smallest]);
    assert_eq!(below(f64::MAX).len(), 4);
}

#[test]
fn list_compares_the_steps_as_a_number() {
    let space = swept();
    assert_eq!(column(&space, "seed", &["--where", "steps >= 40"]).len(), 4);
    space
        .run(&["list", "sweeps", "--where", "steps >= 100"])
        .expect(3);
    space
        .run(&["list", "sweeps", "--where", "steps < 40"])
        .expect(3);
}

#[test]
fn list_sorts_up_and_down() {
    let space = swept();
    let numbers = |options: &[&str]| {
        let found = column(&space, "w1", options);
        found
            .iter()
            .map(|x| x.as_f64().unwrap())
            .collect::<Vec<_>>()
    };
    let up = numbers(&["--sort", "w1"]);
    assert!(up.is_sorted(), "{up:?}");
    let mut down = numbers(&["--sort", "-w1"]);
    down.reverse();
    assert_eq!(up, down);
    let steps = column(
        &space,
        "process.num_timesteps",
        &["--sort", "process.num_timesteps"],
    );
    assert_eq!(steps, [4, 4, 8, 8]);
}

#[test]
fn list_finds_the_default_directories() {
    let space = swept();
    space.trained(&[]);
    let rows = space.run(&["list", "--format", "json"]).expect(0).json();
    assert_eq!(rows.as_array().unwrap().len(), 5);
    let twice = space
        .run(&["list", "runs", "runs", ".", "--format", "json"])
        .expect(0)
        .json();
    assert_eq!(twice.as_array().unwrap().len(), 5);
}

#[test]
fn a_filter_that_nothing_matches_is_exit_three() {
    let space = swept();
    let cases: &[(&[&str], &[&str])] = &[
        (&["list", "sweeps", "--where", "seed = 99"], &["seed = 99"]),
        (
            &["list", "sweeps", "--where", "status = diverged"],
            &["status = diverged"],
        ),
        (
            &[
                "list", "sweeps", "--where", "seed = 0", "--where", "seed = 1",
            ],
            &["seed = 0"],
        ),
    ];
    assert_commands_refused(&space, 3, cases);
}

#[test]
fn a_filter_that_cannot_be_read_is_refused() {
    let space = swept();
    let cases: &[(&[&str], &[&str])] = &[
        (&["list", "sweeps", "--where", "w1"], &["w1"]),
        (&["list", "sweeps", "--where", "w1 <"], &["w1 <"]),
        (&["list", "sweeps", "--where", "w1 < abc"], &["w1 < abc"]),
        (&["list", "sweeps", "--where", "w1 < nan"], &["w1 < nan"]),
        (&["list", "sweeps", "--where", "< 3"], &[]),
        (&["list", "sweeps", "--where", ""], &["--where"]),
        (
            &["list", "sweeps", "--where", "w1_tset < 3"],
            &["w1_tset", "`w1_test`"],
        ),
        (
            &["list", "sweeps", "--where", "model.hiden_dim = 16"],
            &["`model.hidden_dim`"],
        ),
        (
            &["list", "sweeps", "--sort", "log_likelyhood"],
            &["`log_likelihood`"],
        ),
        (&["list", "sweeps", "--sort", ""], &[]),
    ];
    assert_commands_refused(&space, 2, cases);
}

#[test]
fn help_lists_commands_and_exit_codes() {
    let space = Workspace::new();
    let help = space.run(&["--help"]).expect(0);
    assert_eq!(help.stderr, "");
    for word in [
        "gen-data",
        "train",
        "sweep",
        "eval",
        "list",
        "Exit codes",
        "130",
        "143",
    ] {
        assert!(help.stdout.contains(word), "{word}: {help:?}");
    }
    for code in 0..=6 {
        assert!(
            help.stdout.contains(&format!("{code} ")),
            "{code}: {help:?}"
        );
    }
    for command in ["gen-data", "train", "sweep", "eval", "list", "describe"] {
        let help = space.run(&[command, "--help"]).expect(0);
        assert!(
            help.stdout.contains("Usage") && help.stdout.contains("--format"),
            "{help:?}"
        );
    }
    let version = space.run(&["--version"]).expect(0);
    assert_eq!(
        version.stdout,
        format!("truescore {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(space.names("."), ["small.toml"]);
}

#[test]
fn a_large_seed_stays_whole_everywhere() {
    let space = Workspace::new();
    let (one, next) = ("9007199254740992", "9007199254740993");
    space.write(
        "spec.toml",
        format!("base = \"small.toml\"\n[sweep]\nseeds = [{one}, {next}]\n"),
    );
    let plan = space.run(&["sweep", "spec.toml", "--dry-run", "--format", "csv"]);
    assert!(
        plan.stdout.contains(one) && plan.stdout.contains(next),
        "{}",
        plan.stdout
    );
    let sweep = space.path_of(&["sweep", "spec.toml", "-q"]);
    let filter = format!("seed = {next}");
    for format in ["text", "json", "csv"] {
        let found = space.run(&["list", &sweep, "--format", format, "--where", &filter]);
        assert!(
            found.stdout.contains(next) && !found.stdout.contains(one),
            "{}",
            found.stdout
        );
    }
}

#[test]
fn epochs_that_show_each_point_far_oftener_are_told() {
    let space = Workspace::new();
    space.replace("small.toml", "steps = 40", "epochs = 3");
    let train = |batch: &str| {
        let few = [
            "train",
            "small.toml",
            "--set",
            "data.num_train=10",
            "--set",
            batch,
        ];
        space.run(&few).expect(0).stderr
    };
    let told = "3 epochs of 10 points show each point 25.6 times, since train.batch_size = 256";
    let (large, fitting) = (train("train.batch_size=256"), train("train.batch_size=10"));
    assert!(large.contains(told), "{large}");
    assert!(!fitting.contains("epochs of"), "{fitting}");
}

/// Any key and any metric, with what judges it; a wrong name is refused before anything is evaluated.
#[test]
fn an_evaluation_shows_the_columns_that_are_asked_for() {
    let space = Workspace::new();
    let run = space.trained(&[]);
    assert_refused(
        &space,
        &["eval", &run, "-q", "--columns", "kl_forwrd"],
        2,
        &["kl_forward"],
    );
    assert!(!space.names(&run).iter().any(|name| name == "eval"));
    let shown = |columns: &str| {
        let args = [
            "eval",
            &run,
            "-q",
            "--figures",
            "none",
            "--columns",
            columns,
        ];
        space.run(&args).expect(0).stdout
    };
    let main = shown("main");
    assert!(
        main.contains("val_loss") && !main.contains("kl_forward"),
        "{main}"
    );
    let more =
        shown("kl_forward,histogram_overlap_noise_floor,model.hidden_dim,network_evaluations");
    for name in [
        "val_loss",
        "kl_forward",
        "histogram_overlap_noise_floor",
        "model.hidden_dim",
        "network_evaluations",
    ] {
        assert!(more.contains(name), "{name}: {more}");
    }
    // A metric of the plane has no column on the line, and is no mistake.
    assert!(shown("sliced_w1").contains("val_loss"));
    assert!(shown("all").contains("energy_distance_noise_floor"));
}
