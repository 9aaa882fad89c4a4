//! Which causes are worth removing: those whose removal leaves less of W1.

use super::trials::{is_better, of_cell};
use crate::{
    evaluation::verdict::{CAUSES, of_cause},
    experiment::run::record::{AttributionRecord, Blamed},
    target::Estimate,
};

/// A cause to go against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Target {
    pub(super) cause: Blamed,
    /// W1 of the run without it.
    pub(super) left: Estimate,
}

/// Causes to go against.
#[derive(Debug, PartialEq)]
pub(super) enum Targets {
    /// Removing any of them helps: that which is to blame first, then by what removing it leaves.
    Each(Vec<Target>),
    /// No removal helps alone. Without both of these W1 is smaller.
    Together([Target; 2], Estimate),
    /// Nothing helps.
    None,
}

impl Targets {
    pub(super) fn of(found: &AttributionRecord) -> Self {
        let target = |cause: Blamed| {
            let errors = found.standard_errors.as_ref();
            Target {
                cause,
                left: Estimate {
                    value: of_cause(&found.without, cause),
                    standard_error: errors.map_or(0.0, |errors| of_cause(&errors.without, cause)),
                },
            }
        };
        let all = CAUSES.map(target);
        let helps = |target: &&Target| is_better(found, target.left);
        let mut each: Vec<_> = all.iter().filter(helps).copied().collect();
        if !each.is_empty() {
            let order = |target: &Target| (target.cause != found.verdict, target.left.value);
            each.sort_by(|a, b| {
                order(a)
                    .partial_cmp(&order(b))
                    .unwrap_or(std::cmp::Ordering::Equal)
            });
            return Self::Each(each);
        }
        // The run without both causes of a pair is the cell of the third alone.
        let pair = |third: usize| {
            let others: Vec<_> = (0..3).filter(|i| *i != third).map(|i| all[i]).collect();
            ([others[0], others[1]], of_cell(found, 1 << third))
        };
        let pairs = [0, 1, 2].map(pair).into_iter();
        let best = pairs
            .filter(|(_, left)| is_better(found, *left))
            .min_by(|a, b| a.1.value.total_cmp(&b.1.value));
        best.map_or(Self::None, |(pair, left)| Self::Together(pair, left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::run::testing::record;

    /// Cells by the bits of prior, network and discretisation.
    fn targets(cells: [f64; 8], verdict: Blamed) -> Targets {
        let mut found = record().attribution.unwrap();
        for (cell, w1) in found.cells.iter_mut().zip(cells) {
            cell.w1 = w1;
        }
        found.without.prior = cells[6];
        found.without.network = cells[5];
        found.without.discretisation = cells[3];
        found.verdict = verdict;
        Targets::of(&found)
    }

    fn causes(found: &Targets) -> Vec<Blamed> {
        match found {
            Targets::Each(all) => all.iter().map(|target| target.cause).collect(),
            Targets::Together(pair, _) => pair.map(|target| target.cause).to_vec(),
            Targets::None => vec![],
        }
    }

    #[test]
    fn causes_are_gone_against_where_that_leaves_less() {
        let both = [0.0, 0.0, 0.1, 0.1, 0.1, 0.1, 0.2, 0.2];
        let found = targets(both, Blamed::Network);
        assert_eq!(causes(&found), [Blamed::Network, Blamed::Discretisation]);
        let found = targets(both, Blamed::Discretisation);
        assert_eq!(causes(&found), [Blamed::Discretisation, Blamed::Network]);
        // Without the network's error W1 grows: it cancels a part of that of the steps.
        let cancels = [0.0, 0.0, 0.1, 0.1, 0.3, 0.3, 0.2, 0.2];
        let found = targets(cancels, Blamed::Network);
        assert_eq!(causes(&found), [Blamed::Discretisation]);
    }

    #[test]
    fn where_no_removal_helps_alone_two_are_removed_together() {
        let found = targets([0.0, 0.01, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2], Blamed::Network);
        assert_eq!(causes(&found), [Blamed::Network, Blamed::Discretisation]);
        assert!(matches!(found, Targets::Together(_, left) if left.value == 0.01));
        let found = targets([0.0, 0.19, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2], Blamed::Network);
        assert_eq!(found, Targets::None);
    }
}
