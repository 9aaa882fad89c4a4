//! Advice in sentences: what was tried first, and at most two changes against each of two causes.

use super::{against::Against, plan::Advice, remedy::Remedy, trials::told};
use crate::{
    experiment::run::record::Blamed,
    text::{significant, with_digits},
};

/// Causes that sentences go against, and untried changes for each; the table has them all.
const MOST: usize = 2;

/// What to change next, in words.
pub(crate) fn sentences(advice: &Advice) -> Vec<String> {
    let mut said = vec![];
    if advice.may_stop && advice.groups.is_empty() {
        return vec![
            "Stop here: more than a million samples would be needed to see a difference.".into(),
        ];
    }
    if let Some(share) = advice.memorised {
        let percent = with_digits(100.0 * share, 2);
        said.push(format!(
            "The network has come {percent} % of the way to memorising its training points."
        ));
    } else if let Some((known, new)) = advice.fits_points {
        said.push(format!(
            "The network fits its training points: its loss is above that of a perfect one by {} on them, and by {} on new points.",
            significant(known),
            significant(new)
        ));
    }
    if let Some(left) = advice.together {
        said.push(format!(
            "No change helps alone: without both causes W1 would be {}.",
            told(left)
        ));
    }
    let is_tried = |group: &&Against| group.left.is_none() && group.remedies[0].tried.is_some();
    let groups: Vec<_> = advice
        .groups
        .iter()
        .filter(|group| !is_tried(group))
        .collect();
    for group in groups.iter().take(MOST) {
        let prefix = match groups.len() {
            1 => String::new(),
            _ => format!("Against the {}: ", group.cause),
        };
        said.extend(of_group(group, &prefix));
    }
    for group in advice.groups.iter().filter(is_tried) {
        let prefix = "With the same network: ";
        said.extend(
            group
                .remedies
                .iter()
                .filter_map(|tried| of_tried(tried, prefix)),
        );
    }
    if advice.may_stop {
        said.push("Or stop here.".into());
    }
    said
}

fn of_group(group: &Against, prefix: &str) -> Vec<String> {
    let (tried, untried): (Vec<_>, Vec<_>) = group
        .remedies
        .iter()
        .partition(|remedy| remedy.tried.is_some());
    let mut said: Vec<_> = tried
        .into_iter()
        .filter_map(|found| of_tried(found, prefix))
        .collect();
    let untried: Vec<_> = untried.into_iter().take(MOST).map(Remedy::told).collect();
    if !untried.is_empty() {
        let all = untried.join(", or ");
        let text = match said.is_empty() {
            true => format!("{prefix}{all}."),
            false => format!("Or {all}."),
        };
        said.push(capital(text));
    }
    if group.cause == Blamed::SampleSize {
        said.push("Perfect samples of that number show half of this W1.".into());
    }
    said
}

/// A change with the number that it comes to.
fn of_tried(remedy: &Remedy, prefix: &str) -> Option<String> {
    let w1 = told(remedy.tried?);
    let told = remedy.told();
    Some(capital(format!(
        "{prefix}{told}. Tried on this run, W1 is {w1}."
    )))
}

fn capital(text: String) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}
