//! Where there are too many samples and too few.

use super::parts::in_data_units;
use crate::{
    evaluation::run::Evaluation,
    experiment::run::record::CellsRecord,
    figure::{Chart, Field, Layer, Map, Shades, Strip, Window},
    report::{figure::Picture, run::figures::row::RunFigure},
    text::significant,
};
use std::borrow::Cow;

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "density.png",
    caption: "Where there are too many samples and too few",
    help: "First comes the exact density, then that of the samples, counted in cells. The surplus is their difference in \
           standard errors, orange where there are too many samples and blue where too few; between −3 and 3 it is \
           noise. A bar that ends with > or < has one colour for all beyond. χ² divided by the number of cells is 1 for perfect samples.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let (cells, numbers) = (&view.cells, view.cells.numbers);
    let most = cells.expected.values.iter().copied().fold(0.0, f64::max);
    let truth = match view.density {
        Some(_) => "exact density",
        None => "density of the test points",
    };
    let maps = [
        (truth, &cells.expected, Shades::up_to(most)),
        ("density of the samples", &cells.found, Shades::up_to(most)),
        (
            "surplus in standard errors",
            &cells.surplus,
            Shades::diverging_up_to(5.0),
        ),
    ];
    let names = ["density", "density", "standard errors"];
    let strip =
        |(map, name): (&(&str, &Field, Shades), &str)| Strip::new(map.2, name, &map.1.values);
    let strips: Vec<_> = maps.iter().zip(names).map(strip).collect();
    let panels = maps.map(|(heading, field, shades)| {
        let map = Map {
            field: Cow::Borrowed(field),
            shades,
            smooth: false,
        };
        (heading.into(), vec![Layer::new(map)])
    });
    let title = match view.density {
        Some(_) => "Density of the samples and of the data",
        None => "Density of the samples and of the test points",
    };
    let mut chart = Chart {
        columns: columns(view.shown),
        note: format!(
            "surplus: (count − expected)/√expected in each of {side} × {side} cells, orange where there are too many samples; \
             between −3 and 3 it is noise. {}",
            chi_squared(&numbers),
            side = numbers.cells_a_side,
        ),
        ..in_data_units(evaluation, view, title, panels)
    };
    for (panel, strip) in chart.panels.iter_mut().zip(strips) {
        panel.strip = Some(strip);
    }
    Some(Picture::Chart(chart.with_shared_axes()))
}

/// Maps of wide data stand two in a row, or they would be low.
fn columns(shown: Window) -> usize {
    let (width, height) = (shown.x.1 - shown.x.0, shown.y.1 - shown.y.0);
    if height < 0.6 * width { 2 } else { 3 }
}

/// χ² in words; where the samples are too few for any cell, that.
fn chi_squared(numbers: &CellsRecord) -> String {
    let num_cells = numbers.num_cells;
    match numbers.chi_squared {
        Some(sum) if num_cells > 0 => format!(
            "χ² = {} over {num_cells} cells with at least 5 expected: {} a cell, 1 for perfect samples",
            significant(sum),
            significant(sum / num_cells as f64),
        ),
        _ => "No cell expects the 5 samples that χ² needs.".into(),
    }
}
