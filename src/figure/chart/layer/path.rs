//! The path of a point over the plane, with a mark at its start and at its end.

use super::mark::Mark;
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    mark::{Color, Marker, Stroke},
};
use std::borrow::Cow;

/// Paths of more places than this are drawn thinner.
const MANY: usize = 60;

/// A path through places (row-major, `[n, 2]`).
pub(crate) struct Path<'a> {
    pub(crate) places: Cow<'a, [f64]>,
    pub(crate) color: Color,
}

impl Mark for Path<'_> {
    fn draw(&self, plot: &mut Plot<'_>) {
        let path: Vec<_> = self.places.chunks_exact(2).map(|p| (p[0], p[1])).collect();
        let width = if path.len() > MANY { 1.1 } else { 1.5 };
        plot.line(&path, 0.0, Stroke::solid(self.color.tint(0.75), width));
        if let (Some(first), Some(last)) = (path.first(), path.last()) {
            plot.marker(*first, Marker::Square, 3.2, self.color.tint(0.6));
            plot.marker(*last, Marker::Circle, 4.0, self.color);
        }
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            line: Some(Stroke::solid(self.color, 1.6)),
            ..Swatch::default()
        }
    }
}
