//! What would be left of W1 if a cause of its error were removed.

use crate::{
    evaluation::verdict::{CAUSES, is_significant, of_cause},
    experiment::run::record::{AttributionRecord, Blamed},
    report::run::verdict::estimate,
    target::Estimate,
    text::significant,
};

/// A cause that changes W1 by less than this part of it makes no difference.
const NOTHING: f64 = 0.005;

/// Less than this part of what perfect samples show is rounding: there is nothing to remove.
const ROUNDING: f64 = 1e-5;

/// Removing a cause helps if it takes away this part of W1.
const HELPS: f64 = 0.1;

/// A cause whose removal makes W1 worse by this part hides another one.
const HARMS: f64 = 0.1;

/// What W1 would be without each cause that there is, and what follows.
pub(crate) fn sentences(found: &AttributionRecord) -> Vec<String> {
    let now = found.total().w1;
    if now < ROUNDING * found.sample_floor {
        return vec![];
    }
    let there: Vec<_> = CAUSES.into_iter().filter(|c| is_there(found, *c)).collect();
    let mut said: Vec<_> = there
        .iter()
        .enumerate()
        .map(|(i, cause)| sentence(found, *cause, i == 0))
        .collect();
    let left = |cause: &Blamed| of_cause(&found.without, *cause);
    let fraction = |cause: &Blamed| left(cause) / now;
    let helping = there.iter().filter(|c| fraction(c) < 1.0 - HELPS).count();
    match there.len() {
        0 => {}
        1 if helping == 0 => said.push("That does not help.".into()),
        2 if helping == 0 => said.push("Neither alone helps.".into()),
        _ if helping == 0 => said.push("None of them alone helps.".into()),
        _ => {}
    }
    let is_sure = |cause: &Blamed| {
        let errors = found.standard_errors.as_ref();
        let error = errors.map_or(0.0, |errors| of_cause(&errors.without, *cause));
        let of_now = found.total().standard_error.unwrap_or_default();
        is_significant(Estimate {
            value: left(cause) - now,
            standard_error: error.hypot(of_now),
        })
    };
    let worse = there
        .iter()
        .filter(|c| fraction(c) > 1.0 + HARMS && is_sure(c));
    said.extend(worse.map(|cause| {
        format!("So the error of the {cause} cancels a part of another, and W1 grows without it.")
    }));
    let absent: Vec<_> = CAUSES
        .into_iter()
        .filter(|c| !there.contains(c))
        .map(|cause| format!("the {cause}"))
        .collect();
    if let Some((last, others)) = absent.split_last()
        && !there.is_empty()
    {
        said.push(match others {
            [] => format!("Removing {last} changes nothing."),
            others => format!("Removing {} or {last} changes nothing.", others.join(", ")),
        });
    }
    said
}

/// Whether a cause changes W1, alone or beside the others.
fn is_there(found: &AttributionRecord, cause: Blamed) -> bool {
    let now = found.total().w1;
    let changes = [
        of_cause(&found.shares, cause),
        of_cause(&found.alone, cause),
        now - of_cause(&found.without, cause),
    ];
    changes.iter().any(|change| change.abs() > NOTHING * now)
}

fn sentence(found: &AttributionRecord, cause: Blamed, is_first: bool) -> String {
    let errors = found.standard_errors.as_ref();
    let left = estimate(Estimate {
        value: of_cause(&found.without, cause),
        standard_error: errors.map_or(0.0, |errors| of_cause(&errors.without, cause)),
    });
    let with = match cause {
        Blamed::Prior => "With a start from q_T",
        Blamed::Network => "With a perfect network",
        Blamed::Discretisation | Blamed::SampleSize => "With exact steps",
    };
    match is_first {
        true => format!(
            "{with} W1 would be {left} (now {}).",
            significant(found.total().w1)
        ),
        false => format!("{with} it would be {left}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::run::record::{AttributionErrors, ByCause},
        report::run::testing::record,
    };

    fn said(without: [f64; 3]) -> String {
        let mut found = record().attribution.unwrap();
        found.cells[7].w1 = 0.049;
        let numbers = |[prior, network, discretisation]: [f64; 3]| ByCause {
            prior,
            network,
            discretisation,
        };
        found.without = numbers(without);
        found.shares = numbers([0.0, 0.02, 0.02]);
        found.alone = numbers([0.0, 0.02, 0.02]);
        sentences(&found).join(" ")
    }

    #[test]
    fn removing_a_cause_is_told_by_what_it_leaves() {
        let neither = said([0.049, 0.046, 0.0505]);
        assert_eq!(
            neither,
            "With a perfect network W1 would be 0.04600 (now 0.04900). With exact steps it would be 0.05050. \
             Neither alone helps. Removing the prior changes nothing."
        );
        let helps = said([0.049, 0.01, 0.0505]);
        assert!(
            !helps.contains("helps") && !helps.contains("cancels"),
            "{helps}"
        );
        let cancels = said([0.049, 0.046, 0.061]);
        assert!(cancels.contains("So the error of the discretisation cancels a part of another"));
        assert!(said([0.03, 0.046, 0.05]).starts_with("With a start from q_T W1 would be 0.03000"));
    }

    #[test]
    fn of_rounding_nothing_is_to_be_removed() {
        let mut found = record().attribution.unwrap();
        found.sample_floor = 0.2;
        found.cells[7].w1 = 1e-8;
        assert!(sentences(&found).is_empty());
        found.cells[7].w1 = 1e-3;
        assert!(!sentences(&found).is_empty());
    }

    #[test]
    fn errors_are_told_where_there_are_some() {
        let mut found = record().attribution.unwrap();
        assert!(!sentences(&found).join(" ").contains('±'));
        // A growth within its errors is no cancellation.
        let of = |without| AttributionErrors {
            shares: ByCause::default(),
            alone: ByCause::default(),
            without: ByCause {
                network: without,
                ..ByCause::default()
            },
            main_effects: ByCause::default(),
            interactions_without: ByCause::default(),
        };
        found.cells[7].w1 = 2.892;
        found.without.network = 3.4;
        found.standard_errors = Some(of(0.45));
        let open = sentences(&found).join(" ");
        assert!(
            open.contains("3.400 ± 0.45") && !open.contains("network cancels"),
            "{open}"
        );
        found.standard_errors = Some(of(0.01));
        assert!(
            sentences(&found)
                .join(" ")
                .contains("network cancels a part of another")
        );
    }
}
