//! Runs of a sweep that differ in their sampler alone are trained once.

use crate::common::Workspace;
use std::{collections::BTreeSet, os::unix::fs::MetadataExt};

fn sampled() -> Workspace {
    let space = Workspace::new();
    let spec = "base = \"small.toml\"\n[sweep]\nseeds = [0, 1]\n[sweep.grid]\n\
                \"sampler.kind\" = [\"ddpm\", \"ddim\"]\n\"eval.num_samples\" = [200, 300]\n";
    space.write("spec.toml", spec);
    space
}

/// The directories of the runs, and the inode of each one's last weights.
fn weights(space: &Workspace) -> Vec<(String, u64, Vec<u8>)> {
    let runs = space.names("sweeps/spec/runs");
    let of_run = |run: String| {
        let run = format!("sweeps/spec/runs/{run}");
        let last = space.text(&format!("{run}/checkpoints/last"));
        let file = format!("{run}/checkpoints/{}/model.safetensors", last.trim());
        let inode = std::fs::metadata(space.path(&file)).unwrap().ino();
        (run, inode, space.bytes(&file))
    };
    runs.into_iter().map(of_run).collect()
}

#[test]
fn one_training_serves_every_sampler() {
    let space = sampled();
    let outcome = space.run(&["sweep", "spec.toml", "--eval"]).expect(0);
    let said = "6 runs share the training of another run";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    let found = weights(&space);
    assert_eq!(found.len(), 8);
    let inodes: BTreeSet<_> = found.iter().map(|(_, inode, _)| inode).collect();
    let bytes: BTreeSet<_> = found.iter().map(|(.., bytes)| bytes).collect();
    assert_eq!((inodes.len(), bytes.len()), (2, 2));
    // Each is a run of its own, and the training is named.
    let mut trainings = BTreeSet::new();
    for (run, ..) in &found {
        let provenance = space.json(&format!("{run}/provenance.json"));
        trainings.insert(provenance["training_digest"].as_str().unwrap().to_string());
        assert!(
            space.has(&format!("{run}/metrics.jsonl"))
                && space.has(&format!("{run}/eval/metrics.json"))
        );
    }
    assert_eq!(trainings.len(), 2);
    let plan = space.text("sweeps/spec/plan.jsonl");
    assert!(
        trainings
            .iter()
            .all(|training| plan.matches(training.as_str()).count() == 4)
    );
    let report = space.text("sweeps/spec/report.md");
    assert!(
        report.contains("They hold 2 different networks"),
        "{report}"
    );

    // A copy stands alone.
    let (run, ..) = &found[0];
    space.copy(run, "alone");
    space.remove("sweeps");
    space
        .run(&["eval", "alone", "--set", "eval.num_samples=100"])
        .expect(0);
}

#[test]
fn a_run_that_is_added_later_takes_the_weights_that_are_there() {
    let space = sampled();
    space.replace("spec.toml", ", \"ddim\"", "");
    space.path_of(&["sweep", "spec.toml", "-q"]);
    let before = weights(&space);
    space.replace("spec.toml", "[\"ddpm\"]", "[\"ddpm\", \"ddim\"]");
    space.path_of(&["sweep", "spec.toml", "-q"]);
    let after = weights(&space);
    assert!(before.iter().all(|run| after.contains(run)));
    let inodes: BTreeSet<_> = after.iter().map(|(_, inode, _)| inode).collect();
    assert_eq!((after.len(), inodes.len()), (8, 2));
}

/// A run alone, with the same configuration, has the same weights, byte for byte.
#[test]
fn shared_weights_are_those_of_a_training_of_its_own() {
    let space = sampled();
    space.path_of(&["sweep", "spec.toml", "-q"]);
    let (run, _, bytes) = weights(&space).pop().unwrap();
    let config = format!("{run}/config.toml");
    let alone = space.path_of(&["train", &config, "--out", "alone", "-q"]);
    let last = space.text(&format!("{alone}/checkpoints/last"));
    let file = format!("{alone}/checkpoints/{}/model.safetensors", last.trim());
    assert!(space.bytes(&file) == bytes);
}
