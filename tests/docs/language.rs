//! Sentences and table cells that can be read at once.

use super::{documents, prose, root, text_of};
use std::{fs, path::Path};

const MOST_WORDS: usize = 30;
const MOST_CHARACTERS: usize = 200;

/// The text with a word in the place of every piece of code, and links without their addresses.
fn plain(text: &str) -> String {
    let without_code: String = text
        .split('`')
        .enumerate()
        .map(|(i, piece)| if i % 2 == 0 { piece } else { "x" })
        .collect();
    let mut pieces = without_code.split("](");
    let first = pieces.next().unwrap_or_default().to_string();
    pieces.fold(first, |text, piece| {
        text + piece.split_once(')').map_or("", |(_, rest)| rest)
    })
}

/// Paragraphs and items of lists; headings, tables, pictures and comments are none.
fn paragraphs(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in prose(text) {
        let line = line.trim();
        let is_text = !["|", "#", "<!--", "!["]
            .iter()
            .any(|start| line.starts_with(start));
        let is_item = line.starts_with("- ") || line.starts_with("* ");
        if line.is_empty() || !is_text || is_item {
            found.push(String::new());
        }
        if is_text {
            let paragraph = found.last_mut().unwrap();
            *paragraph += " ";
            *paragraph += line;
        }
    }
    found.iter().map(|paragraph| plain(paragraph)).collect()
}

/// A paragraph's sentences, as words.
fn sentences(paragraph: &str) -> Vec<Vec<&str>> {
    let mut found = vec![vec![]];
    for word in paragraph.split_whitespace() {
        if word.contains(char::is_alphabetic) {
            found.last_mut().unwrap().push(word);
        }
        let bare = word.trim_end_matches(['*', '_', ')', '"', '”']);
        if bare.ends_with(['.', '!', '?']) {
            found.push(vec![]);
        }
    }
    found
}

/// What of a document is too long.
pub(super) fn flaws(text: &str) -> Vec<String> {
    let paragraphs = paragraphs(text);
    let long = paragraphs
        .iter()
        .flat_map(|paragraph| sentences(paragraph))
        .filter(|sentence| sentence.len() > MOST_WORDS)
        .map(|sentence| format!("{} words: {}", sentence.len(), sentence.join(" ")));
    let rows = prose(text).filter(|line| line.starts_with('|'));
    let cells = rows.flat_map(|row| row.split('|'));
    let full = cells
        .map(|cell| (cell.trim().chars().count(), cell))
        .filter(|(count, _)| *count > MOST_CHARACTERS)
        .map(|(count, cell)| format!("{count} characters in a cell: {cell}"));
    long.chain(full).collect()
}

/// The comments of a source file as a document.
fn comments(source: &str) -> String {
    let text = |line: &str| match line.trim_start().strip_prefix("//") {
        Some(comment) => comment.trim_start_matches(['/', '!']).to_string() + "\n",
        None => "\n".into(),
    };
    source.lines().map(text).collect()
}

/// The source files under a folder, by their paths from the root.
fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let files = entries.flat_map(|entry| {
        let path = folder.join(entry.unwrap().file_name());
        if root().join(&path).is_dir() {
            return sources(&path);
        }
        let name = path.to_string_lossy().into_owned();
        name.ends_with(".rs").then_some(name).into_iter().collect()
    });
    files.collect()
}

fn assert_readable(texts: impl IntoIterator<Item = (String, String)>) {
    let all = texts.into_iter().flat_map(|(name, text)| {
        let found = flaws(&text);
        found.into_iter().map(move |flaw| format!("{name}: {flaw}"))
    });
    let all: Vec<_> = all.collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn every_sentence_and_every_cell_of_the_documents_can_be_read_at_once() {
    let text = |name: String| (name.clone(), text_of(&name));
    assert_readable(documents().into_iter().map(text));
}

#[test]
fn every_sentence_of_the_comments_can_be_read_at_once() {
    let folders = ["src", "tests", "benches"];
    let files = folders.iter().flat_map(|f| sources(Path::new(f)));
    let text = |name: String| (name.clone(), comments(&text_of(&name)));
    assert_readable(files.map(text));
}

#[test]
fn a_long_sentence_and_a_full_cell_are_found() {
    let words = |n| vec!["word"; n].join(" ");
    assert!(flaws(&format!("A start. {}.\n\n- {}", words(30), words(30))).is_empty());
    assert_eq!(flaws(&format!("{} `a b`.", words(30))).len(), 1);
    assert_eq!(flaws(&format!("{}\n{}", words(16), words(15))).len(), 1);
    assert_eq!(flaws(&format!("[a](b c d) {}", words(29))).len(), 0);
    assert_eq!(flaws(&format!("```text\n{}\n```", words(40))).len(), 0);
    assert_eq!(flaws(&format!("| a | {} |", "é".repeat(200))).len(), 0);
    assert_eq!(flaws(&format!("| a | {} |", "é".repeat(201))).len(), 1);
    let long = format!("//! {}\n//! {}\nuse a;", words(20), words(11));
    assert_eq!(flaws(&comments(&long)).len(), 1);
    assert!(flaws(&comments(&long.replacen("\n", "\n\n", 1))).is_empty());
}
