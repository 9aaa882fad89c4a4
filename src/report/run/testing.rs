//! What the tests of the page share.

use crate::{
    experiment::run::record::EvalRecord,
    report::page::{markdown, tree::Page},
};

/// The record of a run in one dimension, as the first release wrote it.
pub(super) fn record() -> EvalRecord {
    const TEXT: &str =
        include_str!("../../../tests/fixtures/first_release/runs/small-a90a6f88/eval/metrics.json");
    serde_json::from_str(TEXT).expect("a record")
}

/// What `fill` writes on a page.
pub(super) fn written(fill: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::default();
    fill(&mut page);
    markdown::write(&page)
}
