//! How wide the terminal is, and text that fits.

use std::io::IsTerminal;
use unicode_width::UnicodeWidthStr;

/// Columns of stdout: of the terminal, else what COLUMNS says, else no limit.
pub(crate) fn of_stdout() -> Option<usize> {
    let terminal = std::io::stdout();
    of(
        terminal.is_terminal(),
        terminal_size::terminal_size_of(terminal),
    )
}

/// Columns of stderr, likewise.
pub(crate) fn of_stderr() -> Option<usize> {
    let terminal = std::io::stderr();
    of(
        terminal.is_terminal(),
        terminal_size::terminal_size_of(terminal),
    )
}

type Size = Option<(terminal_size::Width, terminal_size::Height)>;

fn of(is_terminal: bool, size: Size) -> Option<usize> {
    let size = size.filter(|_| is_terminal);
    let asked = || std::env::var("COLUMNS").ok()?.parse().ok();
    let width = size.map(|(width, _)| usize::from(width.0)).or_else(asked);
    width.filter(|width| *width >= NARROWEST)
}

/// A narrower terminal is treated as none: nothing could fit.
const NARROWEST: usize = 20;

/// Columns that a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// The text with its long lines broken between words. A broken line goes on under its own beginning, or under the
/// second part of a line such as `name  meaning`.
pub(crate) fn wrapped(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else {
        return text.to_string();
    };
    let lines = text.lines().map(|line| match columns(line) > width {
        true => broken(line, width),
        false => line.to_string(),
    });
    let end = if text.ends_with('\n') { "\n" } else { "" };
    lines.collect::<Vec<_>>().join("\n") + end
}

fn broken(line: &str, width: usize) -> String {
    let indent = hanging(line).min(width / 2);
    let start = line.len() - line.trim_start().len();
    let mut lines = vec![line[..start].to_string()];
    for word in line[start..].split(' ') {
        let open = lines.last_mut().expect("there is a line");
        let is_empty = open.trim().is_empty();
        let gap = usize::from(!is_empty);
        if is_empty || columns(open) + gap + columns(word) <= width {
            if !is_empty || (open.is_empty() && word.is_empty()) {
                open.push(' ');
            }
            open.push_str(word);
        } else {
            lines.push(" ".repeat(indent) + word);
        }
    }
    let lines: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}

/// Where the rest of a line goes: below its second part if it has one, else two columns in.
fn hanging(line: &str) -> usize {
    let start = line.len() - line.trim_start().len();
    let second = line[start..].find("  ").map(|end| {
        let rest = &line[start + end..];
        start + end + (rest.len() - rest.trim_start().len())
    });
    match second {
        Some(at) if at < line.len() => columns(&line[..at]),
        _ => columns(&line[..start]) + 2 * usize::from(start == 0),
    }
}

/// The words of a text in lines of at most `width` columns; a longer word has a line of its own.
pub(crate) fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let open = lines.last_mut().expect("there is a line");
        if open.is_empty() {
            open.push_str(word);
        } else if columns(open) + 1 + columns(word) <= width {
            open.push(' ');
            open.push_str(word);
        } else {
            lines.push(word.into());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_go_on_under_their_beginning() {
        let text = "  loss     the mean over all points\nshort\n";
        assert_eq!(
            wrapped(text, Some(24)),
            "  loss     the mean over\n           all points\nshort\n"
        );
        assert_eq!(wrapped(text, None), text);
        let sentence = "warning: nothing that can be done";
        assert_eq!(
            wrapped(sentence, Some(20)),
            "warning: nothing\n  that can be done"
        );
    }

    #[test]
    fn a_word_is_never_broken() {
        let text = "a train.learning_rate_of_great_length b";
        let broken = wrapped(text, Some(20));
        assert!(
            broken
                .lines()
                .any(|line| line.trim() == "train.learning_rate_of_great_length"),
            "{broken}"
        );
        assert_eq!(lines("one two three", 7), ["one two", "three"]);
    }
}
