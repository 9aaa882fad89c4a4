//! `explain`: what a name means.

use crate::{
    cli::ExplainArgs,
    error::Result,
    report::reference::{self, Entry},
    terminal::{
        context::Context,
        options::Format,
        table::{self, Cell, Table},
    },
};

pub(super) fn execute(args: &ExplainArgs, context: &Context) -> Result<()> {
    let format = context.global.format;
    let all = reference::entries();
    let found = match &args.name {
        Some(name) => reference::look_up(&all, name)?,
        None => all,
    };
    match format {
        Format::Text if args.name.is_none() => as_list(&found).print(format),
        Format::Text => {
            let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
            table::print_words(&texts.join("\n"))
        }
        Format::Json | Format::Csv => as_table(&found).print(format),
    }
}

/// The names, for people.
fn as_list(entries: &[Entry]) -> Table {
    let row = |entry: &Entry| {
        let cells = [&entry.name, &entry.what.to_string(), &entry.meaning];
        cells.map(|text| Cell::from(text.as_str())).to_vec()
    };
    Table {
        columns: ["name", "what", "meaning"].map(String::from).to_vec(),
        rows: entries.iter().map(row).collect(),
    }
}

/// A row an entry, with a column for every word that any of them has a fact under.
fn as_table(entries: &[Entry]) -> Table {
    let mut words = vec![];
    for (word, _) in entries.iter().flat_map(|entry| &entry.facts) {
        if !words.contains(word) {
            words.push(word);
        }
    }
    let row = |entry: &Entry| {
        let text = |text: &str| Cell::Text(text.into());
        let fact = |word: &&str| {
            let found = entry.facts.iter().find(|(of, _)| of == word);
            found.map_or(Cell::Missing, |(_, fact)| text(fact))
        };
        let mut cells = vec![
            text(&entry.name),
            text(&entry.what.to_string()),
            text(&entry.meaning),
        ];
        cells.extend(words.iter().map(fact));
        cells.push(entry.example.as_deref().map_or(Cell::Missing, text));
        cells
    };
    let columns = ["name", "what", "meaning"]
        .into_iter()
        .chain(words.iter().copied())
        .chain(["example"]);
    Table {
        columns: columns.map(String::from).collect(),
        rows: entries.iter().map(row).collect(),
    }
}
