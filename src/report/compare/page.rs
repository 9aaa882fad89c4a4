//! The page of a comparison: `report.md`.

use super::{compared::Compared, introduction};
use crate::{
    experiment::sweep::gathered::Gathered,
    report::{
        page::{sentence::Sentence, tree::Page},
        sweep::{differences, results},
    },
};

/// The page. `figures` are those that were drawn: file name and caption.
pub(super) fn page(gathered: &Gathered, all: &[Compared], figures: &[(String, String)]) -> Page {
    let mut page = Page::default();
    page.heading(1, "Comparison of runs");
    introduction::section(&mut page, gathered, all);
    for (place, found) in all.iter().enumerate() {
        let title = match all.len() {
            1 => format!("Data: {}", found.law),
            _ => format!("Data {}: {}", place + 1, found.law),
        };
        page.heading(2, Sentence::verbatim(title));
        page.paragraph([only_setting(found), varied(found)]);
        results::section(&mut page, 3, &found.summary);
        if let Some(compared) = &found.distances {
            differences::section(&mut page, 3, &found.summary, compared);
        }
        if let Some(training) = &found.training {
            training.section(&mut page, 3);
        }
        found.sampling.section(&mut page, 3);
    }
    if !figures.is_empty() {
        page.heading(2, "Figures");
    }
    for (name, caption) in figures {
        page.figure(name.clone(), caption.clone());
    }
    page
}

fn only_setting(found: &Compared) -> Option<Sentence> {
    (found.summary.groups.len() == 1)
        .then(|| "One setting alone is on this data, so nothing is compared.".into())
}

fn varied(found: &Compared) -> Option<Sentence> {
    let keys = found.summary.keys.iter().map(|key| format!("`{key}`"));
    let keys: Vec<_> = keys.collect();
    (!keys.is_empty()).then(|| format!("What varies: {}.", keys.join(", ")).into())
}
