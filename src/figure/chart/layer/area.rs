//! A filled area below a curve or between two.

use super::mark::Mark;
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    mark::{Color, Stroke},
};

/// A band, as (x, low y, high y).
pub(crate) struct Area {
    band: Vec<(f64, f64, f64)>,
    color: Color,
}

impl Area {
    /// The area between two curves.
    pub(crate) fn between(band: Vec<(f64, f64, f64)>, color: Color) -> Self {
        Self { band, color }
    }

    /// The area from the bottom of the panel up to a curve.
    pub(crate) fn below(curve: &[(f64, f64)], color: Color) -> Self {
        let band = curve.iter().map(|(x, y)| (*x, f64::NEG_INFINITY, *y));
        Self::between(band.collect(), color)
    }

    /// The whole height of the panel between two values of x.
    pub(crate) fn upright((from, to): (f64, f64), top: f64, color: Color) -> Self {
        Self::below(&[(from, top), (to, top)], color)
    }
}

impl Mark for Area {
    fn draw(&self, plot: &mut Plot<'_>) {
        plot.area(&self.band, self.color);
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            fill: Some(self.color),
            line: Some(Stroke::solid(self.color, 0.5)),
            ..Swatch::default()
        }
    }
}
