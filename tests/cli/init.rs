//! What the program carries: presets, a starter, completions and manual pages.

use crate::common::{Workspace, assert_refused};
use std::path::Path;

#[test]
fn a_preset_stands_for_a_file_and_is_the_same_run() {
    let space = Workspace::with_configs();
    let set = ["--set", "train.steps=1", "--set", "data.num_train=50"];
    let train = |config: &str| {
        let args = [&["train", config], set.as_slice()].concat();
        space.run(&args).expect(0)
    };
    let by_file = train("configs/presets/tiny_1d.toml");
    let by_name = train("preset:tiny_1d");
    assert_eq!(by_file.stdout, by_name.stdout);
    assert!(by_name.stderr.contains("is complete already"));
    let plan = |config: &str| space.run(&["sweep", config, "--dry-run"]).expect(0).stdout;
    assert_eq!(plan("configs/quickstart.toml"), plan("preset:quickstart"));
}

#[test]
fn a_preset_is_written_once_and_never_over_something_else() {
    let space = Workspace::new();
    let written = space.run(&["init", "tutorial_moons"]).expect(0);
    assert_eq!(written.stdout, "tutorial_moons.toml\n");
    space.run(&["describe", "tutorial_moons.toml"]).expect(0);
    space.run(&["init", "tutorial_moons"]).expect(0);
    space.write("tutorial_moons.toml", "name = \"mine\"\n");
    assert_refused(
        &space,
        &["init", "tutorial_moons"],
        4,
        &["`tutorial_moons.toml`", "--out"],
    );
    assert_eq!(space.text("tutorial_moons.toml"), "name = \"mine\"\n");
}

#[test]
fn a_configuration_stands_on_a_preset() {
    let space = Workspace::new();
    space.write(
        "mine.toml",
        "base = \"preset:tiny_1d\"\n[train]\nsteps = 7\n",
    );
    space.run(&["describe", "mine.toml"]).expect(0);
    space.write("mine.toml", "base = \"preset:tiny_2e\"\n");
    assert_refused(
        &space,
        &["describe", "mine.toml"],
        2,
        &["`tiny_2e`", "did you mean `tiny_2d`?"],
    );
}

#[test]
fn the_starter_is_described_as_it_is() {
    let space = Workspace::new();
    let written = space.run(&["init"]).expect(0);
    assert_eq!(written.stdout, "experiment.toml\n");
    space.run(&["describe", "experiment.toml"]).expect(0);
    let list = space.run(&["init", "--list", "--format", "csv"]).expect(0);
    assert!(list.stdout.contains("\nhomework,"), "{}", list.stdout);
    assert!(!list.stdout.contains("\ntutorial,"), "a base is no preset");
}

#[test]
fn every_shell_has_its_script_and_every_command_its_page() {
    let space = Workspace::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = space.run(&["completions", shell]).expect(0).stdout;
        for word in ["gen-data", "num-samples", "truescore"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    space.run(&["man", "--out", "man1"]).expect(0);
    for page in ["truescore.1", "truescore-train.1", "truescore-gen-data.1"] {
        let text = space.text(&Path::new("man1").join(page).display().to_string());
        assert!(text.contains(".SH NAME"), "{page}");
    }
    let one = space.run(&["man"]).expect(0).stdout;
    assert_eq!(one, space.text("man1/truescore.1"));
}
