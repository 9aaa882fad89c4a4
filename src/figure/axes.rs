//! A pair of axes: which ticks they get, where their frame lies, and the grid, ticks and titles drawn around it.

use super::canvas::Canvas;
use super::geometry::{Point, Rect};
use super::scale::{Scale, Tick};
use super::text::{Align, Font};
use super::theme::{AXIS, GRID, INK, LABEL_SIZE, MINOR_GRID, TICK_SIZE};

const TICK_FONT: Font = Font::regular(TICK_SIZE, INK);
const LABEL_FONT: Font = Font::regular(LABEL_SIZE, INK);
const TICK_LENGTH: f64 = 5.0;
const MOST_TICKS: usize = 12;

/// A title that keeps its room and shows nothing, so that the panels of a grid stay equally large.
pub(super) const BLANK_TITLE: &str = " ";

/// An axis: its range, its name with unit, and where its ticks go.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub scale: Scale,
    pub label: String,
    /// Whether only whole numbers have a meaning.
    pub integers: bool,
    /// The values to mark, if they are few and known; else round numbers are chosen.
    pub marks: Vec<f64>,
    /// Names in place of numbers, each at its value.
    pub names: Option<Vec<(f64, String)>>,
}

impl Axis {
    pub(super) fn new(scale: Scale, label: impl Into<String>) -> Self {
        Self {
            scale,
            label: label.into(),
            integers: false,
            marks: Vec::new(),
            names: None,
        }
    }

    /// The same axis with ticks at whole numbers only.
    pub(super) fn integers(self) -> Self {
        Self {
            integers: true,
            ..self
        }
    }

    /// Ticks for an axis of this length, as many as have room when a label takes what `extent` says.
    fn ticks(&self, length: f64, extent: impl Fn(&str) -> f64) -> Vec<Tick> {
        if let Some(names) = &self.names {
            let tick = |(value, name): &(f64, String)| Tick {
                value: *value,
                label: Some(name.clone()),
            };
            return names.iter().map(tick).collect();
        }
        if !self.marks.is_empty() {
            return self.scale.ticks_at(&self.marks);
        }
        let needed = |ticks: &[Tick]| labels(ticks).map(|(_, label)| extent(label)).sum::<f64>();
        let ticks = |target: usize| self.scale.ticks(target, self.integers);
        (2..=MOST_TICKS)
            .rev()
            .map(ticks)
            .find(|ticks| needed(ticks) <= length)
            .unwrap_or_else(|| ticks(2))
    }

    fn title_room(&self) -> f64 {
        if self.label.is_empty() { 0.0 } else { 24.0 }
    }
}

/// Two scales and the frame they span on a canvas.
#[derive(Clone, Debug)]
pub(super) struct Axes {
    /// Where the data go.
    pub frame: Rect,
    pub x: Scale,
    pub y: Scale,
}

impl Axes {
    /// Draws empty axes that fill `area`.
    pub(super) fn draw(canvas: &mut Canvas, area: Rect, x: &Axis, y: &Axis) -> Self {
        let frame = Self::frame(area, x, y);
        Self::draw_in(canvas, area, frame, x, y)
    }

    /// Draws empty axes in the middle of `area`, on both of which a unit is equally long.
    pub(super) fn draw_equal(canvas: &mut Canvas, area: Rect, x: &Axis, y: &Axis) -> Self {
        let room = Self::frame(area, x, y);
        let lengths = [&x.scale, &y.scale].map(|scale| scale.high - scale.low);
        let unit = (room.width() / lengths[0]).min(room.height() / lengths[1]);
        let [width, height] = lengths.map(|length| (length * unit).round());
        let left = (room.left + 0.5 * (room.width() - width)).round();
        let frame = Rect::new(left, room.top, left + width, room.top + height);
        Self::draw_in(canvas, area, frame, x, y)
    }

    /// The room that titles and labels leave.
    fn frame(area: Rect, x: &Axis, y: &Axis) -> Rect {
        let y_ticks = y.ticks(area.height() - 60.0, |_| 42.0);
        let widest = labels(&y_ticks)
            .map(|(_, label)| TICK_FONT.width(label))
            .fold(0.0, f64::max);
        Rect::new(
            // Panels of one figure line up unless a label is unusually long.
            (area.left + y.title_room() + widest.max(34.0) + 12.0).round(),
            (area.top + 8.0).round(),
            (area.right - 16.0).round(),
            (area.bottom - x.title_room() - 28.0).round(),
        )
    }

    fn draw_in(canvas: &mut Canvas, area: Rect, frame: Rect, x: &Axis, y: &Axis) -> Self {
        let y_ticks = y.ticks(frame.height(), |_| 42.0);
        let x_ticks = x.ticks(frame.width(), |label| TICK_FONT.width(label) + 26.0);
        let axes = Self {
            frame,
            x: x.scale.clone(),
            y: y.scale.clone(),
        };
        axes.draw_grid(canvas, &x_ticks, &y_ticks);
        axes.draw_lines(canvas, &x_ticks, &y_ticks);
        axes.write_x_labels(canvas, &x_ticks);
        axes.write_y_labels(canvas, &y_ticks);
        axes.write_titles(canvas, area, &x.label, &y.label);
        axes
    }

    /// Where a value lies on the canvas, inside the frame or not; NaN where it has no place.
    pub(super) fn point(&self, (x, y): (f64, f64)) -> Point {
        (self.column(x), self.row(y))
    }

    fn column(&self, x: f64) -> f64 {
        self.frame.left + self.x.fraction(x) * self.frame.width()
    }

    fn row(&self, y: f64) -> f64 {
        self.frame.bottom - self.y.fraction(y) * self.frame.height()
    }

    fn draw_grid(&self, canvas: &mut Canvas, x_ticks: &[Tick], y_ticks: &[Tick]) {
        let frame = self.frame;
        // Minor lines first, so that no major one is crossed by a paler line.
        for (minor, color) in [(true, MINOR_GRID), (false, GRID)] {
            for tick in x_ticks.iter().filter(|t| t.label.is_none() == minor) {
                let x = self.column(tick.value).round();
                canvas.fill_rect(Rect::new(x, frame.top, x + 1.0, frame.bottom), color);
            }
            for tick in y_ticks.iter().filter(|t| t.label.is_none() == minor) {
                let y = self.row(tick.value).round();
                canvas.fill_rect(Rect::new(frame.left, y, frame.right, y + 1.0), color);
            }
        }
    }

    /// The axis lines at the left and the bottom, and a short line outwards at each label.
    fn draw_lines(&self, canvas: &mut Canvas, x_ticks: &[Tick], y_ticks: &[Tick]) {
        let Rect {
            left,
            top,
            right,
            bottom,
        } = self.frame;
        canvas.fill_rect(Rect::new(left - 1.0, top, left, bottom + 1.0), AXIS);
        canvas.fill_rect(Rect::new(left - 1.0, bottom, right, bottom + 1.0), AXIS);
        let outside = TICK_LENGTH + 1.0;
        for (value, _) in labels(x_ticks) {
            let x = self.column(value).round();
            canvas.fill_rect(Rect::new(x, bottom, x + 1.0, bottom + outside), AXIS);
        }
        for (value, _) in labels(y_ticks) {
            let y = self.row(value).round();
            canvas.fill_rect(Rect::new(left - outside, y, left, y + 1.0), AXIS);
        }
    }

    fn write_x_labels(&self, canvas: &mut Canvas, ticks: &[Tick]) {
        let baseline = self.frame.bottom + TICK_LENGTH + 17.0;
        let mut occupied: Vec<(f64, f64)> = Vec::new();
        for (value, label) in labels(ticks) {
            let x = self.column(value);
            let half = TICK_FONT.width(label) / 2.0 + 5.0;
            let (from, to) = (x - half, x + half);
            // Given marks and logarithmic ticks are not evenly spaced.
            let free = |(left, right): &(f64, f64)| to <= *left || from >= *right;
            if occupied.iter().all(free) {
                canvas.text(label, (x, baseline), Align::Center, &TICK_FONT);
                occupied.push((from, to));
            }
        }
    }

    fn write_y_labels(&self, canvas: &mut Canvas, ticks: &[Tick]) {
        let right = self.frame.left - TICK_LENGTH - 5.0;
        for (value, label) in labels(ticks) {
            let baseline = self.row(value).round() + TICK_SIZE * 0.37;
            canvas.text(label, (right, baseline), Align::Right, &TICK_FONT);
        }
    }

    fn write_titles(&self, canvas: &mut Canvas, area: Rect, x_title: &str, y_title: &str) {
        let frame = self.frame;
        let x_title = LABEL_FONT.shorten(x_title.trim(), area.width());
        let below = ((frame.left + frame.right) / 2.0, frame.bottom + 46.0);
        canvas.text(&x_title, below, Align::Center, &LABEL_FONT);
        let y_title = LABEL_FONT.shorten(y_title.trim(), area.height());
        // As far from a narrow frame as from one that fills its area.
        let left = area.left.max(frame.left - 84.0);
        let beside = (left + 14.0, (frame.top + frame.bottom) / 2.0);
        canvas.text_upwards(&y_title, beside, &LABEL_FONT);
    }
}

/// The ticks that have a label, with it.
fn labels(ticks: &[Tick]) -> impl Iterator<Item = (f64, &str)> {
    ticks
        .iter()
        .filter_map(|tick| Some((tick.value, tick.label.as_deref()?)))
}
