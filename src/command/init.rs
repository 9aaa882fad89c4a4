//! `init`: a configuration to start from, written where you are.

use crate::{
    cli::InitArgs,
    error::{Error, Result},
    experiment::{
        config::{built_in, flat},
        files,
    },
    report::reference::starter,
    terminal::{
        context::Context,
        table::{self, Cell, Table},
    },
};
use std::path::PathBuf;

pub(super) fn execute(args: &InitArgs, context: &Context) -> Result<()> {
    let format = context.global.format;
    if args.list {
        return as_table().print(format);
    }
    let (name, text) = match &args.name {
        Some(name) => {
            let preset = built_in::find(name.strip_prefix("preset:").unwrap_or(name))?;
            (preset.name(), flat::text(preset)?)
        }
        None => (starter::NAME, starter::text()?),
    };
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    if files::holds_something(&path) {
        let is_same = std::fs::read(&path).is_ok_and(|found| found == text.as_bytes());
        if !is_same {
            return Err(Error::in_use(
                format!("`{}` is there already and is not changed", path.display()),
                "name another file with --out",
            ));
        }
    } else {
        files::write_atomic(&path, text.as_bytes())?;
    }
    table::print_path(format, "config", &path)
}

/// The presets, each with a line about it.
fn as_table() -> Table {
    let row = |preset: &built_in::BuiltIn| {
        let cells = [preset.name().to_string(), preset.summary()];
        cells.map(Cell::Text).to_vec()
    };
    Table {
        columns: ["preset", "what it is"].map(String::from).to_vec(),
        rows: built_in::presets().map(row).collect(),
    }
}
