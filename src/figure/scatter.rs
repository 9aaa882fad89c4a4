//! One point a run, in groups: for example validation loss against log-likelihood.

use super::FigureError;
use super::axes::Axis;
use super::format::count;
use super::legend::Key;
use super::mark::{Dash, Marker, Stroke};
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::{Scale, drawable};
use super::statistics::range_without_outliers;
use super::theme::{QUIET_INK, TRUTH_LINE, series_color, series_marker, tint};

/// Points farther than so many interquartile ranges from the rest are pinned to the edge.
const REACH: f64 = 8.0;
const VERTICAL_LINE: Stroke = Stroke::dashed(TRUTH_LINE.color, 1.6, Dash::Dashed);

/// One run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScatterPoint {
    /// Position along the x axis.
    pub x: f64,
    /// Position along the y axis.
    pub y: f64,
    /// Half the length of the error bar along y, 0 for none; the note should say what it means.
    pub y_error: f64,
}

/// Runs with something in common.
#[derive(Clone, Debug)]
pub struct ScatterGroup {
    /// Name in the legend.
    pub label: String,
    /// The runs.
    pub points: Vec<ScatterPoint>,
}

/// Groups of points, with reference lines.
///
/// Points far outside the others are pinned to the edge as triangles, and the legend says how many.
#[derive(Clone, Debug)]
pub struct ScatterFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// The points.
    pub groups: Vec<ScatterGroup>,
    /// Name of the x axis.
    pub x_label: String,
    /// Name of the y axis.
    pub y_label: String,
    /// A line at this y, and its name.
    pub horizontal: Option<(f64, String)>,
    /// A line at this x, and its name.
    pub vertical: Option<(f64, String)>,
    /// A remark written under the panel; may be empty.
    pub note: String,
    /// Whether the x axis is logarithmic.
    pub log_x: bool,
    /// Whether the y axis is logarithmic.
    pub log_y: bool,
}

impl ScatterFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let axes = self.axes();
        let mut page = Page::new(
            Words {
                title: &self.title,
                subtitle: &self.subtitle,
                keys: axes.as_ref().map_or_else(Vec::new, |axes| self.keys(axes)),
                note: &self.note,
            },
            640.0,
        );
        match &axes {
            Some(axes) => self.draw(&mut Panel::new(&mut page.canvas, page.body, axes)),
            None => Panel::empty(&mut page.canvas, page.body),
        }
        page.png()
    }

    fn points(&self) -> impl Iterator<Item = &ScatterPoint> {
        self.groups
            .iter()
            .flat_map(|group| &group.points)
            .filter(|p| drawable(p.x, self.log_x) && drawable(p.y, self.log_y))
    }

    fn axes(&self) -> Option<(Axis, Axis)> {
        let x = self.points().map(|p| p.x).collect();
        let y = self.points().map(|p| p.y).collect();
        Some((
            Axis::new(
                scale(x, self.vertical.as_ref(), self.log_x)?,
                self.x_label.clone(),
            ),
            Axis::new(
                scale(y, self.horizontal.as_ref(), self.log_y)?,
                self.y_label.clone(),
            ),
        ))
    }

    fn keys(&self, (x, y): &(Axis, Axis)) -> Vec<Key> {
        let mut keys: Vec<_> = self
            .groups
            .iter()
            .enumerate()
            .map(|(i, group)| Key::marker(series_marker(i), series_color(i), group.label.clone()))
            .collect();
        for (line, stroke) in [
            (&self.horizontal, TRUTH_LINE),
            (&self.vertical, VERTICAL_LINE),
        ] {
            if let Some((_, label)) = line {
                keys.push(Key::line(stroke, label.clone()));
            }
        }
        let pinned = self
            .points()
            .filter(|p| x.scale.beyond(p.x) != 0 || y.scale.beyond(p.y) != 0)
            .count();
        if pinned > 0 {
            let label = format!(
                "{} beyond the axes, pinned to the edge",
                count(pinned, "point")
            );
            keys.push(Key::marker(Marker::Beyond(0, -1), QUIET_INK, label));
        }
        let all: usize = self.groups.iter().map(|group| group.points.len()).sum();
        let left_out = all - self.points().count();
        keys.extend(Key::left_out(left_out, "point", self.log_x || self.log_y));
        keys
    }

    fn draw(&self, panel: &mut Panel<'_>) {
        if let Some((y, _)) = &self.horizontal {
            panel.horizontal(*y, &TRUTH_LINE);
        }
        if let Some((x, _)) = &self.vertical {
            panel.vertical(*x, &VERTICAL_LINE);
        }
        let many = self.points().count() > 80;
        let radius = if many { 3.6 } else { 5.0 };
        for (i, group) in self.groups.iter().enumerate() {
            let bar = Stroke::solid(tint(series_color(i), 0.6), 1.4);
            for point in &group.points {
                if point.y_error > 0.0 {
                    panel.error_bar(
                        point.x,
                        (point.y - point.y_error, point.y + point.y_error),
                        0.0,
                        &bar,
                    );
                }
            }
            for point in &group.points {
                panel.pinned_marker(
                    (point.x, point.y),
                    series_marker(i),
                    radius,
                    series_color(i),
                );
            }
        }
    }
}

/// The scale of one axis: all values but outliers, and the reference line wherever it lies.
fn scale(values: Vec<f64>, line: Option<&(f64, String)>, log: bool) -> Option<Scale> {
    let transform = |v: f64| if log { v.ln() } else { v };
    let back = |v: f64| if log { v.exp() } else { v };
    let (low, high) = range_without_outliers(values.into_iter().map(transform), REACH)?;
    let line = line.map(|(value, _)| *value);
    Scale::covering([back(low), back(high)].into_iter().chain(line), log, 0.06)
}
