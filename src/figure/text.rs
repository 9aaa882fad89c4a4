//! Text: the embedded DejaVu Sans, measured, wrapped and drawn on a baseline.
//!
//! The glyphs are set by us: plotters' own text drops the space that a glyph has on its left, which spaces letters
//! and decimal points unevenly.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, PxScaleFont, ScaleFont as _, point};
use plotters::prelude::Color;
use plotters::style::RGBAColor;

use super::canvas::{Canvas, SUPERSAMPLING, device};
use super::geometry::Point;

/// The regular and the bold face; `None` would mean that the embedded bytes are no font.
static FACES: LazyLock<[Option<FontRef<'static>>; 2]> = LazyLock::new(|| {
    [dejavu::sans::regular(), dejavu::sans::bold()].map(|bytes| FontRef::try_from_slice(bytes).ok())
});

/// Where the given position lies on the text's baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// Size (em, in logical pixels), weight and colour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Font {
    pub size: f64,
    pub bold: bool,
    pub color: RGBAColor,
}

impl Font {
    pub(super) const fn regular(size: f64, color: RGBAColor) -> Self {
        Self {
            size,
            bold: false,
            color,
        }
    }

    pub(super) const fn bold(size: f64, color: RGBAColor) -> Self {
        Self {
            size,
            bold: true,
            color,
        }
    }

    /// The distance between two baselines.
    pub(super) fn line_height(&self) -> f64 {
        (self.size * 1.4).round()
    }

    /// The face at this size in device pixels.
    fn face(&self) -> Option<PxScaleFont<&'static FontRef<'static>>> {
        let face = FACES[usize::from(self.bold)].as_ref()?;
        // ab_glyph counts a size in ascent plus descent, we in em.
        let height_in_em = face.height_unscaled() / face.units_per_em()?;
        Some(face.as_scaled(self.size as f32 * height_in_em * SUPERSAMPLING as f32))
    }

    /// Where each character begins, and where the last one ends, in device pixels.
    fn set(&self, text: &str) -> (Vec<(char, f32)>, f32) {
        let mut end = 0.0;
        let starts = text.chars().map(|c| {
            let start = end;
            end += self
                .face()
                .map_or(0.0, |face| face.h_advance(face.glyph_id(c)));
            (c, start)
        });
        (starts.collect(), end)
    }

    /// The width of one line of text in logical pixels.
    pub(super) fn width(&self, text: &str) -> f64 {
        f64::from(self.set(text).1) / f64::from(SUPERSAMPLING)
    }

    /// Breaks text into lines no wider than `width`; a single word that is too wide is cut with an ellipsis.
    pub(super) fn wrap(&self, text: &str, width: f64) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in text.split_whitespace() {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.width(&longer) <= width {
                    *line = longer;
                    continue;
                }
            }
            lines.push(self.shorten(word, width));
        }
        lines
    }

    /// The text, or as much of it as fits with an ellipsis.
    pub(super) fn shorten(&self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let mut kept: Vec<char> = text.chars().collect();
        loop {
            kept.pop();
            let shortened: String = kept.iter().chain(&['…']).collect();
            if kept.is_empty() || self.width(&shortened) <= width {
                return shortened;
            }
        }
    }
}

impl Canvas {
    /// Writes one line; `baseline` is where it stands, aligned as given.
    pub(super) fn text(&mut self, text: &str, baseline: Point, align: Align, font: &Font) {
        self.write(text, baseline, align, font, |(x, y)| (x, y));
    }

    /// Writes one line upwards, centred on `center`, which lies on its baseline.
    pub(super) fn text_upwards(&mut self, text: &str, center: Point, font: &Font) {
        self.write(text, center, Align::Center, font, |(x, y)| (y, -x));
    }

    /// Sets the glyphs from the origin to the right and lets `turn` say where on the canvas that is.
    fn write(
        &mut self,
        text: &str,
        baseline: Point,
        align: Align,
        font: &Font,
        turn: fn((i32, i32)) -> (i32, i32),
    ) {
        let Some(face) = font.face() else {
            return;
        };
        let (starts, end) = font.set(text);
        let shift = match align {
            Align::Left => 0.0,
            Align::Center => -end / 2.0,
            Align::Right => -end,
        };
        let (origin_x, origin_y) = device(baseline);
        self.draw(|area| {
            for (c, start) in starts {
                let mut glyph = face.scaled_glyph(c);
                glyph.position = point(start + shift, 0.0);
                let Some(outline) = face.outline_glyph(glyph) else {
                    continue;
                };
                let corner = outline.px_bounds().min;
                let mut covered = Vec::new();
                outline.draw(|x, y, coverage| {
                    covered.push((
                        corner.x as i32 + x as i32,
                        corner.y as i32 + y as i32,
                        coverage,
                    ));
                });
                for (x, y, coverage) in covered {
                    let (x, y) = turn((x, y));
                    let color = font.color.mix(f64::from(coverage).min(1.0));
                    area.draw_pixel((origin_x + x, origin_y + y), &color)?;
                }
            }
            Ok(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::theme::INK;

    #[test]
    fn the_embedded_font_has_the_letters_we_write() {
        let font = Font::regular(15.0, INK);
        let missing = font.width("\u{10ffff}");
        assert!(missing > 0.0, "the font is registered");
        let mut canvas = Canvas::new(40, 20);
        canvas.text("ᾱₜ√εσ–×−±≤…", (2.0, 15.0), Align::Left, &font);
        assert!(canvas.png().is_ok());
    }

    #[test]
    fn wrapped_lines_fit_and_keep_every_word() {
        let font = Font::regular(15.0, INK);
        let text = "noise floor of the two-sample distance at this sample size";
        let lines = font.wrap(text, 160.0);
        assert!(lines.len() > 1 && lines.iter().all(|line| font.width(line) <= 160.0));
        assert_eq!(lines.join(" "), text);
        assert!(font.width(&font.shorten(text, 100.0)) <= 100.0);
    }
}
