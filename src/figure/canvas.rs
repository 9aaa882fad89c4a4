//! The drawing surface: shapes in logical pixels, drawn with plotters on a bitmap three times as large in each
//! direction and averaged down, which antialiases lines and text alike.
//!
//! The first failure is kept and reported by [`Canvas::png`], so that drawing code reads as a list of shapes.

use plotters::coord::Shift;
use plotters::prelude::{
    BitMapBackend, Circle, DrawResult, DrawingArea, IntoDrawingArea, PathElement, Polygon,
    RGBAColor, Rectangle, ShapeStyle,
};

use super::FigureError;
use super::geometry::{Point, Rect, dashes};
use super::mark::{Marker, Stroke};

/// Device pixels a logical pixel, in each direction.
pub(super) const SUPERSAMPLING: u32 = 3;

/// A picture being drawn.
pub(super) struct Canvas {
    size: (u32, u32),
    pixels: Vec<u8>,
    failure: Option<FigureError>,
}

/// The whole bitmap as plotters sees it, in device pixels.
pub(super) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

impl Canvas {
    /// A white canvas of the given size in logical pixels.
    pub(super) fn new(width: u32, height: u32) -> Self {
        let samples = (width * SUPERSAMPLING) as usize * (height * SUPERSAMPLING) as usize;
        Self {
            size: (width, height),
            pixels: vec![255; samples * 3],
            failure: None,
        }
    }

    /// Runs drawing calls and keeps their failure if it is the first.
    pub(super) fn draw<'a>(
        &'a mut self,
        calls: impl FnOnce(&Area<'a>) -> DrawResult<(), BitMapBackend<'a>>,
    ) {
        let device_size = (self.size.0 * SUPERSAMPLING, self.size.1 * SUPERSAMPLING);
        let area = BitMapBackend::with_buffer(&mut self.pixels, device_size).into_drawing_area();
        if let Err(error) = calls(&area) {
            self.failure
                .get_or_insert_with(|| FigureError::Draw(error.to_string()));
        }
    }

    /// The device pixels, three bytes each, row by row, and how many lie in a row.
    pub(super) fn device_pixels(&mut self) -> (&mut [u8], usize) {
        (&mut self.pixels, (self.size.0 * SUPERSAMPLING) as usize)
    }

    /// Fills a rectangle.
    pub(super) fn fill_rect(&mut self, rect: Rect, color: RGBAColor) {
        let corners = [
            device((rect.left, rect.top)),
            device((rect.right, rect.bottom)),
        ];
        self.draw(|area| area.draw(&Rectangle::new(corners, ShapeStyle::from(color).filled())));
    }

    /// Fills the area between two curves given as (x, upper y, lower y), x ascending.
    ///
    /// Column by column, because a translucent area made of polygons would show its seams.
    pub(super) fn fill_between(&mut self, curve: &[(f64, f64, f64)], color: RGBAColor) {
        let style = ShapeStyle::from(color).filled();
        self.draw(|area| {
            for pair in curve.windows(2) {
                let ((x0, upper0, lower0), (x1, upper1, lower1)) = (pair[0], pair[1]);
                let (first, last) = (device((x0, 0.0)).0, device((x1, 0.0)).0);
                for column in first..last {
                    let s = f64::from(column - first) / f64::from(last - first);
                    let top = device((0.0, upper0 + s * (upper1 - upper0))).1;
                    let bottom = device((0.0, lower0 + s * (lower1 - lower0))).1;
                    if top < bottom {
                        area.draw(&Rectangle::new(
                            [(column, top), (column + 1, bottom)],
                            style,
                        ))?;
                    }
                }
            }
            Ok(())
        });
    }

    /// Draws a polyline with round joints.
    pub(super) fn stroke(&mut self, points: &[Point], stroke: &Stroke) {
        match stroke.dash.lengths() {
            None => self.stroke_solid(points, stroke),
            Some((ink, gap)) => {
                for dash in dashes(points, ink, gap) {
                    self.stroke_solid(&dash, stroke);
                }
            }
        }
    }

    /// Segment by segment: plotters' own thick polyline tears at sharp corners.
    fn stroke_solid(&mut self, points: &[Point], stroke: &Stroke) {
        let width = (stroke.width * f64::from(SUPERSAMPLING)).round().max(1.0) as u32;
        let line = ShapeStyle::from(stroke.color).stroke_width(width);
        self.draw(|area| {
            for pair in points.windows(2) {
                area.draw(&PathElement::new([device(pair[0]), device(pair[1])], line))?;
            }
            for joint in points.iter().skip(1).take(points.len().saturating_sub(2)) {
                area.draw(&Circle::new(device(*joint), width / 2, line.filled()))?;
            }
            Ok(())
        });
    }

    /// Draws a point; `radius` is that of the circle, the other shapes have about its area.
    pub(super) fn marker(&mut self, at: Point, marker: Marker, radius: f64, color: RGBAColor) {
        let style = ShapeStyle::from(color).filled();
        if marker == Marker::Circle {
            let device_radius = (radius * f64::from(SUPERSAMPLING)).round() as u32;
            self.draw(|area| area.draw(&Circle::new(device(at), device_radius, style)));
        } else {
            let corners: Vec<_> = marker
                .corners()
                .iter()
                .map(|(x, y)| device((at.0 + x * radius, at.1 + y * radius)))
                .collect();
            self.draw(|area| area.draw(&Polygon::new(corners, style)));
        }
    }

    /// The finished picture at its real size, `[height, width, 3]`, or what went wrong first.
    pub(super) fn averaged(self) -> Result<Vec<u8>, FigureError> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(average(&self.pixels, self.size)),
        }
    }

    /// The finished picture as PNG, or what went wrong first.
    pub(super) fn png(self) -> Result<Vec<u8>, FigureError> {
        let size = self.size;
        let pixels = self.averaged()?;
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, size.0, size.1);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&pixels)?;
        writer.finish()?;
        Ok(bytes)
    }
}

/// Logical to device pixels; far-away values are cut off so that they fit plotters' integers.
pub(super) fn device((x, y): Point) -> (i32, i32) {
    let pixel = |v: f64| (v * f64::from(SUPERSAMPLING)).clamp(-1e5, 1e5).round() as i32;
    (pixel(x), pixel(y))
}

/// Averages each block of device pixels into one logical pixel.
fn average(pixels: &[u8], (width, _): (u32, u32)) -> Vec<u8> {
    let scale = SUPERSAMPLING as usize;
    let row_bytes = width as usize * scale * 3;
    let mut averaged = Vec::with_capacity(pixels.len() / (scale * scale));
    let mut sums = vec![0_u16; width as usize * 3];
    for rows in pixels.chunks_exact(row_bytes * scale) {
        sums.fill(0);
        for row in rows.chunks_exact(row_bytes) {
            for (block, sum) in row.chunks_exact(3 * scale).zip(sums.chunks_exact_mut(3)) {
                for pixel in block.chunks_exact(3) {
                    for (total, channel) in sum.iter_mut().zip(pixel) {
                        *total += u16::from(*channel);
                    }
                }
            }
        }
        let samples = (scale * scale) as u16;
        averaged.extend(sums.iter().map(|sum| ((sum + samples / 2) / samples) as u8));
    }
    averaged
}
