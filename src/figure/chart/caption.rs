//! The line above a panel: a heading at its left and, where there is room, a note at its right.

use crate::figure::{
    drawing::{Align, Drawing},
    font::Font,
    geometry::Rect,
    theme::{INK, LEGEND_SIZE},
};

const HEADING: Font = Font::bold(LEGEND_SIZE, INK);
const NOTE: Font = Font::regular(LEGEND_SIZE - 0.5, INK);
const GAP: f64 = 18.0;
/// A panel's frame ends so far inside its area.
const INSET: f64 = 16.0;

/// What stands above one panel; either part may be empty.
#[derive(Clone, Copy)]
pub(super) struct Caption<'a> {
    pub(super) heading: &'a str,
    pub(super) note: &'a str,
}

impl Caption<'_> {
    fn fits_one_line(&self, width: f64) -> bool {
        let both = !self.heading.is_empty() && !self.note.is_empty();
        let gap = if both { GAP } else { 0.0 };
        HEADING.width(self.heading) + gap + NOTE.width(self.note) <= width
    }

    /// The lines it takes at this width.
    fn lines(&self, width: f64) -> usize {
        if self.heading.is_empty() && self.note.is_empty() {
            0
        } else if self.fits_one_line(width) {
            1
        } else {
            usize::from(!self.heading.is_empty()) + NOTE.wrap(self.note, width).len()
        }
    }

    /// Writes the caption into the given room.
    pub(super) fn draw(&self, drawing: &mut Drawing, mut room: Rect) {
        room.right -= INSET;
        let line = HEADING.line_height();
        let mut baseline = (room.top + HEADING.size).round();
        let heading = HEADING.shorten(self.heading, room.width());
        drawing.text(heading, (room.left, baseline), Align::Left, HEADING);
        if self.fits_one_line(room.width()) {
            let (x, align) = if self.heading.is_empty() {
                (room.left, Align::Left)
            } else {
                (room.right, Align::Right)
            };
            drawing.text(self.note, (x, baseline), align, NOTE);
            return;
        }
        if self.heading.is_empty() {
            baseline -= line;
        }
        for text in NOTE.wrap(self.note, room.width()) {
            baseline += line;
            drawing.text(text, (room.left, baseline), Align::Left, NOTE);
        }
    }
}

/// The height that the longest of these captions takes at this width.
pub(super) fn height<'a>(captions: impl Iterator<Item = Caption<'a>>, width: f64) -> f64 {
    let lines = captions.map(|caption| caption.lines(width - INSET)).max();
    match lines.unwrap_or(0) {
        0 => 0.0,
        lines => lines as f64 * HEADING.line_height() + 2.0,
    }
}
