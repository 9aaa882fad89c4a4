//! Where a pair of axes lies, and the grid, ticks and titles drawn around its frame.

use super::{
    axis::{Axis, labels},
    names::{Stand, TICK_FONT},
};
use crate::figure::{
    drawing::{Align, Drawing},
    font::Font,
    geometry::{Point, Rect},
    scale::{Scale, Tick},
    theme::{AXIS, GRID, INK, LABEL_SIZE, MINOR_GRID, TICK_SIZE},
};

const LABEL_FONT: Font = Font::regular(LABEL_SIZE, INK);
const TICK_LENGTH: f64 = 5.0;

/// What a label below the frame takes where its place can be chosen.
fn x_extent(label: &str) -> f64 {
    TICK_FONT.width(label) + 26.0
}

/// Two scales and the frame they span on a canvas.
#[derive(Clone, Debug)]
pub(super) struct Axes {
    /// Where the data go.
    pub(super) frame: Rect,
    pub(super) x: Scale,
    pub(super) y: Scale,
    /// How the labels below it stand.
    below: Stand,
}

impl Axes {
    /// Axes that fill `area`, or lie in its middle with a unit equally long on both; `None` where one has no range.
    pub(super) fn new(area: Rect, x: &Axis, y: &Axis, square: bool) -> Option<Self> {
        let (room, below) = Self::room(area, x, y);
        let (x, y) = (x.scale.clone()?, y.scale.clone()?);
        let frame = if square {
            let lengths = [&x, &y].map(|scale| scale.high - scale.low);
            let unit = (room.width() / lengths[0]).min(room.height() / lengths[1]);
            let [width, height] = lengths.map(|length| (length * unit).round());
            let left = (room.left + 0.5 * (room.width() - width)).round();
            Rect::new(left, room.top, left + width, room.top + height)
        } else {
            room
        };
        Some(Self { frame, x, y, below })
    }

    /// The room that titles and labels leave, and how the labels below it stand.
    fn room(area: Rect, x: &Axis, y: &Axis) -> (Rect, Stand) {
        let y_ticks = y.placed(area.height() - 60.0, |_| 42.0);
        let widest = labels(&y_ticks)
            .map(|(_, label)| TICK_FONT.width(label))
            .fold(0.0, f64::max);
        // Panels of one figure line up unless a label is unusually long.
        let left = (area.left + y.title_room() + widest.max(42.0) + 12.0).round();
        let right = (area.right - 16.0).round();
        let x_ticks = x.placed(right - left, x_extent);
        let column = |value: f64| {
            let part = x.scale.as_ref().map_or(0.0, |scale| scale.fraction(value));
            left + part * (right - left)
        };
        let below = Stand::of(&x_ticks, column);
        let room = Rect::new(
            left,
            (area.top + 8.0).round(),
            right,
            (area.bottom - x.title_room() - below.height()).round(),
        );
        (room, below)
    }

    /// Draws what surrounds the data.
    pub(super) fn draw(&self, drawing: &mut Drawing, area: Rect, x: &Axis, y: &Axis) {
        let y_ticks = y.placed(self.frame.height(), |_| 42.0);
        let x_ticks = x.placed(self.frame.width(), x_extent);
        self.draw_grid(drawing, &x_ticks, &y_ticks);
        self.draw_lines(drawing, &x_ticks, &y_ticks);
        let below = self.frame.bottom + TICK_LENGTH;
        self.below
            .write(drawing, &x_ticks, |value| self.column(value), below);
        self.write_y_labels(drawing, &y_ticks);
        let y_room = Self::room(area, x, y).0.left - area.left;
        self.write_titles(drawing, area, &x.label, (&y.label, y_room));
    }

    /// Where a value lies on the drawing, inside the frame or not; NaN where it has no place.
    pub(super) fn point(&self, (x, y): (f64, f64)) -> Point {
        (self.column(x), self.row(y))
    }

    fn column(&self, x: f64) -> f64 {
        self.frame.left + self.x.fraction(x) * self.frame.width()
    }

    pub(super) fn row(&self, y: f64) -> f64 {
        self.frame.bottom - self.y.fraction(y) * self.frame.height()
    }

    fn draw_grid(&self, drawing: &mut Drawing, x_ticks: &[Tick], y_ticks: &[Tick]) {
        let frame = self.frame;
        // Minor lines first, so that no major one is crossed by a paler line.
        for (minor, color) in [(true, MINOR_GRID), (false, GRID)] {
            for tick in x_ticks.iter().filter(|t| t.label.is_none() == minor) {
                let x = self.column(tick.value).round();
                drawing.rect(Rect::new(x, frame.top, x + 1.0, frame.bottom), color);
            }
            for tick in y_ticks.iter().filter(|t| t.label.is_none() == minor) {
                let y = self.row(tick.value).round();
                drawing.rect(Rect::new(frame.left, y, frame.right, y + 1.0), color);
            }
        }
    }

    /// The axis lines at the left and the bottom, and a short line outwards at each label.
    fn draw_lines(&self, drawing: &mut Drawing, x_ticks: &[Tick], y_ticks: &[Tick]) {
        let Rect {
            left,
            top,
            right,
            bottom,
        } = self.frame;
        drawing.rect(Rect::new(left - 1.0, top, left, bottom + 1.0), AXIS);
        drawing.rect(Rect::new(left - 1.0, bottom, right, bottom + 1.0), AXIS);
        let outside = TICK_LENGTH + 1.0;
        for (value, _) in labels(x_ticks) {
            let x = self.column(value).round();
            drawing.rect(Rect::new(x, bottom, x + 1.0, bottom + outside), AXIS);
        }
        for (value, _) in labels(y_ticks) {
            let y = self.row(value).round();
            drawing.rect(Rect::new(left - outside, y, left, y + 1.0), AXIS);
        }
    }

    fn write_y_labels(&self, drawing: &mut Drawing, ticks: &[Tick]) {
        let right = self.frame.left - TICK_LENGTH - 5.0;
        for (value, label) in labels(ticks) {
            let baseline = self.row(value).round() + TICK_SIZE * 0.37;
            drawing.text(label, (right, baseline), Align::Right, TICK_FONT);
        }
    }

    fn write_titles(
        &self,
        drawing: &mut Drawing,
        area: Rect,
        x_title: &str,
        (y_title, y_room): (&str, f64),
    ) {
        let frame = self.frame;
        let x_title = LABEL_FONT.shorten(x_title.trim(), area.width());
        let below = frame.bottom + self.below.height() + 18.0;
        let below = ((frame.left + frame.right) / 2.0, below);
        drawing.text(x_title, below, Align::Center, LABEL_FONT);
        let y_title = LABEL_FONT.shorten(y_title.trim(), area.height());
        // As far from a narrow frame as from one that fills its area.
        let left = frame.left - y_room;
        let beside = (left + 14.0, (frame.top + frame.bottom) / 2.0);
        drawing.text(y_title, beside, Align::Upwards, LABEL_FONT);
    }
}
