//! `compare`: runs and sweeps of any directories side by side.

use crate::{
    cli::CompareArgs,
    error::{Error, Result},
    experiment::sweep::gathered::Gathered,
    report::compare::{compared, rows, write},
    terminal::{context::Context, options::Format, sign::Sign},
};

pub(super) fn execute(args: &CompareArgs, context: &Context) -> Result<()> {
    if let Some(directory) = &args.out {
        write::check(directory)?;
    }
    let sign = Sign::of(&context.global, "reading and comparing the runs");
    let gathered = Gathered::read(&args.directories)?;
    let all = compared::all(&gathered)?;
    drop(sign);
    write::warn(&gathered, context);
    if all.is_empty() {
        return Err(Error::nothing(
            "none of the runs is evaluated",
            "`truescore eval DIR…` evaluates them",
        ));
    }
    if all.len() > 1 {
        context.say(format!(
            "The runs are on data of {} laws: distances on different data are not compared.",
            all.len()
        ));
        for (law, found) in all.iter().enumerate() {
            context.say(format!("  data {}: {}", law + 1, found.law));
        }
    }
    if let Some(directory) = &args.out {
        let sign = Sign::of(&context.global, "drawing the comparison");
        write::write(directory, &gathered, &all, args.figures)?;
        drop(sign);
        context.say(format!("report: {}", directory.join("report.md").display()));
    }
    match context.global.format {
        Format::Text => rows::for_people(&all).print(Format::Text),
        format => rows::table(&all).print(format),
    }
}
