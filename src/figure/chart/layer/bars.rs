//! Bars from one height to another, with error bars and numbers.

use super::mark::Mark;
use crate::figure::{
    chart::{legend::Swatch, plot::Plot},
    drawing::Align,
    font::Font,
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

impl Mark for Bars {
    fn draw(&self, plot: &mut Plot<'_>) {
        for bar in &self.bars {
            plot.rect((bar.x.0, bar.from), (bar.x.1, bar.to), self.color);
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
