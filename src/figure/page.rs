//! The sheet around the panels: title, subtitle and legend strip above, a note below.
//!
//! Whatever is written there makes the picture taller; the panels keep their size.

use super::FigureError;
use super::canvas::Canvas;
use super::geometry::Rect;
use super::legend::{Key, Legend};
use super::text::{Align, Font};
use super::theme::{INK, LEGEND_SIZE, QUIET_INK, SUBTITLE_SIZE, TITLE_SIZE, WIDTH};

const TITLE: Font = Font::bold(TITLE_SIZE, INK);
const SUBTITLE: Font = Font::regular(SUBTITLE_SIZE, QUIET_INK);
const NOTE: Font = Font::regular(LEGEND_SIZE, INK);
const MARGIN: f64 = 28.0;
const GAP: f64 = 10.0;

/// The words around the panels.
pub(super) struct Words<'a> {
    pub title: &'a str,
    pub subtitle: &'a str,
    pub keys: Vec<Key>,
    pub note: &'a str,
}

/// A sheet whose words are written and whose body is still empty.
pub(super) struct Page {
    /// The surface to draw on.
    pub canvas: Canvas,
    /// The room for the panels.
    pub body: Rect,
}

impl Page {
    /// Lays out the words around a body of the given height.
    pub(super) fn new(words: Words<'_>, body_height: f64) -> Self {
        let width = f64::from(WIDTH) - 2.0 * MARGIN;
        let legend = Legend::new(words.keys, width);
        let blocks = [(words.title, TITLE), (words.subtitle, SUBTITLE)]
            .map(|(text, font)| (font.wrap(text, width), font));
        let note = NOTE.wrap(words.note, width);

        let heading: f64 = blocks.iter().map(block_height).sum();
        let legend_top = MARGIN - 6.0 + heading + if heading > 0.0 { GAP } else { 0.0 };
        let body_top = legend_top + legend.height + if legend.height > 0.0 { GAP } else { 0.0 };
        let body_bottom = body_top + body_height;
        let note_height = block_height(&(note.clone(), NOTE));
        let height = body_bottom
            + if note_height > 0.0 {
                GAP + note_height
            } else {
                0.0
            }
            + 20.0;

        let mut page = Self {
            canvas: Canvas::new(WIDTH, height.ceil() as u32),
            body: Rect::new(MARGIN, body_top, MARGIN + width, body_bottom),
        };
        let mut top = MARGIN - 6.0;
        for block in &blocks {
            top = page.write(&block.0, &block.1, top);
        }
        legend.draw(&mut page.canvas, (MARGIN, legend_top));
        page.write(&note, &NOTE, body_bottom + GAP);
        page
    }

    fn write(&mut self, lines: &[String], font: &Font, mut top: f64) -> f64 {
        for line in lines {
            let baseline = (top + font.size).round();
            self.canvas
                .text(line, (MARGIN, baseline), Align::Left, font);
            top += font.line_height();
        }
        top
    }

    /// The finished picture.
    pub(super) fn png(self) -> Result<Vec<u8>, FigureError> {
        self.canvas.png()
    }
}

fn block_height((lines, font): &(Vec<String>, Font)) -> f64 {
    lines.len() as f64 * font.line_height()
}
