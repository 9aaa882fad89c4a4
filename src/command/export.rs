//! `export`: the same results in the form of another program.

use crate::{
    cli::{ExportArgs, ExportTo},
    error::{Error, Result},
    evaluation::trained,
    experiment::{
        Run, RunState, files,
        run::listing::discover,
        sweep::{
            gathered::{Gathered, Part},
            summary::Summary,
        },
    },
    report::{
        compare,
        export::{
            latex, markdown,
            pytorch::{self, Exported},
            results::Results,
        },
    },
    terminal::{context::Context, table},
};

pub(super) fn execute(args: &ExportArgs, context: &Context) -> Result<()> {
    match args.to {
        ExportTo::Latex => a_table(args, latex::write, context),
        ExportTo::Markdown => a_table(args, markdown::write, context),
        ExportTo::Pytorch => networks(args, context),
    }
}

/// A directory for each trained network.
fn networks(args: &ExportArgs, context: &Context) -> Result<()> {
    let place = args.out.clone().unwrap_or_else(|| "export".into());
    let mut found = false;
    for directory in discover(&args.directories)? {
        let run = Run::open(&directory)?;
        let state = run.status()?.state;
        let Some(config) = run
            .config
            .model
            .network()
            .filter(|_| state == RunState::Complete)
        else {
            context.warn(format!(
                "not exported: `{}` is {state}, or has no network of its own",
                directory.display()
            ));
            continue;
        };
        let dataset = run.dataset()?;
        let (weights, step) = trained::weights(&run, config, &dataset)?;
        let files = pytorch::files(&Exported {
            name: &run.config.name,
            config,
            weights: &weights,
            step,
            shape: dataset.shape(&run.config),
            schedule: &run.config.process.build(),
            affine: &dataset.affine,
        });
        let own = place.join(run.label());
        files::create_dir(&own)?;
        for (name, bytes) in files {
            files::write_atomic(&own.join(name), &bytes)?;
        }
        table::print_path(context.global.format, "directory", &own)?;
        found = true;
    }
    match found {
        true => Ok(()),
        false => Err(Error::nothing(
            "there is no trained network",
            "the `train` or `sweep` command that began a run completes it",
        )),
    }
}

/// The results of all runs as one text.
fn a_table(args: &ExportArgs, write: fn(&[Results]) -> String, context: &Context) -> Result<()> {
    let gathered = Gathered::read(&args.directories)?;
    compare::write::warn(&gathered, context);
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
    let text = write(&all);
    match &args.out {
        None => table::print(&text),
        Some(path) => {
            files::write_atomic(path, text.as_bytes())?;
            table::print_path(context.global.format, "file", path)
        }
    }
}
