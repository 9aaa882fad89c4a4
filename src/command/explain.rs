//! `explain`: what a name means.

use super::{
    Context,
    output::{self, Cell, Table},
};
use crate::{
    cli::{ExplainArgs, Format},
    error::Result,
    report::reference::{self, Entry},
};

pub(super) fn execute(args: &ExplainArgs, context: &Context) -> Result<()> {
    let format = context.global.format;
    let Some(name) = &args.name else {
        return table(&reference::entries()).print(format);
    };
    let found = reference::look_up(name)?;
    match format {
        Format::Text => {
            let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
            output::print(&texts.join("\n"))
        }
        Format::Json | Format::Csv => table(&found).print(format),
    }
}

fn table(entries: &[Entry]) -> Table {
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
