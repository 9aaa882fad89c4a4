//! The chart: panels on a sheet, title and legend above them, a note below.
//!
//! Whatever is written there makes the picture taller; the panels keep their size, and the legend never covers data.

use super::{
    axis::BLANK,
    caption,
    frame::Axes,
    layer::{Layer, Missed},
    legend::{Key, Legend, Swatch},
    panel::Panel,
    plot::Plot,
    strip::Strip,
};
use crate::{
    figure::{
        drawing::{Align, Drawing},
        font::Font,
        geometry::Rect,
        mark::{Marker, Stroke},
        theme::{GRID, INK, LABEL_SIZE, LEGEND_SIZE, QUIET_INK, SUBTITLE_SIZE, TITLE_SIZE, WIDTH},
    },
    text::count,
};

const TITLE: Font = Font::bold(TITLE_SIZE, INK);
const SUBTITLE: Font = Font::regular(SUBTITLE_SIZE, QUIET_INK);
const NOTE: Font = Font::regular(LEGEND_SIZE, INK);
const GAP: f64 = 10.0;

/// What titles and ticks take of a square panel's width and height.
const BESIDE: f64 = 94.0;
const BELOW: f64 = 60.0;
/// A square panel is no larger where fewer than three stand side by side.
const LARGEST: f64 = 520.0;
/// No panel is lower; a curve needs more.
const LOWEST: f64 = 110.0;
const LOWEST_CURVE: f64 = 190.0;

/// Panels with words around them.
#[derive(Default)]
pub(crate) struct Chart<'a> {
    /// Title; may be empty.
    pub(crate) title: String,
    /// Smaller line under the title; may be empty.
    pub(crate) subtitle: String,
    /// The panels, row by row.
    pub(crate) panels: Vec<Panel<'a>>,
    /// How many stand side by side; 0 for all.
    pub(crate) columns: usize,
    /// The height of each row in pixels, the last one for all that follow; empty where panels are square.
    pub(crate) heights: Vec<f64>,
    /// What the legend says beside the layers' names.
    pub(crate) remarks: Vec<String>,
    /// Written below the panels; may be empty.
    pub(crate) note: String,
    /// The width in pixels, if not that of all figures.
    pub(crate) width: Option<u32>,
}

/// Where everything on a sheet stands.
struct Layout {
    margin: f64,
    width: f64,
    legend_top: f64,
    body: Rect,
    height: u32,
}

impl<'a> Chart<'a> {
    /// Names axes that all panels share once a row and once a column.
    pub(crate) fn with_shared_axes(mut self) -> Self {
        let (columns, count) = (self.columns(), self.panels.len());
        for (index, panel) in self.panels.iter_mut().enumerate() {
            if index + columns < count {
                panel.x.label = BLANK.into();
            }
            if index % columns > 0 {
                panel.y.label = BLANK.into();
            }
        }
        self
    }

    /// The shapes and texts of the whole sheet.
    pub(crate) fn drawing(&self) -> Drawing {
        let legend = Legend::new(self.keys(), self.layout(0.0).width);
        let layout = self.layout(legend.height);
        let mut drawing = Drawing::new(self.width.unwrap_or(WIDTH), layout.height);
        let areas = self.areas(&layout);
        let axes: Vec<_> = areas
            .iter()
            .zip(&self.panels)
            .map(|(area, panel)| Axes::new(area.1, &panel.x, &panel.y, panel.square))
            .collect();
        for ((area, panel), axes) in areas.iter().zip(&self.panels).zip(&axes) {
            match axes {
                Some(axes) => axes.draw(&mut drawing, area.1, &panel.x, &panel.y),
                None => draw_empty(&mut drawing, area.1),
            }
            if let (Some(strip), Some(axes)) = (&panel.strip, axes) {
                strip.draw(&mut drawing, axes.frame);
            }
        }
        if self.panels.is_empty() {
            draw_empty(&mut drawing, layout.body);
        }
        let densest = self.densest(&axes);
        for (panel, axes) in self.panels.iter().zip(&axes) {
            if let Some(axes) = axes {
                let mut plot = Plot::new(&mut drawing, axes, densest);
                for layer in panel.by_depth() {
                    layer.mark.draw(&mut plot);
                }
            }
        }
        for (area, panel) in areas.iter().zip(&self.panels) {
            panel.caption().draw(&mut drawing, area.0);
        }
        self.write(&mut drawing, &layout);
        legend.draw(&mut drawing, (layout.margin, layout.legend_top));
        drawing
    }

    fn columns(&self) -> usize {
        match self.columns {
            0 => self.panels.len().max(1),
            columns => columns.min(self.panels.len()).max(1),
        }
    }

    fn gap(&self) -> f64 {
        if self.columns() > 3 { 8.0 } else { 18.0 }
    }

    fn rows(&self) -> usize {
        self.panels.len().div_ceil(self.columns()).max(1)
    }

    /// The width of a column where all of them have so much.
    fn column_width(&self, width: f64) -> f64 {
        let columns = self.columns() as f64;
        (width - self.gap() * (columns - 1.0)) / columns
    }

    /// The room that panels leave for the strips of maps.
    fn strip_room(&self) -> f64 {
        let strips = self.panels.iter().filter_map(|panel| panel.strip.as_ref());
        strips.map(Strip::width).fold(0.0, f64::max)
    }

    /// The height of the panels with equal units as a fraction of their width, that of the highest.
    fn aspect(&self) -> f64 {
        let of = |panel: &Panel<'_>| {
            let (x, y) = (panel.x.scale.as_ref()?, panel.y.scale.as_ref()?);
            panel.square.then(|| (y.high - y.low) / (x.high - x.low))
        };
        let highest = self.panels.iter().filter_map(of).fold(0.0, f64::max);
        if highest > 0.0 { highest } else { 1.0 }
    }

    fn caption_height(&self, column: f64) -> f64 {
        caption::height(self.panels.iter().map(Panel::caption), column)
    }

    /// The heights of all rows, captions included.
    fn row_heights(&self, column: f64) -> Vec<f64> {
        let square = || {
            let most = if self.columns() < 3 {
                LARGEST
            } else {
                f64::INFINITY
            };
            let side = (column - BESIDE - self.strip_room()).min(most);
            let lowest = match self.panels.iter().all(|panel| panel.square) {
                true => LOWEST,
                false => LOWEST_CURVE,
            };
            let height = (side * self.aspect()).clamp(lowest, side.max(LARGEST));
            height + BELOW + self.caption_height(column)
        };
        let last = self.heights.last().copied().unwrap_or_else(square);
        (0..self.rows())
            .map(|row| self.heights.get(row).copied().unwrap_or(last))
            .collect()
    }

    fn layout(&self, legend_height: f64) -> Layout {
        let whole = f64::from(self.width.unwrap_or(WIDTH));
        // Small sheets have small margins.
        let margin = (0.03 * whole).clamp(14.0, 28.0);
        let width = whole - 2.0 * margin;
        let block =
            |text: &str, font: Font| font.wrap(text, width).len() as f64 * font.line_height();
        let gap = |height: f64| if height > 0.0 { height + GAP } else { 0.0 };
        let heading = block(&self.title, TITLE) + block(&self.subtitle, SUBTITLE);
        let legend_top = margin - 6.0 + gap(heading);
        let body_top = legend_top + gap(legend_height);
        let rows = self.row_heights(self.column_width(width));
        let gaps = self.gap() * (rows.len() - 1) as f64;
        let body = Rect::new(
            margin,
            body_top,
            margin + width,
            body_top + rows.iter().sum::<f64>() + gaps,
        );
        let height = body.bottom + gap(block(&self.note, NOTE)) + 0.7 * margin;
        Layout {
            margin,
            width,
            legend_top,
            body,
            // Encoders of films want even sizes.
            height: 2 * (0.5 * height).ceil() as u32,
        }
    }

    /// For each panel the room of its caption and that of its axes.
    fn areas(&self, layout: &Layout) -> Vec<(Rect, Rect)> {
        let (columns, gap) = (self.columns(), self.gap());
        let width = self.column_width(layout.width);
        let caption = self.caption_height(width);
        let mut top = layout.body.top;
        let mut areas = vec![];
        for (row, height) in self.row_heights(width).into_iter().enumerate() {
            for column in 0..columns.min(self.panels.len() - row * columns) {
                let left = layout.body.left + column as f64 * (width + gap);
                let mut area = Rect::new(
                    left.round(),
                    top.round(),
                    (left + width).round(),
                    (top + height).round(),
                );
                let room = area.take_top(caption);
                let panel = &self.panels[areas.len()];
                if panel.square || panel.strip.is_some() {
                    area.right -= self.strip_room();
                }
                areas.push((room, area));
            }
            top += height + gap;
        }
        areas
    }

    /// The number of points on one place that gets the full colour, the same in all panels.
    fn densest(&self, axes: &[Option<Axes>]) -> u16 {
        let of = |(panel, axes): (&Panel<'_>, &Option<Axes>)| {
            let axes = axes.as_ref()?;
            let crowding = |layer: &Layer<'_>| layer.mark.crowding(axes.frame, &axes.x, &axes.y);
            panel.layers.iter().filter_map(crowding).max()
        };
        let mut found: Vec<u16> = self.panels.iter().zip(axes).filter_map(of).collect();
        found.sort_unstable();
        // One panel that is a single dot must not pale all others.
        found
            .get(found.len().saturating_sub(1) * 3 / 4)
            .copied()
            .unwrap_or(1)
    }

    /// What the colours and lines stand for, each name once, and how many values are not shown.
    fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = vec![];
        let mut missed = Missed::default();
        let mut log = false;
        for panel in &self.panels {
            let (Some(x), Some(y)) = (&panel.x.scale, &panel.y.scale) else {
                continue;
            };
            for layer in &panel.layers {
                let found = layer.mark.missed(x, y);
                if layer.label.is_empty() {
                    missed = missed.and(Missed {
                        nowhere: 0,
                        ..found
                    });
                    continue;
                }
                missed = missed.and(found);
                log |= found.nowhere > 0 && (x.log || y.log);
                if keys.iter().all(|key| key.label != layer.label) {
                    keys.push(Key {
                        label: layer.label.clone(),
                        swatch: Some(layer.mark.swatch()),
                    });
                }
            }
        }
        if missed.pinned > 0 {
            keys.push(Key {
                label: missed.words(),
                swatch: Some(Swatch {
                    marker: Some((Marker::Beyond(0, -1), QUIET_INK)),
                    ..Swatch::default()
                }),
            });
        }
        let remark = |label: String| Key {
            label,
            swatch: None,
        };
        keys.extend(self.remarks.iter().cloned().map(remark));
        if missed.nowhere > 0 {
            let values = count(missed.nowhere, "value");
            let or = if log { " or not positive" } else { "" };
            keys.push(remark(format!("{values} not drawn (not finite{or})")));
        }
        keys
    }

    fn write(&self, drawing: &mut Drawing, layout: &Layout) {
        let top = layout.margin - 6.0;
        for (mut top, blocks) in [
            (top, &[(&self.title, TITLE), (&self.subtitle, SUBTITLE)][..]),
            (layout.body.bottom + GAP, &[(&self.note, NOTE)][..]),
        ] {
            for (text, font) in blocks {
                for line in font.wrap(text, layout.width) {
                    let baseline = (top + font.size).round();
                    drawing.text(line, (layout.margin, baseline), Align::Left, *font);
                    top += font.line_height();
                }
            }
        }
    }
}

/// Says that there is nothing to draw, where the axes would have been.
fn draw_empty(drawing: &mut Drawing, area: Rect) {
    let Rect {
        left,
        top,
        right,
        bottom,
    } = area;
    let outline = [
        (left, top),
        (right, top),
        (right, bottom),
        (left, bottom),
        (left, top),
    ];
    drawing.line(outline.to_vec(), Stroke::solid(GRID, 1.0));
    let font = Font::regular(LABEL_SIZE, QUIET_INK);
    let center = (0.5 * (left + right), 0.5 * (top + bottom) + 5.0);
    drawing.text("no data", center, Align::Center, font);
}
