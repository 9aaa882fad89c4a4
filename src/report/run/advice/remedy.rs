//! A change that may help.

use crate::{experiment::ExperimentConfig, target::Estimate};

/// Words, and settings `key=value` as `--set` takes them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Remedy {
    pub(crate) words: String,
    pub(crate) set: Vec<String>,
    /// W1 with it, where it was tried on this run.
    pub(crate) tried: Option<Estimate>,
}

impl Remedy {
    /// What was not tried; `None` where the command refuses it or it is set already.
    pub(super) fn new(
        config: &ExperimentConfig,
        words: impl Into<String>,
        set: impl Into<String>,
    ) -> Option<Self> {
        let set = vec![set.into()];
        config.changed(&set).map(|_| Self {
            words: words.into(),
            set,
            tried: None,
        })
    }

    /// Words with the settings in brackets.
    pub(super) fn told(&self) -> String {
        let set: Vec<_> = self.set.iter().map(|set| format!("`{set}`")).collect();
        format!("{} ({})", self.words, set.join(", "))
    }
}

/// A number as TOML takes it.
pub(super) fn plain(x: f64) -> String {
    match (1e-4..1e6).contains(&x) {
        true => format!("{}", (x * 1e9).round() / 1e9),
        false => format!("{x:.3e}"),
    }
}
