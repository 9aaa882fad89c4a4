//! One line at the bottom of the terminal that is drawn again and again.

use super::width;
use std::io::Write;

/// The width where it is not known.
const USUAL: usize = 80;

/// The line, and what of it is on the screen.
#[derive(Debug, Default)]
pub(super) struct Bar {
    /// Columns of the line as it was drawn; 0 where nothing is drawn.
    drawn: usize,
}

/// What the line says.
pub(super) struct Content<'a> {
    pub(super) name: &'a str,
    /// How far it is, in [0, 1].
    pub(super) part: f64,
    /// Position and length with their unit.
    pub(super) count: String,
    /// The time that is left, once it is known.
    pub(super) left: Option<String>,
    pub(super) message: String,
}

impl Bar {
    /// Draws the line in place of the one before.
    pub(super) fn draw(&mut self, content: &Content) {
        // The last column stays free: a terminal may go to the next line after it.
        let width = width::of_stderr().unwrap_or(USUAL) - 1;
        self.replace(content.line(width), width + 1);
    }

    /// Draws a text in its place, as much of it as fits.
    pub(super) fn draw_text(&mut self, text: &str) {
        let width = width::of_stderr().unwrap_or(USUAL) - 1;
        self.replace(without_end(text, width), width + 1);
    }

    fn replace(&mut self, line: String, width: usize) {
        let text = self.erasure(width) + &line;
        self.drawn = width::columns(&line);
        // A terminal that has gone away is no reason to stop.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self) {
        let text = self.erasure(width::of_stderr().unwrap_or(USUAL));
        self.drawn = 0;
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// What takes the line away. A window that was made narrower has broken it into several.
    fn erasure(&self, width: usize) -> String {
        let lines = self.drawn.div_ceil(width).max(1);
        let up = match lines - 1 {
            0 => String::new(),
            more => format!("\x1b[{more}A"),
        };
        format!("{up}\r\x1b[J")
    }
}

impl Content<'_> {
    /// The line within a width: first the bar shrinks, then the name and the count go, then the bar, and at last the
    /// end of the message.
    fn line(&self, width: usize) -> String {
        let left = self.left.as_ref().map(|left| format!("{left} left"));
        let percent = format!("{:.0}%", (100.0 * self.part).floor());
        let with = |start: String, count: Option<&str>| {
            let count = count.map(String::from);
            let parts = [Some(start), count, left.clone(), Some(self.message.clone())];
            let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join(" · ")
        };
        let name = self.name;
        let forms = [
            with(format!("{name} {}", self.bar(30)), Some(&self.count)),
            with(format!("{name} {}", self.bar(10)), Some(&self.count)),
            with(format!("{} {percent}", self.bar(10)), Some(&self.count)),
            with(format!("{} {percent}", self.bar(10)), None),
            with(percent, None),
        ];
        let fits = |line: &&String| width::columns(line) <= width;
        match forms.iter().find(fits) {
            Some(line) => line.clone(),
            None => without_end(&forms[4], width),
        }
    }

    fn bar(&self, length: usize) -> String {
        let eighths = (8.0 * length as f64 * self.part.clamp(0.0, 1.0)).floor() as usize;
        let last = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
        let full = "█".repeat(eighths / 8) + last;
        let space = " ".repeat(length - full.chars().count());
        format!("[{full}{space}]")
    }
}

/// As many of the parts of a line as fit; of the first at least its beginning.
fn without_end(line: &str, width: usize) -> String {
    let mut kept = line;
    while width::columns(kept) > width {
        match kept.rfind(" · ") {
            Some(end) => kept = &kept[..end],
            None => return kept.chars().take(width).collect(),
        }
    }
    kept.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content<'static> {
        Content {
            name: "homework-0a1b2c3d",
            part: 0.4567,
            count: "45670/100000 steps".into(),
            left: Some("2 min".into()),
            message: "loss 0.1234 · floor 0.1200 · excess 0.0034 · 12345 steps/s".into(),
        }
    }

    #[test]
    fn a_line_fits_and_keeps_floor_and_excess_at_eighty_columns() {
        for width in [20, 40, 79, 119, 199] {
            let line = content().line(width);
            assert!(width::columns(&line) <= width, "{width}: {line}");
        }
        let line = content().line(79);
        assert!(
            line.contains("floor 0.1200") && line.contains("excess 0.0034"),
            "{line}"
        );
        let line = content().line(199);
        assert!(
            line.contains("homework-0a1b2c3d") && line.contains("steps/s"),
            "{line}"
        );
    }

    /// A line of 190 columns takes three of 80.
    #[test]
    fn a_line_that_a_narrower_window_has_broken_is_taken_away() {
        let bar = Bar { drawn: 190 };
        assert_eq!(bar.erasure(80), "\x1b[2A\r\x1b[J");
        assert_eq!(bar.erasure(190), "\r\x1b[J");
        assert_eq!(Bar::default().erasure(80), "\r\x1b[J");
    }
}
