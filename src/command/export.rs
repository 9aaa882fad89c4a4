//! `export`: the same results in the form of another program.

use crate::{
    cli::{ExportArgs, ExportTo},
    error::{Error, Result},
    experiment::{
        files,
        sweep::{
            gathered::{Gathered, Part},
            summary::Summary,
        },
    },
    report::{
        compare::write,
        export::{latex, markdown, results::Results},
    },
    terminal::{context::Context, table},
};

pub(super) fn execute(args: &ExportArgs, context: &Context) -> Result<()> {
    let gathered = Gathered::read(&args.directories)?;
    write::warn(&gathered, context);
    let of_part = |part: &Part| {
        let summary = Summary::new(part.rows.clone());
        Results::of(&part.law, &summary, &args.columns)
    };
    let all = gathered.parts.iter().map(of_part);
    let all = all.collect::<Result<Vec<_>>>()?;
    if all.is_empty() {
        return Err(Error::nothing(
            "none of the runs is evaluated",
            "`truescore eval DIR…` evaluates them",
        ));
    }
    let text = match args.to {
        ExportTo::Latex => latex::write(&all),
        ExportTo::Markdown => markdown::write(&all),
    };
    match &args.out {
        None => table::print(&text),
        Some(path) => {
            files::write_atomic(path, text.as_bytes())?;
            table::print_path(context.global.format, "file", path)
        }
    }
}
