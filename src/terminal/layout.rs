//! The columns of a table side by side, in the width that there is.
//!
//! What is too wide is first given headers of several lines. Then a column of sentences is wrapped. Then few rows are
//! shown as columns. At last the columns are shown in several blocks. No word is broken.

use super::width::{columns as width_of, lines as wrapped};

/// Columns between two columns.
const GAP: usize = 2;

/// Up to so many rows may become columns.
const FEW_ROWS: usize = 4;

/// A column of sentences keeps at least this width.
const NARROWEST: usize = 24;

/// A table as text.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Which columns stand on the right.
    pub(super) is_number: Vec<bool>,
}

/// The lines, those of headers marked.
pub(super) struct Printed {
    pub(super) text: String,
    pub(super) is_header: bool,
}

impl Layout {
    /// The lines within a width; without one each row is a line.
    pub(super) fn lines(&self, width: Option<usize>) -> Vec<Printed> {
        let headers: Vec<_> = self.header.iter().map(|name| vec![name.clone()]).collect();
        let natural = Block::new(self, headers, None);
        let Some(width) = width.filter(|width| natural.width() > *width) else {
            return natural.printed();
        };
        let folded = Block::new(self, self.folded_headers(), None);
        if folded.width() <= width {
            return folded.printed();
        }
        if let Some(block) = self.with_sentences(width) {
            return block.printed();
        }
        let turned = self.turned();
        if self.rows.len() <= FEW_ROWS && Block::plain(&turned).width() <= width {
            return Block::plain(&turned).printed();
        }
        self.blocks(width)
    }

    /// Headers in lines that are no wider than their column or their longest part.
    fn folded_headers(&self) -> Vec<Vec<String>> {
        let fold = |(i, name): (usize, &String)| {
            let parts = parts(name);
            let data = self.rows.iter().map(|row| width_of(&row[i])).max();
            let longest = parts.iter().map(|part| width_of(part)).max();
            let most = data.unwrap_or(0).max(longest.unwrap_or(0));
            let mut lines = vec![String::new()];
            for part in parts {
                let open = lines.last_mut().expect("there is a line");
                if width_of(open) + width_of(part) <= most {
                    open.push_str(part);
                } else {
                    lines.push(part.into());
                }
            }
            lines
        };
        self.header.iter().enumerate().map(fold).collect()
    }

    /// The widest column of sentences wrapped, where the others leave it room.
    fn with_sentences(&self, width: usize) -> Option<Block> {
        let widest = |i: usize| self.rows.iter().map(|row| width_of(&row[i])).max();
        let has_sentences = |i: &usize| self.rows.iter().any(|row| row[*i].contains(' '));
        let places = (0..self.header.len()).filter(has_sentences);
        let place = places.max_by_key(|i| widest(*i))?;
        let others = Block::new(self, self.folded_headers(), None).width() - widest(place)?;
        let room = width
            .checked_sub(others)
            .filter(|room| *room >= NARROWEST)?;
        let block = Block::new(self, self.folded_headers(), Some((place, room)));
        (block.width() <= width).then_some(block)
    }

    /// Rows as columns.
    fn turned(&self) -> Self {
        let line = |i: usize| {
            let name = std::iter::once(self.header[i].clone());
            name.chain(self.rows.iter().map(|row| row[i].clone()))
                .collect::<Vec<_>>()
        };
        let is_number = |row: usize| row > 0 && self.is_number.iter().any(|number| *number);
        Self {
            header: line(0),
            rows: (1..self.header.len()).map(line).collect(),
            is_number: (0..=self.rows.len()).map(is_number).collect(),
        }
    }

    /// Some of the columns in each block, the first column in all of them.
    fn blocks(&self, width: usize) -> Vec<Printed> {
        let stub = self.with_short_stub(width / 2);
        let fits = |places: &[usize]| {
            let part = stub.only(places);
            let headers = part.folded_headers();
            Block::new(&part, headers, None).width() <= width
        };
        let mut blocks: Vec<Vec<usize>> = vec![vec![0]];
        for i in 1..self.header.len() {
            let open = blocks.last_mut().expect("there is a block");
            open.push(i);
            if open.len() > 2 && !fits(open) {
                open.pop();
                blocks.push(vec![0, i]);
            }
        }
        let mut lines: Vec<Printed> = vec![];
        for places in blocks {
            if !lines.is_empty() {
                lines.push(Printed {
                    text: String::new(),
                    is_header: false,
                });
            }
            let part = stub.only(&places);
            lines.extend(Block::new(&part, part.folded_headers(), None).printed());
        }
        lines
    }

    /// The first column cut at its front: the end of a path tells runs apart.
    fn with_short_stub(&self, most: usize) -> Self {
        let mut short = self.clone();
        for row in &mut short.rows {
            let excess = width_of(&row[0]).saturating_sub(most.max(2));
            if excess > 0 {
                let rest: String = row[0].chars().skip(excess + 1).collect();
                row[0] = format!("…{rest}");
            }
        }
        short
    }

    fn only(&self, places: &[usize]) -> Self {
        let of = |row: &Vec<String>| places.iter().map(|i| row[*i].clone()).collect();
        Self {
            header: of(&self.header),
            rows: self.rows.iter().map(of).collect(),
            is_number: places.iter().map(|i| self.is_number[*i]).collect(),
        }
    }
}

/// The parts of a name, between which it may be broken.
fn parts(name: &str) -> Vec<&str> {
    name.split_inclusive(['.', '_', ' ', '-']).collect()
}

/// Cells of one or more lines, aligned.
struct Block {
    header: Vec<Vec<String>>,
    rows: Vec<Vec<Vec<String>>>,
    is_number: Vec<bool>,
    widths: Vec<usize>,
}

impl Block {
    /// `wrap` is a column and its width.
    fn new(layout: &Layout, header: Vec<Vec<String>>, wrap: Option<(usize, usize)>) -> Self {
        let cell = |(i, text): (usize, &String)| match wrap {
            Some((place, width)) if place == i => wrapped(text, width),
            _ => vec![text.clone()],
        };
        let rows = layout
            .rows
            .iter()
            .map(|row| row.iter().enumerate().map(cell).collect());
        let rows: Vec<Vec<Vec<String>>> = rows.collect();
        let widest = |lines: &Vec<String>| lines.iter().map(|line| width_of(line)).max();
        let width = |i: usize| {
            let cells = std::iter::once(&header[i]).chain(rows.iter().map(|row| &row[i]));
            cells.filter_map(widest).max().unwrap_or(0)
        };
        Self {
            widths: (0..header.len()).map(width).collect(),
            is_number: layout.is_number.clone(),
            header,
            rows,
        }
    }

    fn plain(layout: &Layout) -> Self {
        let header = layout.header.iter().map(|name| vec![name.clone()]);
        Self::new(layout, header.collect(), None)
    }

    fn width(&self) -> usize {
        self.widths.iter().sum::<usize>() + GAP * self.widths.len().saturating_sub(1)
    }

    fn printed(&self) -> Vec<Printed> {
        let height = |row: &[Vec<String>]| row.iter().map(Vec::len).max().unwrap_or(0);
        let top = height(&self.header);
        // The last lines of all headers are in one line.
        let raised: Vec<_> = self
            .header
            .iter()
            .map(|lines| [vec![String::new(); top - lines.len()], lines.clone()].concat())
            .collect();
        let header = (0..top).map(|i| (self.line(&raised, i), true));
        let rows = self.rows.iter().flat_map(|row| {
            let lines = 0..height(row);
            lines
                .map(|i| (self.line(row, i), false))
                .collect::<Vec<_>>()
        });
        let printed = |(text, is_header)| Printed { text, is_header };
        header.chain(rows).map(printed).collect()
    }

    fn line(&self, row: &[Vec<String>], i: usize) -> String {
        let cell = |place: usize| {
            let text = row[place].get(i).map_or("", String::as_str);
            let space = " ".repeat(self.widths[place].saturating_sub(width_of(text)));
            match self.is_number[place] {
                true => space + text,
                false => text.to_string() + &space,
            }
        };
        let cells: Vec<_> = (0..row.len()).map(cell).collect();
        cells.join(&" ".repeat(GAP)).trim_end().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(columns: usize, rows: usize) -> Layout {
        let header = (0..columns).map(|i| match i {
            0 => "run".to_string(),
            i => format!("train.learning_rate_{i}"),
        });
        let row = |r: usize| -> Vec<String> {
            let cells = (0..columns).map(|i| match i {
                0 => format!("homework-sweep-{r:08}"),
                i => format!("0.{r}{i}"),
            });
            cells.collect()
        };
        Layout {
            header: header.collect(),
            rows: (0..rows).map(row).collect(),
            is_number: (0..columns).map(|i| i > 0).collect(),
        }
    }

    fn text(layout: &Layout, width: Option<usize>) -> String {
        let lines = layout.lines(width);
        lines.iter().map(|line| line.text.clone() + "\n").collect()
    }

    #[test]
    fn a_table_fits_its_width_and_keeps_its_words() {
        for (columns, rows) in [(2, 3), (5, 9), (12, 9), (12, 1), (30, 20)] {
            for width in [40, 80, 200] {
                let layout = layout(columns, rows);
                let text = text(&layout, Some(width));
                let widest = text.lines().map(width_of).max().unwrap();
                assert!(widest <= width, "{columns} × {rows} at {width}:\n{text}");
                for cell in layout.rows.iter().flatten() {
                    let there = text.split_whitespace().any(|word| {
                        word == cell
                            || word
                                .strip_prefix('…')
                                .is_some_and(|end| cell.ends_with(end))
                    });
                    assert!(there, "{cell} at {width}:\n{text}");
                }
            }
        }
    }

    #[test]
    fn without_a_width_a_row_is_a_line() {
        assert_eq!(text(&layout(30, 5), None).lines().count(), 6);
    }

    #[test]
    fn one_row_is_turned_where_it_is_too_wide() {
        let text = text(&layout(6, 1), Some(60));
        assert!(text.starts_with("run"), "{text}");
        assert_eq!(text.lines().count(), 6, "{text}");
    }

    #[test]
    fn a_column_of_sentences_is_wrapped() {
        let sentence = "the mean over all points of the squared distance to the truth";
        let layout = Layout {
            header: ["name", "meaning"].map(String::from).to_vec(),
            rows: (0..6)
                .map(|i| vec![format!("w{i}"), sentence.into()])
                .collect(),
            is_number: vec![false, false],
        };
        let text = text(&layout, Some(40));
        assert!(text.lines().all(|line| width_of(line) <= 40), "{text}");
        let words: Vec<_> = text
            .split_whitespace()
            .filter(|word| *word == "squared")
            .collect();
        assert_eq!(words.len(), 6, "{text}");
    }
}
