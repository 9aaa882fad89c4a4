//! What a page says of single modes: those that are lost, and those too rare to be seen.

use super::fault_words::{percent, place};
use crate::evaluation::mode_finding::ModeFinding;

/// Modes that are told one by one.
const MOST_TOLD: usize = 3;

/// The sentences on the modes for so many samples.
pub(super) fn sentences(found: &ModeFinding, num_samples: usize) -> Vec<String> {
    let lost = found.lost.iter().take(MOST_TOLD).map(|mode| {
        format!(
            "The mode at {} is lost: it holds {} of the samples where {} belong.",
            place(&mode.centre),
            percent(mode.share),
            percent(mode.weight)
        )
    });
    let mut said: Vec<_> = lost.collect();
    said.extend(more(found.lost.len(), "are lost"));
    let rare = found.rare.iter().take(MOST_TOLD).map(|(mode, none)| {
        format!(
            "Nothing can be said of the mode at {}: {} of perfect sets of {num_samples} samples have none of it.",
            place(&mode.centre),
            percent(*none)
        )
    });
    said.extend(rare);
    said.extend(more(found.rare.len(), "are too rare as well"));
    said
}

/// What the word "mode" leaves out of the metric of the modes.
pub(super) fn nested(found: &ModeFinding) -> Option<String> {
    let count = found.num_nested;
    (count > 0).then(|| {
        format!(
            "`mode_weight_error` counts components, and {count} of them {} the centre of another.",
            if count == 1 { "has" } else { "have" }
        )
    })
}

fn more(count: usize, what: &str) -> Option<String> {
    let more = count.saturating_sub(MOST_TOLD);
    (more > 0).then(|| format!("{more} more modes {what}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::mode_finding::Mode;

    fn mode(centre: Vec<f64>, weight: f64, share: f64) -> Mode {
        Mode {
            centre,
            weight,
            share,
        }
    }

    #[test]
    fn only_modes_that_are_lost_or_rare_are_told() {
        assert!(sentences(&ModeFinding::default(), 50).is_empty());
        assert_eq!(nested(&ModeFinding::default()), None);
        let found = ModeFinding {
            lost: vec![mode(vec![0.3], 0.198, 0.0023); 5],
            rare: vec![(mode(vec![5.0, -1.0], 0.01, 0.0), 0.608)],
            num_nested: 1,
        };
        let said = sentences(&found, 50);
        assert_eq!(
            said[0],
            "The mode at 0.3000 is lost: it holds 0.23 % of the samples where 20 % belong."
        );
        assert_eq!(said[3], "2 more modes are lost.");
        assert!(
            said[4].ends_with("at (5, -1): 61 % of perfect sets of 50 samples have none of it.")
        );
        assert_eq!(said.len(), 5);
        assert!(nested(&found).unwrap().contains("1 of them has"));
    }
}
