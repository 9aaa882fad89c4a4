//! The strip beside a map that explains its colours.

use super::{axis::Axis, axis::Ticks, frame::Axes, plot::Plot};
use crate::{
    figure::{drawing::Drawing, geometry::Rect, scale::Scale, shades::Shades},
    text::number,
};

/// Its width with its labels and its name.
const WIDTH: f64 = 112.0;

/// Labels of a strip, about.
const LABELS: usize = 5;

/// How near to an end that is labelled itself no other label stands, as a fraction of the strip.
const NEAR: f64 = 0.09;

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
        WIDTH
    }

    /// What is written beside it: round numbers, and at an end that stands for more, that.
    pub(crate) fn labels(&self) -> Vec<(f64, String)> {
        let (low, high) = self.shades.ends();
        let near = NEAR * (high - low);
        let ticks = Scale::linear(low, high).ticks(LABELS, false);
        let mut labels: Vec<_> = ticks
            .into_iter()
            .filter_map(|tick| Some((tick.value, tick.label?)))
            .filter(|(value, _)| !(self.beyond.0 && value - low < near))
            .filter(|(value, _)| !(self.beyond.1 && high - value < near))
            .collect();
        if self.beyond.0 {
            labels.insert(0, (low, format!("< {}", number(low))));
        }
        if self.beyond.1 {
            labels.push((high, format!("> {}", number(high))));
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
            .ticks(Ticks::Names(self.labels()));
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
        let labels = |values: &[f64]| -> Vec<String> {
            let strip = Strip::new(Shades::diverging_up_to(5.0), "errors", values);
            strip.labels().into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(&[-5.0, 0.0, 5.0]), ["−4", "−2", "0", "2", "4"]);
        assert_eq!(
            labels(&[0.0, 7.0, f64::NAN]),
            ["−4", "−2", "0", "2", "4", "> 5"]
        );
        assert_eq!(
            labels(&[-6.0, 9.0]),
            ["< −5", "−4", "−2", "0", "2", "4", "> 5"]
        );
        let near = Strip::new(Shades::up_to(1.02), "density", &[2.0]).labels();
        assert_eq!(near.last(), Some(&(1.02, "> 1.02".to_string())));
        assert!(
            near.iter()
                .all(|(value, _)| *value < 0.95 || *value == 1.02)
        );
    }
}
