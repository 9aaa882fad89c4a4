//! A line across the whole panel at one value.

use super::mark::Mark;
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    mark::Stroke,
};

/// A reference line.
pub(crate) struct Across {
    value: f64,
    stroke: Stroke,
    upright: bool,
}

impl Across {
    /// A line from left to right at this y.
    pub(crate) fn at_y(value: f64, stroke: Stroke) -> Self {
        Self {
            value,
            stroke,
            upright: false,
        }
    }

    /// A line from bottom to top at this x.
    pub(crate) fn at_x(value: f64, stroke: Stroke) -> Self {
        Self {
            value,
            stroke,
            upright: true,
        }
    }
}

impl Mark for Across {
    fn draw(&self, plot: &mut Plot<'_>) {
        let (x, y) = plot.scales();
        let ends = match self.upright {
            true => [(self.value, y.low), (self.value, y.high)],
            false => [(x.low, self.value), (x.high, self.value)],
        };
        plot.line(&ends, 0.0, self.stroke);
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            line: Some(self.stroke),
            ..Swatch::default()
        }
    }
}
