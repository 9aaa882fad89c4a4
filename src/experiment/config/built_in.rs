//! The configurations that the program carries: the files of configs/, each under the name `preset:NAME`.

use crate::{
    error::{Error, Result},
    settings::nearest,
};
use std::path::{Component, Path, PathBuf};

/// What stands before the name of a built-in configuration, in the place of a path.
const PREFIX: &str = "preset:";

/// Bases are no experiments of their own.
const BASES: &str = "bases/";

/// A configuration that the program carries.
#[derive(Debug, PartialEq)]
pub(crate) struct BuiltIn {
    /// Its file in configs/.
    pub(crate) file: &'static str,
    /// What stands in it.
    pub(crate) text: &'static str,
}

macro_rules! built_in {
    ($($file:literal)*) => {
        &[$(BuiltIn { file: $file, text: include_str!(concat!("../../../configs/", $file)) }),*]
    };
}

/// Every file of configs/.
const BUILT_IN: &[BuiltIn] = built_in![
    "quickstart.toml"
    "homework.toml"
    "homework-sweep.toml"
    "presets/exercise.toml"
    "presets/exercise_conditional.toml"
    "presets/swiss_roll_notebook.toml"
    "presets/swiss_roll_script.toml"
    "presets/tiny_1d.toml"
    "presets/tiny_2d.toml"
    "presets/tiny_circle.toml"
    "presets/tutorial_checkerboard.toml"
    "presets/tutorial_circles.toml"
    "presets/tutorial_moons.toml"
    "presets/tutorial_swiss_roll.toml"
    "presets/tutorial_two_gaussians.toml"
    "bases/tutorial.toml"
];

/// The experiments and sweeps, without the bases that some of them stand on.
pub(crate) fn presets() -> impl Iterator<Item = &'static BuiltIn> {
    BUILT_IN
        .iter()
        .filter(|preset| !preset.file.starts_with(BASES))
}

/// Whether a path names a built-in configuration, and not a file.
pub(crate) fn is_preset(path: &Path) -> bool {
    name_of(path).is_some()
}

/// The NAME of `preset:NAME`.
pub(super) fn name_of(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix(PREFIX)
}

/// The preset of a name, bases included.
///
/// # Errors
/// If there is none (exit 2), with the nearest name that there is.
pub(crate) fn find(name: &str) -> Result<&'static BuiltIn> {
    let found = BUILT_IN.iter().find(|preset| preset.name() == name);
    found.ok_or_else(|| {
        let names = presets().map(BuiltIn::name);
        Error::usage_hint(
            format!("no preset is called `{name}`"),
            match nearest(name, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`truescore init --list` shows them".into(),
            },
        )
    })
}

impl BuiltIn {
    /// Its name: that of its file, without folder and ending.
    pub(crate) fn name(&self) -> &'static str {
        let name = self.file.rsplit('/').next().unwrap_or(self.file);
        name.strip_suffix(".toml").unwrap_or(name)
    }

    /// What takes the place of a path to it.
    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::from(format!("{PREFIX}{}", self.name()))
    }

    /// The comment at the head of its file, line by line.
    pub(crate) fn comment(&self) -> impl Iterator<Item = &'static str> {
        let lines = self.text.lines();
        lines.map_while(|line| line.strip_prefix('#').map(str::trim))
    }

    /// What it is, in one sentence: the first of its comment.
    pub(crate) fn summary(&self) -> String {
        let comment = self.comment().collect::<Vec<_>>().join(" ");
        match comment.split_once(". ") {
            Some((first, _)) => format!("{first}."),
            None => comment,
        }
    }

    /// The built-in configuration that `relative` leads to from this one's file.
    pub(super) fn beside(&self, relative: &str) -> Option<&'static Self> {
        let folder = Path::new(self.file).parent().unwrap_or(Path::new(""));
        let mut path = PathBuf::new();
        for part in folder.join(relative).components() {
            match part {
                Component::ParentDir => {
                    path.pop();
                }
                part => path.push(part),
            }
        }
        BUILT_IN.iter().find(|other| Path::new(other.file) == path)
    }
}

/// The path of what a preset names by a path of its own: another preset, where there is one.
pub(super) fn beside(preset: &str, relative: &str) -> Option<PathBuf> {
    let preset = find(preset).ok()?;
    Some(preset.beside(relative)?.path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn every_file_of_configs_is_carried() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        let mut files = vec![];
        for folder in ["", "presets", BASES] {
            for entry in fs::read_dir(root.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "toml") {
                    files.push(path.strip_prefix(&root).unwrap().display().to_string());
                }
            }
        }
        let mut carried: Vec<_> = BUILT_IN.iter().map(|preset| preset.file).collect();
        files.sort();
        carried.sort_unstable();
        assert_eq!(files, carried);
    }

    #[test]
    fn names_are_unique_and_summaries_are_sentences() {
        let names: std::collections::BTreeSet<_> = BUILT_IN.iter().map(BuiltIn::name).collect();
        // The base of the tutorial has a name that no preset has.
        assert_eq!(names.len(), BUILT_IN.len());
        for preset in BUILT_IN {
            let summary = preset.summary();
            assert!(summary.ends_with('.'), "{}: {summary}", preset.file);
            assert!(summary.len() > 10, "{}: {summary}", preset.file);
        }
    }

    #[test]
    fn a_misspelt_preset_is_refused_with_the_nearest() {
        let error = find("tutorial_moon").unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert_eq!(error.hint(), Some("did you mean `tutorial_moons`?"));
    }
}
