//! What was tried on a run, and is better.

use super::remedy::Remedy;
use crate::{
    experiment::run::record::{AlternativeRecord, AttributionRecord, EvalRecord},
    report::run::verdict::estimate,
    target::Estimate,
    text::significant,
    truth::SIGNIFICANT,
};

/// A change is better if it takes away this part of W1.
const BETTER: f64 = 0.1;

/// W1 of the run.
pub(crate) fn now(found: &AttributionRecord) -> Estimate {
    of_cell(found, 7)
}

/// W1 of a combination of causes.
pub(super) fn of_cell(found: &AttributionRecord, index: usize) -> Estimate {
    let cell = &found.cells[index];
    Estimate {
        value: cell.w1,
        standard_error: cell.standard_error.unwrap_or_default(),
    }
}

/// Whether an alternative changes where sampling starts, and nothing else.
pub(super) fn is_start(alternative: &AlternativeRecord) -> bool {
    let starts = |set: &String| set.starts_with("sampler.start=");
    alternative.set.iter().all(starts)
}

/// An error below this part of a number is not told with it.
const TINY: f64 = 1e-3;

/// A number, with its error where that is worth telling.
pub(super) fn told(w1: Estimate) -> String {
    match w1.standard_error < TINY * w1.value.abs() {
        true => significant(w1.value),
        false => estimate(w1),
    }
}

pub(crate) fn w1(alternative: &AlternativeRecord) -> Estimate {
    Estimate {
        value: alternative.w1,
        standard_error: alternative.w1_error.unwrap_or_default(),
    }
}

/// The best of what was tried of the start, or of the steps, if it is better by more than the errors.
pub(super) fn best(record: &EvalRecord, of_start: bool) -> Option<Remedy> {
    let found = record.attribution.as_ref()?;
    let tried = record.alternatives.iter();
    let best = tried
        .filter(|tried| is_start(tried) == of_start && tried.w1_error.is_some())
        .min_by(|a, b| a.w1.total_cmp(&b.w1))?;
    is_better(found, w1(best)).then(|| Remedy {
        words: match of_start {
            true if best.set[0].ends_with("exact") => "start from q_T itself".into(),
            true => "start from a normal law with the moments of q_T".into(),
            false => format!("draw by `{}`", best.sampler),
        },
        set: best.set.clone(),
        tried: Some(w1(best)),
    })
}

/// Whether W1 is smaller than that of the run by more than chance.
pub(super) fn is_better(found: &AttributionRecord, w1: Estimate) -> bool {
    let now = now(found);
    let gain = now.value - w1.value;
    let error = now.standard_error.hypot(w1.standard_error);
    gain > BETTER * now.value && gain > SIGNIFICANT * error
}

/// Whether these settings were tried.
pub(super) fn were_tried(record: &EvalRecord, set: &[String]) -> bool {
    record.alternatives.iter().any(|tried| tried.set == set)
}
