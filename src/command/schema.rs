//! `schema`: the JSON Schema of the configuration.

use crate::{cli::SchemaArgs, error::Result, report::reference::schema, terminal::table};

pub(super) fn execute(args: &SchemaArgs) -> Result<()> {
    let schema = match args.sweep {
        true => schema::of_sweep(),
        false => schema::of_experiment(),
    };
    table::print(&schema::text(&schema))
}
