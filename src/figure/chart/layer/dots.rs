//! Points, each with a mark of its own and an error bar if it has one.

use super::mark::{Mark, Missed};
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    mark::{Color, Marker, Stroke},
    scale::{Scale, drawable},
    statistics::range,
};

/// A few single points. What lies beyond the frame is not drawn, or pinned to its edge as a triangle.
pub(crate) struct Dots {
    /// (x, y, half the length of the error bar).
    points: Vec<(f64, f64, f64)>,
    marker: Marker,
    radius: f64,
    color: Color,
    bar: Stroke,
    shift: f64,
    rimmed: bool,
    pinned: bool,
}

impl Dots {
    /// Points with a white rim.
    pub(crate) fn new(
        points: impl IntoIterator<Item = (f64, f64)>,
        (marker, radius): (Marker, f64),
        color: Color,
    ) -> Self {
        Self {
            points: points.into_iter().map(|(x, y)| (x, y, 0.0)).collect(),
            marker,
            radius,
            color,
            bar: Stroke::solid(color, 1.4),
            shift: 0.0,
            rimmed: true,
            pinned: false,
        }
    }

    /// The same points with error bars of these half lengths, 0 for none.
    pub(crate) fn with_errors(
        mut self,
        errors: impl IntoIterator<Item = f64>,
        bar: Stroke,
    ) -> Self {
        for (point, error) in self.points.iter_mut().zip(errors) {
            point.2 = error;
        }
        Self { bar, ..self }
    }

    /// The same points, moved to the right by so many pixels.
    pub(crate) fn shifted(self, shift: f64) -> Self {
        Self { shift, ..self }
    }

    /// The same points without a rim.
    pub(crate) fn plain(self) -> Self {
        Self {
            rimmed: false,
            ..self
        }
    }

    /// The same points; those beyond the frame become triangles at its edge.
    pub(crate) fn pinned(self) -> Self {
        Self {
            pinned: true,
            ..self
        }
    }

    fn draw_point(&self, plot: &mut Plot<'_>, value: (f64, f64)) {
        let (frame, (x, y)) = (plot.frame(), plot.point(value));
        if !(x.is_finite() && y.is_finite()) {
            return;
        }
        let at = (x + self.shift, y);
        let scales = plot.scales();
        let edge = Marker::Beyond(scales.0.beyond(value.0), -scales.1.beyond(value.1));
        if self.pinned && edge != Marker::Beyond(0, 0) {
            let at = (
                at.0.clamp(frame.left, frame.right),
                y.clamp(frame.top, frame.bottom),
            );
            plot.rimmed(at, edge, self.radius, self.color);
        } else if frame.contains(at) && self.rimmed {
            plot.rimmed(at, self.marker, self.radius, self.color);
        } else if frame.contains(at) {
            plot.dot(at, self.marker, self.radius, self.color);
        }
    }
}

impl Mark for Dots {
    fn draw(&self, plot: &mut Plot<'_>) {
        for (x, y, error) in self.points.iter().filter(|p| p.2 > 0.0) {
            plot.error_bar((*x, y - error, y + error), self.shift, self.bar);
        }
        for (x, y, _) in &self.points {
            self.draw_point(plot, (*x, *y));
        }
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            marker: Some((self.marker, self.color)),
            ..Swatch::default()
        }
    }

    fn missed(&self, x: &Scale, y: &Scale) -> Missed {
        let shown = || {
            let has_place = |p: &&(f64, f64, f64)| drawable(p.0, x.log) && drawable(p.1, y.log);
            self.points.iter().filter(has_place)
        };
        let is_beyond = |p: &&(f64, f64, f64)| x.beyond(p.0) != 0 || y.beyond(p.1) != 0;
        let pinned = || shown().filter(is_beyond).filter(|_| self.pinned);
        // Each along the axis that it leaves: its side and its value.
        let far = |p: &(f64, f64, f64)| match y.beyond(p.1) {
            0 => (x.beyond(p.0), p.0),
            side => (side, p.1),
        };
        let at = |side: i8| range(pinned().map(far).filter(|p| p.0 == side).map(|p| p.1));
        Missed {
            nowhere: self.points.len() - shown().count(),
            pinned: pinned().count(),
            lowest: at(-1).map(|range| range.0),
            highest: at(1).map(|range| range.1),
        }
    }
}
