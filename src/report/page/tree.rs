//! A page as a tree of headings, sentences, tables and figures. How it looks is for its writer to say.

use crate::report::page::sentence::Sentence;

/// A page, from top to bottom.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) blocks: Vec<Block>,
}

/// A piece of a page.
#[derive(Debug)]
pub(crate) enum Block {
    /// Of level 1 for the page, 2 for a section, 3 for one within it.
    Heading(usize, Sentence),
    /// Sentences that belong together.
    Paragraph(Vec<Sentence>),
    /// The sentences that a reader should take along.
    Finding(Vec<Sentence>),
    /// Points, each of some sentences.
    List(Vec<Vec<Sentence>>),
    Table(Table),
    /// A picture beside the page, by its file name.
    Figure {
        name: String,
        caption: String,
    },
}

/// A table: one cell a column in every row.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Sentence>>,
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) title: Sentence,
    pub(crate) align: Align,
}

/// On which side the cells of a column stand: words left, numbers right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Align {
    Left,
    Right,
}

impl Page {
    pub(crate) fn heading(&mut self, level: usize, text: impl Into<Sentence>) {
        self.blocks.push(Block::Heading(level, text.into()));
    }

    /// Adds the sentences that apply, or nothing where none does.
    pub(crate) fn paragraph(&mut self, sentences: impl IntoIterator<Item = Option<Sentence>>) {
        let sentences: Vec<_> = sentences.into_iter().flatten().collect();
        if !sentences.is_empty() {
            self.blocks.push(Block::Paragraph(sentences));
        }
    }

    /// Adds the points that apply, or nothing where none does.
    pub(crate) fn list(&mut self, points: impl IntoIterator<Item = Option<Vec<Sentence>>>) {
        let points: Vec<_> = points.into_iter().flatten().collect();
        if !points.is_empty() {
            self.blocks.push(Block::List(points));
        }
    }

    /// Adds a table, or nothing where it has no row.
    pub(crate) fn table(&mut self, table: Table) {
        if !table.rows.is_empty() {
            self.blocks.push(Block::Table(table));
        }
    }

    pub(crate) fn figure(&mut self, name: impl Into<String>, caption: impl Into<String>) {
        self.blocks.push(Block::Figure {
            name: name.into(),
            caption: caption.into(),
        });
    }
}

impl Table {
    /// A table of these columns, without rows.
    pub(crate) fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: vec![],
        }
    }

    /// The same table with one more row.
    ///
    /// # Panics
    /// If it has not one cell a column.
    pub(crate) fn row(mut self, cells: impl IntoIterator<Item = Sentence>) -> Self {
        let cells: Vec<_> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.columns.len(), "one cell a column");
        self.rows.push(cells);
        self
    }

    /// The same table with more rows.
    pub(crate) fn rows<R: IntoIterator<Item = Sentence>>(
        self,
        rows: impl IntoIterator<Item = R>,
    ) -> Self {
        rows.into_iter().fold(self, Self::row)
    }
}

/// A column of words.
pub(crate) fn words(title: impl Into<Sentence>) -> Column {
    Column {
        title: title.into(),
        align: Align::Left,
    }
}

/// A column of numbers.
pub(crate) fn numbers(title: impl Into<Sentence>) -> Column {
    Column {
        title: title.into(),
        align: Align::Right,
    }
}
