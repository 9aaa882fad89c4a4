//! A run of two-dimensional data on one page: real and generated points, the loss, and the schedule.

use super::FigureError;
use super::axes::Axis;
use super::caption::{Caption, write_captions};
use super::legend::Key;
use super::mark::Stroke;
use super::page::{Page, Words};
use super::panel::Panel;
use super::plane::{PlaneFigure, PlanePanel};
use super::scale::Scale;
use super::theme::{TRUTH_LINE, series_color};

/// A curve of a [`SummaryPanel`].
#[derive(Clone, Debug)]
pub struct SummaryLine {
    /// Name in the legend; curves without one are explained by their panel.
    pub label: String,
    /// Whether it is a truth, and not a result.
    pub is_truth: bool,
    /// The curve.
    pub points: Vec<(f64, f64)>,
}

/// Curves against a step or a timestep.
#[derive(Clone, Debug)]
pub struct SummaryPanel {
    /// Heading.
    pub heading: String,
    /// Name of the x axis.
    pub x_label: String,
    /// The curves.
    pub lines: Vec<SummaryLine>,
    /// Whether the y axis is logarithmic.
    pub log_y: bool,
}

/// Two panels of the plane, then panels of curves, three in a row.
#[derive(Clone, Debug)]
pub struct SummaryFigure<'a> {
    /// Title and points.
    pub plane: PlaneFigure<'a>,
    /// The curves.
    pub curves: Vec<SummaryPanel>,
}

impl SummaryFigure<'_> {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let plane = &self.plane;
        let number = plane.panels.len() + self.curves.len();
        let mut keys = plane.keys();
        let lines = self
            .curves
            .iter()
            .flat_map(|panel| panel.lines.iter().enumerate());
        for (index, line) in lines.filter(|(_, line)| !line.label.is_empty()) {
            keys.push(Key::line(line.stroke(index), line.label.clone()));
        }
        let words = Words {
            title: &plane.title,
            subtitle: &plane.subtitle,
            keys,
            note: &plane.note,
        };
        let mut page = Page::new(words, 432.0 * number.div_ceil(3) as f64);
        let mut areas = page.body.grid(number, 3, 18.0);
        let captions: Vec<_> = plane
            .panels
            .iter()
            .map(PlanePanel::caption)
            .chain(self.curves.iter().map(|panel| Caption {
                heading: panel.heading.clone(),
                note: String::new(),
            }))
            .collect();
        write_captions(&mut page.canvas, &mut areas, &captions);
        let (clouds, curves) = areas.split_at(plane.panels.len());
        plane.draw(&mut page.canvas, clouds);
        for (area, panel) in curves.iter().zip(&self.curves) {
            match panel.axes() {
                Some(axes) => panel.draw(&mut Panel::new(&mut page.canvas, *area, &axes)),
                None => Panel::empty(&mut page.canvas, *area),
            }
        }
        page.png()
    }
}

impl SummaryLine {
    fn stroke(&self, index: usize) -> Stroke {
        match self.is_truth {
            true => TRUTH_LINE,
            false => Stroke::solid(series_color(index), 1.8),
        }
    }
}

impl SummaryPanel {
    fn axes(&self) -> Option<(Axis, Axis)> {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let values = points().map(|p| p.1);
        let y = match self.log_y {
            true => Scale::covering(values, true, 0.05)?,
            false => Scale::from_zero(values)?,
        };
        let x = Scale::covering(points().map(|p| p.0), false, 0.012)?;
        Some((
            Axis::new(x, self.x_label.clone()).integers(),
            Axis::new(y, ""),
        ))
    }

    fn draw(&self, panel: &mut Panel<'_>) {
        for (index, line) in self.lines.iter().enumerate() {
            panel.line(&line.points, &line.stroke(index));
        }
    }
}
