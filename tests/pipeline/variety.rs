//! Every choice that a configuration offers goes through data, training and evaluation, and its
//! resolved configuration stands for the same run.

use crate::common::{SMALL, Workspace, csv_of, npy, spiral};
use serde_json::Value;

/// The lines of `SMALL` that say what the data is.
const MIXTURE: &str = "kind = \"gaussian_mixture\"\nweights = [0.3, 0.7]\n\
                       means = [-2.0, 1.0]\nstd_devs = [0.5, 0.3]\n";

const PLANE: &str = "kind = \"gaussian_mixture\"\nmeans = [[-2.0, 0.0], [1.0, 9.0]]\n\
                     std_devs = [0.5, [0.3, 2.0]]\n";

/// A workspace whose `small.toml` has other data.
fn with_data(data: &str) -> Workspace {
    let space = Workspace::new();
    assert!(SMALL.contains(MIXTURE));
    space.write("small.toml", SMALL.replace(MIXTURE, data));
    space
}

/// Trains and evaluates; the second call and the run's own config.toml find nothing to do. Returns
/// the row of `eval`.
#[track_caller]
fn whole(space: &Workspace, overrides: &[&str]) -> Value {
    let run = space.trained(overrides);
    let rows = space
        .run(&["eval", &run, "-q", "--format", "json"])
        .expect(0)
        .json();
    let row = rows[0].clone();
    assert!(
        row["val_loss"].as_f64().is_some_and(f64::is_finite),
        "{overrides:?}: {row:#}"
    );
    let before = space.times_of(&run);
    assert_eq!(space.trained(overrides), run, "{overrides:?}");
    assert_eq!(
        space.path_of(&["train", &format!("{run}/config.toml"), "-q"]),
        run
    );
    space.run(&["eval", &run, "-q"]).expect(0);
    assert_eq!(space.times_of(&run), before, "{overrides:?}");
    row
}

#[track_caller]
fn each(choices: &[&str]) {
    let space = Workspace::new();
    for choice in choices {
        let row = whole(&space, &[choice]);
        assert!(
            row["w1"].as_f64().is_some_and(f64::is_finite),
            "{choice}: {row:#}"
        );
    }
}

#[test]
fn every_schedule_works() {
    each(&[
        "process.schedule=linear",
        "process.schedule={ kind = \"linear\", beta_start = 0.01, beta_end = 0.7 }",
        "process={ num_timesteps = 25, schedule = \"linear_rescaled\" }",
        "process.schedule={ kind = \"quadratic\", beta_end = 0.5 }",
        "process.schedule=cosine",
        "process.schedule=vp",
    ]);
}

#[test]
fn a_schedule_that_ends_far_from_the_prior_trains_with_a_warning() {
    let space = Workspace::new();
    let args = ["train", "small.toml", "--set", "process.schedule=linear"];
    let outcome = space.run(&args).expect(0);
    assert!(
        outcome.stderr.contains("warning") && outcome.stderr.contains("KL"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("a_T"), "{outcome:?}");
    let outcome = space.run(&["train", "small.toml"]).expect(0);
    assert!(!outcome.stderr.contains("warning"), "{outcome:?}");
}

#[test]
fn every_prediction_works() {
    each(&[
        "model.prediction=noise",
        "model.prediction=x0",
        "model.prediction=v",
    ]);
}

#[test]
fn every_sampler_works_on_all_levels_and_on_fewer() {
    for sampler in [
        "kind = \"ddpm\", variance = \"beta\"",
        "kind = \"ddpm\", variance = \"posterior\"",
        "kind = \"ddpm_x0\", variance = \"beta\"",
        "kind = \"ddpm_x0\", variance = \"posterior\", clip_x0 = true",
        "kind = \"ddim\"",
        "kind = \"ddim\", eta = 1.0",
        "kind = \"ddpm\", variance = \"bayes\"",
        "kind = \"exact\"",
    ] {
        let all = format!("sampler={{ {sampler} }}");
        let some = format!("sampler={{ {sampler}, num_steps = 3 }}");
        each(&[&all, &some]);
    }
    each(&["sampler={ kind = \"ddpm\", num_steps = 1 }"]);
}

#[test]
fn fewer_sampling_steps_give_a_shorter_trajectory() {
    let space = Workspace::new();
    let run = space.trained(&["sampler.num_steps=3"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let trajectory = space.text(&format!("{run}/eval/trajectory.csv"));
    let steps: Vec<_> = trajectory
        .lines()
        .skip(1)
        .map(|l| l.split(',').next().unwrap())
        .collect();
    assert_eq!((steps.len(), steps[0], steps[3]), (4, "8", "0"));
    assert_eq!(
        space.json(&format!("{run}/eval/metrics.json"))["num_sampling_steps"],
        3
    );
}

#[test]
fn every_preset_works() {
    for preset in [
        "simple_mlp",
        "tiny_diffusion",
        "swiss_roll_plain",
        "leaky_fc",
        "improved_mlp",
    ] {
        let space = Workspace::new();
        whole(
            &space,
            &[
                &format!("model={{ preset = \"{preset}\" }}"),
                "train.steps=5",
            ],
        );
    }
    let space = Workspace::new();
    space.replace(
        "small.toml",
        "hidden_dim = 16\nnum_layers = 2",
        "preset = \"swiss_roll_residual\"",
    );
    whole(&space, &["train.steps=5"]);
}

#[test]
fn every_part_of_the_network_works() {
    each(&[
        "model.activation=relu",
        "model.activation=leaky_relu",
        "model.activation=gelu",
        "model.activation=silu",
        "model.activation=tanh",
        "model.residual=true",
        "model.block_depth=2",
        "model.num_layers=1",
        "model.hidden_dim=1",
        "model.time_mlp=none",
        "model.time_features=raw",
        "model.time_features=scaled",
        "model.time_features={ kind = \"sinusoidal\", dim = 6, scale = 2.5 }",
        "model.input_features={ kind = \"sinusoidal\", dim = 8 }",
    ]);
    let space = Workspace::new();
    whole(&space, &["model.time_features=none", "model.time_mlp=none"]);
    whole(
        &space,
        &[
            "model.conditioning=add",
            "model.time_mlp={ hidden_dim = 8, output_dim = 16 }",
        ],
    );
    whole(
        &space,
        &["model.residual=true", "model.normalize_residual=true"],
    );
}

#[test]
fn every_way_to_train_works() {
    each(&[
        "train.optimizer=adam_w",
        "train.optimizer={ kind = \"adam\", beta1 = 0.5 }",
        "train.learning_rate_schedule=constant",
        "train.learning_rate_schedule=linear",
        "train.warmup_steps=10",
        "train.max_grad_norm=0.5",
        "train.ema_decay=0",
        "train.ema_decay=0.9",
        "train.loss_weight=min_snr",
        "train.loss_weight={ kind = \"min_snr\", gamma = 2.0 }",
        "train.timestep_sampling=uniform",
        "train.timestep_sampling=stratified",
        "train.batch_size=1",
        "train.batch_size=1000",
        "train.checkpoint_every=7",
    ]);
}

#[test]
fn the_length_may_be_given_in_epochs() {
    let space = Workspace::new();
    space.replace("small.toml", "steps = 40\n", "epochs = 2\n");
    whole(&space, &[]);
    let run = space.trained(&[]);
    // Two times 300 points in batches of 32.
    assert_eq!(space.json(&format!("{run}/status.json"))["step"], 19);
}

#[test]
fn validation_is_once_an_epoch_unless_it_is_told_otherwise() {
    let space = Workspace::new();
    space.replace("small.toml", "validate_every = 10\n", "");
    let run = space.trained(&[]);
    let log = space.text(&format!("{run}/metrics.jsonl"));
    let step = |line: &str| serde_json::from_str::<Value>(line).unwrap()["step"].clone();
    // An epoch is 9.375 steps; the last step is validated too.
    assert_eq!(
        log.lines().map(step).collect::<Vec<_>>(),
        [10, 19, 29, 38, 40]
    );
}

#[test]
fn the_smallest_sizes_work() {
    each(&[
        "process.num_timesteps=1",
        "process.num_timesteps=2",
        "train.steps=1",
        "eval.num_samples=1",
        "eval.num_samples=2",
        "eval.val_draws=1",
        "data.num_train=2",
        "data.num_val=1",
        "data.num_test=1",
    ]);
    let space = Workspace::new();
    whole(&space, &["data.num_train=1", "data.standardize=none"]);
}

#[test]
fn every_device_works_and_keeps_to_the_losses_of_the_others() {
    let first_loss = |device: &str| {
        let space = Workspace::new();
        let run = space.path_of(&["train", "small.toml", "-q", "--device", device]);
        space
            .run(&["eval", &run, "-q", "--device", device])
            .expect(0);
        assert_eq!(
            space.json(&format!("{run}/provenance.json"))["device"],
            device
        );
        let log = space.text(&format!("{run}/metrics.jsonl"));
        let record: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
        record["val_loss"].as_f64().unwrap()
    };
    let cpu = first_loss("cpu");
    let mut devices = vec!["flex"];
    if cfg!(feature = "ndarray") {
        devices.push("ndarray");
    }
    for device in devices {
        let loss = first_loss(device);
        // Single precision, ten steps.
        assert!(
            (loss / cpu - 1.0).abs() < 1e-3,
            "{device}: {loss}, cpu: {cpu}"
        );
    }
}

#[test]
fn every_kind_of_data_with_a_density_works() {
    for data in [
        "kind = \"uniform\"\nlow = -1.0\nhigh = 2.0\n",
        "kind = \"uniform\"\nlow = [0.0, 1.0]\nhigh = [2.0, 5.0]\n",
        "kind = \"gaussian_mixture\"\nmeans = [0.5]\nstd_devs = [2.0]\n",
        "kind = \"gaussian_mixture\"\nmeans = [[0.0, 1.0]]\ncovariances = [[[1.0, 0.4], [0.4, 2.0]]]\n",
        PLANE,
        "kind = \"mixture\"\ncomponents = [{ kind = \"gaussian\", weight = 0.4, mean = 0.0, std_dev = 1.0 }, \
         { kind = \"uniform\", weight = 0.6, low = 2.0, high = 3.0 }]\n",
        "kind = \"mixture\"\ncomponents = [{ kind = \"gaussian\", mean = [0.0, 1.0], std_dev = 1.0 }, \
         { kind = \"uniform\", low = [2.0, 2.0], high = [3.0, 4.0] }]\n",
    ] {
        let space = with_data(data);
        let row = whole(&space, &[]);
        assert!(
            row["w1"].is_number() && row["w1_test"].is_number(),
            "{data}: {row:#}"
        );
        let name = space.names("runs")[0].clone();
        let record = space.json(&format!("runs/{name}/eval/metrics.json"));
        let likelihood = &record["metrics"]["log_likelihood"];
        assert!(likelihood["truth"].is_f64(), "{data}: {likelihood:#}");
    }
}

#[test]
fn points_in_the_plane_have_two_columns_everywhere() {
    let space = with_data(PLANE);
    let row = whole(&space, &[]);
    assert!(row["log_likelihood"].is_number(), "{row:#}");
    let run = format!("runs/{}", space.names("runs")[0]);
    let data = format!("data/{}", space.names("data")[0]);
    for (file, rows) in [
        (format!("{data}/train.npy"), 300),
        (format!("{run}/eval/samples.npy"), 200),
    ] {
        let bytes = space.bytes(&file);
        assert_eq!(
            npyz::NpyFile::new(bytes.as_slice()).unwrap().shape(),
            [rows, 2]
        );
    }
}

#[test]
fn every_standardisation_works_in_one_and_two_dimensions() {
    for data in [MIXTURE, PLANE] {
        for kind in ["none", "global", "per_axis"] {
            let space = with_data(data);
            whole(&space, &[&format!("data.standardize={kind}")]);
        }
    }
}

#[test]
fn global_and_per_axis_standardisation_are_the_same_in_one_dimension() {
    let log = |kind: &str| {
        let space = Workspace::new();
        let run = space.trained(&[&format!("data.standardize={kind}")]);
        space.text(&format!("{run}/metrics.jsonl"))
    };
    assert_eq!(log("global"), log("per_axis"));
    assert_ne!(log("global"), log("none"));
}

#[test]
fn metrics_are_in_the_units_of_the_data() {
    // Eight times everything: exact in binary, so the network sees the same bits.
    let eight = "kind = \"gaussian_mixture\"\nweights = [0.3, 0.7]\nmeans = [-16.0, 8.0]\n\
                 std_devs = [4.0, 2.4]\n";
    let results = |data: &str| {
        let space = with_data(data);
        let row = whole(&space, &[]);
        let run = format!("runs/{}", space.names("runs")[0]);
        let bytes = space.bytes(&format!("{run}/eval/samples.npy"));
        let samples: Vec<f64> = npyz::NpyFile::new(bytes.as_slice())
            .unwrap()
            .into_vec()
            .unwrap();
        (row, samples, space.text(&format!("{run}/metrics.jsonl")))
    };
    let ((row_1, samples_1, log_1), (row_8, samples_8, log_8)) = (results(MIXTURE), results(eight));
    assert_eq!(log_1, log_8, "the losses have no unit");
    let scaled: Vec<_> = samples_1.iter().map(|x| 8.0 * x).collect();
    assert_eq!(scaled, samples_8);
    let number = |row: &Value, key: &str| {
        row[key]
            .as_f64()
            .unwrap_or_else(|| panic!("{key}: {row:#}"))
    };
    for key in ["w1", "w1_test", "w1_noise_floor", "w1_test_noise_floor"] {
        let ratio = number(&row_8, key) / number(&row_1, key);
        assert!((ratio - 8.0).abs() < 1e-6, "{key}: {ratio}");
    }
    for key in ["log_likelihood", "log_likelihood_truth"] {
        let difference = number(&row_1, key) - number(&row_8, key);
        let tolerance = 1e-9 * number(&row_1, key).abs() + 1e-9;
        assert!(
            (difference - 8.0_f64.ln()).abs() < tolerance,
            "{key}: {difference}"
        );
    }
}

const FILE: &str = "kind = \"file\"\npath = \"PATH\"\n";

/// A workspace that trains on a file of 600 points in the plane.
fn with_file(name: &str, bytes: impl AsRef<[u8]>) -> Workspace {
    let space = with_data(&FILE.replace("PATH", name));
    space.write(name, bytes);
    space
}

fn npy_of(rows: &[[f64; 2]]) -> Vec<u8> {
    let shape = format!("({}, 2)", rows.len());
    npy(
        &format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"),
        rows.as_flattened(),
    )
}

#[test]
fn a_file_of_ones_own_goes_through_without_the_metrics_that_need_a_density() {
    let points = spiral(600);
    for space in [
        with_file("points.csv", csv_of(None, &points)),
        with_file("points.csv", csv_of(Some("x,y"), &points)),
        with_file("points.npy", npy_of(&points)),
    ] {
        let row = whole(&space, &[]);
        assert!(
            row["w1_test"].is_f64() && row["val_loss"].is_f64(),
            "{row:#}"
        );
        for metric in ["w1", "log_likelihood", "val_loss_truth"] {
            assert!(
                row.get(metric).is_some_and(Value::is_null),
                "{metric}: {row:#}"
            );
        }
        let run = format!("runs/{}", space.names("runs")[0]);
        let record = space.json(&format!("{run}/eval/metrics.json"));
        assert!(record["metrics"]["w1"]["value"].is_null(), "{record:#}");
        let table = space.run(&["eval", &run, "-q"]).expect(0).stdout;
        let holds = |words: &str| table.contains(words);
        assert!(
            !holds("log_likelihood") && !holds("NaN") && !holds(" 0 "),
            "{table}"
        );
        let (header, rows) = space
            .run(&["eval", &run, "-q", "--format", "csv"])
            .expect(0)
            .csv();
        let w1 = header.iter().position(|name| name == "w1").unwrap();
        assert_eq!(rows[0][w1], "");
    }
}

#[test]
fn a_sweep_over_a_file_of_ones_own_is_reported() {
    let space = with_file("points.csv", csv_of(Some("x,y"), &spiral(600)));
    space.write(
        "spec.toml",
        "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n[sweep.grid]\n\"process.num_timesteps\" = [4, 8]\n",
    );
    space.path_of(&["sweep", "spec.toml", "--eval", "-q"]);
    let report = space.text("sweeps/spec/report.md");
    assert!(
        report.contains("w1_test") && !report.contains("NaN"),
        "{report}"
    );
}

#[test]
fn csv_and_npy_of_the_same_points_are_the_same_data() {
    let points = spiral(600);
    let log = |space: Workspace| {
        let run = space.trained(&[]);
        space.text(&format!("{run}/metrics.jsonl"))
    };
    let csv = log(with_file("points.csv", csv_of(Some("x,y"), &points)));
    assert_eq!(csv, log(with_file("points.npy", npy_of(&points))));
}

#[test]
fn columns_are_chosen_by_name_or_number() {
    let space = with_file("points.csv", csv_of(Some("x,y"), &spiral(600)));
    let splits = |columns: &str| {
        let columns = format!("data.columns={columns}");
        let data = space.path_of(&["gen-data", "small.toml", "-q", "--set", &columns]);
        space.bytes(&format!("{data}/train.npy"))
    };
    assert!(splits("[\"y\"]") == splits("[1]"));
    assert!(splits("[\"x\"]") != splits("[\"y\"]"));
    assert!(splits("[\"x\", \"y\"]") == splits("[0, 1]"));
}

#[test]
fn a_file_is_found_relative_to_the_configuration_that_names_it() {
    let space = with_file("points.csv", csv_of(None, &spiral(600)));
    space.write("inner/file.toml", space.bytes("small.toml"));
    space.write("inner/points.csv", csv_of(None, &spiral(590)));
    space.write("top.toml", "base = \"inner/file.toml\"\n");
    space.path_of(&["train", "top.toml", "-q"]);
    let data = format!("data/{}", space.names("data")[0]);
    assert!(
        space
            .text(&format!("{data}/dataset.toml"))
            .contains("inner/points.csv")
    );
}

#[test]
fn the_splits_of_a_file_are_disjoint_and_its_own_rows() {
    let points = spiral(580);
    let space = with_file("points.npy", npy_of(&points));
    let data = space.path_of(&["gen-data", "small.toml", "-q"]);
    let mut rows = vec![];
    for split in ["train", "val", "test"] {
        let bytes = space.bytes(&format!("{data}/{split}.npy"));
        let values: Vec<f64> = npyz::NpyFile::new(bytes.as_slice())
            .unwrap()
            .into_vec()
            .unwrap();
        rows.extend(values.chunks(2).map(|row| [row[0], row[1]]));
    }
    let sort = |mut rows: Vec<[f64; 2]>| {
        rows.sort_by(|a, b| a.partial_cmp(b).unwrap());
        rows
    };
    assert_eq!(sort(rows), sort(points));
}
