//! An evaluation and everything that it leaves in the run's directory.

use crate::{
    error::Result,
    evaluation::{
        constant_loss::constant_loss,
        inputs,
        network_signs::NetworkSigns,
        run::{DRAWING, Evaluation},
        trained::Trained,
        verdict::{Situation, Verdict},
    },
    experiment::{
        ExperimentConfig, Run, Split, files,
        run::record::{EvalRecord, write_table},
    },
    model::DeviceKind,
    report::{
        figure,
        page::markdown,
        run::{
            advice::{self, Advice, Grounds},
            figures::{FIGURES, RunFigure},
            page, verdict,
        },
    },
    terminal::{
        options::Figures,
        stages::{Stage, Told},
    },
};
use rayon::prelude::*;
use std::path::Path;

/// How runs are evaluated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct How {
    pub(crate) device: DeviceKind,
    pub(crate) figures: Figures,
    /// Whether an evaluation that is there already is made again.
    pub(crate) force: bool,
}

/// The last of the stages.
const FIGURES_STAGE: Stage = Stage {
    name: "drawing figures",
    weight: DRAWING,
    after: 0.0,
};

/// A stage that passes at once; what comes after the samples is known is the drawing.
const fn short(name: &'static str) -> Stage {
    Stage {
        name,
        weight: 0.0,
        after: DRAWING,
    }
}

/// Evaluates a run and writes everything into its `eval/`. An evaluation that is there already, of the
/// same checkpoint with the same settings, is kept, unless figures are asked for that it lacks. `told` hears
/// each stage. Returns its record and whether it was made.
///
/// # Errors
/// If the evaluation that is there was edited, and is not to be made again: exit 5.
pub(crate) fn evaluate(run: &Run, how: How, told: Told) -> Result<(EvalRecord, bool)> {
    let How {
        device,
        figures,
        force,
    } = how;
    told(short("reading"), 0.0);
    let inputs = inputs::digest(run)?;
    let directory = run.eval_directory();
    if !force {
        run.verify_eval_record()?;
    }
    if let Ok(Some(record)) = run.eval_record()
        && !force
        && record.inputs == inputs
        && (figures == Figures::None || has_figures(&record, &directory))
    {
        return Ok((record, false));
    }
    let trained = Trained::open(run.clone(), device)?;
    Ok((write(&trained, inputs, figures, told)?, true))
}

/// Evaluates what is trained, or answers from elsewhere, and writes everything into `eval/` of its directory.
pub(crate) fn write(
    trained: &Trained,
    inputs: String,
    figures: Figures,
    told: Told,
) -> Result<EvalRecord> {
    let run = &trained.run;
    let directory = run.eval_directory();
    let mut evaluation = Evaluation::of(trained, inputs, told)?;
    told(short("judging"), 0.0);
    let verdict = verdict_on(&evaluation);
    let own = Run::open(run.directory())?.config;
    let advice = advice_on(&evaluation, &own, &verdict);
    let words = [verdict::sentences(&verdict), advice::sentences(&advice)].concat();
    evaluation.record.verdict = Some(words.join(" "));
    told(short("writing"), 0.0);
    files::create_dir(&directory)?;
    files::remove_temporaries(&directory);
    write_tables(&evaluation, &directory)?;
    let drawn = match figures {
        Figures::Png => {
            told(FIGURES_STAGE, 0.0);
            draw(&evaluation, &directory)?
        }
        Figures::None => {
            remove_figures(&directory)?;
            vec![]
        }
    };
    let page = page::page(&evaluation, &verdict, &advice, &drawn);
    let text = markdown::write(&page);
    files::write_atomic(&directory.join("report.md"), text.as_bytes())?;
    let names = drawn.iter().map(|figure| figure.name.to_string());
    evaluation.record.figures = Some(names.collect());
    run.write_eval_record(&evaluation.record)?;
    Ok(evaluation.record)
}

fn verdict_on(evaluation: &Evaluation) -> Verdict {
    let trained = evaluation.trained;
    let config = &trained.run.config;
    let val = trained.dataset.standardized(Split::Val);
    Verdict::of(&Situation {
        config,
        record: &evaluation.record,
        losses: &evaluation.tables.loss_by_timestep,
        training: &evaluation.tables.training,
        density: trained.dataset.density.as_ref(),
        constant_loss: constant_loss(config.model.prediction(), &trained.schedule, &val),
    })
}

fn advice_on(evaluation: &Evaluation, run: &ExperimentConfig, verdict: &Verdict) -> Advice {
    let (config, record) = (&evaluation.trained.run.config, &evaluation.record);
    let (bound, training) = (&evaluation.tables.bound, &evaluation.tables.training);
    Advice::of(Grounds {
        config,
        run,
        record,
        signs: &NetworkSigns::of(config, record, bound, training),
        has_failed: verdict.failed.is_some(),
        none_beyond: verdict.judgements.beyond().is_empty(),
    })
}

/// Whether an evaluation has its figures still; the first release drew them always and did not record them.
fn has_figures(record: &EvalRecord, directory: &Path) -> bool {
    let Some(names) = &record.figures else {
        return true;
    };
    !names.is_empty() && names.iter().all(|name| directory.join(name).is_file())
}

/// The samples and the tables beside the record.
fn write_tables(evaluation: &Evaluation, directory: &Path) -> Result<()> {
    let (samples, tables) = (&evaluation.samples, &evaluation.tables);
    let values = files::npy_f64(samples.values(), samples.dim());
    files::write_atomic(&directory.join("samples.npy"), &values)?;
    let labels = directory.join("samples_labels.npy");
    match samples.labels() {
        Some(classes) => files::write_atomic(&labels, &files::npy_u32(classes))?,
        None => files::remove_file(&labels),
    }
    write_table(&directory.join("trajectory.csv"), &tables.trajectory)?;
    let by_timestep = directory.join("loss_by_timestep.csv");
    write_or_remove(&by_timestep, &tables.loss_by_timestep)?;
    write_or_remove(&directory.join("bound.csv"), &tables.bound)
}

/// A table, or none where there is nothing to tell.
fn write_or_remove<T: serde::Serialize>(path: &Path, rows: &[T]) -> Result<()> {
    if rows.is_empty() {
        files::remove_file(path);
        return Ok(());
    }
    write_table(path, rows)
}

/// Draws every figure that applies, and removes the others of an earlier evaluation; those drawn.
fn draw(evaluation: &Evaluation, directory: &Path) -> Result<Vec<&'static RunFigure>> {
    let draw = |figure: &'static RunFigure| {
        let drawn = figure::write(&directory.join(figure.name), (figure.render)(evaluation))?;
        Ok(drawn.then_some(figure))
    };
    let figures: Vec<_> = FIGURES.par_iter().map(draw).collect::<Result<_>>()?;
    Ok(figures.into_iter().flatten().collect())
}

/// Removes the figures of an earlier evaluation: they show other numbers.
fn remove_figures(directory: &Path) -> Result<()> {
    for figure in FIGURES {
        figure::write(&directory.join(figure.name), None)?;
    }
    Ok(())
}
