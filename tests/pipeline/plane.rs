//! The data sets of the plane through the whole pipeline.

use crate::common::Workspace;
use serde_json::Value;

const REST: &str = "num_train = 300\nnum_val = 60\nnum_test = 200\n[process]\nnum_timesteps = 8\n\
                    [train]\nsteps = 30\nbatch_size = 32\n[model]\nhidden_dim = 16\nnum_layers = 1\n\
                    [eval]\nnum_samples = 100\n";

/// Trains and evaluates a configuration with this `[data]` and returns the run and its record.
fn evaluated(space: &Workspace, data: &str) -> (String, Value) {
    space.write("plane.toml", format!("[data]\n{data}\n{REST}"));
    let run = space.path_of(&["train", "plane.toml", "-q"]);
    space.run(&["eval", &run, "-q"]).expect(0);
    let record = space.json(&format!("{run}/eval/metrics.json"));
    (run, record)
}

fn metric<'a>(record: &'a Value, name: &str) -> &'a Value {
    &record["metrics"][name]
}

#[test]
fn every_set_of_the_plane_is_trained_and_judged_by_its_density() {
    let space = Workspace::new();
    for data in [
        "kind = \"moons\"\nstandardize = \"per_axis\"\nstandardize_scale = 1.5",
        "kind = \"circles\"",
        "kind = \"circle\"",
        "kind = \"swiss_roll\"",
        "kind = \"two_gaussians\"",
        "kind = \"eight_gaussians\"",
        "kind = \"checkerboard\"",
        "kind = \"uniform_square\"\ncells = [5, 1]",
        "kind = \"line\"",
    ] {
        let (run, record) = evaluated(&space, data);
        for name in ["w1", "val_loss", "excess_loss", "log_likelihood"] {
            let found = metric(&record, name);
            let number = if name == "excess_loss" {
                "value"
            } else {
                "truth"
            };
            assert!(found[number].is_number(), "{data}: {name} {found}");
        }
        // No network is better than the perfect one, but for the noise of the validation split.
        let loss = metric(&record, "val_loss");
        assert!(
            loss["value"].as_f64() > loss["truth"].as_f64(),
            "{data}: {loss}"
        );
        assert!(space.has(&format!("{run}/eval/report.md")));
    }
}

#[test]
fn without_noise_only_what_needs_log_p_of_the_data_is_missing() {
    let space = Workspace::new();
    let data = "kind = \"swiss_roll\"\nnoise = 0\nscale = 0.06666666666666667";
    let (_, record) = evaluated(&space, data);
    assert!(metric(&record, "log_likelihood").is_null());
    for name in ["w1", "val_loss", "excess_loss"] {
        assert!(metric(&record, name)["value"].is_number(), "{name}");
    }
    assert!(record["prior_kl"].is_number());
    let outcome = space.run(&["describe", "plane.toml"]).expect(0);
    assert!(
        outcome.stdout.contains("log p exists only at t ≥ 1"),
        "{}",
        outcome.stdout
    );
    // The reverse kernel and the perfect network are known all the same.
    for set in ["sampler.kind=exact", "model.kind=bayes"] {
        let run = space.path_of(&["train", "plane.toml", "-q", "--set", set]);
        space.run(&["eval", &run, "-q"]).expect(0);
    }
    let outcome = space.run(&["gen-data", "plane.toml"]).expect(0);
    assert!(
        outcome.stderr.contains("lie on a curve"),
        "{}",
        outcome.stderr
    );
}
