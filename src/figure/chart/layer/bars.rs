//! Bars from one height to another, with error bars and numbers.

use super::mark::Mark;
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    drawing::Align,
    font::Font,
    geometry::Rect,
    mark::{Color, Stroke},
    theme::{INK, LABEL_SIZE},
};

/// One bar; a group has bars beside each other, a stack has bars that begin where others end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bar {
    /// From left to right.
    pub(crate) x: (f64, f64),
    /// Where it begins.
    pub(crate) from: f64,
    /// Where it ends.
    pub(crate) to: f64,
    /// Half the length of the error bar at its end, 0 for none.
    pub(crate) error: f64,
    /// What is written beyond its end; may be empty.
    pub(crate) text: String,
}

/// Bars of one colour.
pub(crate) struct Bars {
    pub(crate) bars: Vec<Bar>,
    pub(crate) color: Color,
}

/// The least height of a bar in pixels: one of nothing is a stub, which shows where it would be.
const STUB: f64 = 2.5;

impl Bars {
    fn draw_bar(&self, plot: &mut Plot<'_>, bar: &Bar) {
        let rect = plot.rect_of((bar.x.0, bar.from), (bar.x.1, bar.to));
        if rect.height() >= STUB {
            plot.rect((bar.x.0, bar.from), (bar.x.1, bar.to), self.color);
        } else if plot.frame().contains((rect.left, rect.bottom)) && self.color.3 > 0.0 {
            let upwards = bar.to >= bar.from;
            let stub = match upwards {
                true => Rect::new(rect.left, rect.bottom - STUB, rect.right, rect.bottom),
                false => Rect::new(rect.left, rect.top, rect.right, rect.top + STUB),
            };
            plot.ground(stub, self.color);
        }
    }
}

impl Mark for Bars {
    fn draw(&self, plot: &mut Plot<'_>) {
        for bar in &self.bars {
            self.draw_bar(plot, bar);
            let middle = 0.5 * (bar.x.0 + bar.x.1);
            if bar.error > 0.0 {
                let ends = (middle, bar.to - bar.error, bar.to + bar.error);
                plot.error_bar(ends, 0.0, Stroke::solid(INK, 1.4));
            }
            let upwards = bar.to >= bar.from;
            let error = if upwards { bar.error } else { -bar.error };
            let low = plot.scales().1.low;
            let (x, y) = plot.point((middle, (bar.to + error).max(low)));
            let y = if upwards {
                y - 7.0
            } else {
                y + LABEL_SIZE + 4.0
            };
            plot.text(
                &bar.text,
                (x, y),
                Align::Center,
                Font::regular(LABEL_SIZE, INK),
            );
        }
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            fill: Some(self.color),
            line: Some(Stroke::solid(self.color, 1.0)),
            ..Swatch::default()
        }
    }
}
