//! What is wrong with samples, in words.

use crate::{
    experiment::run::record::Fault,
    text::{significant, with_digits},
};

/// One sentence or two for every fault.
pub(super) fn sentences(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(sentence).collect()
}

fn sentence(fault: &Fault) -> String {
    match fault {
        Fault::ModeWeights {
            centre,
            share,
            weight,
        } => format!(
            "Wrong mode weights: the mode at {} holds {} of the samples where {} belong.",
            place(centre),
            percent(*share),
            percent(*weight)
        ),
        Fault::Displaced { centre, found } => format!(
            "Displaced: the mode at {} has its centre at {}.",
            place(centre),
            place(found)
        ),
        Fault::Width {
            factor,
            error,
            num_modes,
        } => format!(
            "Too {}: {} {} ± {} times as wide as {} should be.",
            side(*factor > 1.0),
            if *num_modes == 1 {
                "the mode is"
            } else {
                "the modes are"
            },
            significant(*factor),
            with_digits(*error, 1),
            if *num_modes == 1 { "it" } else { "they" },
        ),
        Fault::Thickness {
            factor,
            error,
            num_curves,
        } => format!(
            "Too {}: {} {} ± {} times as thick as {} should be.",
            side(*factor > 1.0),
            if *num_curves == 1 {
                "the curve is"
            } else {
                "the curves are"
            },
            significant(*factor),
            with_digits(*error, 1),
            if *num_curves == 1 { "it" } else { "they" },
        ),
        Fault::Spread {
            direction,
            samples,
            data,
            correlation,
        } => spread(direction, *samples, *data, *correlation),
        Fault::Elsewhere { share, truth } => format!(
            "Mass where there is none: {} of the samples lie outside the region that holds {} of the truth.",
            percent(*share),
            percent(1.0 - truth)
        ),
        Fault::Crowded { share, truth } => format!(
            "Too narrow: {} of the samples lie in the outer part of the truth, which holds {} of it.",
            percent(*share),
            percent(*truth)
        ),
        Fault::Missed { share, truth } => format!(
            "Missed: {} of the truth lies outside the region that holds {} of the model.",
            percent(*share),
            percent(1.0 - truth)
        ),
    }
}

fn side(is_wide: bool) -> &'static str {
    if is_wide { "wide" } else { "narrow" }
}

fn spread(direction: &[f64], samples: f64, data: f64, correlation: Option<(f64, f64)>) -> String {
    let first = format!(
        "Too {} along {}: the standard deviation is {} where {} belongs.",
        side(samples > data),
        place(direction),
        significant(samples),
        significant(data)
    );
    // What rounds to the same correlation is no difference that a reader sees.
    let shown = correlation.map(|(own, truth)| (format!("{own:.3}"), format!("{truth:.3}")));
    match shown.filter(|(own, truth)| own != truth) {
        Some((own, truth)) => {
            format!("{first} The correlation is {own} and should be {truth}.")
        }
        None => first,
    }
}

/// The coordinates of a point, or its only one.
pub(super) fn place(at: &[f64]) -> String {
    let numbers: Vec<_> = at.iter().map(|x| significant(*x)).collect();
    match numbers.as_slice() {
        [one] => one.clone(),
        all => format!("({})", all.join(", ")),
    }
}

pub(super) fn percent(fraction: f64) -> String {
    format!("{} %", with_digits(100.0 * fraction, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_own_sentence() {
        assert!(sentences(&[]).is_empty());
        let mode = |factor, num_modes| Fault::Width {
            factor,
            error: 0.012,
            num_modes,
        };
        for (fault, expected) in [
            (
                mode(1.3, 1),
                "Too wide: the mode is 1.300 ± 0.01 times as wide as it should be.",
            ),
            (
                mode(0.7, 4),
                "Too narrow: the modes are 0.7000 ± 0.01 times as wide as they should be.",
            ),
            (
                Fault::Thickness {
                    factor: 1.5,
                    error: 0.02,
                    num_curves: 2,
                },
                "Too wide: the curves are 1.500 ± 0.02 times as thick as they should be.",
            ),
            (
                Fault::ModeWeights {
                    centre: vec![3.0],
                    share: 0.31,
                    weight: 0.2,
                },
                "Wrong mode weights: the mode at 3 holds 31 % of the samples where 20 % belong.",
            ),
            (
                Fault::Displaced {
                    centre: vec![3.0, 0.0],
                    found: vec![3.2, 0.0],
                },
                "Displaced: the mode at (3, 0) has its centre at (3.200, 0).",
            ),
            (
                Fault::Elsewhere {
                    share: 0.062,
                    truth: 0.01,
                },
                "Mass where there is none: 6.2 % of the samples lie outside the region that holds 99 % of the truth.",
            ),
            (
                Fault::Crowded {
                    share: 0.001,
                    truth: 0.01,
                },
                "Too narrow: 0.10 % of the samples lie in the outer part of the truth, which holds 1 % of it.",
            ),
            (
                Fault::Missed {
                    share: 0.2,
                    truth: 0.01,
                },
                "Missed: 20 % of the truth lies outside the region that holds 99 % of the model.",
            ),
        ] {
            assert_eq!(sentences(&[fault]), [expected]);
        }
    }

    #[test]
    fn a_correlation_is_told_where_it_differs() {
        let ridge = |correlation| {
            let fault = Fault::Spread {
                direction: vec![0.6, -0.8],
                samples: 2.95,
                data: 1.93,
                correlation,
            };
            sentence(&fault)
        };
        assert_eq!(
            ridge(Some((0.892, 0.951))),
            "Too wide along (0.6000, -0.8000): the standard deviation is 2.950 where 1.930 belongs. \
             The correlation is 0.892 and should be 0.951."
        );
        assert!(!ridge(None).contains("correlation"));
        assert!(!ridge(Some((0.1001, 0.1002))).contains("correlation"));
    }
}
