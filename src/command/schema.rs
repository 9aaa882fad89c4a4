//! `schema`: the JSON Schema of the configuration.

use crate::{
    cli::SchemaArgs,
    error::{Error, Result},
    report::reference::schema,
    terminal::table,
};

pub(super) fn execute(args: &SchemaArgs) -> Result<()> {
    let schema = match args.sweep {
        true => schema::of_sweep(),
        false => schema::of_experiment(),
    };
    let text = serde_json::to_string_pretty(&schema)
        .map_err(|e| Error::Unexpected(format!("cannot encode the schema: {e}")))?;
    table::print(&(text + "\n"))
}
