//! The verdict on a run in words: what tells it from a perfect model, and what is to blame.

use crate::{
    evaluation::{
        judged::{Judged, Judgements},
        verdict::{
            Blame, Cause, FailedTraining, Finding, LargestShare, MOST, Rival, Unblamed, Validation,
            Verdict,
        },
    },
    experiment::run::record::FirstStep,
    metric::Judgement,
    report::run::{fault_words, mode_words, told_words},
    target::Estimate,
    text::{significant, with_digits},
    truth::SIGNIFICANT,
};

/// What a table says of a metric.
pub(crate) fn judgement(found: Option<Judged>) -> &'static str {
    match found {
        Some(Judged::ByNoise(Judgement::Indistinguishable)) => "indistinguishable",
        Some(Judged::ByNoise(Judgement::WorseThanNoise)) => "worse than noise",
        Some(Judged::ByNoise(Judgement::DiffersByMoreThanNoise)) => "differs by more than noise",
        Some(Judged::ByError {
            is_beyond: true, ..
        }) => "above 0 beyond its error",
        Some(Judged::ByError {
            is_beyond: false, ..
        }) => "0 within its error",
        Some(Judged::NoValue) => "beyond noise: it has no value",
        None => "",
    }
}

/// The sentences of a verdict, with keys between backticks.
pub(crate) fn sentences(verdict: &Verdict) -> Vec<String> {
    [judged(verdict), blamed(verdict)].concat()
}

/// The judgement of all metrics together, and of the modes: first a size, then the evidence, then what is wrong.
pub(crate) fn judged(verdict: &Verdict) -> Vec<String> {
    let judgements = &verdict.judgements;
    let n = verdict.num_samples;
    let beyond = judgements.beyond();
    let mut said = told_words::size(verdict);
    match (judgements.num_judged, beyond.as_slice()) {
        (0, _) => said.push("No metric can be judged.".into()),
        (all, []) => {
            said.push(format!("None of {all} judged metrics is beyond noise."));
            let truth = told_words::truth(verdict);
            said.push(format!("Indistinguishable from the {truth} at n = {n}."));
        }
        (all, names) => said.push(format!(
            "{} of {all} judged metrics {} beyond noise: {}.",
            names.len(),
            if names.len() == 1 { "is" } else { "are" },
            names.join(", ")
        )),
    }
    said.extend(law_in_floors(judgements));
    if judgements.by_samples.is_empty() && !beyond.is_empty() {
        said.push(format!("{n} samples do not show the difference."));
    }
    said.extend(fault_words::sentences(&verdict.faults));
    said.extend(mode_words::sentences(&verdict.modes, n));
    said
}

/// How large the exact distance is where it is beyond its own error.
fn law_in_floors(judgements: &Judgements) -> Option<String> {
    let floors = judgements.law_in_floors?;
    judgements.without_samples.contains(&"w1_law").then(|| {
        format!(
            "`w1_law` is {} noise floors of `w1`.",
            with_digits(floors, 2)
        )
    })
}

/// What is to blame.
pub(crate) fn blamed(verdict: &Verdict) -> Vec<String> {
    let failed = verdict.failed.map(failed);
    let found = match &verdict.finding {
        None => vec![],
        Some(Finding::BelowFloor(found)) => {
            let hides = what_it_hides(verdict);
            below_floor(found).into_iter().chain(hides).collect()
        }
        Some(Finding::WithinErrors(found, largest)) => within_errors(found, largest),
        Some(Finding::Blame(found)) => blame(found),
    };
    failed.into_iter().chain(found).collect()
}

fn failed(found: FailedTraining) -> String {
    match found.loss {
        Some(loss) => format!(
            "The training has failed: its loss is {}, and a network that always gives the same answer has {}.",
            significant(loss),
            significant(found.constant)
        ),
        None => "The training has failed: its loss is no finite number.".into(),
    }
}

fn below_floor(found: &Unblamed) -> Vec<String> {
    let axes = if found.is_along_axes {
        " along the axes"
    } else {
        ""
    };
    vec![
        "No cause is blamed.".into(),
        format!(
            "Without sampling noise W1{axes} is {}, below the {} that as many perfect samples show on average.",
            estimate(found.w1),
            significant(found.sample_floor)
        ),
    ]
}

fn within_errors(found: &Unblamed, largest: &LargestShare) -> Vec<String> {
    let share = largest.share;
    let mut said = vec![
        "No cause stands out.".into(),
        format!(
            "Without sampling noise W1 is {}, and as many perfect samples show {}.",
            estimate(found.w1),
            significant(found.sample_floor)
        ),
        format!(
            "The largest share, that of the {}, is {} standard errors above 0, and blame takes {SIGNIFICANT}.",
            largest.cause,
            with_digits(share.value / share.standard_error, 3)
        ),
    ];
    said.extend(
        largest
            .is_limited_by_samples
            .then(|| "More samples make these errors smaller (`eval.num_samples`).".into()),
    );
    said
}

/// What W1 does not show where it is below its floor.
fn what_it_hides(verdict: &Verdict) -> Option<String> {
    let others = !verdict.judgements.by_samples.is_empty();
    others.then(|| "So W1 does not show what the other metrics see.".into())
}

fn blame(found: &Blame) -> Vec<String> {
    let mut said = vec![format!(
        "The {} is to blame, for {} of W1{} = {}.",
        found.cause.blamed(),
        estimate(found.share),
        if found.is_along_axes {
            " along the axes"
        } else {
            ""
        },
        estimate(found.w1)
    )];
    said.extend(threshold(found.share));
    said.extend(found.rival.map(rival));
    said.extend(evidence(&found.cause));
    said
}

/// How sure it is that a share is not chance, where it has an error.
fn threshold(share: Estimate) -> Option<String> {
    (share.standard_error > 0.0).then(|| {
        format!(
            "That is {} standard errors above 0, and blame takes {SIGNIFICANT}.",
            with_digits(share.value / share.standard_error, 3)
        )
    })
}

fn rival(rival: Rival) -> String {
    let share = estimate(rival.share);
    match rival.is_open {
        true => format!(
            "The share of the {}, {share}, may be as large within the errors.",
            rival.cause
        ),
        false => format!(
            "The share of the {} is nearly as large: {share}.",
            rival.cause
        ),
    }
}

/// What is known of a cause.
fn evidence(cause: &Cause) -> Vec<String> {
    match cause {
        Cause::Prior {
            terminal_signal,
            w1,
        } => prior(*terminal_signal, *w1),
        Cause::Network {
            worst_timesteps,
            first_step,
            better_before,
        } => network(*worst_timesteps, *first_step, *better_before),
        Cause::Discretisation {
            num_steps,
            sampler,
            chooses_steps,
        } => vec![match chooses_steps {
            true => format!("The steps that `{sampler}` chooses are too long."),
            false => format!("{num_steps} steps are too few for `{sampler}`."),
        }],
    }
}

fn prior(terminal_signal: f64, w1: Option<f64>) -> Vec<String> {
    let apart = w1.map(|w1| {
        format!(
            "q_T is W1 = {} from the law that sampling starts from.",
            significant(w1)
        )
    });
    // The signal of an exploding process is 1 at every t.
    let signal = (terminal_signal < 1.0)
        .then(|| format!("At t = T the signal is {}.", significant(terminal_signal)));
    signal.into_iter().chain(apart).collect()
}

fn network(
    worst_timesteps: Option<(usize, usize)>,
    first_step: Option<FirstStep>,
    better_before: Option<Validation>,
) -> Vec<String> {
    let most = 100.0 * MOST;
    let worst = worst_timesteps.map(|(low, high)| match low == high {
        true => format!("{most:.0} % of its excess loss sits at t = {low}."),
        false => format!("{most:.0} % of its excess loss sits at t = {low} to {high}."),
    });
    let step = first_step.map(|step| {
        format!(
            "The first step, to t = {}, multiplies the error of a predicted noise by {}, and no noise makes up for it.",
            significant(step.t),
            significant(step.gain)
        )
    });
    let better = better_before.map(|found| {
        format!(
            "More training made it worse: its excess loss was {} at step {} and is {} now.",
            significant(found.excess),
            found.step,
            significant(found.now)
        )
    });
    [worst, step, better].into_iter().flatten().collect()
}

/// A number, with its standard error where it has one.
pub(crate) fn estimate(found: Estimate) -> String {
    match found.standard_error {
        error if error > 0.0 => {
            format!("{} ± {}", significant(found.value), with_digits(error, 2))
        }
        _ => significant(found.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evaluation::mode_finding::ModeFinding, experiment::run::record::Blamed};

    fn verdict(by_samples: Vec<&'static str>, finding: Option<Finding>) -> Verdict {
        Verdict {
            judgements: Judgements {
                num_judged: 9,
                by_samples,
                without_samples: vec![],
                law_in_floors: Some(0.31),
            },
            is_law_known: true,
            told: None,
            faults: vec![],
            failed: None,
            modes: ModeFinding::default(),
            num_samples: 500,
            finding,
        }
    }

    fn said(verdict: &Verdict) -> String {
        sentences(verdict).join(" ")
    }

    fn unblamed() -> Unblamed {
        Unblamed {
            w1: Estimate::exact(0.02),
            sample_floor: 0.03,
            is_along_axes: true,
        }
    }

    fn blamed(cause: Cause, rival: Option<Rival>) -> String {
        let blame = Finding::Blame(Blame {
            cause,
            share: Estimate {
                value: 0.1022,
                standard_error: 0.01,
            },
            w1: Estimate::exact(0.2),
            is_along_axes: false,
            rival,
        });
        sentences(&verdict(vec!["w1"], Some(blame))).join(" ")
    }

    fn network(first_step: Option<FirstStep>) -> Cause {
        Cause::Network {
            worst_timesteps: Some((3, 9)),
            first_step,
            better_before: None,
        }
    }

    #[test]
    fn a_run_is_the_truth_only_where_no_metric_sees_a_difference() {
        let below = || Some(Finding::BelowFloor(unblamed()));
        let words = said(&verdict(vec![], below()));
        assert!(words.starts_with("None of 9 judged metrics is beyond noise. Indistinguishable"));
        assert!(words.contains("along the axes is 0.02000, below the 0.03000 that"));
        assert!(words.ends_with("show on average."), "{words}");
        let words = said(&verdict(vec!["log_likelihood", "w1"], below()));
        assert!(
            words.starts_with(
                "2 of 9 judged metrics are beyond noise: log_likelihood, w1. No cause"
            ),
            "{words}"
        );
        assert!(words.ends_with("So W1 does not show what the other metrics see."));
        for wrong in [
            "stop here",
            "Indistinguishable",
            "do not show",
            "noise floors",
        ] {
            assert!(!words.contains(wrong), "{wrong}: {words}");
        }
    }

    #[test]
    fn the_exact_law_sees_what_samples_do_not() {
        let mut verdict = verdict(vec![], Some(Finding::BelowFloor(unblamed())));
        verdict.judgements.without_samples = vec!["w1_law"];
        let words = said(&verdict);
        assert!(
            words.starts_with(
                "1 of 9 judged metrics is beyond noise: w1_law. `w1_law` is 0.31 noise floors of `w1`. \
                 500 samples do not show the difference."
            ),
            "{words}"
        );
        assert!(!words.contains("stop here") && !words.contains("Indistinguishable"));
    }

    #[test]
    fn the_threshold_of_blame_is_named() {
        let largest = |is_limited_by_samples| LargestShare {
            cause: Blamed::Network,
            share: Estimate {
                value: 0.1022,
                standard_error: 0.037,
            },
            is_limited_by_samples,
        };
        let within = |limited| Some(Finding::WithinErrors(unblamed(), largest(limited)));
        let words = said(&verdict(vec!["w1"], within(true)));
        assert!(words.ends_with("(`eval.num_samples`)."));
        assert!(!said(&verdict(vec!["w1"], within(false))).contains("num_samples"));
        assert!(words.contains(
            "that of the network, is 2.76 standard errors above 0, and blame takes 2.95."
        ));
        assert!(words.contains("No cause stands out.") && !words.contains("to blame"));
        let words = blamed(network(None), None);
        assert!(words.contains("That is 10.2 standard errors above 0, and blame takes 2.95."));
        let exact = |is_along_axes| {
            let finding = Finding::Blame(Blame {
                cause: network(None),
                share: Estimate::exact(0.1),
                w1: Estimate::exact(0.2),
                is_along_axes,
                rival: None,
            });
            said(&verdict(vec![], Some(finding)))
        };
        assert!(!exact(false).contains("standard errors") && !exact(false).contains("axes"));
        assert!(exact(true).contains("for 0.1000 of W1 along the axes = 0.2000."));
    }

    #[test]
    fn a_cause_is_blamed_with_its_own_numbers() {
        let words = blamed(network(None), None);
        assert!(words.contains("The network is to blame, for 0.1022 ± 0.010 of W1 = 0.2000."));
        assert!(words.contains("80 % of its excess loss sits at t = 3 to 9."));
        assert!(
            !words.contains("multiplies") && !words.contains("as large"),
            "{words}"
        );
        let step = FirstStep { t: 9.0, gain: 31.0 };
        let words = blamed(network(Some(step)), None);
        assert!(words.contains("to t = 9, multiplies the error of a predicted noise by 31,"));
        let prior = |terminal_signal| Cause::Prior {
            terminal_signal,
            w1: Some(0.3),
        };
        assert!(!blamed(prior(1.0), None).contains("the signal is"));
        assert!(blamed(prior(0.2), None).contains("At t = T the signal is 0.2000."));
        let steps = |chooses_steps| Cause::Discretisation {
            num_steps: 5,
            sampler: "DDIM".into(),
            chooses_steps,
        };
        assert!(blamed(steps(false), None).contains("5 steps are too few for `DDIM`."));
        let words = blamed(steps(true), None);
        assert!(words.contains("chooses are too long"), "{words}");
        assert!(!words.contains("too few"));
    }

    #[test]
    fn a_near_tie_names_both_causes() {
        let rival = |is_open| Rival {
            cause: Blamed::Discretisation,
            share: Estimate::exact(0.1),
            is_open,
        };
        let words = blamed(network(None), Some(rival(false)));
        assert!(words.contains("The share of the discretisation is nearly as large: 0.1000."));
        let words = blamed(network(None), Some(rival(true)));
        assert!(words.contains("may be as large within the errors."));
        assert!(!blamed(network(None), None).contains("as large"));
    }

    #[test]
    fn a_training_that_failed_is_named_before_any_cause() {
        let finding = Finding::Blame(Blame {
            cause: network(None),
            share: Estimate::exact(0.1),
            w1: Estimate::exact(0.2),
            is_along_axes: false,
            rival: None,
        });
        let mut verdict = verdict(vec!["w1"], Some(finding));
        assert!(!said(&verdict).contains("has failed"));
        verdict.failed = Some(FailedTraining {
            loss: Some(85.0),
            constant: 1.0,
        });
        let words = said(&verdict);
        assert!(words.contains("The training has failed: its loss is 85, and a network that"));
    }

    #[test]
    fn a_network_that_more_training_made_worse_is_told() {
        let cause = Cause::Network {
            worst_timesteps: None,
            first_step: None,
            better_before: Some(Validation {
                step: 400,
                excess: 0.01,
                now: 0.03,
            }),
        };
        let words = blamed(cause, None);
        assert!(words.contains("its excess loss was 0.01000 at step 400 and is 0.03000 now."));
        assert!(!blamed(network(None), None).contains("made it worse"));
    }

    #[test]
    fn every_sentence_is_short() {
        let step = FirstStep { t: 9.0, gain: 31.0 };
        let rival = Rival {
            cause: Blamed::Discretisation,
            share: Estimate::exact(0.1),
            is_open: true,
        };
        let words = blamed(network(Some(step)), Some(rival));
        for sentence in words.split_inclusive(". ") {
            assert!(sentence.split_whitespace().count() <= 30, "{sentence}");
        }
    }
}
