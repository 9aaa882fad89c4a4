//! The line above a panel: a heading at its left and, where there is room, a note at its right.

use super::canvas::Canvas;
use super::geometry::Rect;
use super::text::{Align, Font};
use super::theme::{INK, LEGEND_SIZE};

const HEADING: Font = Font::bold(LEGEND_SIZE, INK);
const NOTE: Font = Font::regular(LEGEND_SIZE - 0.5, INK);
const GAP: f64 = 18.0;
/// A panel's frame ends so far inside its area.
const INSET: f64 = 16.0;

/// What stands above one panel; either part may be empty.
pub(super) struct Caption {
    pub heading: String,
    pub note: String,
}

impl Caption {
    fn fits_one_line(&self, width: f64) -> bool {
        let both = !self.heading.is_empty() && !self.note.is_empty();
        let gap = if both { GAP } else { 0.0 };
        HEADING.width(&self.heading) + gap + NOTE.width(&self.note) <= width
    }

    /// The lines it takes at this width.
    pub(super) fn lines(&self, width: f64) -> usize {
        if self.heading.is_empty() && self.note.is_empty() {
            0
        } else if self.fits_one_line(width) {
            1
        } else {
            usize::from(!self.heading.is_empty()) + NOTE.wrap(&self.note, width).len()
        }
    }

    /// The height of so many lines.
    pub(super) fn height(lines: usize) -> f64 {
        lines as f64 * HEADING.line_height() + 2.0
    }

    /// Writes the caption into the given room.
    fn draw(&self, canvas: &mut Canvas, room: Rect) {
        let line = HEADING.line_height();
        let mut baseline = (room.top + HEADING.size).round();
        let heading = HEADING.shorten(&self.heading, room.width());
        canvas.text(&heading, (room.left, baseline), Align::Left, &HEADING);
        if self.fits_one_line(room.width()) {
            let (x, align) = if self.heading.is_empty() {
                (room.left, Align::Left)
            } else {
                (room.right, Align::Right)
            };
            canvas.text(&self.note, (x, baseline), align, &NOTE);
            return;
        }
        if self.heading.is_empty() {
            baseline -= line;
        }
        for text in NOTE.wrap(&self.note, room.width()) {
            baseline += line;
            canvas.text(&text, (room.left, baseline), Align::Left, &NOTE);
        }
    }
}

/// Writes a caption above each area and cuts its room off, as much everywhere as the longest needs.
pub(super) fn write_captions(canvas: &mut Canvas, areas: &mut [Rect], captions: &[Caption]) {
    let lines = areas
        .iter()
        .zip(captions)
        .map(|(area, caption)| caption.lines(area.width() - INSET))
        .max()
        .unwrap_or(0);
    if lines == 0 {
        return;
    }
    for (area, caption) in areas.iter_mut().zip(captions) {
        let room = area.take_top(Caption::height(lines));
        let room = Rect::new(room.left, room.top, room.right - INSET, room.bottom);
        caption.draw(canvas, room);
    }
}
