//! A drawing as pixels: drawn with plotters on a larger bitmap and averaged down, which antialiases lines and text
//! alike.

use crate::figure::{
    drawing::{Align, Drawing, Image, Shape},
    error::FigureError,
    font::Font,
    geometry::{Point, Rect, dashes},
    mark::{Color, Marker, Stroke},
};
use ab_glyph::{ScaleFont as _, point};
use plotters::coord::Shift;
use plotters::prelude::{
    BitMapBackend, Circle, Color as _, DrawResult, DrawingArea, IntoDrawingArea, PathElement,
    Polygon, RGBAColor, Rectangle, ShapeStyle,
};

/// A picture being drawn.
#[derive(Clone)]
pub(super) struct Canvas {
    size: (u32, u32),
    /// Device pixels a logical pixel, in each direction.
    scale: u32,
    pixels: Vec<u8>,
}

/// The whole bitmap as plotters sees it, in device pixels.
type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

impl Canvas {
    /// A white canvas of a drawing's size.
    pub(super) fn new(drawing: &Drawing, scale: u32) -> Self {
        let size = (drawing.width, drawing.height);
        let samples = (size.0 * scale) as usize * (size.1 * scale) as usize;
        Self {
            size,
            scale,
            pixels: vec![255; samples * 3],
        }
    }

    /// Draws shapes in their order.
    pub(super) fn draw(&mut self, shapes: &[Shape]) -> Result<(), FigureError> {
        let failed = |error: &dyn std::error::Error| FigureError::Draw(error.to_string());
        for shape in shapes {
            match shape {
                Shape::Line { points, stroke } => match stroke.dash.lengths() {
                    None => self.stroke(points, stroke),
                    Some((ink, gap)) => dashes(points, ink, gap)
                        .iter()
                        .try_for_each(|dash| self.stroke(dash, stroke)),
                },
                Shape::Rect { rect, color } => self.rect(rect, *color),
                Shape::Area { edges, color } => self.area(edges, *color),
                Shape::Marker {
                    at,
                    marker,
                    radius,
                    color,
                } => self.marker(*at, *marker, *radius, *color),
                Shape::Text {
                    text,
                    at,
                    align,
                    font,
                } => self.text(text, *at, *align, font),
                Shape::Image { frame, image } => {
                    self.image(frame, image);
                    Ok(())
                }
            }
            .map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// The picture at its real size, `[height, width, 3]`.
    pub(super) fn averaged(&self) -> Vec<u8> {
        average(&self.pixels, self.size.0 as usize, self.scale as usize)
    }

    /// Runs drawing calls of plotters.
    fn on_area<'a>(
        &'a mut self,
        calls: impl FnOnce(&Area<'a>) -> DrawResult<(), BitMapBackend<'a>>,
    ) -> DrawResult<(), BitMapBackend<'a>> {
        let device_size = (self.size.0 * self.scale, self.size.1 * self.scale);
        calls(&BitMapBackend::with_buffer(&mut self.pixels, device_size).into_drawing_area())
    }

    /// Logical to device pixels; far-away values are cut off so that they fit plotters' integers.
    fn device(&self) -> impl Fn(Point) -> (i32, i32) + use<> {
        let scale = f64::from(self.scale);
        let pixel = move |v: f64| (v * scale).clamp(-1e5, 1e5).round() as i32;
        move |(x, y)| (pixel(x), pixel(y))
    }

    fn rect(&mut self, rect: &Rect, color: Color) -> DrawResult<(), BitMapBackend<'_>> {
        let device = self.device();
        let corners = [
            device((rect.left, rect.top)),
            device((rect.right, rect.bottom)),
        ];
        self.on_area(|area| area.draw(&Rectangle::new(corners, filled(color))))
    }

    /// Column by column, because a translucent area made of polygons would show its seams.
    fn area(
        &mut self,
        edges: &[(f64, f64, f64)],
        color: Color,
    ) -> DrawResult<(), BitMapBackend<'_>> {
        let (device, style) = (self.device(), filled(color));
        self.on_area(|area| {
            for pair in edges.windows(2) {
                let ((x0, upper0, lower0), (x1, upper1, lower1)) = (pair[0], pair[1]);
                let (first, last) = (device((x0, 0.0)).0, device((x1, 0.0)).0);
                for column in first..last {
                    let s = f64::from(column - first) / f64::from(last - first);
                    let top = device((0.0, upper0 + s * (upper1 - upper0))).1;
                    let bottom = device((0.0, lower0 + s * (lower1 - lower0))).1;
                    if top < bottom {
                        let corners = [(column, top), (column + 1, bottom)];
                        area.draw(&Rectangle::new(corners, style))?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Segment by segment, with round joints: plotters' own thick polyline tears at sharp corners.
    fn stroke(&mut self, points: &[Point], stroke: &Stroke) -> DrawResult<(), BitMapBackend<'_>> {
        let device = self.device();
        let width = (stroke.width * f64::from(self.scale)).round().max(1.0) as u32;
        let line = ShapeStyle::from(rgba(stroke.color)).stroke_width(width);
        self.on_area(|area| {
            for pair in points.windows(2) {
                area.draw(&PathElement::new([device(pair[0]), device(pair[1])], line))?;
            }
            for joint in points.iter().skip(1).take(points.len().saturating_sub(2)) {
                area.draw(&Circle::new(device(*joint), width / 2, line.filled()))?;
            }
            Ok(())
        })
    }

    fn marker(
        &mut self,
        at: Point,
        marker: Marker,
        radius: f64,
        color: Color,
    ) -> DrawResult<(), BitMapBackend<'_>> {
        let (device, style) = (self.device(), filled(color));
        let circle = (radius * f64::from(self.scale)).round() as u32;
        let corners: Vec<_> = marker
            .corners()
            .iter()
            .map(|(x, y)| device((at.0 + x * radius, at.1 + y * radius)))
            .collect();
        self.on_area(|area| match corners.is_empty() {
            true => area.draw(&Circle::new(device(at), circle, style)),
            false => area.draw(&Polygon::new(corners, style)),
        })
    }

    /// Sets the glyphs one by one: plotters' own text drops the space that a glyph has on its left, which spaces
    /// letters and decimal points unevenly.
    fn text(
        &mut self,
        text: &str,
        at: Point,
        align: Align,
        font: &Font,
    ) -> DrawResult<(), BitMapBackend<'_>> {
        let Some(face) = font.face(self.scale) else {
            return Ok(());
        };
        let (starts, end) = font.set(text, self.scale);
        let shift = match align {
            Align::Left => 0.0,
            Align::Center | Align::Upwards => -end / 2.0,
            Align::Right => -end,
        };
        let (origin_x, origin_y) = self.device()(at);
        let color = rgba(font.color);
        self.on_area(|area| {
            for (c, start) in starts {
                let mut glyph = face.scaled_glyph(c);
                glyph.position = point(start + shift, 0.0);
                let Some(outline) = face.outline_glyph(glyph) else {
                    continue;
                };
                let corner = outline.px_bounds().min;
                let mut covered = Vec::new();
                outline.draw(|x, y, coverage| {
                    let (x, y) = (corner.x as i32 + x as i32, corner.y as i32 + y as i32);
                    let (x, y) = match align {
                        Align::Upwards => (y, -x),
                        _ => (x, y),
                    };
                    covered.push((x, y, coverage));
                });
                for (x, y, coverage) in covered {
                    let color = color.mix(f64::from(coverage).min(1.0));
                    area.draw_pixel((origin_x + x, origin_y + y), &color)?;
                }
            }
            Ok(())
        })
    }

    /// Gives every device pixel the colour of the cell under its middle.
    fn image(&mut self, frame: &Rect, image: &Image) {
        let scale = f64::from(self.scale);
        let [left, top, right, bottom] = [frame.left, frame.top, frame.right, frame.bottom]
            .map(|v| (v * scale).round().max(0.0) as usize);
        let (columns, rows) = (image.columns, image.rows());
        if columns == 0 || rows == 0 || left >= right || top >= bottom {
            return;
        }
        let (width, wide) = ((self.size.0 * self.scale) as usize, right - left);
        let (left, right) = (left.min(width), right.min(width));
        // The column of cells under each device pixel.
        let across: Vec<_> = (0..right - left)
            .map(|x| (2 * x + 1) * columns / (2 * wide))
            .collect();
        let lines = self.pixels.chunks_exact_mut(3 * width);
        for (y, line) in lines.take(bottom).skip(top).enumerate() {
            let row = (2 * y + 1) * rows / (2 * (bottom - top));
            let cells = &image.cells[row * columns..(row + 1) * columns];
            let pixels = line[3 * left..3 * right].chunks_exact_mut(3);
            for (pixel, column) in pixels.zip(&across) {
                match cells[*column] {
                    [.., 0] => {}
                    [r, g, b, 255] => pixel.copy_from_slice(&[r, g, b]),
                    [r, g, b, opacity] => blend(pixel, [r, g, b], f64::from(opacity) / 255.0),
                }
            }
        }
    }
}

fn rgba(Color(r, g, b, opacity): Color) -> RGBAColor {
    RGBAColor(r, g, b, opacity)
}

fn filled(color: Color) -> ShapeStyle {
    ShapeStyle::from(rgba(color)).filled()
}

/// Mixes a colour into a pixel.
fn blend(pixel: &mut [u8], color: [u8; 3], opacity: f64) {
    for (channel, new) in pixel.iter_mut().zip(color) {
        let mixed = f64::from(*channel) + (f64::from(new) - f64::from(*channel)) * opacity;
        *channel = (mixed + 0.5) as u8;
    }
}

/// Averages each block of device pixels into one logical pixel.
fn average(pixels: &[u8], width: usize, scale: usize) -> Vec<u8> {
    let row_bytes = width * scale * 3;
    let samples = (scale * scale) as u32;
    // n/samples is n·inverse/2¹⁶ rounded down, for as few samples as there are.
    let inverse = (1_u32 << 16).div_ceil(samples);
    let mut averaged = Vec::with_capacity(pixels.len() / (scale * scale));
    let mut sums = vec![0_u16; row_bytes];
    for rows in pixels.chunks_exact(row_bytes * scale) {
        sums.fill(0);
        for row in rows.chunks_exact(row_bytes) {
            for (sum, channel) in sums.iter_mut().zip(row) {
                *sum += u16::from(*channel);
            }
        }
        for block in sums.chunks_exact(3 * scale) {
            let mut found = [0_u32; 3];
            for column in block.as_chunks::<3>().0 {
                for (sum, channel) in found.iter_mut().zip(column) {
                    *sum += u32::from(*channel);
                }
            }
            let mean = |sum: u32| (((sum + samples / 2) * inverse) >> 16) as u8;
            averaged.extend_from_slice(&found.map(mean));
        }
    }
    averaged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_is_the_rounded_mean_of_its_block() {
        for scale in [1, 2, 3, 4] {
            let (width, height) = (5, 4);
            let count = width * height * scale * scale * 3;
            let pixels: Vec<u8> = (0..count).map(|i| (i * i * 37 % 256) as u8).collect();
            let found = average(&pixels, width, scale);
            for (i, found) in found.iter().enumerate() {
                let (channel, x, y) = (i % 3, i / 3 % width, i / 3 / width);
                let at = |dx: usize, dy: usize| {
                    let (x, y) = (x * scale + dx, y * scale + dy);
                    u32::from(pixels[(y * width * scale + x) * 3 + channel])
                };
                let block = (0..scale).flat_map(|dx| (0..scale).map(move |dy| (dx, dy)));
                let sum: u32 = block.map(|(dx, dy)| at(dx, dy)).sum();
                let samples = (scale * scale) as u32;
                assert_eq!(u32::from(*found), (sum + samples / 2) / samples);
            }
        }
        assert_eq!(average(&[255; 27], 1, 3), [255; 3]);
    }
}
