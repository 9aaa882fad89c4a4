//! `export`: the same results in the form of another program.

use crate::{
    cli::{ExportArgs, ExportTo},
    error::{Error, Result},
    evaluation::trained,
    experiment::{
        MetricsLog, Run, RunState, TimingRecord, files,
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
            tfevents::Logged,
        },
    },
    terminal::{context::Context, table},
};

pub(super) fn execute(args: &ExportArgs, context: &Context) -> Result<()> {
    match args.to {
        ExportTo::Latex => a_table(args, latex::write, context),
        ExportTo::Markdown => a_table(args, markdown::write, context),
        ExportTo::Pytorch => directories(args, network, context),
        ExportTo::Tfevents => directories(args, log, context),
    }
}

/// Files with their names.
type Files = Vec<(String, Vec<u8>)>;

/// A directory with the files of each complete run.
fn directories(
    args: &ExportArgs,
    files: fn(&Run) -> Result<Option<Files>>,
    context: &Context,
) -> Result<()> {
    let place = args.out.clone().unwrap_or_else(|| "export".into());
    let mut has_any = false;
    for directory in discover(&args.directories)? {
        let run = Run::open(&directory)?;
        let state = run.status()?.state;
        let found = match state {
            RunState::Complete => files(&run)?,
            _ => None,
        };
        let Some(found) = found else {
            context.warn(format!(
                "not exported: `{}` is {state}, or has no network of its own",
                directory.display()
            ));
            continue;
        };
        let own = place.join(run.label());
        files::create_dir(&own)?;
        for (name, bytes) in found {
            files::write_atomic(&own.join(name), &bytes)?;
        }
        table::print_path(context.global.format, "directory", &own)?;
        has_any = true;
    }
    match has_any {
        true => Ok(()),
        false => Err(Error::nothing(
            "there is no trained network",
            "the `train` or `sweep` command that began a run completes it",
        )),
    }
}

/// The trained network of a run, where it has one.
fn network(run: &Run) -> Result<Option<Files>> {
    let Some(config) = run.config.model.network() else {
        return Ok(None);
    };
    let dataset = run.dataset()?;
    let (weights, step) = trained::weights(run, config, &dataset)?;
    let found = pytorch::files(&Exported {
        name: &run.config.name,
        config,
        weights: &weights,
        step,
        shape: dataset.shape(&run.config),
        schedule: &run.config.process.build(),
        affine: &dataset.affine,
    });
    let named = found
        .into_iter()
        .map(|(name, bytes)| (name.to_string(), bytes));
    Ok(Some(named.collect()))
}

/// The log of a run, and its evaluation where there is one.
fn log(run: &Run) -> Result<Option<Files>> {
    let records = run.metrics()?;
    let timing: Vec<TimingRecord> = match run.timing_path().is_file() {
        true => MetricsLog::read(&run.timing_path())?,
        false => vec![],
    };
    let evaluation = run.eval_record()?;
    let names = evaluation
        .iter()
        .flat_map(|record| record.figures.iter().flatten());
    let pictures = names.filter(|name| name.ends_with(".png"));
    let place = run.eval_directory();
    let picture = |name: &String| Ok((name.clone(), files::read(&place.join(name))?));
    let settings = run.config.leaves();
    let of_group = settings.iter().filter(|(key, _)| !key.ends_with("seed"));
    let group: String = of_group
        .map(|(key, value)| format!("{key}={value}\n"))
        .collect();
    let begun = files::modified(&run.directory().join("config.toml"));
    let events = Logged {
        group: files::sha256(group.as_bytes())[..8].into(),
        begun: begun as f64,
        records: &records,
        timing: &timing,
        settings: &settings,
        evaluation: evaluation.as_ref(),
        figures: pictures.map(picture).collect::<Result<_>>()?,
    }
    .events();
    let name = format!("events.out.tfevents.{begun}.truescore");
    Ok(Some(vec![(name, events)]))
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
