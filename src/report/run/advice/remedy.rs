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
        format!("{} ({})", self.words, in_words(&self.set, ", "))
    }
}

/// Settings in a row; none are those of the run.
pub(super) fn in_words(set: &[String], separator: &str) -> String {
    if set.is_empty() {
        return "the run's own sampler".into();
    }
    let set: Vec<_> = set.iter().map(|set| format!("`{set}`")).collect();
    set.join(separator)
}

/// A number as TOML takes it.
pub(super) fn plain(x: f64) -> String {
    match (1e-4..1e6).contains(&x) {
        true => format!("{}", (x * 1e9).round() / 1e9),
        false => format!("{x:.3e}"),
    }
}
