//! A line through points, with a mark at each if wanted.

use super::mark::{Mark, Missed};
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    mark::{Marker, Stroke},
    scale::{Scale, drawable},
};
use std::borrow::Cow;

/// A polyline; it has gaps where values cannot be drawn.
pub(crate) struct Line<'a> {
    points: Cow<'a, [(f64, f64)]>,
    stroke: Stroke,
    marker: Option<(Marker, f64)>,
    shift: f64,
}

impl<'a> Line<'a> {
    /// A line through these points.
    pub(crate) fn new(points: impl Into<Cow<'a, [(f64, f64)]>>, stroke: Stroke) -> Self {
        Self {
            points: points.into(),
            stroke,
            marker: None,
            shift: 0.0,
        }
    }

    /// The same line with a mark of this radius at each point, unless there are more than `few`.
    pub(crate) fn marked(self, few: usize, marker: Marker, radius: f64) -> Self {
        let marker = (self.points.len() <= few).then_some((marker, radius));
        Self { marker, ..self }
    }

    /// The same line, moved to the right by so many pixels.
    pub(crate) fn shifted(self, shift: f64) -> Self {
        Self { shift, ..self }
    }
}

impl Mark for Line<'_> {
    fn draw(&self, plot: &mut Plot<'_>) {
        plot.line(&self.points, self.shift, self.stroke);
        if let Some((marker, radius)) = self.marker {
            for value in self.points.iter() {
                let (x, y) = plot.point(*value);
                if plot.frame().contains((x + self.shift, y)) {
                    plot.rimmed((x + self.shift, y), marker, radius, self.stroke.color);
                }
            }
        }
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            line: Some(self.stroke),
            marker: self.marker.map(|(marker, _)| (marker, self.stroke.color)),
            ..Swatch::default()
        }
    }

    fn missed(&self, x: &Scale, y: &Scale) -> Missed {
        let has_place = |p: &&(f64, f64)| drawable(p.0, x.log) && drawable(p.1, y.log);
        Missed {
            nowhere: self.points.len() - self.points.iter().filter(has_place).count(),
            ..Missed::default()
        }
    }
}
