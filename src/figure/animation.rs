//! The reverse process as a moving picture: a GIF, or plain frames for another encoder.

use super::FigureError;
use super::axes::{Axes, Axis};
use super::canvas::Canvas;
use super::field::{DEEPEST, Field, Window};
use super::geometry::{Point, Rect};
use super::plane::CONTOUR_MASS;
use super::raster::{blend, line_opacity, opacity};
use super::scale::Scale;
use super::text::{Align, Font};
use super::theme::{GENERATED, GENERATED_FILL, INK, LEGEND_SIZE, QUIET_INK, SUBTITLE_SIZE, TRUTH};
use plotters::style::RGBAColor;
use rayon::prelude::*;

/// Hundredths of a second that a frame is shown; the last stays longer.
const DELAY: u16 = 5;
const LAST_DELAY: u16 = 200;

/// Frames a second.
pub const FRAMES_PER_SECOND: u32 = 20;

const MARGIN: f64 = 14.0;
const HEADING: f64 = 26.0;
const FOOTING: f64 = 24.0;
const HEADING_FONT: Font = Font::bold(SUBTITLE_SIZE, INK);
const FOOTING_FONT: Font = Font::regular(LEGEND_SIZE - 1.5, QUIET_INK);
/// Radius of a point in pixels.
const POINT: f64 = 1.7;
/// Width of a bar in pixels.
const BAR: usize = 6;
/// Colours of the whole picture.
const COLORS: usize = 32;

/// Samples on their way.
#[derive(Clone, Debug)]
pub enum Scene<'a> {
    /// A histogram of samples, and the density that they should have as (x, density).
    Line {
        /// The samples.
        samples: &'a [f32],
        /// The exact density, x ascending; may be empty.
        density: Vec<(f64, f64)>,
    },
    /// Points of the plane (row-major, `[n, 2]`), and ln of the density that they should have.
    Plane {
        /// The samples.
        points: &'a [f32],
        /// The exact ln q_t, if it is known.
        density: Option<Field>,
    },
}

/// One picture of many.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// What is written above it, such as `step 12/100`.
    pub heading: String,
    /// What it shows.
    pub scene: Scene<'a>,
}

/// The frames of a moving picture, all with the same axes.
#[derive(Clone, Debug)]
pub struct Animation<'a> {
    /// What is written below all frames.
    pub footing: String,
    /// What the frames show: in one dimension y is the density.
    pub window: Window,
    /// The frames, at least one.
    pub frames: Vec<Frame<'a>>,
}

/// Frames as pixels: `[height, width, 3]` each.
pub struct Pixels {
    /// In pixels, even.
    pub width: u16,
    /// In pixels, even.
    pub height: u16,
    /// One picture each.
    pub frames: Vec<Vec<u8>>,
}

impl Animation<'_> {
    /// Draws all frames.
    pub fn draw(&self) -> Result<Pixels, FigureError> {
        let plane = matches!(
            self.frames.first().map(|f| &f.scene),
            Some(Scene::Plane { .. })
        );
        let (width, height) = if plane { (460, 490) } else { (560, 370) };
        let mut canvas = Canvas::new(width, height);
        let (w, h) = (f64::from(width), f64::from(height));
        let footing = FOOTING_FONT.shorten(&self.footing, w - 2.0 * MARGIN);
        canvas.text(&footing, (MARGIN, h - 9.0), Align::Left, &FOOTING_FONT);
        let area = Rect::new(2.0, HEADING, w, h - FOOTING + 4.0);
        let axis = |(low, high): (f64, f64)| Axis::new(Scale::linear(low, high), "");
        let axes = (axis(self.window.x), axis(self.window.y));
        let drawn = match plane {
            true => Axes::draw_equal(&mut canvas, area, &axes.0, &axes.1),
            false => Axes::draw(&mut canvas, area, &axes.0, &axes.1),
        };
        let background = canvas.averaged()?;
        let draw = |frame: &Frame| -> Result<Vec<u8>, FigureError> {
            let mut picture = Picture {
                pixels: background.clone(),
                width: width as usize,
                axes: &drawn,
            };
            picture.scene(&frame.scene);
            let mut strip = Canvas::new(width, HEADING as u32);
            strip.text(&frame.heading, (MARGIN, 19.0), Align::Left, &HEADING_FONT);
            let strip = strip.averaged()?;
            picture.pixels[..strip.len()].copy_from_slice(&strip);
            Ok(picture.pixels)
        };
        Ok(Pixels {
            width: width as u16,
            height: height as u16,
            frames: self.frames.par_iter().map(draw).collect::<Result<_, _>>()?,
        })
    }
}

impl Pixels {
    /// All frames as one GIF that starts again at its end.
    pub fn gif(&self) -> Result<Vec<u8>, FigureError> {
        let palette = Palette::new();
        let last = self.frames.len().saturating_sub(1);
        let encode = |(index, pixels): (usize, &Vec<u8>)| {
            let mut frame = gif::Frame {
                width: self.width,
                height: self.height,
                delay: if index == last { LAST_DELAY } else { DELAY },
                buffer: pixels.chunks_exact(3).map(|p| palette.nearest(p)).collect(),
                ..gif::Frame::default()
            };
            frame.make_lzw_pre_encoded();
            frame
        };
        let frames: Vec<_> = self.frames.par_iter().enumerate().map(encode).collect();
        let mut bytes = vec![];
        let colors: Vec<u8> = palette.colors.iter().flatten().copied().collect();
        let failed = |error: gif::EncodingError| FigureError::Draw(error.to_string());
        let mut encoder =
            gif::Encoder::new(&mut bytes, self.width, self.height, &colors).map_err(failed)?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(failed)?;
        for frame in &frames {
            encoder.write_lzw_pre_encoded_frame(frame).map_err(failed)?;
        }
        drop(encoder);
        Ok(bytes)
    }
}

/// A frame being drawn, at its real size.
struct Picture<'a> {
    pixels: Vec<u8>,
    width: usize,
    axes: &'a Axes,
}

impl Picture<'_> {
    fn scene(&mut self, scene: &Scene<'_>) {
        match scene {
            Scene::Line { samples, density } => {
                self.histogram(samples);
                self.curve(density);
            }
            Scene::Plane { points, density } => {
                self.cloud(points);
                if let Some(field) = density {
                    self.contours(field);
                }
            }
        }
    }

    /// Columns and rows of pixels that lie in the frame.
    fn inside(&self) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let Rect {
            left,
            top,
            right,
            bottom,
        } = self.axes.frame;
        (left as usize..right as usize, top as usize..bottom as usize)
    }

    fn mix(&mut self, column: usize, row: usize, color: RGBAColor, alpha: f64) {
        let at = 3 * (row * self.width + column);
        let RGBAColor(r, g, b, strength) = color;
        blend(&mut self.pixels[at..at + 3], [r, g, b], strength * alpha);
    }

    fn cloud(&mut self, points: &[f32]) {
        let (columns, rows) = self.inside();
        let (width, height) = (columns.len(), rows.len());
        let mut counts = vec![0.0_f64; width * height];
        let reach = (POINT + 0.5).ceil() as i64;
        for point in points.chunks_exact(2) {
            let (x, y): Point = self.axes.point((f64::from(point[0]), f64::from(point[1])));
            let (x, y) = (x - columns.start as f64, y - rows.start as f64);
            if !(x.is_finite() && y.is_finite() && x.abs() < 1e4 && y.abs() < 1e4) {
                continue;
            }
            for row in (y as i64 - reach)..=(y as i64 + reach) {
                for column in (x as i64 - reach)..=(x as i64 + reach) {
                    let inside =
                        (0..width as i64).contains(&column) && (0..height as i64).contains(&row);
                    let (dx, dy) = (column as f64 + 0.5 - x, row as f64 + 0.5 - y);
                    let distance = (dx * dx + dy * dy).sqrt();
                    if inside && distance < POINT + 0.5 {
                        counts[row as usize * width + column as usize] +=
                            (POINT + 0.5 - distance).min(1.0);
                    }
                }
            }
        }
        // A single point is seen, and so is where a hundred lie on top of each other.
        let densest = 0.008 * points.len() as f64 / 2.0;
        for (i, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let alpha = opacity(count.max(1.0), densest.max(8.0)) * count.min(1.0);
            self.mix(
                columns.start + i % width,
                rows.start + i / width,
                GENERATED,
                alpha,
            );
        }
    }

    fn contours(&mut self, field: &Field) {
        let levels = field.levels(&CONTOUR_MASS);
        let top = field
            .values
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let (columns, rows) = self.inside();
        let x_scale = field.columns as f64 / columns.len() as f64;
        let y_scale = field.rows as f64 / rows.len() as f64;
        for row in rows.clone() {
            for column in columns.clone() {
                let u = ((column - columns.start) as f64 + 0.5) * x_scale - 0.5;
                let v = ((rows.end - row) as f64 - 0.5) * y_scale - 0.5;
                let (value, along_x, along_y) = field.at(u, v, |v| v.max(top - DEEPEST));
                let slopes = (along_x * x_scale, along_y * y_scale);
                let alpha = line_opacity(value, slopes, &levels, 1.1);
                if alpha > 0.0 {
                    self.mix(column, row, TRUTH, 0.85 * alpha);
                }
            }
        }
    }

    fn histogram(&mut self, samples: &[f32]) {
        let (columns, rows) = self.inside();
        let bars = columns.len().div_ceil(BAR);
        let mut counts = vec![0.0_f64; bars];
        for sample in samples {
            let (x, _) = self.axes.point((f64::from(*sample), 0.0));
            let bar = (x - columns.start as f64) / BAR as f64;
            if (0.0..bars as f64).contains(&bar) {
                counts[bar as usize] += 1.0;
            }
        }
        let unit = (self.axes.x.high - self.axes.x.low) / columns.len() as f64 * BAR as f64;
        for (bar, count) in counts.iter().enumerate() {
            let density = count / (samples.len().max(1) as f64 * unit);
            let (_, top) = self.axes.point((self.axes.x.low, density));
            for row in rows.clone() {
                let covered = (row as f64 + 1.0 - top).clamp(0.0, 1.0);
                let start = columns.start + bar * BAR;
                for column in (start..start + BAR).take_while(|c| *c < columns.end) {
                    if covered > 0.0 {
                        self.mix(column, row, GENERATED_FILL, 1.6 * covered);
                    }
                }
            }
        }
    }

    fn curve(&mut self, density: &[(f64, f64)]) {
        let (columns, rows) = self.inside();
        let path: Vec<Point> = density.iter().map(|p| self.axes.point(*p)).collect();
        for column in columns {
            let x = column as f64 + 0.5;
            let after = path.partition_point(|p| p.0 < x);
            if after == 0 || after >= path.len() {
                continue;
            }
            let (a, b) = (path[after - 1], path[after]);
            let slope = (b.1 - a.1) / (b.0 - a.0).max(1e-9);
            let y = a.1 + slope * (x - a.0);
            let steep = slope.hypot(1.0);
            for row in rows.clone() {
                let distance = (row as f64 + 0.5 - y).abs() / steep;
                let alpha = (1.6 - distance).clamp(0.0, 1.0);
                if alpha > 0.0 {
                    self.mix(column, row, TRUTH, alpha);
                }
            }
        }
    }
}

/// Few colours, all that a frame is made of: blues over white, and greys.
struct Palette {
    colors: [[u8; 3]; COLORS],
    /// The nearest of them for colours of five bits a channel.
    nearest: Vec<u8>,
}

impl Palette {
    fn new() -> Self {
        let blues = COLORS / 2;
        let mix = |color: RGBAColor, part: f64| {
            let channel = |c: u8| (255.0 + part * (f64::from(c) - 255.0)).round() as u8;
            [channel(color.0), channel(color.1), channel(color.2)]
        };
        let color = |i: usize| match i {
            i if i < blues => mix(GENERATED, i as f64 / (blues - 1) as f64),
            i => mix(TRUTH, (i - blues + 1) as f64 / blues as f64),
        };
        let mut colors: [[u8; 3]; COLORS] = std::array::from_fn(color);
        // The pale grid would be lost between two steps of grey.
        colors[blues] = [230, 230, 230];
        let distance = |a: [u8; 3], b: [u8; 3]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| (i32::from(*a) - i32::from(b)).pow(2))
                .sum::<i32>()
        };
        let expand = |bits: usize| ((bits & 31) * 255 / 31) as u8;
        let nearest = |index: usize| {
            let color = [expand(index >> 10), expand(index >> 5), expand(index)];
            let found = (0..COLORS).min_by_key(|i| distance(colors[*i], color));
            found.unwrap_or(0) as u8
        };
        Self {
            colors,
            nearest: (0..1 << 15).map(nearest).collect(),
        }
    }

    fn nearest(&self, pixel: &[u8]) -> u8 {
        let bits = |channel: u8| usize::from(channel >> 3);
        self.nearest[bits(pixel[0]) << 10 | bits(pixel[1]) << 5 | bits(pixel[2])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window {
        x: (-3.0, 3.0),
        y: (-3.0, 3.0),
    };

    fn plane(points: &[f32], number: usize) -> Animation<'_> {
        let field = Field::new(
            WINDOW,
            8,
            8,
            WINDOW
                .centers(8, 8)
                .chunks_exact(2)
                .map(|x| -x[0] * x[0])
                .collect(),
        );
        let frame = |k: usize| Frame {
            heading: format!("step {k}/{number}"),
            scene: Scene::Plane {
                points,
                density: Some(field.clone()),
            },
        };
        Animation {
            footing: "a test".into(),
            window: WINDOW,
            frames: (0..number).map(frame).collect(),
        }
    }

    /// Size, frames and loop of a GIF, read back.
    fn decoded(bytes: &[u8]) -> (u16, u16, Vec<(u16, Vec<u8>)>) {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes).expect("a GIF");
        let mut frames = vec![];
        while let Some(frame) = decoder.read_next_frame().expect("a frame") {
            frames.push((frame.delay, frame.buffer.to_vec()));
        }
        (decoder.width(), decoder.height(), frames)
    }

    #[test]
    fn every_frame_can_be_read_back() {
        let points: Vec<f32> = (0..400).map(|i| (i as f32 * 0.37).sin()).collect();
        let pixels = plane(&points, 5).draw().expect("frames");
        let (width, height, frames) = decoded(&pixels.gif().expect("a GIF"));
        assert_eq!(
            (width, height, frames.len()),
            (pixels.width, pixels.height, 5)
        );
        assert!(
            width % 2 == 0 && height % 2 == 0,
            "other encoders want even sizes"
        );
        assert_eq!(
            frames.iter().map(|f| f.0).collect::<Vec<_>>(),
            [5, 5, 5, 5, 200]
        );
        for ((_, read), drawn) in frames.iter().zip(&pixels.frames) {
            assert_eq!(read.len(), usize::from(width) * usize::from(height) * 4);
            let error = read
                .chunks_exact(4)
                .zip(drawn.chunks_exact(3))
                .map(|(a, b)| {
                    a.iter()
                        .zip(b)
                        .map(|(a, b)| a.abs_diff(*b))
                        .max()
                        .unwrap_or(0)
                });
            let (sum, n) = error.fold((0_u64, 0), |(sum, n), e| (sum + u64::from(e), n + 1));
            assert!(sum < 4 * n, "the palette has the colours: {sum} of {n}");
        }
        assert_ne!(frames[0].1, frames[1].1, "the headings differ");
    }

    #[test]
    fn samples_that_are_nowhere_make_frames_too() {
        let samples = [f32::NAN, f32::INFINITY, 0.5];
        let scene = Scene::Line {
            samples: &samples,
            density: vec![(-1.0, 0.0), (0.0, 1.0), (1.0, f64::NAN)],
        };
        let line = Animation {
            footing: String::new(),
            window: Window {
                x: (-3.0, 3.0),
                y: (0.0, 1.0),
            },
            frames: vec![Frame {
                heading: String::new(),
                scene,
            }],
        };
        for animation in [line, plane(&[f32::NAN, 1.0, 1e30, 2.0], 1), plane(&[], 1)] {
            assert!(animation.draw().expect("frames").gif().is_ok());
        }
    }
}
