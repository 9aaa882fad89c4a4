//! Where there are too many samples and too few.

use crate::{
    evaluation::trained::Trained,
    experiment::{Split, run::record::CellsRecord},
    figure::{Field, Window},
    points::Points,
    target::Mixture,
};
use rayon::prelude::*;

/// Cells a side in which samples are counted.
const CELLS: usize = 64;

/// Places a side of a cell where the exact density is taken.
const INNER: usize = 3;

/// A cell counts where at least so many samples are expected.
const FEWEST: f64 = 5.0;

/// The samples counted in cells of the plane, against what the truth expects there.
pub(crate) struct Cells {
    /// Density that the truth expects in each cell.
    pub(crate) expected: Field,
    /// Density of the samples in each cell.
    pub(crate) found: Field,
    /// Samples above the expected ones in each cell, in standard deviations.
    pub(crate) surplus: Field,
    pub(crate) numbers: CellsRecord,
}

impl Cells {
    /// Counts the samples in the cells of `window`; without a density they are held against the test points.
    pub(super) fn count(trained: &Trained, samples: &Points, window: Window) -> Self {
        let n = samples.len() as f64;
        let found = counts(samples, window);
        let density = trained.dataset.density.as_ref();
        // The variance of a count, and of what it is compared with where that is counted too.
        let (expected, spread): (Vec<f64>, f64) = match density.filter(|law| law.has_density()) {
            Some(density) => (masses(density, window).iter().map(|p| n * p).collect(), 1.0),
            None => {
                let test = trained.dataset.split(Split::Test);
                let scale = n / test.len() as f64;
                let counts = counts(test, window);
                (counts.iter().map(|c| scale * c).collect(), 1.0 + scale)
            }
        };
        let z = |(found, expected): (&f64, &f64)| {
            (found - expected) / (spread * expected.max(1.0)).sqrt()
        };
        let surplus: Vec<f64> = found.iter().zip(&expected).map(z).collect();
        let counted = surplus
            .iter()
            .zip(&expected)
            .filter(|(_, expected)| **expected >= FEWEST);
        let (sum, num_cells) = counted.fold((0.0, 0), |(sum, n), (z, _)| (sum + z * z, n + 1));
        let area = window.cell_area(CELLS, CELLS);
        let field = |values: Vec<f64>| Field::new(window, CELLS, CELLS, values);
        let density = |counts: Vec<f64>| field(counts.iter().map(|c| c / (n * area)).collect());
        Self {
            expected: density(expected),
            found: density(found),
            surplus: field(surplus),
            numbers: CellsRecord {
                chi_squared: Some(sum).filter(|sum| sum.is_finite()),
                num_cells,
                cells_a_side: CELLS,
            },
        }
    }
}

/// The points in every cell.
fn counts(points: &Points, window: Window) -> Vec<f64> {
    let mut counts = vec![0.0; CELLS * CELLS];
    for x in points.rows() {
        if let Some(cell) = window.cell_of([x[0], x[1]], CELLS, CELLS) {
            counts[cell] += 1.0;
        }
    }
    counts
}

/// The mass in every cell, by the midpoint rule on a finer grid.
fn masses(density: &Mixture, window: Window) -> Vec<f64> {
    let fine = CELLS * INNER;
    let area = window.cell_area(fine, fine);
    let centers = window.centers(fine, fine);
    let pdf = |row: &[f64]| -> Vec<f64> { row.chunks_exact(2).map(|x| density.pdf(x)).collect() };
    let values: Vec<f64> = centers.par_chunks(2 * fine).flat_map_iter(pdf).collect();
    let mut masses = vec![0.0; CELLS * CELLS];
    for (i, value) in values.iter().enumerate() {
        let (row, column) = (i / fine / INNER, i % fine / INNER);
        masses[row * CELLS + column] += value * area;
    }
    masses
}
