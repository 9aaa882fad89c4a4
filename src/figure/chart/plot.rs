//! A panel while it is drawn: what a layer says in the data's own units becomes shapes, cut at the frame.

use super::frame::Axes;
use crate::figure::{
    drawing::{Align, Drawing, Image, Shape},
    font::Font,
    geometry::{Point, Rect, clip_polyline, thin_polyline},
    mark::{Color, Marker, Stroke},
    scale::Scale,
};

/// Axes on a drawing, ready for data.
pub(crate) struct Plot<'a> {
    drawing: &'a mut Drawing,
    axes: &'a Axes,
    /// How many points of a cloud on one place get the full colour, the same in all panels.
    pub(crate) densest: u16,
}

impl<'a> Plot<'a> {
    pub(super) fn new(drawing: &'a mut Drawing, axes: &'a Axes, densest: u16) -> Self {
        Self {
            drawing,
            axes,
            densest,
        }
    }

    /// Where the data go.
    pub(crate) fn frame(&self) -> Rect {
        self.axes.frame
    }

    /// The horizontal and the vertical axis.
    pub(crate) fn scales(&self) -> (&Scale, &Scale) {
        (&self.axes.x, &self.axes.y)
    }

    /// Where a value lies on the drawing, inside the frame or not; NaN where it has no place.
    pub(crate) fn point(&self, value: (f64, f64)) -> Point {
        self.axes.point(value)
    }

    /// The rectangle between two corners.
    pub(crate) fn rect_of(&self, a: (f64, f64), b: (f64, f64)) -> Rect {
        let (a, b) = (self.axes.point(a), self.axes.point(b));
        Rect::new(a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1))
    }

    /// Draws a line through points, broken where they cannot be drawn, `shift` pixels to the right.
    pub(crate) fn line(&mut self, points: &[(f64, f64)], shift: f64, stroke: Stroke) {
        let mut path: Vec<Point> = points
            .iter()
            .map(|value| self.axes.point(*value))
            .map(|(x, y)| (x + shift, y))
            .collect();
        if path.len() as f64 > 2.0 * self.axes.frame.width() {
            path = thin_polyline(&path);
        }
        self.stroke(&path, stroke);
    }

    /// Draws a line through positions on the drawing.
    pub(crate) fn stroke(&mut self, path: &[Point], stroke: Stroke) {
        for piece in clip_polyline(path, &self.axes.frame) {
            self.drawing.line(piece, stroke);
        }
    }

    /// Fills between two curves, as (x, low y, high y); what has no place on the axis below reaches the bottom.
    pub(crate) fn area(&mut self, band: &[(f64, f64, f64)], color: Color) {
        let frame = self.axes.frame;
        let edge = |(x, low, high): &(f64, f64, f64)| {
            let (x, top) = self.axes.point((*x, *high));
            let bottom = self.axes.row(*low);
            let bottom = if bottom.is_finite() {
                bottom
            } else {
                frame.bottom
            };
            (x, top, bottom)
        };
        let mut edges: Vec<_> = band
            .iter()
            .map(edge)
            .filter(|(x, top, _)| x.is_finite() && top.is_finite())
            .map(|(x, top, bottom)| {
                let within = |y: f64| y.clamp(frame.top, frame.bottom);
                (
                    x.clamp(frame.left, frame.right),
                    within(top),
                    within(bottom),
                )
            })
            .collect();
        edges.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.drawing.shapes.push(Shape::Area { edges, color });
    }

    /// Fills the rectangle between two corners.
    pub(crate) fn rect(&mut self, from: (f64, f64), to: (f64, f64), color: Color) {
        if let Some(rect) = self.rect_of(from, to).common(&self.axes.frame) {
            self.drawing.rect(rect, color);
        }
    }

    /// Draws a point at a position on the drawing, with a white rim so that it stands off what is behind.
    pub(crate) fn rimmed(&mut self, at: Point, marker: Marker, radius: f64, color: Color) {
        self.drawing
            .marker(at, marker, radius + 1.0, color.tint(0.0));
        self.drawing.marker(at, marker, radius, color);
    }

    /// Draws a point at a position on the drawing, without a rim.
    pub(crate) fn dot(&mut self, at: Point, marker: Marker, radius: f64, color: Color) {
        self.drawing.marker(at, marker, radius, color);
    }

    /// Draws a point with a white rim at a value, if it lies in the frame.
    pub(crate) fn marker(&mut self, value: (f64, f64), marker: Marker, radius: f64, color: Color) {
        let at = self.axes.point(value);
        if self.axes.frame.contains(at) {
            self.rimmed(at, marker, radius, color);
        }
    }

    /// Draws a vertical bar with caps at `x`, moved sideways by `shift` pixels and cut at the frame.
    pub(crate) fn error_bar(
        &mut self,
        (x, low, high): (f64, f64, f64),
        shift: f64,
        stroke: Stroke,
    ) {
        /// Half the width of the caps.
        const CAP: f64 = 4.0;
        let (x, top) = self.axes.point((x, high));
        let mut bottom = self.axes.row(low);
        if bottom.is_nan() {
            // On a logarithmic axis what is not positive lies below everything.
            bottom = self.axes.frame.bottom + CAP;
        }
        let x = x + shift;
        self.stroke(&[(x, top), (x, bottom)], stroke);
        for y in [top, bottom] {
            self.stroke(&[(x - CAP, y), (x + CAP, y)], stroke);
        }
    }

    /// Writes a line at a position on the drawing.
    pub(crate) fn text(&mut self, text: &str, at: Point, align: Align, font: Font) {
        self.drawing.text(text, at, align, font);
    }

    /// Fills a rectangle of the drawing.
    pub(crate) fn ground(&mut self, rect: Rect, color: Color) {
        self.drawing.rect(rect, color);
    }

    /// Puts an image into a rectangle of the drawing.
    pub(crate) fn image(&mut self, frame: Rect, image: Image) {
        self.drawing.shapes.push(Shape::Image { frame, image });
    }
}
