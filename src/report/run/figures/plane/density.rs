//! Where there are too many samples and too few.

use crate::{
    evaluation::run::Evaluation,
    figure::{Layer, PlaneFigure, PlanePanel, Shades},
    report::run::figures::plane::{Picture, in_data_units},
    text::significant,
};

pub(crate) fn density(evaluation: &Evaluation) -> Picture {
    let view = evaluation.material.plane.as_ref()?;
    let (counted, numbers) = (&view.cells, view.cells.numbers);
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
    let truth = match view.density {
        Some(_) => "exact density",
        None => "density of the test points",
    };
    let cells = numbers.num_cells;
    let chi_squared = numbers.chi_squared.unwrap_or(f64::NAN);
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
            "right: (count − expected)/√expected in each of {side} × {side} cells, orange where there are too many samples; \
             between −3 and 3 it is noise. χ² = {} over {cells} cells with at least 5 expected: {} a cell, 1 for perfect samples",
            significant(chi_squared),
            significant(chi_squared / cells.max(1) as f64),
            side = numbers.cells_a_side,
        ),
        ..in_data_units(
            evaluation,
            view,
            "Density of the samples and the truth".into(),
        )
    };
    Some(figure.render())
}
