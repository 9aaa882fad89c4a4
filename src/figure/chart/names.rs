//! How the labels below a frame stand, so that none is left out for want of room.

use super::axis::labels;
use crate::figure::{
    drawing::{Align, Drawing},
    font::Font,
    scale::Tick,
    theme::{INK, TICK_SIZE},
};

/// The font of all labels of ticks.
pub(super) const TICK_FONT: Font = Font::regular(TICK_SIZE, INK);

/// Free room on either side of a label.
const APART: f64 = 5.0;
/// From the end of a tick to the baseline of a label below it, and from one baseline to the next.
const FIRST: f64 = 17.0;
const LINE: f64 = 17.0;
/// The longest label that stands upright, in pixels.
const LONGEST: f64 = 150.0;

/// How labels stand below an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stand {
    /// Side by side.
    Row,
    /// In two rows, one after the other.
    TwoRows,
    /// Running upwards, the longest of this length.
    Upright(f64),
}

impl Stand {
    /// The first that has room for all labels; `column` says where each of them stands.
    pub(super) fn of(ticks: &[Tick], column: impl Fn(f64) -> f64) -> Self {
        let extents: Vec<_> = labels(ticks)
            .map(|(value, label)| {
                let half = 0.5 * TICK_FONT.width(label) + APART;
                (column(value) - half, column(value) + half)
            })
            .collect();
        let have_room = |first: usize, every: usize| {
            let row: Vec<_> = extents.iter().skip(first).step_by(every).collect();
            row.windows(2).all(|pair| pair[0].1 <= pair[1].0)
        };
        if have_room(0, 1) {
            Self::Row
        } else if have_room(0, 2) && have_room(1, 2) {
            Self::TwoRows
        } else {
            let widths = labels(ticks).map(|(_, label)| TICK_FONT.width(label));
            Self::Upright(widths.fold(0.0, f64::max).min(LONGEST))
        }
    }

    /// The height that they take below a frame.
    pub(super) fn height(self) -> f64 {
        match self {
            Self::Row => 28.0,
            Self::TwoRows => 28.0 + LINE,
            Self::Upright(longest) => 16.0 + longest,
        }
    }

    /// Writes the labels below the ends of the ticks.
    pub(super) fn write(
        self,
        drawing: &mut Drawing,
        ticks: &[Tick],
        column: impl Fn(f64) -> f64,
        below: f64,
    ) {
        let mut end = f64::NEG_INFINITY;
        for (i, (value, label)) in labels(ticks).enumerate() {
            let x = column(value);
            let row = match self {
                Self::TwoRows => LINE * (i % 2) as f64,
                _ => 0.0,
            };
            match self {
                Self::Row | Self::TwoRows => {
                    let at = (x, below + FIRST + row);
                    drawing.text(label, at, Align::Center, TICK_FONT);
                }
                // Only where even lines of text would lie on each other is one left out.
                Self::Upright(_) if x - end < TICK_SIZE => {}
                Self::Upright(_) => {
                    end = x;
                    let label = TICK_FONT.shorten(label, LONGEST);
                    let half = 0.5 * TICK_FONT.width(&label);
                    let at = (x + 0.37 * TICK_SIZE, below + 5.0 + half);
                    drawing.text(label, at, Align::Upwards, TICK_FONT);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(names: &[&str]) -> Vec<Tick> {
        let tick = |(i, name): (usize, &&str)| Tick {
            value: i as f64,
            label: Some(name.to_string()),
        };
        names.iter().enumerate().map(tick).collect()
    }

    #[test]
    fn labels_stand_in_as_many_rows_as_they_need() {
        let numbers = ticks(&["2", "3", "5", "10", "20", "50", "100", "200", "500", "1000"]);
        let every = |pixels: f64| move |value: f64| pixels * value;
        assert_eq!(Stand::of(&numbers, every(60.0)), Stand::Row);
        assert_eq!(Stand::of(&numbers, every(34.0)), Stand::TwoRows);
        let Stand::Upright(longest) = Stand::of(&numbers, every(16.0)) else {
            panic!("no room in two rows");
        };
        assert_eq!(longest, TICK_FONT.width("1000"));
        assert!(Stand::TwoRows.height() > Stand::Row.height());
    }

    #[test]
    fn no_label_is_left_out() {
        let names = ticks(&["cosine", "linear", "a rather long name of a schedule", "vp"]);
        for pixels in [20.0, 40.0, 90.0, 400.0] {
            let column = |value: f64| pixels * value;
            let mut drawing = Drawing::new(900, 300);
            Stand::of(&names, column).write(&mut drawing, &names, column, 100.0);
            assert_eq!(drawing.shapes.len(), 4, "{pixels}");
        }
    }
}
