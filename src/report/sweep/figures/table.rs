//! The table of a sweep's figures.

use super::{
    attribution_by_key, heat_map, loss_vs_log_likelihood, loss_vs_w1, quality_by_key,
    row::{KEY, SweepFigure},
    wasserstein_by_key,
};
use crate::experiment::files;
use std::path::Path;

/// Every figure of a sweep; each says itself whether it applies.
pub(crate) const FIGURES: &[SweepFigure] = &[
    loss_vs_log_likelihood::FIGURE,
    loss_vs_w1::FIGURE,
    wasserstein_by_key::FIGURE,
    quality_by_key::FIGURE,
    attribution_by_key::FIGURE,
    heat_map::FIGURE,
];

/// Removes the pictures of an earlier time, which may be of other keys.
pub(crate) fn remove_old(directory: &Path) {
    let is_of_sweep = |name: &str| {
        FIGURES
            .iter()
            .any(|figure| match figure.name.split_once(KEY) {
                Some((start, end)) => name.starts_with(start) && name.ends_with(end),
                None => name == figure.name,
            })
    };
    for path in files::entries(directory) {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        if name.is_some_and(|name| is_of_sweep(&name)) {
            files::remove_file(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_figure_is_named_once_and_explained() {
        crate::report::figure::check_words(super::FIGURES);
    }
}
