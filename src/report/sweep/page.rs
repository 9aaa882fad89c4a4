//! The page of a sweep: `report.md`.

use crate::{
    experiment::{run::listing::RunRow, sweep::summary::Summary},
    report::{
        page::tree::Page,
        sweep::{
            best::{self, relative},
            comparison, correlations,
            correlations::Found,
            differences, introduction, keys, pair, results,
        },
    },
};
use std::path::Path;

/// What the page is made from.
pub(crate) struct Material<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) summary: &'a Summary,
    /// Different networks among the runs.
    pub(crate) networks: usize,
    pub(crate) compared: Option<&'a comparison::Comparisons>,
    pub(crate) correlations: &'a [Found],
    /// The figures that were drawn: file name and caption.
    pub(crate) figures: &'a [(String, String)],
}

/// The page of a sweep.
pub(crate) fn page(material: &Material) -> Page {
    let summary = material.summary;
    let name = material.directory.file_name();
    let name = name.map_or("sweep".into(), |name| name.to_string_lossy());
    let mut page = Page::default();
    page.heading(1, format!("Report of the sweep `{name}`"));
    introduction::section(&mut page, summary, material.networks);
    results::section(&mut page, 2, summary);
    keys::section(&mut page, summary);
    if let Some(compared) = material.compared {
        differences::section(&mut page, 2, summary, compared);
    }
    page.heading(2, "Does the validation loss find the best model?");
    best::section(&mut page, material.directory, summary);
    correlations::section(&mut page, summary, material.correlations);
    if let Some(found) = pair::like_losses(summary) {
        pair::section(&mut page, &found);
    }
    figures_section(&mut page, material);
    page
}

fn figures_section(page: &mut Page, material: &Material) {
    let of_best = [
        ("histogram.png", "Its samples and the true density"),
        ("wasserstein.png", "Its forward and reverse process"),
        ("marginals.png", "Its marginals"),
    ];
    let (directory, summary) = (material.directory, material.summary);
    let place = |row: &RunRow, name: &str| format!("{}/eval/{name}", relative(directory, row));
    let best = summary
        .distance()
        .and_then(|metric| summary.best_by(metric));
    let best = best.map(|row| {
        let there = of_best.map(|(name, caption)| (place(row, name), caption));
        let there = there.into_iter();
        there
            .filter(|(path, _)| directory.join(path).is_file())
            .collect::<Vec<_>>()
    });
    let best = best.unwrap_or_default();
    if !material.figures.is_empty() || !best.is_empty() {
        page.heading(2, "Figures");
    }
    for (name, caption) in material.figures {
        page.figure(name.clone(), caption.clone());
    }
    if !best.is_empty() {
        page.paragraph([Some(
            "The run with the smallest distance to the truth:".into(),
        )]);
    }
    for (path, caption) in best {
        page.figure(path, caption);
    }
}
