//! The path of a point over the plane, with a mark at its start and at its end.

use super::mark::Mark;
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    mark::{Color, Marker, Stroke},
};
use std::borrow::Cow;

/// How strong the colour is at the start of a path; at its end it is whole.
const FAINTEST: f64 = 0.3;
const WIDTH: f64 = 1.6;

/// A path through places (row-major, `[n, 2]`), darker on the way.
pub(crate) struct Path<'a> {
    pub(crate) places: Cow<'a, [f64]>,
    pub(crate) color: Color,
}

impl Mark for Path<'_> {
    fn draw(&self, plot: &mut Plot<'_>) {
        let path: Vec<_> = self.places.chunks_exact(2).map(|p| (p[0], p[1])).collect();
        let pieces = path.len().saturating_sub(1).max(1);
        for (i, piece) in path.windows(2).enumerate() {
            let part = (i + 1) as f64 / pieces as f64;
            let color = self.color.tint(FAINTEST + (1.0 - FAINTEST) * part);
            plot.line(piece, 0.0, Stroke::solid(color, WIDTH));
        }
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
