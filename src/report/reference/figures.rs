//! Figures, as entries.

use super::entry::{Entry, What};
use crate::report::{before::picture, compare, figure::Figure, run, sweep, sweep::sampling_figure};

/// Where the figures of a run lie.
const RUN: &str = "eval/ of a run";
/// Where the figures of a sweep lie.
const SWEEP: &str = "the directory of a sweep";
/// Where the figures of a comparison lie.
const COMPARISON: &str = "the directory that `compare --out` names";

/// An entry for each figure.
pub(super) fn entries() -> Vec<Entry> {
    let of_run = run::figures::FIGURES.iter();
    let of_sweep = sweep::figures::FIGURES.iter();
    let of_comparison = compare::figures::FIGURES.iter();
    of_run
        .map(|figure| of_figure(figure, RUN))
        .chain([of_figure(
            &sampling_figure::FIGURE,
            "the directory of a run",
        )])
        .chain(of_sweep.map(|figure| of_figure(figure, SWEEP)))
        .chain(of_comparison.map(|figure| of_figure(figure, COMPARISON)))
        .chain([of_figure(
            &picture::FIGURE,
            "the file that `describe --figure` names",
        )])
        .collect()
}

fn of_figure<Render>(figure: &Figure<Render>, place: &str) -> Entry {
    Entry::new(figure.name, What::Figure, figure.help)
        .fact("title", figure.caption)
        .fact("lies in", place)
}
