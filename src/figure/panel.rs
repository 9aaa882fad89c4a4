//! A pair of axes with data drawn inside it, given in the data's own units.

use plotters::style::RGBAColor;

use super::axes::{Axes, Axis};
use super::bins::Bins;
use super::canvas::Canvas;
use super::field::Window;
use super::geometry::{Point, Rect, clip_polyline, thin_polyline};
use super::mark::{Marker, Stroke};
use super::text::{Align, Font};
use super::theme::{GRID, INK, LABEL_SIZE, QUIET_INK, tint};

/// Half the width of an error bar's caps.
const CAP: f64 = 4.0;

/// Axes on a canvas, ready for data.
pub(super) struct Panel<'a> {
    canvas: &'a mut Canvas,
    axes: Axes,
}

impl<'a> Panel<'a> {
    /// Draws empty axes that fill `area`.
    pub(super) fn new(canvas: &'a mut Canvas, area: Rect, (x, y): &(Axis, Axis)) -> Self {
        let axes = Axes::draw(canvas, area, x, y);
        Self { canvas, axes }
    }

    /// Draws empty axes in `area` on both of which a unit is equally long.
    pub(super) fn equal(canvas: &'a mut Canvas, area: Rect, (x, y): &(Axis, Axis)) -> Self {
        let axes = Axes::draw_equal(canvas, area, x, y);
        Self { canvas, axes }
    }

    /// Where the data go.
    pub(super) fn frame(&self) -> Rect {
        self.axes.frame
    }

    /// Where a window lies on the canvas.
    pub(super) fn frame_of(&self, window: Window) -> Rect {
        let (left, bottom) = self.axes.point((window.x.0, window.y.0));
        let (right, top) = self.axes.point((window.x.1, window.y.1));
        Rect::new(left, top, right, bottom)
    }

    /// Where a point of the plane lies on the canvas.
    pub(super) fn point(&self, x: &[f64]) -> Point {
        self.axes.point((x[0], x[1]))
    }

    /// What is drawn on.
    pub(super) fn canvas(&mut self) -> &mut Canvas {
        self.canvas
    }

    /// Draws an arrow between two positions on the canvas, if both lie in the frame.
    pub(super) fn arrow(&mut self, from: Point, to: Point, stroke: &Stroke) {
        if !(self.axes.frame.contains(from) && self.axes.frame.contains(to)) {
            return;
        }
        self.canvas.stroke(&[from, to], stroke);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1e-9);
        let (dx, dy) = (dx / length, dy / length);
        let head = (0.45 * length).min(4.0);
        for side in [-0.5, 0.5] {
            let barb = (
                to.0 - head * (dx - side * dy),
                to.1 - head * (dy + side * dx),
            );
            self.canvas.stroke(&[barb, to], stroke);
        }
    }

    /// Writes words on a white ground beside a value, where there is room: in the frame and clear of what is
    /// `taken`. Returns the ground.
    pub(super) fn boxed_label(
        &mut self,
        text: &str,
        value: (f64, f64),
        taken: &[Rect],
    ) -> Option<Rect> {
        let (x, y) = self.axes.point(value);
        let frame = self.axes.frame;
        if !frame.contains((x, y)) {
            return None;
        }
        let font = Font::regular(LABEL_SIZE - 1.5, INK);
        let width = font.width(text) + 8.0;
        let beside = |right: bool, down: f64| {
            let left = if right { x + 10.0 } else { x - 10.0 - width };
            Rect::new(left, y - 10.0 + down, left + width, y + 10.0 + down)
        };
        let places = [0.0, 21.0, -21.0, 42.0, -42.0]
            .into_iter()
            .flat_map(|down| [beside(true, down), beside(false, down)]);
        let fits = |ground: &Rect| {
            let corners = [(ground.left, ground.top), (ground.right, ground.bottom)];
            corners.iter().all(|corner| frame.contains(*corner))
                && !taken.iter().any(|other| ground.overlaps(other))
        };
        let ground = places
            .into_iter()
            .find(fits)
            .unwrap_or_else(|| beside(x + width < frame.right, 0.0));
        self.canvas
            .fill_rect(ground, RGBAColor(255, 255, 255, 0.85));
        let start = (ground.left + 4.0, ground.bottom - 5.0);
        self.canvas.text(text, start, Align::Left, &font);
        Some(ground)
    }

    /// Says that there is nothing to draw, where the axes would have been.
    pub(super) fn empty(canvas: &mut Canvas, area: Rect) {
        let (upper, lower) = ((area.left, area.top), (area.right, area.bottom));
        let outline = [upper, (lower.0, upper.1), lower, (upper.0, lower.1), upper];
        canvas.stroke(&outline, &Stroke::solid(GRID, 1.0));
        let font = Font::regular(LABEL_SIZE, QUIET_INK);
        let center = ((upper.0 + lower.0) / 2.0, (upper.1 + lower.1) / 2.0 + 5.0);
        canvas.text("no data", center, Align::Center, &font);
    }

    /// How many pixels lie between two values of x.
    pub(super) fn distance(&self, x0: f64, x1: f64) -> f64 {
        let fraction = |x| self.axes.x.fraction(x);
        (fraction(x1) - fraction(x0)).abs() * self.axes.frame.width()
    }

    /// Draws a line through points, broken where they cannot be drawn.
    pub(super) fn line(&mut self, points: &[(f64, f64)], stroke: &Stroke) {
        self.shifted_line(points, 0.0, stroke);
    }

    /// The same line, moved sideways by `shift` pixels.
    pub(super) fn shifted_line(&mut self, points: &[(f64, f64)], shift: f64, stroke: &Stroke) {
        let mut path: Vec<Point> = points.iter().map(|p| self.shifted(*p, shift)).collect();
        if path.len() as f64 > 2.0 * self.axes.frame.width() {
            path = thin_polyline(&path);
        }
        self.stroke(&path, stroke);
    }

    /// Draws a line across the panel at height `y`.
    pub(super) fn horizontal(&mut self, y: f64, stroke: &Stroke) {
        self.line(&[(self.axes.x.low, y), (self.axes.x.high, y)], stroke);
    }

    /// Draws a line up the panel at `x`.
    pub(super) fn vertical(&mut self, x: f64, stroke: &Stroke) {
        self.line(&[(x, self.axes.y.low), (x, self.axes.y.high)], stroke);
    }

    /// Fills from the bottom of the panel up to a curve.
    pub(super) fn area_below(&mut self, points: &[(f64, f64)], color: RGBAColor) {
        let frame = self.axes.frame;
        let mut curve: Vec<(f64, f64, f64)> = points
            .iter()
            .map(|p| self.axes.point(*p))
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .map(|(x, y)| {
                let x = x.clamp(frame.left, frame.right);
                (x, y.clamp(frame.top, frame.bottom), frame.bottom)
            })
            .collect();
        curve.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.canvas.fill_between(&curve, color);
    }

    /// Fills the rectangle between two corners, cut at the frame.
    pub(super) fn rect(&mut self, from: (f64, f64), to: (f64, f64), color: RGBAColor) {
        let frame = self.axes.frame;
        let (a, b) = (self.axes.point(from), self.axes.point(to));
        let (left, right) = (a.0.min(b.0).max(frame.left), a.0.max(b.0).min(frame.right));
        let (top, bottom) = (a.1.min(b.1).max(frame.top), a.1.max(b.1).min(frame.bottom));
        if left < right && top < bottom {
            self.canvas
                .fill_rect(Rect::new(left, top, right, bottom), color);
        }
    }

    /// Writes a line centred above a value, or below it.
    pub(super) fn label(&mut self, text: &str, value: (f64, f64), above: bool) {
        let (x, y) = self.axes.point(value);
        let y = if above { y - 7.0 } else { y + LABEL_SIZE + 4.0 };
        let font = Font::regular(LABEL_SIZE, INK);
        self.canvas.text(text, (x, y), Align::Center, &font);
    }

    /// Fills the bars of a histogram, without gaps, and draws the outline around them.
    pub(super) fn histogram(&mut self, bins: &Bins, fill: Option<RGBAColor>, outline: &Stroke) {
        if let Some(fill) = fill {
            let top = |(left, right, height)| [(left, height), (right, height)];
            let tops: Vec<_> = bins.bars().flat_map(top).collect();
            self.area_below(&tops, fill);
        }
        for hill in bins.outlines() {
            self.line(&hill, outline);
        }
    }

    /// Draws a point with a white rim, if it lies in the frame.
    pub(super) fn marker(
        &mut self,
        value: (f64, f64),
        marker: Marker,
        radius: f64,
        color: RGBAColor,
    ) {
        self.shifted_marker(value, 0.0, marker, radius, color);
    }

    /// The same point, moved sideways by `shift` pixels.
    pub(super) fn shifted_marker(
        &mut self,
        value: (f64, f64),
        shift: f64,
        marker: Marker,
        radius: f64,
        color: RGBAColor,
    ) {
        let at = self.shifted(value, shift);
        if self.axes.frame.contains(at) {
            self.canvas
                .marker(at, marker, radius + 1.0, tint(color, 0.0));
            self.canvas.marker(at, marker, radius, color);
        }
    }

    /// Draws a point with a white rim; one that lies beyond an axis becomes a triangle at that edge.
    pub(super) fn pinned_marker(
        &mut self,
        value: (f64, f64),
        marker: Marker,
        radius: f64,
        color: RGBAColor,
    ) {
        let Axes { frame, x, y } = &self.axes;
        let edge = Marker::Beyond(x.beyond(value.0), -y.beyond(value.1));
        let marker = if edge == Marker::Beyond(0, 0) {
            marker
        } else {
            edge
        };
        let (x, y) = self.axes.point(value);
        if x.is_finite() && y.is_finite() {
            let at = (
                x.clamp(frame.left, frame.right),
                y.clamp(frame.top, frame.bottom),
            );
            self.canvas
                .marker(at, marker, radius + 1.0, tint(color, 0.0));
            self.canvas.marker(at, marker, radius, color);
        }
    }

    /// Draws a small point without a rim, moved sideways by `shift` pixels.
    pub(super) fn dot(&mut self, value: (f64, f64), shift: f64, color: RGBAColor) {
        let at = self.shifted(value, shift);
        if self.axes.frame.contains(at) {
            self.canvas.marker(at, Marker::Circle, 2.6, color);
        }
    }

    /// Draws a vertical bar with caps at `x`, moved sideways by `shift` pixels and cut at the frame.
    pub(super) fn error_bar(
        &mut self,
        x: f64,
        (low, high): (f64, f64),
        shift: f64,
        stroke: &Stroke,
    ) {
        let top = self.shifted((x, high), shift);
        let mut bottom = self.shifted((x, low), shift);
        if bottom.1.is_nan() {
            // On a logarithmic axis what is not positive lies below everything.
            bottom.1 = self.axes.frame.bottom + CAP;
        }
        for (from, to) in [
            (top, bottom),
            ((top.0 - CAP, top.1), (top.0 + CAP, top.1)),
            ((bottom.0 - CAP, bottom.1), (bottom.0 + CAP, bottom.1)),
        ] {
            self.stroke(&[from, to], stroke);
        }
    }

    fn shifted(&self, value: (f64, f64), shift: f64) -> Point {
        let (x, y) = self.axes.point(value);
        (x + shift, y)
    }

    fn stroke(&mut self, path: &[Point], stroke: &Stroke) {
        for piece in clip_polyline(path, &self.axes.frame) {
            self.canvas.stroke(&piece, stroke);
        }
    }
}
