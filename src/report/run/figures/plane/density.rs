//! Where there are too many samples and too few.

use super::parts::in_data_units;
use crate::{
    evaluation::run::Evaluation,
    experiment::Split,
    figure::{Chart, Field, Layer, Map, Shades, Strip, Window},
    points::Points,
    report::{figure::Picture, run::figures::row::RunFigure},
    target::Mixture,
    text::significant,
};
use rayon::prelude::*;
use std::borrow::Cow;

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "density.png",
    caption: "Where there are too many samples and too few",
    help: "Left is the exact density, in the middle that of the samples, counted in cells. Right is their difference in \
           standard errors, orange where there are too many samples and blue where too few; between −3 and 3 it is \
           noise. χ² divided by the number of cells is 1 for perfect samples.",
    render,
};

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
        let test = evaluation.dataset.split(Split::Test);
        // The variance of a count, and of what it is compared with where that is counted too.
        let density = evaluation.dataset.density.as_ref();
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

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let planar = evaluation.planar.as_ref()?;
    let counted = Counted::new(evaluation, planar.window);
    let most = counted.expected.values.iter().copied().fold(0.0, f64::max);
    let truth = match planar.density {
        Some(_) => "exact density",
        None => "density of the test points",
    };
    let (chi_squared, cells) = counted.chi_squared;
    let maps = [
        (truth, counted.expected, Shades::up_to(most)),
        ("density of the samples", counted.found, Shades::up_to(most)),
        (
            "surplus in standard errors",
            counted.surplus,
            Shades::diverging_up_to(5.0),
        ),
    ];
    let strips = maps.each_ref().map(|(_, _, shades)| *shades);
    let panels = maps.map(|(heading, field, shades)| {
        let map = Map {
            field: Cow::Owned(field),
            shades,
            smooth: false,
        };
        (heading.into(), vec![Layer::new(map)])
    });
    let title = "Density of the samples and the truth";
    let mut chart = Chart {
        note: format!(
            "right: (count − expected)/√expected in each of {BINS} × {BINS} cells, orange where there are too many samples; \
             between −3 and 3 it is noise. χ² = {} over {cells} cells with at least 5 expected: {} a cell, 1 for perfect samples",
            significant(chi_squared),
            significant(chi_squared / cells.max(1) as f64),
        ),
        ..in_data_units(evaluation, planar, title, panels)
    };
    for (panel, shades) in chart.panels.iter_mut().zip(strips) {
        panel.strip = Some(Strip {
            shades,
            label: String::new(),
        });
    }
    Some(Picture::Chart(chart.with_shared_axes()))
}
