//! Configuration files that cannot be used: exit 2, the place, the key, the value, what is allowed;
//! and nothing written.

use crate::common::{
    SMALL, Workspace, assert_commands_refused, assert_lines_refused, assert_refused,
};

#[test]
fn malformed_toml_is_refused_at_its_line_and_column() {
    assert_lines_refused(&[
        ("train", "steps = = 4", &["TOML", ":9:"]),
        ("model", "hidden_dim = 16]", &["TOML"]),
        ("data", "weights = [0.3 0.7]", &["TOML"]),
        ("", "seed 3", &["TOML"]),
        ("", "name = \"small", &["TOML"]),
    ]);
}

#[test]
fn a_key_that_stands_twice_is_refused_at_its_line() {
    let space = Workspace::new();
    space.write(
        "bad.toml",
        SMALL.replace("steps = 40\n", "steps = 40\nsteps = 50\n"),
    );
    assert_refused(
        &space,
        &["train", "bad.toml"],
        2,
        &["bad.toml:24:", "duplicate"],
    );
}

#[test]
fn an_unknown_key_is_refused_in_every_section_with_the_nearest_name() {
    assert_lines_refused(&[
        ("", "sed = 3", &["`sed`", "`seed`"]),
        ("", "nmae = \"x\"", &["`nmae`", "`name`"]),
        (
            "data",
            "num_trian = 300",
            &["data.num_trian", "`num_train`"],
        ),
        (
            "process",
            "num_timestep = 8",
            &["process.num_timestep", "`num_timesteps`"],
        ),
        (
            "model",
            "hiden_dim = 16",
            &["model.hiden_dim", "`hidden_dim`"],
        ),
        (
            "train",
            "learning_rte = 0.1",
            &["train.learning_rte", "`learning_rate`"],
        ),
        (
            "sampler",
            "varience = \"beta\"",
            &["sampler.varience", "`variance`"],
        ),
        (
            "eval",
            "num_sample = 10",
            &["eval.num_sample", "`num_samples`"],
        ),
    ]);
}

#[test]
fn an_unknown_key_is_refused_in_inner_tables_with_the_nearest_name() {
    assert_lines_refused(&[
        (
            "process",
            "schedule = { kind = \"linear\", beta_strat = 1e-4 }",
            &["process.schedule.beta_strat", "`beta_start`"],
        ),
        (
            "model",
            "time_features = { kind = \"sinusoidal\", dmi = 32 }",
            &["model.time_features.dmi", "`dim`"],
        ),
        (
            "model",
            "time_mlp = { outptu_dim = 8 }",
            &["model.time_mlp.outptu_dim", "`output_dim`"],
        ),
        (
            "train",
            "optimizer = { kind = \"adam\", bta1 = 0.9 }",
            &["train.optimizer.bta1", "`beta1`"],
        ),
    ]);
}

#[test]
fn an_unknown_section_is_refused_with_the_nearest_name() {
    let space = Workspace::new();
    space.write("bad.toml", SMALL.replace("[process]", "[proces]"));
    assert_refused(
        &space,
        &["train", "bad.toml"],
        2,
        &["bad.toml:", "`proces`", "`process`"],
    );
}

#[test]
fn a_misspelt_key_of_a_mixture_component_is_refused_with_the_nearest_name() {
    let space = Workspace::new();
    let data = "[data]\nkind = \"mixture\"\n[[data.components]]\nkind = \"gaussian\"\n\
                wieght = 1.0\nmean = 0.0\nstd_dev = 1.0\n";
    space.write("bad.toml", data);
    assert_refused(
        &space,
        &["train", "bad.toml"],
        2,
        &["bad.toml:5:", "wieght", "`weight`"],
    );
}

#[test]
fn a_value_of_the_wrong_type_is_refused_with_key_and_value() {
    assert_lines_refused(&[
        ("", "name = 5", &["`name`", "5", "string"]),
        (
            "",
            "seed = \"three\"",
            &["`seed`", "\"three\"", "whole number"],
        ),
        ("", "seed = 1.5", &["`seed`", "1.5", "whole number"]),
        ("data", "kind = 1", &["data.kind", "1", "gaussian_mixture"]),
        ("data", "weights = 0.3", &["data.weights", "0.3", "list"]),
        (
            "data",
            "weights = [\"a\", 0.7]",
            &["data.weights", "\"a\"", "number"],
        ),
        (
            "data",
            "num_train = true",
            &["data.num_train", "true", "whole number"],
        ),
        (
            "data",
            "standardize = false",
            &["data.standardize", "false", "per_axis"],
        ),
        ("process", "schedule = 3", &["process.schedule", "is 3,"]),
        (
            "model",
            "residual = \"yes\"",
            &["model.residual", "\"yes\"", "true or false"],
        ),
        (
            "model",
            "activation = 1",
            &["model.activation", "1", "relu"],
        ),
        (
            "train",
            "steps = \"forty\"",
            &["train.steps", "\"forty\"", "whole number"],
        ),
        (
            "train",
            "steps = 40.5",
            &["train.steps", "40.5", "whole number"],
        ),
        ("train", "steps = 2020-01-01", &["date"]),
        (
            "train",
            "learning_rate = \"high\"",
            &["train.learning_rate", "\"high\"", "number"],
        ),
        (
            "sampler",
            "kind = [\"ddpm\"]",
            &["sampler.kind", "ddpm", "ddim"],
        ),
        (
            "eval",
            "num_samples = {}",
            &["eval.num_samples", "whole number"],
        ),
    ]);
}

#[test]
fn a_section_that_is_not_a_table_is_refused() {
    let space = Workspace::new();
    let sections = ["data", "process", "model", "train", "sampler", "eval"];
    let texts = sections.map(|section| [format!("{section}=5"), format!("{section}=nonsense")]);
    for text in texts.as_flattened() {
        let key = text.split('=').next().unwrap();
        assert_refused(
            &space,
            &["train", "small.toml", "--set", text],
            2,
            &[text, key],
        );
    }
}

#[test]
fn a_number_out_of_range_is_refused_with_key_value_and_range() {
    assert_lines_refused(&[
        ("", "seed = -1", &["`seed`", "-1", "[0, "]),
        (
            "data",
            "std_devs = [0.5, 0.0]",
            &["data.std_devs", "0", "above 0"],
        ),
        (
            "data",
            "std_devs = [0.5, -0.3]",
            &["data.std_devs", "-0.3", "above 0"],
        ),
        (
            "data",
            "weights = [0.0, 0.7]",
            &["data.weights", "0", "above 0"],
        ),
        (
            "process",
            "num_timesteps = 0",
            &["process.num_timesteps", "0", "[1, "],
        ),
        (
            "process",
            "schedule = { kind = \"linear\", beta_end = 1.2 }",
            &["process.schedule.beta_end", "1.2", "(0, 1)"],
        ),
        (
            "process",
            "schedule = { kind = \"vp\", beta_max = -1.0 }",
            &["process.schedule.beta_max", "-1", "[0, "],
        ),
        (
            "model",
            "block_depth = 3",
            &["model.block_depth", "3", "[1, 2]"],
        ),
        (
            "train",
            "learning_rate = 0.0",
            &["train.learning_rate", "0", "(0, 10)"],
        ),
        (
            "train",
            "learning_rate = 10.0",
            &["train.learning_rate", "10", "(0, 10)"],
        ),
        (
            "train",
            "ema_decay = 1.0",
            &["train.ema_decay", "1", "[0, 1)"],
        ),
        (
            "train",
            "max_grad_norm = -1.0",
            &["train.max_grad_norm", "-1", "above 0"],
        ),
        (
            "train",
            "optimizer = { kind = \"adam\", beta1 = 1.0 }",
            &["train.optimizer.beta1", "1", "[0, 1)"],
        ),
        (
            "sampler",
            "num_steps = 100001",
            &["sampler.num_steps", "100001", "[1, 100000]"],
        ),
        (
            "sampler",
            "num_steps = 0",
            &["sampler.num_steps", "0", "[1, 100000]"],
        ),
        ("eval", "val_draws = 0", &["eval.val_draws", "0", "[1, "]),
    ]);
}

#[test]
fn eta_outside_zero_to_one_is_refused() {
    let space = Workspace::new();
    let sampler = "kind = \"ddim\"\neta = 1.5";
    let old = "kind = \"ddpm\"\nvariance = \"posterior\"";
    space.write("bad.toml", SMALL.replace(old, sampler));
    let words = ["bad.toml:31:", "sampler.eta", "1.5", "[0, 1]"];
    assert_refused(&space, &["train", "bad.toml"], 2, &words);
}

#[test]
fn nan_and_infinity_are_refused_wherever_a_number_stands() {
    assert_lines_refused(&[
        (
            "data",
            "means = [nan, 1.0]",
            &["data.means", "NaN", "finite"],
        ),
        (
            "data",
            "means = [-inf, 1.0]",
            &["data.means", "-inf", "finite"],
        ),
        ("data", "weights = [nan, 0.7]", &["data.weights", "NaN"]),
        ("data", "std_devs = [inf, 0.3]", &["data.std_devs", "inf"]),
        (
            "data",
            "num_train = nan",
            &["data.num_train", "NaN", "whole number"],
        ),
        (
            "process",
            "num_timesteps = inf",
            &["process.num_timesteps", "inf"],
        ),
        (
            "train",
            "learning_rate = nan",
            &["train.learning_rate", "NaN", "(0, 10)"],
        ),
        (
            "train",
            "learning_rate = inf",
            &["train.learning_rate", "inf", "(0, 10)"],
        ),
        (
            "train",
            "max_grad_norm = nan",
            &["train.max_grad_norm", "NaN"],
        ),
        (
            "train",
            "ema_decay = nan",
            &["train.ema_decay", "NaN", "[0, 1)"],
        ),
        (
            "process",
            "schedule = { kind = \"linear\", beta_start = nan }",
            &["process.schedule.beta_start", "NaN", "(0, 1)"],
        ),
    ]);
}

#[test]
fn an_empty_list_is_refused() {
    assert_lines_refused(&[
        ("data", "means = []", &["data.means", "[]", "at least one"]),
        (
            "data",
            "weights = []",
            &["data.weights", "[]", "at least one"],
        ),
        (
            "data",
            "std_devs = []",
            &["data.std_devs", "[]", "at least one"],
        ),
    ]);
    let space = Workspace::new();
    space.write("bad.toml", "[data]\nkind = \"mixture\"\ncomponents = []\n");
    let words = ["bad.toml:3:", "data.components", "at least one"];
    assert_refused(&space, &["train", "bad.toml"], 2, &words);
}

#[test]
fn lists_of_different_lengths_are_refused_with_both_lengths() {
    assert_lines_refused(&[
        (
            "data",
            "weights = [0.2, 0.3, 0.5]",
            &["data.weights", "3", "2"],
        ),
        ("data", "std_devs = [0.5]", &["data.std_devs", "1", "2"]),
        (
            "data",
            "means = [[0.0, 1.0], [2.0]]",
            &["data.means", "1", "2"],
        ),
    ]);
}

#[test]
fn a_covariance_that_is_none_is_refused() {
    let space = Workspace::new();
    for (matrix, words) in [
        ("[[[1.0, 2.0], [2.0, 1.0]]]", ["data", "positive definite"]),
        ("[[[1.0, 0.5], [0.1, 1.0]]]", ["data", "symmetric"]),
        ("[[[1.0, 0.0]]]", ["data", "rows"]),
    ] {
        let data = "[data]\nkind = \"gaussian_mixture\"\nmeans = [[0.0, 0.0]]\n";
        space.write("bad.toml", format!("{data}covariances = {matrix}\n"));
        assert_refused(&space, &["train", "bad.toml"], 2, &words);
    }
}

#[test]
fn a_box_whose_ends_are_the_wrong_way_round_is_refused() {
    let space = Workspace::new();
    space.write(
        "bad.toml",
        "[data]\nkind = \"uniform\"\nlow = 2.0\nhigh = 1.0\n",
    );
    assert_refused(
        &space,
        &["train", "bad.toml"],
        2,
        &["bad.toml:3:", "data.low", "`high`"],
    );
}

#[test]
fn sizes_that_are_not_positive_are_refused() {
    let sizes = [
        ("data", "num_train"),
        ("data", "num_val"),
        ("data", "num_test"),
        ("model", "hidden_dim"),
        ("model", "num_layers"),
        ("train", "steps"),
        ("train", "batch_size"),
        ("train", "checkpoint_every"),
        ("train", "validate_every"),
        ("eval", "num_samples"),
    ];
    for (section, key) in sizes {
        let path = format!("{section}.{key}");
        let (zero, negative) = (format!("{key} = 0"), format!("{key} = -5"));
        assert_lines_refused(&[
            (section, &zero, &[&path, "is 0,", "[1, "]),
            (section, &negative, &[&path, "is -5,", "[1, "]),
        ]);
    }
}

#[test]
fn sizes_beyond_every_machine_are_refused() {
    assert_lines_refused(&[
        (
            "data",
            "num_train = 1000000000000000",
            &["data.num_train", "1000000000000000"],
        ),
        ("data", "num_train = 1e15", &["data.num_train", "[1, "]),
        (
            "data",
            "num_test = 9223372036854775807",
            &["data.num_test", "9223372036854775807"],
        ),
        (
            "data",
            "num_val = 99999999999999999999",
            &["99999999999999999999"],
        ),
        (
            "process",
            "num_timesteps = 1000000000000",
            &["process.num_timesteps"],
        ),
        (
            "model",
            "hidden_dim = 9223372036854775807",
            &["model.hidden_dim"],
        ),
        ("model", "num_layers = 1000000000000", &["model.num_layers"]),
        (
            "train",
            "batch_size = 1000000000000000000",
            &["train.batch_size"],
        ),
        ("train", "steps = 9223372036854775807", &["train.steps"]),
        (
            "eval",
            "num_samples = 1000000000000000",
            &["eval.num_samples"],
        ),
        ("eval", "val_draws = 1000000000000000", &["eval.val_draws"]),
    ]);
}

#[test]
fn sizes_beyond_this_machines_memory_are_refused_with_the_estimate() {
    let space = Workspace::new();
    let far = format!("data.means=[[{}]]", ["0.0"; 64].join(", "));
    let wide = [
        "--set",
        &far,
        "--set",
        "data.weights=[1]",
        "--set",
        "data.std_devs=[1]",
    ];
    for (sizes, key) in [
        (&["data.num_train=1000000000"][..], "data"),
        (&["eval.num_samples=100000000"], "eval.num_samples"),
        (
            &[
                "model.hidden_dim=8192",
                "model.num_layers=64",
                "model.block_depth=2",
            ],
            "model.hidden_dim",
        ),
        (
            &["train.batch_size=10000000", "model.hidden_dim=8192"],
            "train.batch_size",
        ),
    ] {
        let mut args = vec!["train", "small.toml"];
        args.extend(wide);
        args.extend(sizes.iter().flat_map(|text| ["--set", text]));
        let before = space.listing();
        let outcome = space.run_within(8, &args).expect(2);
        assert_eq!(outcome.stdout, "");
        for word in ["memory", "GiB", key] {
            assert!(outcome.stderr.contains(word), "{word}: {outcome:?}");
        }
        assert!(
            space.listing() == before,
            "something was written: {outcome:?}"
        );
    }
}

#[test]
fn an_impossible_schedule_is_refused_with_the_reason_and_what_to_use_instead() {
    let space = Workspace::new();
    let schedule = "schedule = { kind = \"linear_rescaled\" }";
    let cosine = "schedule = { kind = \"cosine\" }";
    for steps in [2, 10, 20] {
        let steps = format!("num_timesteps = {steps}");
        let text = SMALL
            .replace("num_timesteps = 8", &steps)
            .replace(cosine, schedule);
        space.write("bad.toml", text);
        let words = [
            "bad.toml:16:",
            "linear_rescaled",
            steps.as_str(),
            "(0, 1)",
            "cosine",
            "vp",
        ];
        assert_refused(&space, &["train", "bad.toml"], 2, &words);
    }
}

#[test]
fn a_name_that_is_not_known_is_refused_with_the_known_ones_and_the_nearest() {
    assert_lines_refused(&[
        (
            "data",
            "kind = \"gausian_mixture\"",
            &["data.kind", "gausian_mixture", "`gaussian_mixture`"],
        ),
        (
            "data",
            "kind = \"dino\"",
            &["data.kind", "dino", "kind = \"file\"", "gaussian_mixture"],
        ),
        (
            "data",
            "standardize = \"globl\"",
            &["data.standardize", "globl", "`global`"],
        ),
        (
            "process",
            "schedule = \"cosin\"",
            &["process.schedule", "cosin", "`cosine`"],
        ),
        (
            "process",
            "schedule = { kind = \"lineer\" }",
            &[
                "process.schedule.kind",
                "lineer",
                "`linear`",
                "linear_rescaled",
            ],
        ),
        ("model", "kind = \"mpl\"", &["model.kind", "mpl", "mlp"]),
        (
            "model",
            "preset = \"simpel_mlp\"",
            &["model.preset", "simpel_mlp", "`simple_mlp`"],
        ),
        (
            "model",
            "prediction = \"nose\"",
            &["model.prediction", "nose", "`noise`", "x0"],
        ),
        (
            "model",
            "activation = \"rleu\"",
            &["model.activation", "rleu", "`relu`", "silu"],
        ),
        (
            "model",
            "conditioning = \"ad\"",
            &["model.conditioning", "ad", "`add`"],
        ),
        (
            "train",
            "optimizer = \"adamm\"",
            &["train.optimizer", "adamm", "`adam`"],
        ),
        (
            "train",
            "loss_weight = \"min_srn\"",
            &["train.loss_weight", "min_srn", "`min_snr`"],
        ),
        (
            "train",
            "learning_rate_schedule = \"cosin\"",
            &["train.learning_rate_schedule", "cosin", "`cosine`"],
        ),
        (
            "train",
            "timestep_sampling = \"stratifid\"",
            &["train.timestep_sampling", "stratifid", "`stratified`"],
        ),
        (
            "sampler",
            "kind = \"dimm\"",
            &["sampler.kind", "dimm", "`ddim`"],
        ),
        (
            "sampler",
            "variance = \"posteriour\"",
            &["sampler.variance", "`posterior`"],
        ),
        (
            "eval",
            "checkpoint = \"bset\"",
            &["eval.checkpoint", "bset", "`best`"],
        ),
    ]);
}

#[test]
fn a_name_that_could_leave_its_directory_is_refused() {
    assert_lines_refused(&[
        ("", "name = \"../escape\"", &["`name`", "../escape"]),
        ("", "name = \"a/b\"", &["`name`", "a/b"]),
        ("", "name = \"..\"", &["`name`", ".."]),
        ("", "name = \"\"", &["`name`", "\"\""]),
        ("", "name = \"a b\"", &["`name`", "a b"]),
    ]);
}

#[test]
fn keys_that_exclude_each_other_are_refused_together() {
    assert_lines_refused(&[("train", "epochs = 3", &["train.epochs", "train.steps"])]);
    let cov = "covariances = [[[1.0]], [[1.0]]]";
    assert_lines_refused(&[("data", cov, &["data.covariances", "std_devs"])]);
}

#[test]
fn a_network_whose_parts_do_not_fit_is_refused() {
    assert_lines_refused(&[
        (
            "model",
            "conditioning = \"add\"",
            &["model.conditioning", "time_mlp.output_dim"],
        ),
        (
            "model",
            "time_features = \"none\"",
            &["time_mlp", "time_features"],
        ),
        (
            "model",
            "time_features = { kind = \"sinusoidal\", dim = 5 }",
            &["model.time_features.dim", "5", "even"],
        ),
    ]);
}

#[test]
fn a_configuration_that_cannot_be_read_is_refused_by_name() {
    let space = Workspace::new();
    std::fs::create_dir(space.path("folder")).unwrap();
    space.write("latin1.toml", b"name = \"caf\xe9\"\n");
    for command in ["gen-data", "train", "sweep"] {
        assert_commands_refused(
            &space,
            2,
            &[
                (&[command, "nowhere.toml"], &["nowhere.toml"]),
                (&[command, "folder"], &["folder"]),
                (&[command, "latin1.toml"], &["latin1.toml", "UTF-8"]),
            ],
        );
    }
}

#[test]
fn an_error_about_a_key_that_is_not_there_names_the_file() {
    let space = Workspace::new();
    space.write("empty.toml", "");
    assert_refused(
        &space,
        &["train", "empty.toml"],
        2,
        &["empty.toml", "data.kind", "missing"],
    );
    space.write("half.toml", "[data]\nkind = \"gaussian_mixture\"\n");
    assert_refused(
        &space,
        &["train", "half.toml"],
        2,
        &["half.toml", "data.means", "missing"],
    );
    space.write("my conf.toml", SMALL.replace("name = \"small\"\n", ""));
    let outcome = space.run(&["train", "my conf.toml", "-q"]);
    let named = outcome.stderr.contains("my conf.toml");
    assert!(
        outcome.code == Some(0) || named,
        "the file's name is no name: {outcome:?}"
    );
}

#[test]
fn a_base_that_is_missing_or_no_file_is_refused_at_its_line() {
    let space = Workspace::new();
    std::fs::create_dir(space.path("folder")).unwrap();
    for (line, word) in [
        ("\"nowhere.toml\"", "nowhere.toml"),
        ("\"folder\"", "folder"),
        ("5", "`base`"),
    ] {
        space.write("bad.toml", format!("# over a base\nbase = {line}\n"));
        assert_refused(&space, &["train", "bad.toml"], 2, &["bad.toml:2:", word]);
    }
}

#[test]
fn bases_that_go_in_a_circle_are_refused() {
    let space = Workspace::new();
    space.write("self.toml", "base = \"self.toml\"\n");
    space.write("a.toml", "base = \"b.toml\"\n");
    space.write("b.toml", "base = \"a.toml\"\n");
    assert_refused(
        &space,
        &["train", "self.toml"],
        2,
        &["self.toml:1:", "base"],
    );
    assert_refused(&space, &["train", "a.toml"], 2, &[".toml:1:", "base"]);
}

#[test]
fn an_error_in_a_base_names_the_base_and_its_line() {
    let space = Workspace::new();
    space.write(
        "inner/base.toml",
        SMALL.replace("steps = 40", "steps = -40"),
    );
    space.write("top.toml", "base = \"inner/base.toml\"\nseed = 4\n");
    let words = ["inner/base.toml:23:", "train.steps", "-40"];
    assert_refused(&space, &["train", "top.toml"], 2, &words);
}

#[test]
fn a_sweep_spec_and_a_run_configuration_are_not_taken_for_each_other() {
    let space = Workspace::new();
    space.write(
        "spec.toml",
        "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n",
    );
    assert_commands_refused(
        &space,
        2,
        &[
            (&["train", "spec.toml"], &["spec.toml", "truescore sweep"]),
            (&["gen-data", "spec.toml"], &["spec.toml", "sweep"]),
            (&["sweep", "small.toml"], &["small.toml", "truescore train"]),
        ],
    );
}

#[test]
fn a_sweep_spec_with_a_wrong_key_or_value_is_refused_at_its_line() {
    let space = Workspace::new();
    let cases: &[(&str, &[&str])] = &[
        (
            "[sweep.gird]\nseed = [1]",
            &["spec.toml:2:", "sweep.gird", "`grid`"],
        ),
        ("[sweep]\nseeds = []", &["spec.toml:3:", "sweep.seeds"]),
        (
            "[sweep]\nseeds = [1, -2]",
            &["spec.toml:3:", "`seed`", "-2"],
        ),
        (
            "[sweep]\nseeds = \"three\"",
            &["spec.toml:3:", "sweep.seeds", "three"],
        ),
        (
            "[sweep.grid]\n\"train.steps\" = []",
            &["spec.toml:3:", "train.steps", "[]"],
        ),
        (
            "[sweep.grid]\n\"train.steps\" = 5",
            &["spec.toml:3:", "train.steps", "5", "list"],
        ),
        (
            "[sweep.grid]\n\"train.steps\" = [5, 0]",
            &["spec.toml:3:", "train.steps", "is 0,"],
        ),
        (
            "[sweep.grid]\n\"model.hiden_dim\" = [16]",
            &["spec.toml:3:", "model.hiden_dim", "`hidden_dim`"],
        ),
        (
            "[sweep.zip]\n\"train.steps\" = [1, 2]\n\"train.batch_size\" = [1]",
            &["spec.toml:", "sweep.zip", "1", "2"],
        ),
        (
            "[sweep.random]\n\"train.learning_rate\" = { kind = \"choice\" }",
            &["spec.toml:", "count"],
        ),
        (
            "[sweep.random]\ncount = 2\n\"train.learning_rate\" = { kind = \"uniform\", low = 2, high = 1 }",
            &["spec.toml:4:", "train.learning_rate", "low"],
        ),
        (
            "[sweep.random]\ncount = 2\n\"train.learning_rate\" = { kind = \"unifrom\", low = 1, high = 2 }",
            &["spec.toml:4:", "unifrom", "`uniform`"],
        ),
    ];
    for (spec, words) in cases {
        space.write("spec.toml", format!("base = \"small.toml\"\n{spec}\n"));
        assert_refused(&space, &["sweep", "spec.toml"], 2, words);
        assert_refused(&space, &["sweep", "spec.toml", "--dry-run"], 2, words);
    }
}

#[test]
fn a_sweep_with_too_many_runs_is_refused_before_they_are_counted_out() {
    let space = Workspace::new();
    let values: Vec<_> = (1..=40).map(|n| n.to_string()).collect();
    let keys = [
        "seed",
        "train.steps",
        "train.batch_size",
        "model.hidden_dim",
        "data.num_test",
    ];
    let lists = keys.map(|key| format!("\"{key}\" = [{}]\n", values.join(", ")));
    let spec = format!("base = \"small.toml\"\n[sweep.grid]\n{}", lists.concat());
    space.write("spec.toml", spec);
    let outcome = space
        .run_within(2, &["sweep", "spec.toml", "--dry-run"])
        .expect(2);
    assert!(
        outcome.stderr.contains("spec.toml") && outcome.stderr.contains("runs"),
        "{outcome:?}"
    );
    assert_eq!(space.names("."), ["small.toml", "spec.toml"]);
}
