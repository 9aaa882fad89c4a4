//! The strip beside a map that explains its colours.

use super::{axis::Axis, axis::Ticks, frame::Axes, plot::Plot};
use crate::figure::{drawing::Drawing, geometry::Rect, scale::Scale, shades::Shades};

/// Its width with its labels, without and with a name.
const WIDTH: f64 = 74.0;
const NAMED_WIDTH: f64 = 130.0;

/// Shades of the strip.
const STEPS: usize = 96;

/// Colours and what they stand for.
#[derive(Clone, Debug)]
pub(crate) struct Strip {
    pub(crate) shades: Shades,
    /// The name with unit of what the colours show; may be empty.
    pub(crate) label: String,
}

impl Strip {
    /// The room that it takes beside a panel.
    pub(super) fn width(&self) -> f64 {
        match self.label.is_empty() {
            true => WIDTH,
            false => NAMED_WIDTH,
        }
    }

    /// Draws the strip to the right of a panel's frame.
    pub(super) fn draw(&self, drawing: &mut Drawing, frame: Rect) {
        let (low, high) = self.shades.ends();
        let left = frame.right + 6.0;
        let area = Rect::new(
            left,
            frame.top - 8.0,
            left + self.width(),
            frame.bottom + 28.0,
        );
        let x = Axis::new(Scale::linear(0.0, 1.0), "").ticks(Ticks::Names(vec![]));
        let y = Axis::new(Scale::linear(low, high), self.label.clone());
        let Some(axes) = Axes::new(area, &x, &y, false) else {
            return;
        };
        axes.draw(drawing, area, &x, &y);
        let mut plot = Plot::new(drawing, &axes, 1);
        for i in 0..STEPS {
            let at = |i: f64| low + (high - low) * i / STEPS as f64;
            let i = i as f64;
            plot.rect(
                (0.0, at(i)),
                (1.0, at(i + 1.0)),
                self.shades.color(at(i + 0.5)),
            );
        }
    }
}
