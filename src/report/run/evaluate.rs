//! An evaluation and everything that it leaves in the run's directory.

use super::{
    figures::{all, moving_picture, plane},
    page, verdict,
};
use crate::{
    error::{Error, Result},
    evaluation::{self, run::Evaluation, trained::Trained},
    experiment::{
        Run, files,
        run::record::{EvalRecord, write_table},
    },
    model::DeviceKind,
};
use rayon::prelude::*;

/// Evaluates a run and writes everything into its `eval/`; an evaluation that is there already, of
/// the same checkpoint with the same settings, is kept. Returns its record and whether it was made.
pub(crate) fn evaluate(run: &Run, device: DeviceKind) -> Result<(EvalRecord, bool)> {
    let inputs = evaluation::inputs::digest(run)?;
    if let Ok(Some(record)) = run.eval_record()
        && record.inputs == inputs
    {
        return Ok((record, false));
    }
    let trained = Trained::open(run.clone(), device)?;
    let mut evaluation = Evaluation::of(&trained, inputs)?;
    evaluation.record.verdict = verdict::verdict(
        &run.config,
        &evaluation.record,
        &evaluation.tables.loss_by_timestep,
    );
    write(&evaluation)?;
    Ok((evaluation.record, true))
}

fn write(evaluation: &Evaluation) -> Result<()> {
    let directory = evaluation.trained.run.eval_directory();
    files::create_dir(&directory)?;
    files::remove_temporaries(&directory);
    let (values, dim) = (evaluation.samples.values(), evaluation.samples.dim());
    files::write_atomic(&directory.join("samples.npy"), &files::npy_f64(values, dim))?;
    let labels = directory.join("samples_labels.npy");
    match evaluation.samples.labels() {
        Some(classes) => files::write_atomic(&labels, &files::npy_u32(classes))?,
        None => files::remove_file(&labels),
    }
    write_table(
        &directory.join("trajectory.csv"),
        &evaluation.tables.trajectory,
    )?;
    write_or_remove(
        &directory.join("loss_by_timestep.csv"),
        &evaluation.tables.loss_by_timestep,
    )?;
    write_or_remove(&directory.join("bound.csv"), &evaluation.tables.bound)?;
    let draw = |(name, render): &(&'static str, all::Render)| {
        let path = directory.join(name);
        let Some(picture) = render(evaluation) else {
            files::remove_file(&path);
            return Ok(None);
        };
        let picture = picture.map_err(|e| Error::Unexpected(format!("cannot draw {name}: {e}")))?;
        files::write_atomic(&path, &picture)?;
        Ok(Some(*name))
    };
    let all = [all::FIGURES, plane::FIGURES].concat();
    // The moving picture takes longest.
    let moving = || moving_picture::write(evaluation, &directory);
    let pictures = || all.par_iter().map(draw).collect::<Result<Vec<_>>>();
    let (moving, figures) = rayon::join(moving, pictures);
    let mut figures: Vec<_> = figures?.into_iter().flatten().collect();
    figures.extend(moving?.then_some(moving_picture::GIF));
    let text = page::render(evaluation, &figures)?;
    files::write_atomic(&directory.join("report.md"), text.as_bytes())?;
    evaluation.trained.run.write_eval_record(&evaluation.record)
}

/// A table, or none where there is nothing to tell.
fn write_or_remove<T: serde::Serialize>(path: &std::path::Path, rows: &[T]) -> Result<()> {
    if rows.is_empty() {
        files::remove_file(path);
        return Ok(());
    }
    write_table(path, rows)
}
