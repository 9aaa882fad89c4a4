//! What is drawn pixel by pixel: clouds of points, maps of colours, lines of equal value.

use super::canvas::{Canvas, SUPERSAMPLING};
use super::field::{DEEPEST, Field};
use super::geometry::{Point, Rect};
use plotters::style::RGBAColor;

/// Opacity of a single point, and of the densest places.
const FAINTEST: f64 = 0.26;
const DENSEST: f64 = 0.94;

/// How many points of a cloud cover each device pixel of a frame.
pub(super) struct Coverage {
    frame: Rect,
    width: usize,
    height: usize,
    counts: Vec<u16>,
}

impl Coverage {
    /// Counts discs of the given radius around `points`, all in logical pixels.
    pub(super) fn new(frame: Rect, points: impl Iterator<Item = Point>, radius: f64) -> Self {
        let scale = f64::from(SUPERSAMPLING);
        let [width, height] = [frame.width(), frame.height()].map(|s| (s * scale).round() as usize);
        let mut counts = vec![0_u16; width * height];
        let radius = radius * scale;
        let reach = radius.ceil() as i64;
        let spans: Vec<_> = (-reach..=reach)
            .map(|dy| (dy, radius * radius - (dy * dy) as f64))
            .filter(|(_, rest)| *rest >= 0.0)
            .map(|(dy, rest)| (dy, rest.sqrt().round() as i64))
            .collect();
        for (x, y) in points.filter(|p| frame.contains(*p)) {
            let x = ((x - frame.left) * scale).round() as i64;
            let y = ((y - frame.top) * scale).round() as i64;
            for (dy, half) in &spans {
                let row = y + dy;
                if (0..height as i64).contains(&row) {
                    let from = (x - half).clamp(0, width as i64) as usize;
                    let to = (x + half + 1).clamp(0, width as i64) as usize;
                    let start = row as usize * width;
                    for count in &mut counts[start + from..start + to] {
                        *count = count.saturating_add(1);
                    }
                }
            }
        }
        Self {
            frame,
            width,
            height,
            counts,
        }
    }

    /// How many points cover the densest places: a percentile of the pixels that are covered at all.
    pub(super) fn densest(&self) -> u16 {
        let mut numbers = vec![0_usize; 1 + usize::from(u16::MAX)];
        for count in &self.counts {
            numbers[usize::from(*count)] += 1;
        }
        let covered = self.counts.len() - numbers[0];
        if covered == 0 {
            return 1;
        }
        let mut above = 0;
        let found = (1..numbers.len()).rev().find(|count| {
            above += numbers[*count];
            above as f64 >= 0.03 * covered as f64
        });
        found.map_or(1, |count| count as u16)
    }
}

/// The opacity of `count` points where `densest` are the most: by its logarithm, so that a single point is seen and
/// a thousand are told from ten thousand.
pub(super) fn opacity(count: f64, densest: f64) -> f64 {
    let part = if densest > 1.0 {
        count.ln() / densest.ln()
    } else {
        0.6
    };
    (FAINTEST + (DENSEST - FAINTEST) * part).min(DENSEST)
}

/// The opacity of the line where `value` crosses one of `levels`, at a place with these slopes a pixel.
pub(super) fn line_opacity(value: f64, slopes: (f64, f64), levels: &[f64], width: f64) -> f64 {
    let steepness = slopes.0 * slopes.0 + slopes.1 * slopes.1;
    let gap = |level: &f64| (value - level) * (value - level);
    let nearest = levels.iter().map(gap).fold(f64::INFINITY, f64::min);
    let reach = 0.5 * width + 0.5;
    // Most places are far from any line.
    if nearest >= reach * reach * steepness {
        return 0.0;
    }
    (reach - (nearest / steepness).sqrt()).clamp(0.0, 1.0)
}

impl Canvas {
    /// Blends a colour into every device pixel of `frame`: what `color` says of it, by column and row from the upper
    /// left corner.
    fn shade(&mut self, frame: Rect, color: impl Fn(usize, usize) -> Option<RGBAColor>) {
        let scale = f64::from(SUPERSAMPLING);
        let [left, top, right, bottom] = [frame.left, frame.top, frame.right, frame.bottom]
            .map(|v| (v * scale).round().max(0.0) as usize);
        let (pixels, width) = self.device_pixels();
        for (row, line) in pixels
            .chunks_exact_mut(3 * width)
            .enumerate()
            .take(bottom)
            .skip(top)
        {
            let line = &mut line[3 * left..3 * right.min(width)];
            for (column, pixel) in line.chunks_exact_mut(3).enumerate() {
                if let Some(RGBAColor(r, g, b, alpha)) = color(column, row - top) {
                    blend(pixel, [r, g, b], alpha);
                }
            }
        }
    }

    /// Draws a cloud; `densest` is the number of points that gets the full colour.
    pub(super) fn cloud(&mut self, coverage: &Coverage, densest: u16, color: RGBAColor) {
        let opacities: Vec<_> = (0..=densest)
            .map(|count| match count {
                0 => 0.0,
                count => opacity(f64::from(count), f64::from(densest)),
            })
            .collect();
        let RGBAColor(r, g, b, strength) = color;
        self.shade(coverage.frame, |column, row| {
            let inside = column < coverage.width && row < coverage.height;
            let count = *coverage.counts.get(row * coverage.width + column)?;
            (inside && count > 0).then(|| {
                RGBAColor(
                    r,
                    g,
                    b,
                    strength * opacities[usize::from(count.min(densest))],
                )
            })
        });
    }

    /// Colours a frame that shows exactly the field's window, cell by cell or smoothly between their centres.
    pub(super) fn heat(
        &mut self,
        frame: Rect,
        field: &Field,
        smooth: bool,
        color: impl Fn(f64) -> RGBAColor,
    ) {
        let place = Places::new(frame, field);
        self.shade(frame, |column, row| {
            let (mut u, mut v) = place.of(column, row);
            if !smooth {
                (u, v) = (u.round(), v.round());
            }
            let value = field.at(u, v, |v| v).0;
            value.is_finite().then(|| color(value))
        });
    }

    /// Draws the lines where a field of logarithms that fills the frame crosses one of `levels`.
    pub(super) fn contours(
        &mut self,
        frame: Rect,
        field: &Field,
        levels: &[f64],
        (width, color): (f64, RGBAColor),
    ) {
        let top = field
            .values
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        let place = Places::new(frame, field);
        let RGBAColor(r, g, b, strength) = color;
        let width = width * f64::from(SUPERSAMPLING);
        self.shade(frame, |column, row| {
            let (u, v) = place.of(column, row);
            let (value, along_x, along_y) = field.at(u, v, |v| v.max(top - DEEPEST));
            let slopes = (along_x * place.x_scale, along_y * place.y_scale);
            let alpha = strength * line_opacity(value, slopes, levels, width);
            (alpha > 0.0).then_some(RGBAColor(r, g, b, alpha))
        });
    }
}

/// Where a device pixel of a frame lies on a field's grid, in cells from the lower left centre.
struct Places {
    x_scale: f64,
    y_scale: f64,
    rows: f64,
}

impl Places {
    fn new(frame: Rect, field: &Field) -> Self {
        let scale = f64::from(SUPERSAMPLING);
        Self {
            x_scale: field.columns as f64 / (frame.width() * scale),
            y_scale: field.rows as f64 / (frame.height() * scale),
            rows: field.rows as f64,
        }
    }

    fn of(&self, column: usize, row: usize) -> (f64, f64) {
        let u = (column as f64 + 0.5) * self.x_scale - 0.5;
        let v = self.rows - (row as f64 + 0.5) * self.y_scale - 0.5;
        (u, v)
    }
}

/// Mixes a colour into a pixel.
pub(super) fn blend(pixel: &mut [u8], color: [u8; 3], alpha: f64) {
    for (channel, new) in pixel.iter_mut().zip(color) {
        let mixed = f64::from(*channel) + (f64::from(new) - f64::from(*channel)) * alpha;
        *channel = (mixed + 0.5) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect {
        left: 0.0,
        top: 0.0,
        right: 40.0,
        bottom: 40.0,
    };

    #[test]
    fn denser_places_are_darker_and_no_point_is_lost() {
        assert!(opacity(1.0, 1.0) > 0.5 && opacity(1.0, 1000.0) >= FAINTEST);
        assert!(opacity(10.0, 1000.0) < opacity(100.0, 1000.0));
        assert_eq!(opacity(5000.0, 1000.0), DENSEST);
    }

    #[test]
    fn points_outside_the_frame_or_nowhere_are_not_drawn() {
        let points = [(20.0, 20.0), (20.0, 20.0), (100.0, 3.0), (f64::NAN, 1.0)];
        let coverage = Coverage::new(FRAME, points.into_iter(), 1.5);
        assert_eq!(coverage.densest(), 2);
        let covered = coverage.counts.iter().filter(|c| **c > 0).count() as f64;
        // A disc of radius 4.5 device pixels, by whole pixels.
        assert!((covered - 63.6).abs() < 12.0, "{covered}");
        assert_eq!(Coverage::new(FRAME, std::iter::empty(), 1.5).densest(), 1);
    }

    #[test]
    fn a_line_is_as_wide_as_it_should_be_whatever_the_slope() {
        for slope in [0.01, 1.0, 50.0] {
            let covered: f64 = (-100..=100)
                .map(|i| line_opacity(f64::from(i) * slope, (slope, 0.0), &[0.3 * slope], 3.0))
                .sum();
            assert!((covered - 3.0).abs() < 0.3, "{covered}");
        }
    }
}
