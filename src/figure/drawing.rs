//! What a picture consists of, before any pixel: the seam between charts and the writers of files.
//!
//! A chart makes a [`Drawing`]; a back end (`pixels` is the one there is) writes it. Neither knows the other.

use super::{
    font::Font,
    geometry::{Point, Rect},
    mark::{Color, Marker, Stroke},
};

/// Shapes from the back to the front, in logical pixels; y grows downwards.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) shapes: Vec<Shape>,
}

/// One thing on a drawing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// A polyline with round joints.
    Line { points: Vec<Point>, stroke: Stroke },
    /// A filled rectangle.
    Rect { rect: Rect, color: Color },
    /// The area between two curves, as (x, upper y, lower y) with x ascending.
    Area {
        edges: Vec<(f64, f64, f64)>,
        color: Color,
    },
    /// A point; `radius` is that of the circle, the other shapes have about its area.
    Marker {
        at: Point,
        marker: Marker,
        radius: f64,
        color: Color,
    },
    /// One line of text; `at` lies on its baseline.
    Text {
        text: String,
        at: Point,
        align: Align,
        font: Font,
    },
    /// Coloured cells that fill a rectangle.
    Image { frame: Rect, image: Image },
}

/// Where a text's position lies on its baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Align {
    Left,
    Center,
    Right,
    /// In the middle of a text that is turned to run upwards.
    Upwards,
}

/// Cells of one colour each.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Image {
    pub(crate) columns: usize,
    /// Row by row from the upper left corner: red, green, blue, opacity.
    pub(crate) cells: Vec<[u8; 4]>,
}

/// Cells a logical pixel, in each direction, of images that are made to look smooth.
pub(crate) const DETAIL: f64 = 3.0;

impl Drawing {
    /// An empty white sheet.
    pub(crate) fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            shapes: Vec::new(),
        }
    }

    /// Draws a polyline.
    pub(crate) fn line(&mut self, points: Vec<Point>, stroke: Stroke) {
        self.shapes.push(Shape::Line { points, stroke });
    }

    /// Fills a rectangle.
    pub(crate) fn rect(&mut self, rect: Rect, color: Color) {
        self.shapes.push(Shape::Rect { rect, color });
    }

    /// Draws a point.
    pub(crate) fn marker(&mut self, at: Point, marker: Marker, radius: f64, color: Color) {
        self.shapes.push(Shape::Marker {
            at,
            marker,
            radius,
            color,
        });
    }

    /// Writes a line of text, if there is any.
    pub(crate) fn text(&mut self, text: impl Into<String>, at: Point, align: Align, font: Font) {
        let text = text.into();
        if !text.is_empty() {
            self.shapes.push(Shape::Text {
                text,
                at,
                align,
                font,
            });
        }
    }
}

impl Image {
    /// Cells that `color` gives by column and row, from the upper left corner.
    pub(crate) fn new(
        columns: usize,
        rows: usize,
        color: impl Fn(usize, usize) -> Option<Color>,
    ) -> Self {
        let cell = |color| match color {
            Some(Color(r, g, b, opacity)) => [r, g, b, (255.0 * opacity).round() as u8],
            None => [255, 255, 255, 0],
        };
        let mut cells = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            cells.extend((0..columns).map(|column| cell(color(column, row))));
        }
        Self { columns, cells }
    }

    /// An image for a rectangle of this size that looks smooth; also its columns and rows.
    pub(crate) fn smooth_size(frame: &Rect) -> (usize, usize) {
        let cells = |length: f64| (length * DETAIL).round().max(0.0) as usize;
        (cells(frame.width()), cells(frame.height()))
    }

    /// From top to bottom.
    pub(crate) fn rows(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }
}
