//! An evaluation and everything that it leaves in the run's directory.

use super::{
    figures::{FIGURES, RunFigure},
    page, verdict,
};
use crate::{
    error::Result,
    evaluation::{self, run::Evaluation},
    experiment::{
        Run, files,
        run::record::{EvalRecord, write_table},
    },
    model::DeviceKind,
    report::figure,
};
use rayon::prelude::*;

/// Evaluates a run and writes everything into its `eval/`; an evaluation that is there already, of
/// the same checkpoint with the same settings, is kept. Returns its record and whether it was made.
pub(crate) fn evaluate(run: &Run, device: DeviceKind) -> Result<(EvalRecord, bool)> {
    let inputs = evaluation::run::inputs(run)?;
    if let Ok(Some(record)) = run.eval_record()
        && record.inputs == inputs
    {
        return Ok((record, false));
    }
    let dataset = run.dataset()?;
    let mut evaluation = Evaluation::of(run, &dataset, device, inputs)?;
    evaluation.record.verdict =
        verdict::verdict(&run.config, &evaluation.record, &evaluation.exactly.losses);
    write(&evaluation)?;
    Ok((evaluation.record, true))
}

fn write(evaluation: &Evaluation) -> Result<()> {
    let directory = evaluation.run.eval_directory();
    files::create_dir(&directory)?;
    files::remove_temporaries(&directory);
    let (values, dim) = (evaluation.samples.values(), evaluation.samples.dim());
    files::write_atomic(&directory.join("samples.npy"), &files::npy_f64(values, dim))?;
    let labels = directory.join("samples_labels.npy");
    match evaluation.samples.labels() {
        Some(classes) => files::write_atomic(&labels, &files::npy_u32(classes))?,
        None => files::remove_file(&labels),
    }
    write_table(&directory.join("trajectory.csv"), &evaluation.trajectory)?;
    write_or_remove(
        &directory.join("loss_by_timestep.csv"),
        &evaluation.exactly.losses,
    )?;
    write_or_remove(&directory.join("bound.csv"), &evaluation.exactly.bound)?;
    let draw = |figure: &'static RunFigure| {
        let drawn = figure::write(&directory.join(figure.name), (figure.render)(evaluation))?;
        Ok(drawn.then_some(figure))
    };
    let figures: Vec<_> = FIGURES.par_iter().map(draw).collect::<Result<_>>()?;
    let figures: Vec<_> = figures.into_iter().flatten().collect();
    let text = page::render(evaluation, &figures)?;
    files::write_atomic(&directory.join("report.md"), text.as_bytes())?;
    evaluation.run.write_eval_record(&evaluation.record)
}

/// A table, or none where there is nothing to tell.
fn write_or_remove<T: serde::Serialize>(path: &std::path::Path, rows: &[T]) -> Result<()> {
    if rows.is_empty() {
        files::remove_file(path);
        return Ok(());
    }
    write_table(path, rows)
}
