//! `eval`: metrics and figures of finished runs, and the report of a sweep.

use crate::{
    cli::EvalArgs,
    error::{Error, Result},
    experiment::{Overrides, Run, RunState, all_mistakes, parse_override, run::listing},
    model::DeviceKind,
    report::{
        run::evaluate::{self, How},
        runs::metrics::{self, Asked},
        sweep::{sampling_figure, summarise},
    },
    terminal::{
        context::Context, options::Figures, sign::Sign, stages::Stages, stop::StopFlag, threads,
    },
};
use rayon::prelude::*;
use std::{collections::BTreeSet, path::PathBuf};

pub(super) fn execute(args: &EvalArgs, context: &Context) -> Result<()> {
    let is_foreign = |key: &str| !matches!(key.split('.').next(), Some("eval" | "sampler"));
    let foreign = args.set.iter().filter(|(key, _)| is_foreign(key));
    let mistakes: Vec<_> = foreign
        .map(|(key, setting)| {
            Error::usage_hint(
                format!(
                    "{}: a run that is trained keeps its `{key}`",
                    setting.origin
                ),
                "`eval` overrides keys of [eval] and [sampler]; train another run for the rest",
            )
        })
        .collect();
    if !mistakes.is_empty() {
        return Err(all_mistakes(mistakes));
    }
    let found = listing::discover(&args.directories)?;
    let variants = variants(args)?;
    let asked = Asked::of(&args.columns);
    // Before minutes of work.
    asked.check(&found)?;
    let how = Evaluating {
        jobs: args.jobs,
        device: args.device,
        figures: args.figures,
        force: args.force,
    };
    let evaluated = evaluate_all(&found, &variants, &how, context)?;
    let resampled = variants.iter().flatten().any(|(key, _)| is_of_sampler(key));
    if resampled {
        // Each run once, however many samplers it was evaluated with.
        let mut directories = BTreeSet::new();
        for run in &evaluated {
            if directories.insert(run.directory()) {
                sampling_figure::write(run, args.figures)?;
            }
        }
    }
    for directory in args
        .directories
        .iter()
        .filter(|directory| summarise::is_sweep(directory) && !resampled)
    {
        summarise::write(directory, args.figures, context)?;
    }
    let table = metrics::table(&evaluated, resampled, &asked)?;
    metrics::print(
        &table,
        context.global.format,
        &metrics::MAIN_METRICS,
        &asked,
    )
}

fn is_of_sampler(key: &str) -> bool {
    key.starts_with("sampler.")
}

/// The overrides of every evaluation of a run: those given, with each number of steps.
fn variants(args: &EvalArgs) -> Result<Vec<Overrides>> {
    if args.steps.is_empty() {
        return Ok(vec![args.set.clone()]);
    }
    let with = |steps: &u32| {
        let steps = parse_override(&format!("sampler.num_steps={steps}"))?;
        Ok([&args.set[..], &[steps]].concat())
    };
    let steps: BTreeSet<_> = args.steps.iter().collect();
    steps.into_iter().map(with).collect()
}

/// How runs are evaluated.
pub(super) struct Evaluating {
    pub(super) jobs: Option<u16>,
    pub(super) device: DeviceKind,
    pub(super) figures: Figures,
    pub(super) force: bool,
}

/// Evaluates the complete ones of the runs, each with every one of some overrides; the others are named in
/// warnings. Threads share the runs, and the rows of each.
pub(super) fn evaluate_all(
    directories: &[PathBuf],
    variants: &[Overrides],
    how: &Evaluating,
    context: &Context,
) -> Result<Vec<Run>> {
    let mut runs = vec![];
    let sign = Sign::of(&context.global, "reading the runs");
    for directory in directories {
        let status = Run::open(directory)?.status()?;
        match status.state {
            RunState::Complete => {
                for overrides in variants {
                    runs.push(Run::open_with(directory, overrides)?);
                }
            }
            RunState::Judged => context.warn(format!(
                "not evaluated: `{}` holds what `truescore judge` judges, with the result in `eval/`",
                directory.display()
            )),
            state => context.warn(format!(
                "not evaluated: `{}` is {state} at step {} of {}",
                directory.display(),
                status.step,
                status.num_steps
            )),
        }
    }
    drop(sign);
    if runs.is_empty() {
        return Err(Error::nothing(
            "none of the runs is complete",
            "the `train` or `sweep` command that began them continues them",
        ));
    }
    let pool = threads::pool(threads::number(how.jobs))?;
    let stop = StopFlag::listen()?;
    let stages = Stages::new(&context.global, runs.len(), stop.clone());
    let wanted = How {
        device: how.device,
        figures: how.figures,
        force: how.force,
    };
    let evaluate = |run: &Run| {
        let name = run.label();
        let (_, made) =
            evaluate::evaluate(run, wanted, &|stage, part| stages.stage(&name, stage, part))?;
        stages.done(&name, made);
        context.detail(format!(
            "{} {}",
            if made {
                "evaluated"
            } else {
                "already evaluated"
            },
            run.eval_directory().display()
        ));
        Ok(run.clone())
    };
    let results: Vec<Result<Run>> = pool.install(|| runs.par_iter().map(evaluate).collect());
    drop(stages);
    // What follows saves nothing half: a signal ends it at once.
    stop.release();
    results.into_iter().collect()
}
