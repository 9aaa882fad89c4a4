//! A cloud of many points: where there are more of them it is darker.

use super::mark::Mark;
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    drawing::{DETAIL, Image},
    geometry::{Point, Rect},
    mark::{Color, Marker},
    scale::Scale,
};
use std::borrow::Cow;

/// Opacity of a single point, and of the densest places.
const FAINTEST: f64 = 0.26;
const DENSEST: f64 = 0.94;

/// Most points of a cloud with a radius of their own; more are smaller.
const FEW_POINTS: usize = 3000;

/// Points of the plane (row-major, `[n, 2]`).
pub(crate) struct Cloud<'a> {
    points: Cow<'a, [f64]>,
    color: Color,
    /// How the legend shows it.
    marker: Marker,
    densest: Option<u16>,
}

impl<'a> Cloud<'a> {
    /// A cloud; all of a chart share the number of points that gets the full colour.
    pub(crate) fn new(points: impl Into<Cow<'a, [f64]>>, color: Color, marker: Marker) -> Self {
        Self {
            points: points.into(),
            color,
            marker,
            densest: None,
        }
    }

    /// The same cloud; so many points on one place get the full colour, whatever the other clouds are like.
    pub(crate) fn densest(self, densest: u16) -> Self {
        Self {
            densest: Some(densest),
            ..self
        }
    }

    fn coverage(&self, frame: Rect, place: impl Fn((f64, f64)) -> Point) -> Coverage {
        let places = self.points.chunks_exact(2).map(|p| place((p[0], p[1])));
        Coverage::new(frame, places, radius(self.points.len() / 2, frame.width()))
    }
}

impl Mark for Cloud<'_> {
    fn draw(&self, plot: &mut Plot<'_>) {
        let frame = plot.frame();
        let coverage = self.coverage(frame, |p| plot.point(p));
        let densest = self.densest.unwrap_or(plot.densest).max(1);
        let colors: Vec<_> = (0..=densest)
            .map(|count| match count {
                0 => None,
                count => {
                    let opacity = opacity(f64::from(count), f64::from(densest));
                    Some(self.color.opacity(opacity))
                }
            })
            .collect();
        let shade = |column: usize, row: usize| {
            let count = coverage.counts[row * coverage.width + column];
            colors[usize::from(count.min(densest))]
        };
        let image = Image::new(coverage.width, coverage.height, shade);
        plot.image(frame, image);
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            marker: Some((self.marker, self.color)),
            ..Swatch::default()
        }
    }

    fn crowding(&self, frame: Rect, x: &Scale, y: &Scale) -> Option<u16> {
        let place = |p: (f64, f64)| {
            let (x, y) = (x.fraction(p.0), 1.0 - y.fraction(p.1));
            (
                frame.left + x * frame.width(),
                frame.top + y * frame.height(),
            )
        };
        Some(self.coverage(frame, place).densest())
    }
}

/// The radius of `n` points in a frame of this width, in pixels.
fn radius(n: usize, width: f64) -> f64 {
    let crowding = (FEW_POINTS as f64 / n.max(1) as f64)
        .powf(0.25)
        .clamp(0.7, 1.3);
    (width / 260.0).clamp(0.8, 1.6) * crowding
}

/// How many points cover each cell of a frame.
struct Coverage {
    width: usize,
    height: usize,
    counts: Vec<u16>,
}

impl Coverage {
    /// Counts discs of the given radius around `points`, all in logical pixels.
    fn new(frame: Rect, points: impl Iterator<Item = Point>, radius: f64) -> Self {
        let scale = DETAIL;
        let (width, height) = Image::smooth_size(&frame);
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
            width,
            height,
            counts,
        }
    }

    /// How many points cover the densest places: a percentile of the cells that are covered at all.
    fn densest(&self) -> u16 {
        let most = self.counts.iter().copied().max().unwrap_or(0);
        let mut numbers = vec![0_usize; 1 + usize::from(most)];
        let mut covered = 0;
        // Most cells are covered by none.
        for count in self.counts.iter().filter(|count| **count > 0) {
            numbers[usize::from(*count)] += 1;
            covered += 1;
        }
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
fn opacity(count: f64, densest: f64) -> f64 {
    let part = if densest > 1.0 {
        count.ln() / densest.ln()
    } else {
        0.6
    };
    (FAINTEST + (DENSEST - FAINTEST) * part).min(DENSEST)
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
        // A disc of radius 4.5 cells, by whole cells.
        assert!((covered - 63.6).abs() < 12.0, "{covered}");
        assert_eq!(Coverage::new(FRAME, std::iter::empty(), 1.5).densest(), 1);
    }
}
