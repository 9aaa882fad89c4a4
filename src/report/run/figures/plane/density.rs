//! Where there are too many samples and too few.

use crate::{
    evaluation::run::Evaluation,
    experiment::Split,
    figure::{Field, Layer, PlaneFigure, PlanePanel, Shades, Window},
    points::Points,
    report::run::figures::plane::{Picture, in_data_units},
    target::Mixture,
    text::significant,
};
use rayon::prelude::*;

/// Cells a side in which samples are counted, and places a side of a cell where the exact density is taken.
const BINS: usize = 64;

const INNER: usize = 3;

/// What a part of the plane should hold and does.
struct Counted {
    expected: Field,
    found: Field,
    surplus: Field,
    /// χ² over the cells where it means something, and their number.
    chi_squared: (f64, usize),
}

impl Counted {
    fn new(evaluation: &Evaluation, window: Window) -> Self {
        let area = window.cell_area(BINS, BINS);
        let counts = |points: &Points| -> Vec<f64> {
            let mut counts = vec![0.0; BINS * BINS];
            for x in points.rows() {
                if let Some(cell) = window.cell_of([x[0], x[1]], BINS, BINS) {
                    counts[cell] += 1.0;
                }
            }
            counts
        };
        let n = evaluation.samples.len() as f64;
        let found = counts(&evaluation.samples);
        let test = evaluation.trained.dataset.split(Split::Test);
        // The variance of a count, and of what it is compared with where that is counted too.
        let density = evaluation.trained.dataset.density.as_ref();
        let density = density.filter(|law| law.has_density());
        let (expected, spread): (Vec<f64>, f64) = match density {
            Some(density) => (masses(density, window).iter().map(|p| n * p).collect(), 1.0),
            None => {
                let scale = n / test.len() as f64;
                (
                    counts(test).iter().map(|c| scale * c).collect(),
                    1.0 + scale,
                )
            }
        };
        let z = |(found, expected): (&f64, &f64)| {
            (found - expected) / (spread * expected.max(1.0)).sqrt()
        };
        let surplus: Vec<f64> = found.iter().zip(&expected).map(z).collect();
        let counted = surplus
            .iter()
            .zip(&expected)
            .filter(|(_, expected)| **expected >= 5.0);
        let chi_squared = counted.fold((0.0, 0), |(sum, n), (z, _)| (sum + z * z, n + 1));
        let field = |values: Vec<f64>| Field::new(window, BINS, BINS, values);
        let density = |counts: Vec<f64>| field(counts.iter().map(|c| c / (n * area)).collect());
        Self {
            expected: density(expected),
            found: density(found),
            surplus: field(surplus),
            chi_squared,
        }
    }
}

/// The mass in every cell, by the midpoint rule on a finer grid.
fn masses(density: &Mixture, window: Window) -> Vec<f64> {
    let fine = BINS * INNER;
    let area = window.cell_area(fine, fine);
    let centers = window.centers(fine, fine);
    let pdf = |row: &[f64]| -> Vec<f64> { row.chunks_exact(2).map(|x| density.pdf(x)).collect() };
    let values: Vec<f64> = centers.par_chunks(2 * fine).flat_map_iter(pdf).collect();
    let mut masses = vec![0.0; BINS * BINS];
    for (i, value) in values.iter().enumerate() {
        let (row, column) = (i / fine / INNER, i % fine / INNER);
        masses[row * BINS + column] += value * area;
    }
    masses
}

pub(crate) fn density(evaluation: &Evaluation) -> Picture {
    let planar = evaluation.planar.as_ref()?;
    let counted = Counted::new(evaluation, planar.window);
    let most = counted.expected.values.iter().copied().fold(0.0, f64::max);
    let map = |heading: &str, field, shades| PlanePanel {
        heading: heading.into(),
        layers: vec![Layer::Map {
            field,
            shades,
            smooth: false,
        }],
        ..PlanePanel::default()
    };
    let truth = match planar.density {
        Some(_) => "exact density",
        None => "density of the test points",
    };
    let (chi_squared, cells) = counted.chi_squared;
    let figure = PlaneFigure {
        panels: vec![
            map(truth, &counted.expected, Shades::UpTo(most)),
            map("density of the samples", &counted.found, Shades::UpTo(most)),
            map(
                "surplus in standard errors",
                &counted.surplus,
                Shades::DivergingUpTo(5.0),
            ),
        ],
        note: format!(
            "right: (count − expected)/√expected in each of {BINS} × {BINS} cells, orange where there are too many samples; \
             between −3 and 3 it is noise. χ² = {} over {cells} cells with at least 5 expected: {} a cell, 1 for perfect samples",
            significant(chi_squared),
            significant(chi_squared / cells.max(1) as f64),
        ),
        ..in_data_units(
            evaluation,
            planar,
            "Density of the samples and the truth".into(),
        )
    };
    Some(figure.render())
}
