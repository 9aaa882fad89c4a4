//! Every file in `configs/presets/` is an experiment that runs, with the network that its document counts.

use crate::common::Workspace;
use std::fs;

/// The weights of each document's network.
const PARAMETERS: [(&str, u64); 12] = [
    // Three layers of 256 on [x, t/T]; four of 128, and an embedding of nine classes beside them.
    (
        "exercise",
        3 * 256 + 256 + 2 * (256 * 256 + 256) + 2 * 256 + 2,
    ),
    (
        "exercise_conditional",
        8 * 128 + 128 + 3 * (128 * 128 + 128) + 2 * 128 + 2 + 9 * 5,
    ),
    ("swiss_roll_notebook", 116_482),
    ("swiss_roll_script", 17_026),
    ("tiny_1d", 82_561),
    ("tiny_2d", 99_074),
    ("tiny_circle", 99_074),
    ("tutorial_checkerboard", 41_954),
    ("tutorial_circles", 41_954),
    ("tutorial_moons", 41_954),
    ("tutorial_swiss_roll", 41_954),
    ("tutorial_two_gaussians", 41_954),
];

/// What makes an experiment one of a second.
const SHORT: [&str; 9] = [
    "data.num_train=120",
    "data.num_val=40",
    "data.num_test=60",
    "train.steps=2",
    "train.batch_size=40",
    "eval.num_samples=60",
    "eval.val_draws=1",
    "eval.animation=false",
    // The floors of a thousand levels take a minute of their own.
    "eval.exact=false",
];

#[test]
fn every_preset_is_listed_here() {
    let found = Workspace::with_configs().names("configs/presets");
    let listed = PARAMETERS.map(|(name, _)| format!("{name}.toml"));
    assert_eq!(found, listed);
}

#[test]
fn every_preset_trains_and_is_evaluated() {
    let space = Workspace::with_configs();
    for (name, parameters) in PARAMETERS {
        let config = format!("configs/presets/{name}.toml");
        let mut args = vec!["train", &config, "-q"];
        args.extend(SHORT.iter().flat_map(|key| ["--set", key]));
        let run = space.path_of(&args);
        let weights = fs::read(space.path(&format!("{run}/checkpoints/last")));
        let last = String::from_utf8(weights.unwrap()).unwrap();
        let file = space.bytes(&format!(
            "{run}/checkpoints/{}/model.safetensors",
            last.trim()
        ));
        let weights = safetensors::SafeTensors::deserialize(&file).unwrap();
        let count: usize = weights
            .tensors()
            .iter()
            .map(|(_, tensor)| tensor.shape().iter().product::<usize>())
            .sum();
        assert_eq!(count as u64, parameters, "{name}");
        let rows = space.run(&["eval", &run, "-q", "--format", "json"]);
        let rows = rows.expect(0).json();
        assert!(rows[0]["w1"].as_f64().is_some_and(f64::is_finite), "{name}");
        // A curve without noise has no density, which is the one thing that is refused.
        let has_likelihood = rows[0]["log_likelihood_truth"].is_number();
        assert_eq!(has_likelihood, name != "swiss_roll_notebook", "{name}");
        assert!(space.has(&format!("{run}/eval/report.md")), "{name}");
    }
}
