//! The size with which a page opens: how many samples can be told from the truth.

use crate::{
    evaluation::verdict::Verdict,
    experiment::run::record::{ToldBy, ToldRecord},
};

/// The size, and what it means.
pub(super) fn size(verdict: &Verdict) -> Vec<String> {
    let Some(told) = &verdict.told else {
        return vec![];
    };
    let mut said = vec![lead(told, truth(verdict))];
    said.extend(meaning(told));
    said.extend(other_than_these(told, verdict.num_samples));
    said
}

/// What the samples are held against.
pub(super) fn truth(verdict: &Verdict) -> &'static str {
    match verdict.is_law_known {
        true => "truth",
        false => "test points",
    }
}

fn lead(told: &ToldRecord, truth: &str) -> String {
    match told.samples {
        None => format!(
            "It takes more than {} samples to tell these from the {truth}.",
            told.largest
        ),
        Some(n) if n <= told.smallest => {
            format!("{n} samples or fewer are enough to tell these from the {truth}.")
        }
        Some(n) => format!(
            "About {} samples are enough to tell these from the {truth}.",
            rounded(n)
        ),
    }
}

/// When they are told, and what was tried.
fn meaning(told: &ToldRecord) -> Option<String> {
    let of = match told.by {
        ToldBy::Subsets => "subsets of the samples",
        ToldBy::ExactLaw => "draws from the exact law of the samples",
    };
    told.samples
        .map(|_| format!("Of so many, the tests below reject nine in ten {of}."))
}

/// Where the samples at hand are told and fewer than nine in ten sets of as many, or the other way round.
fn other_than_these(told: &ToldRecord, num_samples: usize) -> Option<String> {
    let are_told = !told.rejected.is_empty();
    let would_be = told.samples.is_some_and(|n| n <= num_samples);
    match (are_told, would_be) {
        (true, false) => Some(format!(
            "The tests reject these {num_samples} samples, and fewer than nine in ten sets of as many."
        )),
        (false, true) => Some(format!(
            "The tests do not reject these {num_samples} samples, but most sets of as many."
        )),
        _ => None,
    }
}

/// Two digits of a number.
fn rounded(n: usize) -> usize {
    let digits = n.checked_ilog10().unwrap_or(0);
    let unit = 10usize.pow(digits.saturating_sub(1));
    (n + unit / 2) / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{judged::Judgements, mode_finding::ModeFinding};

    fn said(samples: Option<usize>, by: ToldBy, rejected: &[&str]) -> String {
        let verdict = Verdict {
            judgements: Judgements {
                num_judged: 5,
                by_samples: vec![],
                without_samples: vec![],
                law_in_floors: None,
            },
            is_law_known: true,
            told: Some(ToldRecord {
                samples,
                smallest: 10,
                largest: 10_000,
                by,
                level: 0.01,
                num_tests: 5,
                rejected: rejected.iter().map(|name| name.to_string()).collect(),
            }),
            faults: vec![],
            failed: None,
            modes: ModeFinding::default(),
            num_samples: 3000,
            finding: None,
        };
        size(&verdict).join(" ")
    }

    /// Of a file no truth is known.
    #[test]
    fn samples_of_a_file_are_told_from_its_test_points() {
        let told = ToldRecord {
            samples: Some(42),
            smallest: 10,
            largest: 2000,
            by: ToldBy::Subsets,
            level: 0.01,
            num_tests: 4,
            rejected: vec![],
        };
        let words = lead(&told, "test points");
        assert_eq!(
            words,
            "About 42 samples are enough to tell these from the test points."
        );
    }

    #[test]
    fn the_size_is_what_was_found() {
        let words = said(Some(417), ToldBy::Subsets, &["w1"]);
        assert_eq!(
            words,
            "About 420 samples are enough to tell these from the truth. \
             Of so many, the tests below reject nine in ten subsets of the samples."
        );
        let words = said(Some(10), ToldBy::ExactLaw, &["w1"]);
        assert!(words.starts_with("10 samples or fewer are enough") && !words.contains("About"));
        assert!(words.contains("nine in ten draws from the exact law"));
        let words = said(None, ToldBy::ExactLaw, &[]);
        assert_eq!(
            words,
            "It takes more than 10000 samples to tell these from the truth."
        );
    }

    #[test]
    fn samples_that_are_not_like_most_sets_are_told() {
        let by_chance = said(None, ToldBy::ExactLaw, &["w1"]);
        assert!(
            by_chance.ends_with("these 3000 samples, and fewer than nine in ten sets of as many.")
        );
        let by_luck = said(Some(2000), ToldBy::ExactLaw, &[]);
        assert!(by_luck.ends_with("do not reject these 3000 samples, but most sets of as many."));
        assert!(!said(Some(5000), ToldBy::ExactLaw, &[]).contains("these 3000"));
        assert!(!said(Some(2000), ToldBy::ExactLaw, &["w1"]).contains("these 3000"));
    }

    #[test]
    fn two_digits_are_kept() {
        let found = [7, 10, 99, 104, 105, 417, 9949, 9999].map(rounded);
        assert_eq!(found, [7, 10, 99, 100, 110, 420, 9900, 10_000]);
    }
}
