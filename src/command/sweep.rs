//! `sweep`: every run of a plan, each a process of its own.

use crate::{
    cli::SweepArgs,
    command::eval,
    error::{Error, Result},
    experiment::{Dataset, DirectoryLock, Plan, PlannedRun, Run, RunState, SweepSpec, files},
    report::sweep::summarise,
    terminal::{
        context::Context,
        stop::StopFlag,
        table::{self, Cell, Table},
        threads,
    },
    training::workers::Runner,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub(super) fn execute(args: &SweepArgs, context: &Context) -> Result<()> {
    let spec = SweepSpec::load(&args.config.config, &args.config.set)?;
    let directory = args
        .out
        .clone()
        .unwrap_or_else(|| Path::new("sweeps").join(&spec.name));
    let frozen = directory.join("plan.jsonl");
    let plan = spec.plan_beside(&frozen)?;
    if plan.repeated > 0 {
        context.warn(format!(
            "{} choices of the sweep are the same as another one and are left out",
            plan.repeated
        ));
    }
    if args.dry_run {
        return print_plan(&plan, &directory, context);
    }
    refuse_foreign(&directory)?;
    plan.check(&frozen)?;
    let stop = StopFlag::listen()?;
    // The data first: what is wrong with it leaves no directory of a sweep behind.
    let data = ensure_data(&plan, &directory, context)?;
    files::create_dir(&directory)?;
    let _lock = DirectoryLock::acquire(&directory)?;
    files::remove_temporaries(&directory);
    plan.freeze(&frozen)?;
    files::write_atomic(&directory.join("sweep.toml"), spec.text.as_bytes())?;

    let jobs = threads::number(args.jobs);
    let mut runner = Runner::new(&plan, &directory, data, args.device, jobs, context)?;
    let signal = runner.run(&stop)?;
    if let Some(signal) = signal {
        return Err(Error::Interrupted {
            signal,
            message: format!(
                "stopped; the runs in flight are saved, and the same command continues `{}`",
                directory.display()
            ),
        });
    }
    let failed = runner.failed;
    stop.release();
    if args.eval && failed < plan.runs.len() {
        let runs: Vec<_> = plan
            .runs
            .iter()
            .map(|run| directory.join(&run.directory))
            .collect();
        let how = eval::Evaluating {
            jobs: args.jobs,
            device: args.device,
            figures: args.figures,
            force: false,
        };
        eval::evaluate_all(&runs, &[vec![]], &how, context)?;
        summarise::write(&directory, args.figures, context)?;
    }
    table::print_path(context.global.format, "sweep", &directory)?;
    match failed {
        0 => Ok(()),
        _ => Err(Error::SomeFailed(format!(
            "{failed} of {} runs failed or diverged",
            plan.runs.len()
        ))),
    }
}

/// A directory that is neither empty nor a sweep is not changed.
fn refuse_foreign(directory: &Path) -> Result<()> {
    if files::holds_something(directory) && !directory.join("plan.jsonl").is_file() {
        return Err(Error::in_use(
            format!(
                "`{}` holds something that is not a sweep",
                directory.display()
            ),
            "name another directory with --out",
        ));
    }
    Ok(())
}

/// The data sets of the runs that are still to be done, by name, each made if it is not there.
fn ensure_data(plan: &Plan, sweep: &Path, context: &Context) -> Result<BTreeMap<String, PathBuf>> {
    let mut data = BTreeMap::new();
    for run in &plan.runs {
        let name = run.config.dataset_name();
        if data.contains_key(&name) || is_complete(&sweep.join(&run.directory)) {
            continue;
        }
        let directory = Dataset::default_directory(&run.config);
        let dataset = Dataset::ensure(&run.config.data, &directory)?;
        context.notices(&dataset.notices);
        data.insert(name, directory);
    }
    Ok(data)
}

fn is_complete(directory: &Path) -> bool {
    let status = || Run::open(directory)?.status();
    Run::is_at(directory) && status().is_ok_and(|status| status.state == RunState::Complete)
}

fn print_plan(plan: &Plan, directory: &Path, context: &Context) -> Result<()> {
    let keys: std::collections::BTreeSet<_> = plan
        .runs
        .iter()
        .flat_map(|run| run.overrides.keys().cloned())
        .collect();
    let mut columns = vec!["index".to_string()];
    columns.extend(keys.iter().cloned());
    columns.push("directory".into());
    let row = |run: &PlannedRun| {
        let mut cells = vec![Cell::Number(run.index as f64)];
        let value = |key| {
            run.overrides
                .get(key)
                .map_or(Cell::Missing, |v| Cell::of_setting(v))
        };
        cells.extend(keys.iter().map(value));
        cells.push(Cell::Text(
            directory.join(&run.directory).display().to_string(),
        ));
        cells
    };
    context.say(format!("{} runs; nothing is written", plan.runs.len()));
    Table {
        columns,
        rows: plan.runs.iter().map(row).collect(),
    }
    .print(context.global.format)
}
