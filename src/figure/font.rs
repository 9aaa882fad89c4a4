//! The embedded DejaVu Sans: text measured, wrapped and shortened.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, PxScaleFont, ScaleFont as _};

use super::mark::Color;

/// The regular and the bold face; `None` would mean that the embedded bytes are no font.
static FACES: LazyLock<[Option<FontRef<'static>>; 2]> = LazyLock::new(|| {
    [dejavu::sans::regular(), dejavu::sans::bold()].map(|bytes| FontRef::try_from_slice(bytes).ok())
});

/// Size (em, in logical pixels), weight and colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Font {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) color: Color,
}

impl Font {
    pub(crate) const fn regular(size: f64, color: Color) -> Self {
        Self {
            size,
            bold: false,
            color,
        }
    }

    pub(crate) const fn bold(size: f64, color: Color) -> Self {
        Self {
            size,
            bold: true,
            color,
        }
    }

    /// The distance between two baselines.
    pub(crate) fn line_height(&self) -> f64 {
        (self.size * 1.4).round()
    }

    /// The face at this size, with so many device pixels a logical pixel.
    pub(crate) fn face(&self, scale: u32) -> Option<PxScaleFont<&'static FontRef<'static>>> {
        let face = FACES[usize::from(self.bold)].as_ref()?;
        // ab_glyph counts a size in ascent plus descent, we in em.
        let height_in_em = face.height_unscaled() / face.units_per_em()?;
        Some(face.as_scaled(self.size as f32 * height_in_em * scale as f32))
    }

    /// Where each character begins and where the last one ends, in device pixels.
    pub(crate) fn set(&self, text: &str, scale: u32) -> (Vec<(char, f32)>, f32) {
        let face = self.face(scale);
        let mut end = 0.0;
        let starts = text.chars().map(|c| {
            let start = end;
            end += face
                .as_ref()
                .map_or(0.0, |face| face.h_advance(face.glyph_id(c)));
            (c, start)
        });
        (starts.collect(), end)
    }

    /// The width of one line of text in logical pixels.
    pub(crate) fn width(&self, text: &str) -> f64 {
        f64::from(self.set(text, 1).1)
    }

    /// Breaks text into lines no wider than `width`; a single word that is too wide is cut with an ellipsis.
    pub(crate) fn wrap(&self, text: &str, width: f64) -> Vec<String> {
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
    pub(crate) fn shorten(&self, text: &str, width: f64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::theme::INK;

    #[test]
    fn the_embedded_font_has_the_letters_we_write() {
        for font in [Font::regular(15.0, INK), Font::bold(15.0, INK)] {
            let face = font.face(1).expect("an embedded font");
            for c in "ᾱₜ√εσ–×−±≤…χρ∇½‖".chars() {
                assert_ne!(face.glyph_id(c).0, 0, "{c}");
            }
        }
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
