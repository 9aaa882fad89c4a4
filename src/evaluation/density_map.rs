//! ln p of a two-dimensional law over a window.

use crate::{
    figure::{Field, Window},
    target::Mixture,
};
use rayon::prelude::*;

/// Evaluations of components that one map may take, and its cells a side.
const WORK: usize = 2_000_000;
const CELLS: (usize, usize) = (56, 128);

/// ln p of a two-dimensional law over a window, as finely as is affordable.
pub(crate) fn ln_density(law: &Mixture, window: Window) -> Field {
    let work = WORK / law.weights().len().max(1);
    let cells = (work as f64).sqrt() as usize;
    ln_density_on(law, window, cells.clamp(CELLS.0, CELLS.1))
}

/// ln p over a window, on so many cells a side.
pub(crate) fn ln_density_on(law: &Mixture, window: Window, cells: usize) -> Field {
    let centers = window.centers(cells, cells);
    let ln_p = |row: &[f64]| -> Vec<f64> { row.chunks_exact(2).map(|x| law.ln_pdf(x)).collect() };
    let values = centers.par_chunks(2 * cells).flat_map_iter(ln_p).collect();
    Field::new(window, cells, cells, values)
}
