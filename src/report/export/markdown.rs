//! The results table in Markdown.

use super::results::{Results, Value};
use crate::{
    report::page::tree::Table,
    report::page::{
        markdown,
        sentence::Sentence,
        tree::{Page, numbers, words},
    },
    text::{number, with_error},
};

/// The table of every law of the data, each under what it is about.
pub(crate) fn write(all: &[Results]) -> String {
    let mut page = Page::default();
    for found in all {
        page.paragraph([Some(Sentence::from(found.caption()))]);
        page.table(table(found));
    }
    markdown::write(&page)
}

fn table(found: &Results) -> Table {
    let keys = found.keys.iter().map(|key| words(key.as_str()));
    let metrics = found.metrics.iter().map(|name| numbers(*name));
    let columns = keys.chain([numbers("seeds")]).chain(metrics);
    let rows = found.rows.iter().map(|row| {
        let settings = row
            .settings
            .iter()
            .map(|value| Sentence::verbatim(value.clone()));
        let seeds = Sentence::verbatim(row.seeds.to_string());
        let values = row.values.iter().map(|value| cell(*value));
        settings.chain([seeds]).chain(values).collect::<Vec<_>>()
    });
    let floors = || {
        let name = Sentence::from("noise floor");
        let blank = vec![Sentence::verbatim(String::new()); found.keys.len()];
        let floors = found
            .floors
            .iter()
            .map(|floor| Sentence::verbatim(floor.map_or("–".to_string(), number)));
        [name]
            .into_iter()
            .chain(blank)
            .chain(floors)
            .collect::<Vec<_>>()
    };
    let has_floors = found.floors.iter().any(Option::is_some);
    Table {
        columns: columns.collect(),
        rows: rows.chain(has_floors.then(floors)).collect(),
    }
}

fn cell(value: Option<Value>) -> Sentence {
    let Some(value) = value else {
        return Sentence::verbatim("–");
    };
    let text = match value.standard_error {
        Some(error) => with_error(value.mean, error),
        None => number(value.mean),
    };
    match value.is_best {
        true => Sentence::strong(text),
        false => Sentence::verbatim(text),
    }
}
