//! Lines of equal density, drawn around chosen parts of the mass.

use super::mark::Mark;
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    contour::contours,
    field::Field,
    mark::Stroke,
    theme::{CONTOUR_LINE, TRUTH_LINE},
};
use std::borrow::Cow;

/// Parts of the mass inside the lines.
const MASS: [f64; 2] = [0.5, 0.95];

/// Lines around half of the mass and 95 % of it.
pub(crate) struct Contours<'a> {
    ln_density: Cow<'a, Field>,
}

impl<'a> Contours<'a> {
    /// The lines of a field that holds ln p.
    pub(crate) fn new(ln_density: Cow<'a, Field>) -> Self {
        Self { ln_density }
    }
}

impl Mark for Contours<'_> {
    fn draw(&self, plot: &mut Plot<'_>) {
        let levels = self.ln_density.levels(&MASS);
        for line in contours(&self.ln_density, &levels) {
            plot.line(&line, 0.0, CONTOUR_LINE);
        }
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            line: Some(Stroke {
                width: 1.4,
                ..TRUTH_LINE
            }),
            ..Swatch::default()
        }
    }
}
