//! Sections, keys and kinds of the configuration, as entries.

use super::entry::{Entry, What};
use crate::{
    experiment::{ExperimentConfig, SWEEP},
    settings::{Domain, Kind, Place, places},
};

/// Every key of experiments and sweeps in its place.
pub(super) fn all_places() -> Vec<Place> {
    let mut all = places(ExperimentConfig::KEYS);
    all.extend(places(SWEEP));
    all
}

/// An entry for each section, key and kind. Keys that several kinds have in the same way are one entry.
pub(super) fn entries() -> Vec<Entry> {
    let mut entries: Vec<Entry> = vec![];
    for place in all_places() {
        let found = of_key(&place);
        let same = |old: &&mut Entry| {
            let without = |entry: &Entry| {
                entry
                    .facts
                    .iter()
                    .filter(|(word, _)| *word != OF)
                    .cloned()
                    .collect::<Vec<_>>()
            };
            old.name == found.name
                && old.meaning == found.meaning
                && without(old) == without(&found)
        };
        match entries.iter_mut().find(same) {
            Some(old) => join_kinds(old, &found),
            None => entries.push(found),
        }
        for kind in place.key.domain.kinds().unwrap_or_default() {
            let found = of_kind(&place, &kind);
            if !entries.contains(&found) {
                entries.push(found);
            }
        }
    }
    entries
}

/// The word before the kinds that have a key.
const OF: &str = "only of";

fn join_kinds(old: &mut Entry, more: &Entry) {
    let of = |entry: &Entry| {
        entry
            .facts
            .iter()
            .find(|(word, _)| *word == OF)
            .map(|(_, text)| text.clone())
    };
    let (Some(kind), Some((_, text))) =
        (of(more), old.facts.iter_mut().find(|(word, _)| *word == OF))
    else {
        return;
    };
    text.push_str(", ");
    text.push_str(&kind);
}

fn of_key(place: &Place) -> Entry {
    let key = &place.key;
    let what = match key.domain {
        Domain::Table(_) | Domain::Map(..) => What::Section,
        _ => What::Key,
    };
    let choices = key.domain.kinds().unwrap_or_default();
    let choices: Vec<_> = choices
        .iter()
        .map(|kind| format!("{:?}: {}", kind.name, kind.help))
        .collect();
    let range = match key.domain {
        Domain::Kinds(_) | Domain::Names(_) => choices.join("\n"),
        domain => domain.to_string(),
    };
    Entry::new(place.name(), what, key.help)
        .fact(OF, place.only_of().unwrap_or_default())
        .fact("value", range)
        .fact("default", key.default.to_string())
        .fact("unit", key.unit)
        .fact("source", key.source)
        .example(place.example())
}

fn of_kind(place: &Place, kind: &Kind) -> Entry {
    let keys = kind
        .keys
        .iter()
        .map(|key| format!("{} (default: {})", key.name, key.default));
    Entry::new(kind.name, What::Kind, kind.help)
        .fact("value of", place.name())
        .fact("source", kind.source)
        .fact("its keys", keys.collect::<Vec<_>>().join("\n"))
        .example(Some(place.example_of(kind)))
}
