//! The legend: a strip of keys above the data, broken into rows, never over the data.

use crate::figure::{
    drawing::{Align, Drawing},
    font::Font,
    geometry::{Point, Rect},
    mark::{Color, Marker, Stroke},
    theme::{INK, LEGEND_SIZE, QUIET_INK},
};

const FONT: Font = Font::regular(LEGEND_SIZE, INK);
const REMARK: Font = Font::regular(LEGEND_SIZE, QUIET_INK);
const SWATCH: f64 = 30.0;
const SWATCH_GAP: f64 = 8.0;
const KEY_GAP: f64 = 28.0;

/// What a key shows in front of its label, drawn in this order: fill, line, marker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Swatch {
    pub(crate) fill: Option<Color>,
    pub(crate) line: Option<Stroke>,
    pub(crate) marker: Option<(Marker, Color)>,
}

/// One entry of a legend.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) label: String,
    /// `None` for words that concern all entries.
    pub(super) swatch: Option<Swatch>,
}

impl Key {
    fn font(&self) -> Font {
        if self.swatch.is_some() { FONT } else { REMARK }
    }

    fn width(&self) -> f64 {
        self.swatch_width() + self.font().width(&self.label)
    }

    fn swatch_width(&self) -> f64 {
        self.swatch.as_ref().map_or(0.0, |_| SWATCH + SWATCH_GAP)
    }
}

/// A legend with every key in its place, relative to the upper left corner.
pub(super) struct Legend {
    placed: Vec<(Key, Point)>,
    /// The height of all rows.
    pub(super) height: f64,
}

impl Legend {
    /// Places keys in one row of at most the given width, or else in columns, remarks below them.
    pub(super) fn new(mut keys: Vec<Key>, width: f64) -> Self {
        for key in &mut keys {
            key.label = key.font().shorten(&key.label, width - key.swatch_width());
        }
        let mut legend = Self {
            placed: Vec::with_capacity(keys.len()),
            height: 0.0,
        };
        let all: f64 = keys.iter().map(|key| key.width() + KEY_GAP).sum();
        if all - KEY_GAP <= width {
            legend.place(keys, |x| x, width);
        } else {
            let (remarks, swatches): (Vec<_>, Vec<_>) =
                keys.into_iter().partition(|key| key.swatch.is_none());
            let widest = swatches.iter().map(Key::width).fold(0.0, f64::max);
            // With one long label among short ones, columns would be mostly empty.
            let total: f64 = swatches.iter().map(|key| key.width() + KEY_GAP).sum();
            let even = (widest + KEY_GAP) * (swatches.len() as f64) < 1.5 * total;
            let column = if even { widest + KEY_GAP } else { 1.0 };
            legend.place(swatches, |x| (x / column).ceil() * column, width);
            legend.place(remarks, |x| x, width);
        }
        legend
    }

    /// Adds rows of keys below those placed already; `snap` moves a key's left end to where a column begins.
    fn place(&mut self, keys: Vec<Key>, snap: impl Fn(f64) -> f64, width: f64) {
        let row = FONT.line_height() + 3.0;
        let mut end = f64::INFINITY;
        for key in keys {
            let mut x = snap(end);
            if x + key.width() > width || !x.is_finite() {
                x = 0.0;
                self.height += row;
            }
            end = x + key.width() + KEY_GAP;
            self.placed.push((key, (x, self.height - row)));
        }
    }

    /// Draws all keys with the legend's upper left corner at the given position.
    pub(super) fn draw(&self, drawing: &mut Drawing, corner: Point) {
        for (key, (x, y)) in &self.placed {
            let (left, baseline) = (corner.0 + x, (corner.1 + y + FONT.size + 1.0).round());
            if let Some(swatch) = &key.swatch {
                let middle = baseline - FONT.size * 0.36;
                swatch.draw(
                    drawing,
                    Rect::new(left, middle - 7.0, left + SWATCH, middle + 7.0),
                );
            }
            let text_left = left + key.swatch_width();
            drawing.text(
                key.label.as_str(),
                (text_left, baseline),
                Align::Left,
                key.font(),
            );
        }
    }
}

impl Swatch {
    fn draw(&self, drawing: &mut Drawing, area: Rect) {
        let middle = (area.top + area.bottom) / 2.0;
        let line_y = match self.fill {
            // The outline of an area runs along its top, as it does in the plot.
            Some(fill) => {
                drawing.rect(area, fill);
                area.top
            }
            None => middle,
        };
        if let Some(line) = self.line {
            drawing.line(vec![(area.left, line_y), (area.right, line_y)], line);
        }
        if let Some((marker, color)) = self.marker {
            let center = (area.left + area.right) / 2.0;
            drawing.marker((center, middle + marker.key_offset()), marker, 5.0, color);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_break_before_the_edge() {
        let keys = |n: usize| {
            let key = Key {
                label: "a label of some length".into(),
                swatch: None,
            };
            vec![key; n]
        };
        assert_eq!(Legend::new(Vec::new(), 500.0).height, 0.0);
        let one_row = Legend::new(keys(2), 500.0).height;
        assert_eq!(Legend::new(keys(6), 500.0).height, 3.0 * one_row);
    }
}
