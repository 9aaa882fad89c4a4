//! Markdown of a page, as GitHub shows it.

use crate::report::page::{
    sentence::{Sentence, Span},
    tree::{Align, Block, Page, Table},
};

/// The text of `page`: blocks with an empty line between them.
pub(crate) fn write(page: &Page) -> String {
    let blocks: Vec<_> = page.blocks.iter().map(block).collect();
    blocks.join("\n\n") + "\n"
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(level, text) => format!("{} {}", "#".repeat(*level), inline(text)),
        Block::Paragraph(sentences) => joined(sentences),
        Block::Finding(sentences) => format!("**{}**", joined(sentences)),
        Block::List(points) => {
            let points: Vec<_> = points
                .iter()
                .map(|point| format!("- {}", joined(point)))
                .collect();
            points.join("\n")
        }
        Block::Table(found) => table(found),
        Block::Figure { name, caption } => {
            let caption = escaped(caption);
            format!("{caption}:\n\n![{caption}]({name})")
        }
    }
}

fn joined(sentences: &[Sentence]) -> String {
    let sentences: Vec<_> = sentences.iter().map(inline).collect();
    sentences.join(" ")
}

fn table(table: &Table) -> String {
    let row = |cells: Vec<String>| {
        let cells = cells.into_iter().map(|cell| match cell.is_empty() {
            true => " |".to_string(),
            false => format!(" {cell} |"),
        });
        format!("|{}", cells.collect::<String>())
    };
    let titles = table.columns.iter().map(|column| cell(&column.title));
    let rule = table.columns.iter().map(|column| match column.align {
        Align::Left => "---".to_string(),
        Align::Right => "---:".to_string(),
    });
    let mut lines = vec![row(titles.collect())];
    lines.push(format!("|{}|", rule.collect::<Vec<_>>().join("|")));
    lines.extend(
        table
            .rows
            .iter()
            .map(|cells| row(cells.iter().map(cell).collect())),
    );
    lines.join("\n")
}

/// A sentence in a cell, where a bar would end it.
fn cell(sentence: &Sentence) -> String {
    inline(sentence).replace('|', "\\|").replace('\n', " ")
}

fn inline(sentence: &Sentence) -> String {
    let span = |span: &Span| match span {
        Span::Text(text) => escaped(text),
        Span::Code(text) => format!("`{text}`"),
        Span::Term(text) => format!("*{}*", escaped(text)),
        Span::Strong(text) => format!("**{}**", escaped(text)),
        Span::Link { name, to } => format!("[`{name}`]({to})"),
    };
    sentence.0.iter().map(span).collect()
}

/// Text in which nothing is taken for a mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '`' | '<') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::tree::{numbers, words};

    fn page() -> Page {
        let mut page = Page::default();
        page.heading(1, "Evaluation of `a`");
        page.paragraph([
            Some("One claim.".into()),
            None,
            Some("*Another* one.".into()),
        ]);
        page.paragraph([None]);
        let row = [
            Sentence::new("p(c | x)"),
            Sentence::verbatim("`|`"),
            "–".into(),
        ];
        let columns = [words("what"), words(""), numbers("value")];
        page.table(Table::new(columns).row(row));
        page.list([Some(vec!["A point.".into()]), None]);
        page.figure("a.png", "What it shows");
        page
    }

    #[test]
    fn markdown_separates_blocks_and_escapes_bars_in_cells() {
        let expected = "# Evaluation of `a`\n\nOne claim. *Another* one.\n\n\
            | what | | value |\n|---|---|---:|\n| p(c \\| x) | \\`\\|\\` | – |\n\n- A point.\n\n\
            What it shows:\n\n![What it shows](a.png)\n";
        assert_eq!(write(&page()), expected);
    }

    /// A second writer: the words alone, a line a block. The tree knows nothing of Markdown.
    fn plain(page: &Page) -> Vec<String> {
        let words = |sentence: &Sentence| -> String {
            let span = |span: &Span| match span {
                Span::Text(text) | Span::Code(text) | Span::Term(text) | Span::Strong(text) => {
                    text.clone()
                }
                Span::Link { name, .. } => name.clone(),
            };
            sentence.0.iter().map(span).collect()
        };
        let all = |sentences: &[Sentence]| {
            let sentences: Vec<_> = sentences.iter().map(words).collect();
            sentences.join(" ")
        };
        let line = |block: &Block| match block {
            Block::Heading(_, text) => words(text).to_uppercase(),
            Block::Paragraph(sentences) | Block::Finding(sentences) => all(sentences),
            Block::List(points) => points.iter().map(|point| all(point)).collect(),
            Block::Table(table) => table.rows.iter().map(|row| all(row)).collect(),
            Block::Figure { caption, .. } => caption.clone(),
        };
        page.blocks.iter().map(line).collect()
    }

    #[test]
    fn another_writer_needs_nothing_but_the_tree() {
        let expected = [
            "EVALUATION OF A",
            "One claim. Another one.",
            "p(c | x) `|` –",
            "A point.",
            "What it shows",
        ];
        assert_eq!(plain(&page()), expected);
    }
}
