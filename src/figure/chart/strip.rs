//! The strip beside a map that explains its colours.

use super::{axis::Axis, axis::Ticks, frame::Axes, names::TICK_FONT, plot::Plot};
use crate::{
    figure::{drawing::Drawing, geometry::Rect, scale::Scale, shades::Shades},
    text::with_digits,
};

/// The width of its colours.
const BAR: f64 = 14.0;
/// What its frame leaves at the right, and what its name and ticks take at the left.
const RIGHT: f64 = 16.0;
const LEFT: f64 = 24.0 + 12.0;
const NARROWEST_LABELS: f64 = 42.0;

/// The height that a label takes, and that which may stand between two of them.
const LINE: f64 = 20.0;
const APART: f64 = 46.0;
const MOST_LABELS: f64 = 6.0;

/// Significant digits of an end that stands for more.
const DIGITS: i32 = 3;

/// Shades of the strip.
const STEPS: usize = 96;

/// Colours and what they stand for.
#[derive(Clone, Debug)]
pub(crate) struct Strip {
    shades: Shades,
    /// The name with unit of what the colours show.
    label: String,
    /// Whether some of the values shown lie below and above the colours.
    beyond: (bool, bool),
}

impl Strip {
    /// A strip for a map of these values; its ends say where the colours do not tell larger values apart.
    pub(crate) fn new(shades: Shades, label: impl Into<String>, values: &[f64]) -> Self {
        let (low, high) = shades.ends();
        Self {
            shades,
            label: label.into(),
            beyond: (
                values.iter().any(|value| *value < low),
                values.iter().any(|value| *value > high),
            ),
        }
    }

    /// The room that it takes beside a panel.
    pub(super) fn width(&self) -> f64 {
        let labels = self.labels(f64::INFINITY);
        let widths = labels.iter().map(|(_, label)| TICK_FONT.width(label));
        LEFT + widths.fold(NARROWEST_LABELS, f64::max) + BAR + RIGHT
    }

    /// What is written beside it at this height: round numbers, and at an end that stands for more, that.
    fn labels(&self, height: f64) -> Vec<(f64, String)> {
        let (low, high) = self.shades.ends();
        let near = (LINE / height) * (high - low);
        let most = (height / APART).clamp(2.0, MOST_LABELS) as usize;
        let ticks = Scale::linear(low, high).ticks(most, false);
        let mut labels: Vec<_> = ticks
            .into_iter()
            .filter_map(|tick| Some((tick.value, tick.label?)))
            .filter(|(value, _)| !(self.beyond.0 && value - low < near))
            .filter(|(value, _)| !(self.beyond.1 && high - value < near))
            .collect();
        let end = |end: f64| with_digits(end, DIGITS).replace('-', "−");
        if self.beyond.0 {
            labels.insert(0, (low, format!("< {}", end(low))));
        }
        if self.beyond.1 {
            labels.push((high, format!("> {}", end(high))));
        }
        labels
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
        let y = Axis::new(Scale::linear(low, high), self.label.clone())
            .ticks(Ticks::Names(self.labels(frame.height())));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_stands_for_more_says_so() {
        let labels = |values: &[f64], height: f64| -> Vec<String> {
            let strip = Strip::new(Shades::diverging_up_to(5.0), "errors", values);
            let labels = strip.labels(height).into_iter();
            labels.map(|(_, label)| label).collect()
        };
        assert_eq!(
            labels(&[-5.0, 0.0, 5.0], 300.0),
            ["−4", "−2", "0", "2", "4"]
        );
        assert_eq!(
            labels(&[0.0, 7.0, f64::NAN], 300.0),
            ["−4", "−2", "0", "2", "4", "> 5"]
        );
        assert_eq!(
            labels(&[-6.0, 9.0], 300.0),
            ["< −5", "−4", "−2", "0", "2", "4", "> 5"]
        );
        // Where it is low, fewer labels have room.
        assert_eq!(labels(&[-6.0, 9.0], 100.0), ["< −5", "0", "> 5"]);
        let near = Strip::new(Shades::up_to(1.02), "density", &[2.0]).labels(300.0);
        assert_eq!(near.last(), Some(&(1.02, "> 1.02".to_string())));
        assert!(
            near.iter()
                .all(|(value, _)| *value < 0.98 || *value == 1.02)
        );
    }

    #[test]
    fn long_labels_leave_the_colours_their_room() {
        for (high, digits) in [(0.18853, "> 0.189"), (1234.5, "> 1234")] {
            let strip = Strip::new(Shades::up_to(high), "error", &[2.0 * high]);
            let labels = strip.labels(300.0);
            assert!(
                labels
                    .last()
                    .is_some_and(|(_, label)| label.starts_with(digits))
            );
            let widest = labels.iter().map(|(_, label)| TICK_FONT.width(label));
            let left = strip.width() - RIGHT - LEFT - widest.fold(0.0, f64::max);
            assert!(left >= BAR, "{left}");
        }
    }
}
