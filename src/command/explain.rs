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
    let Some(name) = &args.name else {
        return as_table(&reference::entries()).print(format);
    };
    let found = reference::look_up(name)?;
    match format {
        Format::Text => {
            let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
            table::print(&texts.join("\n"))
        }
        Format::Json | Format::Csv => as_table(&found).print(format),
    }
}

fn as_table(entries: &[Entry]) -> Table {
    let row = |entry: &Entry| {
        let what = entry.what.to_string();
        let cells = [&entry.name, &what, &entry.meaning];
        cells.map(|text| Cell::from(text.as_str())).to_vec()
    };
    Table {
        columns: ["name", "what", "meaning"].map(String::from).to_vec(),
        rows: entries.iter().map(row).collect(),
    }
}
