//! Figures, as entries.

use super::entry::{Entry, What};
use crate::report::{figure::Figure, run, sweep};

/// An entry for each figure of a run and of a sweep.
pub(super) fn entries() -> Vec<Entry> {
    let of_runs = of(run::figures::FIGURES, "runs/NAME-HASH/eval");
    let of_sweeps = of(sweep::figures::FIGURES, "sweeps/NAME");
    [of_runs, of_sweeps].concat()
}

fn of<Render>(figures: &[Figure<Render>], directory: &str) -> Vec<Entry> {
    let entry = |figure: &Figure<Render>| {
        Entry::new(figure.name, What::Figure, figure.help)
            .fact("caption", figure.caption)
            .fact("lies in", directory)
    };
    figures.iter().map(entry).collect()
}
