//! What the tests of judgements share.

use crate::experiment::{ExperimentConfig, config::toml_source, run::record::EvalRecord};

/// The record of a run in one dimension, as the first release wrote it.
pub(crate) fn record() -> EvalRecord {
    const TEXT: &str =
        include_str!("../../tests/fixtures/first_release/runs/small-a90a6f88/eval/metrics.json");
    serde_json::from_str(TEXT).expect("a record")
}

/// A normal law in one dimension, with more lines of TOML.
pub(crate) fn config(text: &str) -> ExperimentConfig {
    let data = "[data]\nkind = \"gaussian_mixture\"\nweights = [1.0]\nmeans = [0.0]\n\
                std_devs = [1.0]\n";
    let table = toml_source::parse_text(&format!("{data}{text}"), "a").expect("TOML");
    ExperimentConfig::from_table(&table, "a").expect("a configuration")
}
