//! The verdict on a run in words: what dominates its error and what to change next.

use crate::{
    evaluation::verdict::{Blame, Cause, MOST, Unblamed, Verdict},
    experiment::run::record::FirstStep,
    metric::Judgement,
    target::Estimate,
    text::{significant, with_digits},
};

/// What a table says of a metric.
pub(crate) fn judgement(found: Option<Judgement>) -> &'static str {
    match found {
        Some(Judgement::Indistinguishable) => "indistinguishable",
        Some(Judgement::WorseThanNoise) => "worse than noise",
        Some(Judgement::DiffersByMoreThanNoise) => "differs by more than noise",
        None => "",
    }
}

/// The sentences of a verdict, with keys between backticks.
pub(crate) fn sentences(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Indistinguishable(found) => indistinguishable(found),
        Verdict::NothingStandsOut(found) => nothing_stands_out(found),
        Verdict::Blame(found) => blame(found),
    }
}

fn indistinguishable(found: &Unblamed) -> Vec<String> {
    let axes = if found.is_along_axes {
        " along the axes"
    } else {
        ""
    };
    let first = vec![
        format!(
            "Indistinguishable from the truth{axes} at n = {}.",
            found.num_samples
        ),
        format!(
            "Without sampling noise W1 is {}, below the {} that as many perfect samples show.",
            estimate(found.w1),
            significant(found.sample_floor)
        ),
    ];
    [first, what_next(found)].concat()
}

fn nothing_stands_out(found: &Unblamed) -> Vec<String> {
    let first = vec![
        "No cause stands out.".into(),
        format!(
            "Without sampling noise W1 is {}, where {} perfect samples show {}.",
            estimate(found.w1),
            found.num_samples,
            significant(found.sample_floor)
        ),
        "No share of it is beyond its error.".into(),
    ];
    [first, what_next(found)].concat()
}

/// What to do where nothing is to blame.
fn what_next(found: &Unblamed) -> Vec<String> {
    let Some((last, others)) = found.beyond_noise.split_last() else {
        return vec![
            "Draw more samples (`eval.num_samples`) to see a difference, or stop here.".into(),
        ];
    };
    let (names, verb) = match others {
        [] => (last.to_string(), "is"),
        others => (format!("{} and {last}", others.join(", ")), "are"),
    };
    vec![
        "But there is a difference that this does not show.".into(),
        format!("Beyond the noise {verb} {names}."),
    ]
}

fn blame(found: &Blame) -> Vec<String> {
    let of = format!("{} of W1 = {}", estimate(found.share), estimate(found.w1));
    let mut sentences = match &found.cause {
        Cause::Prior {
            terminal_signal,
            w1,
        } => prior(&of, *terminal_signal, *w1),
        Cause::Network {
            worst_timesteps,
            first_step,
        } => network(&of, *worst_timesteps, *first_step),
        Cause::Discretisation {
            num_steps,
            sampler,
            has_more_timesteps,
        } => discretisation(&of, *num_steps, sampler, *has_more_timesteps),
    };
    sentences.extend(
        found
            .rival
            .map(|rival| format!("The share of the {rival} may be as large, within the errors.")),
    );
    sentences
}

fn prior(of: &str, terminal_signal: f64, w1: Option<f64>) -> Vec<String> {
    let reach = if terminal_signal == 1.0 {
        "Raise `sigma_max` of `process.schedule` until the data is lost in the noise."
    } else {
        "Use `process.schedule` = \"cosine\" or \"vp\", or a larger `process.num_timesteps`."
    };
    vec![
        format!("The prior is to blame, for {of}."),
        format!(
            "At t = T the signal is {}, and q_T is W1 = {} from the law that sampling starts from.",
            significant(terminal_signal),
            w1.map_or("–".into(), significant),
        ),
        reach.into(),
        "Or start where the forward process ends (`sampler.start` = \"matched\").".into(),
    ]
}

fn network(
    of: &str,
    worst_timesteps: Option<(usize, usize)>,
    first_step: Option<FirstStep>,
) -> Vec<String> {
    let mut sentences = vec![format!("The network is to blame, for {of}.")];
    sentences.extend(worst_timesteps.map(|(low, high)| {
        format!(
            "{:.0} % of its excess loss sits at t = {low} to {high}.",
            100.0 * MOST
        )
    }));
    let longer = "rain longer (`train.steps`) or wider (`model.hidden_dim`).";
    match first_step {
        Some(step) => sentences.extend([
            format!(
                "The first step, to t = {}, multiplies the error of a predicted noise by {}.",
                significant(step.t),
                significant(step.gain)
            ),
            "A sampler without noise keeps that error.".into(),
            format!("Predict `v` (`model.prediction`), or t{longer}"),
        ]),
        None => sentences.push(format!("T{longer}")),
    }
    sentences
}

fn discretisation(
    of: &str,
    num_steps: usize,
    sampler: &str,
    has_more_timesteps: bool,
) -> Vec<String> {
    let more = if has_more_timesteps {
        "Take more steps (`sampler.num_steps`)."
    } else {
        "Use more timesteps (`process.num_timesteps`) or another reverse variance (`sampler.variance`)."
    };
    vec![
        format!("The discretisation is to blame, for {of}."),
        format!("{num_steps} steps are too few for `{sampler}`."),
        more.into(),
    ]
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
    use crate::experiment::run::record::Blamed;

    fn said(verdict: Verdict) -> String {
        sentences(&verdict).join(" ")
    }

    fn unblamed(beyond_noise: Vec<&'static str>) -> Unblamed {
        Unblamed {
            num_samples: 500,
            w1: Estimate::exact(0.02),
            sample_floor: 0.03,
            is_along_axes: true,
            beyond_noise,
        }
    }

    fn blamed(cause: Cause, rival: Option<Blamed>) -> String {
        said(Verdict::Blame(Blame {
            cause,
            share: Estimate {
                value: 0.1022,
                standard_error: 0.01,
            },
            w1: Estimate::exact(0.2),
            rival,
        }))
    }

    #[test]
    fn more_samples_are_asked_for_only_where_no_metric_sees_a_difference() {
        let words = said(Verdict::Indistinguishable(unblamed(vec![])));
        assert!(words.starts_with("Indistinguishable from the truth along the axes at n = 500."));
        assert!(words.contains("below the 0.03000 that") && words.contains("or stop here"));
        let words = said(Verdict::NothingStandsOut(unblamed(vec![
            "sliced_w1",
            "transport",
        ])));
        assert!(words.starts_with("No cause stands out. "), "{words}");
        assert!(words.ends_with("Beyond the noise are sliced_w1 and transport."));
        assert!(!words.contains("stop here"));
    }

    #[test]
    fn a_cause_is_blamed_with_its_own_numbers_and_its_own_remedy() {
        let network = |first_step| Cause::Network {
            worst_timesteps: Some((3, 9)),
            first_step,
        };
        let words = blamed(network(None), None);
        assert!(words.starts_with("The network is to blame, for 0.1022 ± 0.010 of W1 = 0.2000."));
        assert!(words.contains("80 % of its excess loss sits at t = 3 to 9. Train longer"));
        assert!(
            !words.contains("multiplies") && !words.contains("as large"),
            "{words}"
        );
        let step = FirstStep { t: 9.0, gain: 31.0 };
        let words = blamed(network(Some(step)), Some(Blamed::Prior));
        assert!(words.contains("to t = 9, multiplies the error of a predicted noise by 31."));
        assert!(words.ends_with("The share of the prior may be as large, within the errors."));
        let prior = |terminal_signal| Cause::Prior {
            terminal_signal,
            w1: Some(0.3),
        };
        assert!(blamed(prior(1.0), None).contains("Raise `sigma_max`"));
        assert!(blamed(prior(0.2), None).contains("\"cosine\""));
        let steps = |has_more_timesteps| Cause::Discretisation {
            num_steps: 5,
            sampler: "DDIM".into(),
            has_more_timesteps,
        };
        assert!(blamed(steps(true), None).contains("Take more steps"));
        assert!(blamed(steps(false), None).contains("Use more timesteps"));
    }
}
